//! Which packages a request draws in: `Depends` and `Pre-Depends`, nothing recommended.
//!
//! The answer is what `apt-get install --no-install-recommends` would install where nothing is. The `walk` goes as apt
//! goes; where it comes into a conflict, a solver searches all versions and alternatives.
//!
//! The answer is deterministic: of one archive, one request and one lock there is one closure. Real
//! packages come before packages that only provide a name, pinned versions before newer ones, and of
//! providers the pinned, then the more important, then the one that the indexes mention last, as apt has it. What is
//! essential on a Debian system is nobody's dependency and so is not drawn in. A relation that a package satisfies
//! which is pinned or asked for is satisfied by it: `mail-transport-agent` draws in no second one.

mod fits;
mod near;
mod provider;
mod universe;
mod walk;

use resolvo::{Problem, Solver, UnsolvableOrCancelled};

use crate::version::{Alternatives, Qualifier, Relation, RelationError};
use crate::{Archive, Package, Pin};
use universe::Universe;

/// What is asked of the solver.
#[derive(Clone, Copy, Default)]
pub struct Request<'a> {
    /// The packages to have, real or virtual.
    pub packages: &'a [String],
    /// The rows that should stay as they are: the lock's.
    pub prefer: &'a [Pin],
    /// Names that are never drawn in; what depends on them is taken to have them.
    pub without: &'a [&'a str],
}

/// Why there is no closure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The archive has no package of this name, and none that provides it.
    #[error("{suite} has no package {package:?}")]
    Unknown {
        /// Which suite was asked.
        suite: String,
        /// The name.
        package: String,
        /// Names of the archive that are written like it.
        near: Vec<String>,
    },
    /// Several packages provide this name, and nothing says which is meant.
    #[error("{suite} has no package {package:?}, and more than one that provides it")]
    Ambiguous {
        /// Which suite was asked.
        suite: String,
        /// The name.
        package: String,
        /// The packages that provide it.
        providers: Vec<String>,
    },
    /// The requests cannot be had together.
    #[error("the packages cannot be had together: {problem}")]
    Unsolvable {
        /// The solver's own words, over several lines.
        problem: String,
    },
    /// A package's relations could not be read.
    #[error("the relations of {package} are malformed")]
    Relation {
        /// The package.
        package: String,
        /// What was not understood.
        source: RelationError,
    },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unknown { near, .. } if near.is_empty() => {
                Some("check the name, or choose a suite that has it".to_owned())
            }
            Self::Unknown { near, .. } => Some(format!("did you mean {}?", near.join(", "))),
            Self::Ambiguous { providers, .. } => Some(format!(
                "name the one that is meant: {}",
                providers.join(", ")
            )),
            Self::Unsolvable { .. } => Some(
                "leave one of the packages out, or move the pins with `coracle update`".to_owned(),
            ),
            Self::Relation { .. } => None,
        }
    }
}

impl Archive<'_> {
    /// The packages that a request draws in, by name, the requested ones among them.
    pub fn closure<'a>(&'a self, request: &Request<'a>) -> Result<Vec<&'a Package>, Error> {
        let mut wanted = Vec::new();
        for package in request.packages {
            let read = crate::version::parse_relations(package);
            let read = read.map_err(|source| Error::Relation {
                package: package.clone(),
                source,
            })?;
            for alternatives in read {
                self.meant(package, &alternatives, request)?;
                wanted.push(alternatives);
            }
        }
        let mut packages = match walk::walk(self, request, &wanted) {
            Some(packages) => packages,
            None => self.search(request, &wanted)?,
        };
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(packages)
    }

    /// Whether it is clear what somebody asks for: a package, or a name that one package provides. Of several none is
    /// taken by chance, but a pinned one is.
    fn meant(
        &self,
        package: &str,
        alternatives: &[Relation],
        request: &Request<'_>,
    ) -> Result<(), Error> {
        let mut providers = Vec::new();
        for relation in alternatives {
            if !self.versions(&relation.name).is_empty() {
                return Ok(());
            }
            providers.extend(self.providers(&relation.name));
        }
        let mut providers: Vec<String> = providers
            .into_iter()
            .map(|provider| provider.name.clone())
            .collect();
        providers.sort_unstable();
        providers.dedup();
        let is_pinned = |name: &String| request.prefer.iter().any(|pin| pin.name == *name);
        match providers.len() {
            0 => Err(Error::Unknown {
                suite: self.suite().to_string(),
                package: package.to_owned(),
                near: alternatives
                    .first()
                    .map(|relation| self.near(&relation.name))
                    .unwrap_or_default(),
            }),
            1 => Ok(()),
            _ if providers.iter().any(is_pinned) => Ok(()),
            _ => Err(Error::Ambiguous {
                suite: self.suite().to_string(),
                package: package.to_owned(),
                providers,
            }),
        }
    }

    /// Any closure that there is, the newest versions and the first alternatives before others.
    fn search<'a>(
        &'a self,
        request: &Request<'a>,
        wanted: &[Alternatives],
    ) -> Result<Vec<&'a Package>, Error> {
        let universe = Universe::new(self, request);
        let requirements = wanted
            .iter()
            .filter_map(|alternatives| universe.asked(alternatives))
            .collect();
        let mut solver = Solver::new(universe);
        let solved = solver.solve(Problem::new().requirements(requirements));
        let chosen = match solved {
            Ok(chosen) => chosen,
            Err(UnsolvableOrCancelled::Unsolvable(conflict)) => {
                if let Some(error) = solver.provider().malformed() {
                    return Err(error);
                }
                let problem = conflict.display_user_friendly(&solver).to_string();
                return Err(Error::Unsolvable {
                    problem: problem.trim_end().to_owned(),
                });
            }
            Err(UnsolvableOrCancelled::Cancelled(_)) => {
                return Err(Error::Unsolvable {
                    problem: "the solver was interrupted".to_owned(),
                });
            }
        };
        let universe = solver.provider();
        let chosen = chosen.into_iter();
        Ok(chosen
            .filter_map(|solvable| universe.package(solvable))
            .collect())
    }
}

/// Whether a relation asks for another architecture's package, which there is none of.
fn is_foreign(relation: &Relation, archive: &Archive<'_>) -> bool {
    match &relation.qualifier {
        Some(Qualifier::Architecture(architecture)) => {
            architecture != archive.architecture().as_str()
        }
        Some(Qualifier::Any | Qualifier::Native) | None => false,
    }
}

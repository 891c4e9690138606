//! Which packages a request draws in: `Depends` and `Pre-Depends`, nothing recommended.
//!
//! The answer is deterministic: of one archive, one request and one lock there is one closure. Real
//! packages come before packages that only provide a name, pinned versions before newer ones, and of
//! providers the pinned, then the more important, then the one that is first in the alphabet. What is
//! essential on a Debian system is nobody's dependency and so is not drawn in. A relation that a package satisfies
//! which is pinned or asked for is satisfied by it: `mail-transport-agent` draws in no second one.

mod near;
mod provider;
mod universe;

use resolvo::{Problem, Solver, UnsolvableOrCancelled};

use crate::version::RelationError;
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
        let universe = Universe::new(self, request);
        let mut requirements = Vec::new();
        for package in request.packages {
            let wanted = crate::version::parse_relations(package);
            let wanted = wanted.map_err(|source| Error::Relation {
                package: package.clone(),
                source,
            })?;
            for alternatives in wanted {
                let requirement = universe.requirement(&alternatives);
                if !universe.is_known(&alternatives) {
                    return Err(Error::Unknown {
                        suite: self.suite().to_string(),
                        package: package.clone(),
                        near: alternatives
                            .first()
                            .map(|relation| self.near(&relation.name))
                            .unwrap_or_default(),
                    });
                }
                requirements.extend(requirement);
            }
        }
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
        let mut packages: Vec<&Package> = chosen
            .into_iter()
            .filter_map(|solvable| universe.package(solvable))
            .collect();
        packages.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(packages)
    }
}

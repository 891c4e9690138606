//! From package to package as apt goes: what was asked for first, then each package's relations in the order in which
//! they are written, each followed to its end before the next. A relation that something chosen satisfies draws in
//! nothing; else the first that can be had is taken. Only one version of a name is looked at: the pinned, else the
//! newest.
//!
//! Where that leads into a conflict there is no answer here, although there may be one: the solver proper searches.

use std::collections::HashMap;

use super::fits::{fits, rank};
use super::{Request, is_foreign};
use crate::version::{Alternatives, Relation, RelationError, parse_relations};
use crate::{Archive, Package};

/// More steps than this are not a walk any more but a search.
const MOST_STEPS: usize = 100_000;

/// What is chosen so far, in the order in which it was.
struct Walk<'a> {
    archive: &'a Archive<'a>,
    request: Request<'a>,
    chosen: Vec<Chosen<'a>>,
    places: HashMap<&'a str, usize>,
    steps: usize,
}

struct Chosen<'a> {
    package: &'a Package,
    /// What it conflicts with or breaks.
    against: Vec<Relation>,
}

/// Why a package is not taken.
enum Refused {
    /// It, or something that it needs, cannot stand beside what is chosen.
    Here,
    /// The walk is over.
    Altogether,
}

/// The packages that these requests draw in, if nothing comes into conflict on the way.
pub(super) fn walk<'a>(
    archive: &'a Archive<'a>,
    request: &Request<'a>,
    wanted: &[Alternatives],
) -> Option<Vec<&'a Package>> {
    let mut walk = Walk {
        archive,
        request: *request,
        chosen: Vec::new(),
        places: HashMap::new(),
        steps: 0,
    };
    let mut asked = Vec::new();
    for alternatives in wanted {
        if walk.is_left_out(alternatives) {
            continue;
        }
        // The package itself and not one that provides its name, where there is both.
        let package = walk.candidates(alternatives).into_iter().next()?;
        if walk.chosen(&package.name).is_none() {
            walk.choose(package).ok()?;
            asked.push(package);
        }
    }
    for package in asked {
        walk.draw_in(package).ok()?;
    }
    Some(walk.chosen.iter().map(|chosen| chosen.package).collect())
}

impl<'a> Walk<'a> {
    /// Takes a package and all that it needs, or nothing.
    fn take(&mut self, package: &'a Package) -> Result<(), Refused> {
        let before = self.chosen.len();
        let taken = self.choose(package).and_then(|()| self.draw_in(package));
        if taken.is_err() {
            for gone in self.chosen.drain(before..) {
                self.places.remove(gone.package.name.as_str());
            }
        }
        taken
    }

    /// Takes a package alone, where it may stand beside what is chosen.
    fn choose(&mut self, package: &'a Package) -> Result<(), Refused> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Refused::Altogether);
        }
        let against = against(package).map_err(|_| Refused::Altogether)?;
        let hits = |owner: &Package, against: &[Relation], other: &Package| {
            owner.name != other.name && against.iter().any(|relation| fits(other, relation))
        };
        let in_conflict = self.chosen.iter().any(|chosen| {
            chosen.package.name == package.name
                || hits(package, &against, chosen.package)
                || hits(chosen.package, &chosen.against, package)
        });
        if in_conflict {
            return Err(Refused::Here);
        }
        self.places.insert(&package.name, self.chosen.len());
        self.chosen.push(Chosen { package, against });
        Ok(())
    }

    /// Takes what a package needs.
    fn draw_in(&mut self, package: &'a Package) -> Result<(), Refused> {
        let needed = package.dependencies().map_err(|_| Refused::Altogether)?;
        for alternatives in needed {
            if self.is_left_out(&alternatives) || self.is_satisfied(&alternatives) {
                continue;
            }
            let mut taken = Err(Refused::Here);
            for candidate in self.candidates(&alternatives) {
                taken = self.take(candidate);
                if !matches!(taken, Err(Refused::Here)) {
                    break;
                }
            }
            taken?;
        }
        Ok(())
    }

    fn is_left_out(&self, alternatives: &[Relation]) -> bool {
        let left_out = |relation: &Relation| self.request.without.contains(&relation.name.as_str());
        alternatives.iter().any(left_out)
    }

    fn is_satisfied(&self, alternatives: &[Relation]) -> bool {
        alternatives.iter().any(|relation| {
            let fit = |package: &&Package| {
                let chosen = self.chosen(&package.name);
                chosen.is_some_and(|chosen| fits(chosen, relation))
            };
            !is_foreign(relation, self.archive)
                && (self
                    .chosen(&relation.name)
                    .is_some_and(|chosen| fits(chosen, relation))
                    || self.archive.providing(&relation.name).iter().any(fit))
        })
    }

    fn chosen(&self, name: &str) -> Option<&'a Package> {
        let place = self.places.get(name)?;
        self.chosen.get(*place).map(|chosen| chosen.package)
    }

    /// What could satisfy one of these: what is pinned first, then in the order in which they are written, the
    /// package of the name before those that provide it.
    fn candidates(&self, alternatives: &[Relation]) -> Vec<&'a Package> {
        let mut candidates: Vec<&Package> = Vec::new();
        for relation in alternatives {
            if is_foreign(relation, self.archive) {
                continue;
            }
            let mut providers: Vec<&str> = self
                .archive
                .providing(&relation.name)
                .into_iter()
                .map(|package| package.name.as_str())
                .filter(|name| *name != relation.name)
                .collect();
            providers.sort_unstable();
            providers.dedup();
            let candidate = |name: &str| {
                self.candidate(name)
                    .filter(|package| fits(package, relation))
            };
            let mut providers: Vec<&Package> =
                providers.into_iter().filter_map(candidate).collect();
            providers.sort_by_cached_key(|package| rank(self.archive, &[package]));
            for package in candidate(&relation.name).into_iter().chain(providers) {
                if !candidates.iter().any(|known| known.name == package.name) {
                    candidates.push(package);
                }
            }
        }
        candidates.sort_by_key(|package| !self.is_pinned(package));
        candidates
    }

    /// The one version of a name that is looked at.
    fn candidate(&self, name: &str) -> Option<&'a Package> {
        let versions = self.archive.versions(name);
        let pinned = versions.iter().find(|package| self.is_pinned(package));
        pinned.copied().or_else(|| {
            versions
                .into_iter()
                .max_by(|left, right| left.version.cmp(&right.version))
        })
    }

    fn is_pinned(&self, package: &Package) -> bool {
        let mut pins = self.request.prefer.iter();
        pins.any(|pin| pin.sha256 == package.sha256)
    }
}

fn against(package: &Package) -> Result<Vec<Relation>, RelationError> {
    let mut against = parse_relations(&package.conflicts)?;
    against.extend(parse_relations(&package.breaks)?);
    Ok(against.into_iter().flatten().collect())
}

//! The archive as the solver sees it: names, their versions, and sets of versions.
//!
//! A name's versions are looked up when the solver first asks for them, so that of seventy thousand
//! packages only the few that matter are touched.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use resolvo::utils::{Pool, VersionSet};
use resolvo::{ConditionalRequirement, KnownDependencies, NameId, SolvableId, VersionSetId};

use super::fits::{provides, rank, satisfies};
use super::{Error, Request, is_foreign};
use crate::version::{Bound, Relation, RelationError, parse_relations};
use crate::{Archive, Package};

/// One version of a name, as the solver keeps it.
#[derive(Debug)]
pub(super) struct Known {
    place: usize,
    pub(super) version: String,
}

impl fmt::Display for Known {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.version)
    }
}

/// Some versions of one name, and what makes them the wanted ones.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Allowed {
    pub(super) versions: Vec<String>,
    pub(super) words: String,
}

impl VersionSet for Allowed {
    type V = Known;
}

/// The archive as the solver sees it.
pub(super) struct Universe<'a> {
    archive: &'a Archive<'a>,
    request: Request<'a>,
    pub(super) pool: Pool<Allowed>,
    packages: RefCell<Vec<&'a Package>>,
    solvables: RefCell<HashMap<NameId, Vec<SolvableId>>>,
    malformed: RefCell<Option<Error>>,
}

impl<'a> Universe<'a> {
    pub(super) fn new(archive: &'a Archive<'a>, request: &Request<'a>) -> Self {
        Self {
            archive,
            request: *request,
            pool: Pool::new(),
            packages: RefCell::default(),
            solvables: RefCell::default(),
            malformed: RefCell::default(),
        }
    }

    /// The package of a solution.
    pub(super) fn package(&self, solvable: SolvableId) -> Option<&'a Package> {
        let place = self.pool.resolve_solvable(solvable).record.place;
        self.packages.borrow().get(place).copied()
    }

    /// Remembers why a package's relations could not be read.
    pub(super) fn refuse(&self, package: &Package, source: RelationError) {
        let package = package.name.clone();
        *self.malformed.borrow_mut() = Some(Error::Relation { package, source });
    }

    /// What could not be read on the way, if anything.
    pub(super) fn malformed(&self) -> Option<Error> {
        self.malformed.borrow().clone()
    }

    /// Any of these relations: what is asked for or there already before the rest, then in the order in which
    /// they are written, the real packages before those that provide. `None` where one of them is left out on
    /// purpose.
    pub(super) fn requirement(&self, alternatives: &[Relation]) -> Option<ConditionalRequirement> {
        self.any_of(alternatives, |relation| self.sets(relation))
    }

    /// As [`Universe::requirement`], for what somebody asks for by name: a package of that name is meant, where there
    /// is one, and none that provides it.
    pub(super) fn asked(&self, alternatives: &[Relation]) -> Option<ConditionalRequirement> {
        self.any_of(alternatives, |relation| {
            let is_real = !self.archive.versions(&relation.name).is_empty();
            let most = if is_real { 1 } else { usize::MAX };
            self.sets(relation).into_iter().take(most).collect()
        })
    }

    fn any_of(
        &self,
        alternatives: &[Relation],
        sets_of: impl Fn(&Relation) -> Vec<VersionSetId>,
    ) -> Option<ConditionalRequirement> {
        let left_out = |relation: &Relation| self.request.without.contains(&relation.name.as_str());
        if alternatives.iter().any(left_out) {
            return None;
        }
        let mut sets = Vec::new();
        for relation in alternatives {
            for set in sets_of(relation) {
                if !sets.contains(&set) {
                    sets.push(set);
                }
            }
        }
        sets.sort_by_key(|set| {
            let name = self.pool.resolve_version_set_package_name(*set);
            !self.is_preferred(self.pool.resolve_package_name(name))
        });
        let mut sets = sets.into_iter();
        let first = sets.next()?;
        match sets.len() {
            0 => Some(first.into()),
            _ => Some(self.pool.intern_version_set_union(first, sets).into()),
        }
    }

    /// The sets that satisfy a relation; never none, so that what cannot be satisfied is explained.
    fn sets(&self, relation: &Relation) -> Vec<VersionSetId> {
        let foreign = is_foreign(relation, self.archive);
        let fits = |package: &&Package| !foreign && satisfies(relation.bound.as_ref(), package);
        let own = self
            .archive
            .versions(&relation.name)
            .into_iter()
            .filter(fits);
        let bound = relation.bound.as_ref().map(Bound::to_string);
        let words = bound.unwrap_or_else(|| "(any version)".to_owned());
        let own = self.set(&relation.name, own, words);
        let mut sets = vec![own];
        if !foreign {
            sets.extend(self.provider_sets(relation));
        }
        sets
    }

    fn provider_sets(&self, relation: &Relation) -> Vec<VersionSetId> {
        let mut by_name: BTreeMap<&str, Vec<&'a Package>> = BTreeMap::new();
        for package in self.archive.providing(&relation.name) {
            if provides(package, relation) {
                by_name.entry(&package.name).or_default().push(package);
            }
        }
        let mut providers: Vec<_> = by_name.into_iter().collect();
        providers.sort_by_cached_key(|(name, packages)| {
            (!self.is_preferred(name), rank(self.archive, packages))
        });
        let words = format!("which provides {relation}");
        providers
            .into_iter()
            .map(|(name, packages)| self.set(name, packages.into_iter(), words.clone()))
            .collect()
    }

    fn is_preferred(&self, name: &str) -> bool {
        self.request.prefer.iter().any(|pin| pin.name == name)
            || self.request.packages.iter().any(|asked| asked == name)
    }

    fn set(
        &self,
        name: &str,
        packages: impl Iterator<Item = &'a Package>,
        words: String,
    ) -> VersionSetId {
        let versions = packages
            .map(|package| package.version.to_string())
            .collect();
        self.pool.intern_version_set(
            self.pool.intern_package_name(name.to_owned()),
            Allowed { versions, words },
        )
    }

    /// What a package forbids: for each name, the versions that may stay beside it.
    fn forbids(&self, package: &Package) -> Result<Vec<VersionSetId>, RelationError> {
        let mut forbidden = Vec::new();
        let mut relations = parse_relations(&package.conflicts)?;
        relations.extend(parse_relations(&package.breaks)?);
        for relation in relations.into_iter().flatten() {
            let mut names: Vec<&str> = self
                .archive
                .providing(&relation.name)
                .iter()
                .map(|provider| provider.name.as_str())
                .collect();
            names.push(&relation.name);
            names.sort_unstable();
            names.dedup();
            // A package that provides what it conflicts with means all the others.
            for name in names.into_iter().filter(|name| *name != package.name) {
                let versions = self.archive.versions(name);
                let hit = |candidate: &&Package| {
                    (name == relation.name && satisfies(relation.bound.as_ref(), candidate))
                        || provides(candidate, &relation)
                };
                if versions.iter().any(hit) {
                    let may_stay = versions.into_iter().filter(|candidate| !hit(candidate));
                    forbidden.push(self.set(name, may_stay, format!("without {relation}")));
                }
            }
        }
        Ok(forbidden)
    }

    pub(super) fn dependencies(
        &self,
        package: &Package,
    ) -> Result<KnownDependencies, RelationError> {
        let needed = package.dependencies()?;
        Ok(KnownDependencies {
            requirements: needed
                .iter()
                .filter_map(|alternatives| self.requirement(alternatives))
                .collect(),
            constrains: self.forbids(package)?,
        })
    }

    pub(super) fn solvables_of(&self, name: NameId) -> Vec<SolvableId> {
        if let Some(known) = self.solvables.borrow().get(&name) {
            return known.clone();
        }
        let mut packages = self.packages.borrow_mut();
        let mut solvables = Vec::new();
        for package in self.archive.versions(self.pool.resolve_package_name(name)) {
            let record = Known {
                place: packages.len(),
                version: package.version.to_string(),
            };
            packages.push(package);
            solvables.push(self.pool.intern_solvable(name, record));
        }
        self.solvables.borrow_mut().insert(name, solvables.clone());
        solvables
    }

    pub(super) fn is_pinned(&self, solvable: SolvableId) -> bool {
        let package = self.package(solvable);
        package.is_some_and(|package| {
            self.request
                .prefer
                .iter()
                .any(|pin| pin.sha256 == package.sha256)
        })
    }
}

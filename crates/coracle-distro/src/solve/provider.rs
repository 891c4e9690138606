//! The solver's questions, answered by the universe. Nothing is decided here but the order in which
//! versions are tried: the pinned one, then the newest.

use std::fmt;

use resolvo::{
    Candidates, Condition, ConditionId, Dependencies, DependencyProvider,
    HintDependenciesAvailable, Interner, NameId, SolvableId, SolverCache, StringId, VersionSetId,
    VersionSetUnionId,
};

use super::universe::Universe;

impl Interner for Universe<'_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl fmt::Display + '_ {
        &self.pool.resolve_solvable(solvable).record
    }

    fn display_name(&self, name: NameId) -> impl fmt::Display + '_ {
        self.pool.resolve_package_name(name)
    }

    fn display_version_set(&self, set: VersionSetId) -> impl fmt::Display + '_ {
        &self.pool.resolve_version_set(set).words
    }

    fn display_string(&self, string: StringId) -> impl fmt::Display + '_ {
        self.pool.resolve_string(string)
    }

    fn version_set_name(&self, set: VersionSetId) -> NameId {
        self.pool.resolve_version_set_package_name(set)
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        self.pool.resolve_solvable(solvable).name
    }

    fn version_sets_in_union(
        &self,
        union: VersionSetUnionId,
    ) -> impl Iterator<Item = VersionSetId> {
        self.pool.resolve_version_set_union(union)
    }

    fn resolve_condition(&self, condition: ConditionId) -> Condition {
        self.pool.resolve_condition(condition).clone()
    }
}

impl DependencyProvider for Universe<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        let allowed = self.pool.resolve_version_set(set);
        let within = |solvable: &SolvableId| {
            allowed
                .versions
                .contains(&self.pool.resolve_solvable(*solvable).record.version)
        };
        candidates
            .iter()
            .copied()
            .filter(|solvable| within(solvable) != inverse)
            .collect()
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let candidates = self.solvables_of(name);
        Some(Candidates {
            favored: candidates
                .iter()
                .copied()
                .find(|solvable| self.is_pinned(*solvable)),
            hint_dependencies_available: HintDependenciesAvailable::None,
            candidates,
            ..Candidates::default()
        })
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        solvables.sort_by(|left, right| {
            let version =
                |solvable: &SolvableId| self.package(*solvable).map(|package| &package.version);
            version(right).cmp(&version(left))
        });
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        let Some(package) = self.package(solvable) else {
            return Dependencies::Unknown(self.pool.intern_string("it is gone"));
        };
        match self.dependencies(package) {
            Ok(known) => Dependencies::Known(known),
            Err(source) => {
                let reason = self.pool.intern_string(source.to_string());
                self.refuse(package, source);
                Dependencies::Unknown(reason)
            }
        }
    }
}

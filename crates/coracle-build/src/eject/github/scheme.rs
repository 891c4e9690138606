//! What the workflows have in common: what follows from the plan, and when each of them runs.

use std::path::PathBuf;

use coracle_toolchain::Language;

use crate::plan::{Linkage, Plan, ServicePlan};
use crate::settings::{BackEnd, Github, Sccache};

/// When a workflow runs, from which follows what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    /// A branch was pushed: its images go to the registry, and caches are kept.
    Branch,
    /// Somebody proposes a change, perhaps from a fork: no secret, nothing pushed, and no cache kept.
    PullRequest,
    /// A tag was pushed: as a branch, and compiled from nothing but its sources.
    Release,
}

impl Variant {
    /// Whether images go to the registry.
    pub(super) fn pushes(self) -> bool {
        self != Variant::PullRequest
    }
}

/// What the workflows are made of.
pub(super) struct Scheme<'a> {
    pub(super) plan: &'a Plan,
    pub(super) github: &'a Github,
    pub(super) back_end: Option<BackEnd>,
}

impl Scheme<'_> {
    /// The services by name: only some of them may have been asked for.
    pub(super) fn names(&self) -> String {
        let names = self
            .plan
            .services
            .iter()
            .map(|service| service.name.as_str());
        names.collect::<Vec<_>>().join(" ")
    }

    /// The services that are compiled in a language.
    fn services(&self, is_it: impl Fn(&Language) -> bool) -> impl Iterator<Item = &ServicePlan> {
        let services = self.plan.services.iter();
        services.filter(move |service| is_it(&service.program.language))
    }

    /// Whether something is compiled by cargo.
    pub(super) fn has_rust(&self) -> bool {
        self.rust().next().is_some()
    }

    fn rust(&self) -> impl Iterator<Item = &ServicePlan> {
        self.services(|language| matches!(language, Language::Rust(_)))
    }

    /// Whether something is compiled by go.
    pub(super) fn has_go(&self) -> bool {
        let is_go = |language: &Language| matches!(language, Language::Go(_));
        self.services(is_go).next().is_some()
    }

    /// Whether something is linked to C on its platform.
    pub(super) fn links_c(&self) -> bool {
        let mut services = self.plan.services.iter();
        let is_cgo = services.any(|service| service.linkage.value == Linkage::Cgo);
        is_cgo || self.has_rust()
    }

    /// Whether Rust is linked to musl, which takes zig on any machine.
    pub(super) fn has_musl(&self) -> bool {
        self.rust()
            .any(|service| service.linkage.value == Linkage::Static)
    }

    /// Where cargo's output for coracle is, from the repository's folder on.
    pub(super) fn target_folders(&self) -> Vec<PathBuf> {
        let folders = self
            .rust()
            .filter_map(|service| service.program.build_directory());
        let inside = folders.filter_map(|folder| {
            let inside = folder.strip_prefix(&self.plan.directory).ok()?;
            Some(inside.to_owned())
        });
        let mut folders: Vec<PathBuf> = inside.collect();
        folders.sort();
        folders.dedup();
        folders
    }

    /// What keeps compiled crates where a workflow may use it: no secret is for changes that are proposed, and releases
    /// are compiled anew.
    pub(super) fn sccache(&self, variant: Variant) -> Option<Sccache> {
        let wanted = self.github.sccache.filter(|_| self.has_rust())?;
        match (variant, wanted) {
            (Variant::Branch, _) | (Variant::PullRequest, Sccache::Gha) => Some(wanted),
            (Variant::PullRequest | Variant::Release, _) => None,
        }
    }

    /// Where the images go; `None` where nobody says.
    pub(super) fn repository(&self) -> Option<String> {
        let service = self.plan.services.first()?;
        let name = service.names.first()?;
        let place = name.reference().untagged().to_string();
        let is_whole = name.to_string().starts_with(&place);
        let repository = place.strip_suffix(&format!("/{}", service.name))?;
        is_whole.then(|| repository.to_owned())
    }

    /// The registry's host.
    pub(super) fn registry(&self) -> String {
        let repository = self.repository();
        let host = repository
            .as_deref()
            .and_then(|name| name.split('/').next());
        host.unwrap_or(GHCR).to_owned()
    }

    /// The flags of every build: the suite that was decided, and the lock where there is one.
    pub(super) fn flags(&self) -> String {
        let suite = format!("--distro {}", self.plan.suite.value);
        match self.plan.lock.value.is_file() {
            true => format!("{suite} --locked"),
            false => suite,
        }
    }
}

/// GitHub's own registry, which takes a job's token.
pub(super) const GHCR: &str = "ghcr.io";

//! Docker's own actions, and what they are told.

use super::job::Job;
use super::step::Step;
use super::text::Text;

/// A step with one of docker's actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DockerStep<'a> {
    /// Which one.
    pub action: DockerAction,
    /// The number of the step, from 0.
    pub number: usize,
    /// The step.
    pub step: &'a Step,
}

/// Docker's actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DockerAction {
    /// `docker/build-push-action`.
    BuildPush,
    /// `docker/bake-action`.
    Bake,
    /// `docker/setup-qemu-action`.
    SetupQemu,
    /// `docker/setup-buildx-action`.
    SetupBuildx,
    /// `docker/metadata-action`.
    Metadata,
    /// `docker/login-action`.
    Login,
}

const ACTIONS: &[(&str, DockerAction)] = &[
    ("docker/build-push-action", DockerAction::BuildPush),
    ("docker/bake-action", DockerAction::Bake),
    ("docker/setup-qemu-action", DockerAction::SetupQemu),
    ("docker/setup-buildx-action", DockerAction::SetupBuildx),
    ("docker/metadata-action", DockerAction::Metadata),
    ("docker/login-action", DockerAction::Login),
];

/// What `docker/build-push-action` is told. Lists are cut as the action cuts them; each piece knows its place.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildPush {
    /// `context`; without it the action takes the repository from GitHub, not from the checkout.
    pub context: Option<Text>,
    /// `file`, from the top of the checkout.
    pub file: Option<Text>,
    /// `target`.
    pub target: Option<Text>,
    /// `platforms`.
    pub platforms: Vec<Text>,
    /// `tags`.
    pub tags: Vec<Text>,
    /// `build-args`, each `NAME=value`.
    pub arguments: Vec<Text>,
    /// `build-contexts`, each `name=…`.
    pub contexts: Vec<Text>,
    /// `labels`.
    pub labels: Vec<Text>,
    /// `cache-from`, each a whole one (`type=gha,scope=x`).
    pub cache_from: Vec<Text>,
    /// `cache-to`, likewise.
    pub cache_to: Vec<Text>,
    /// `outputs`, likewise.
    pub outputs: Vec<Text>,
    /// `secrets`, each `id=value`.
    pub secrets: Vec<Text>,
    /// `push`.
    pub push: Option<Text>,
    /// `load`.
    pub load: Option<Text>,
    /// `no-cache`.
    pub no_cache: Option<Text>,
}

impl Job {
    /// The steps with docker's actions, in their order.
    pub fn docker(&self) -> Vec<DockerStep<'_>> {
        let mut found = Vec::new();
        for (number, step) in self.steps.iter().enumerate() {
            let known = ACTIONS.iter().find(|(name, _)| step.is(name));
            if let Some((_, action)) = known {
                found.push(DockerStep {
                    action: *action,
                    number,
                    step,
                });
            }
        }
        found
    }
}

impl BuildPush {
    /// What a step of `docker/build-push-action` is told; `None` of another step.
    pub fn of(step: &Step) -> Option<BuildPush> {
        if !step.is("docker/build-push-action") {
            return None;
        }
        let one = |name: &str| step.input(name).cloned();
        let list = |name: &str| step.input(name).map(Text::list).unwrap_or_default();
        let lines = |name: &str| step.input(name).map(Text::lines).unwrap_or_default();
        Some(BuildPush {
            context: one("context"),
            file: one("file"),
            target: one("target"),
            platforms: list("platforms"),
            tags: list("tags"),
            arguments: lines("build-args"),
            contexts: lines("build-contexts"),
            labels: lines("labels"),
            cache_from: lines("cache-from"),
            cache_to: lines("cache-to"),
            outputs: lines("outputs"),
            secrets: lines("secrets"),
            push: one("push"),
            load: one("load"),
            no_cache: one("no-cache"),
        })
    }
}

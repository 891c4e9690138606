//! CRC205: a job compiles in the image for a processor that it emulates. Where the stage that compiles runs on the builder's
//! own platform, where a matrix lends each platform its machine, and where nothing is compiled, it is fine.

use std::collections::BTreeSet;

use coracle_recipe::dockerfile::document::Stages;
use coracle_recipe::workflow::Architecture;

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{
    Action, Build, Compiled, Dockerfile, Model, Taken, Tool, User, compiled, stages_of,
};
use crate::rule::{Check, Rule};
use crate::source::Place;

use super::crc203_no_cache_mounts::is_remote;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC205",
    name: "compiled-under-emulation",
    severity: Severity::Warning,
    meaning: "a program is compiled by an emulated processor",
    page: include_str!("../../rules/CRC205.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let mut said = BTreeSet::new();
        for build in &dockerfile.builds {
            let User::Job { file, job, .. } = &build.user else {
                continue;
            };
            let mut workflows = model.workflows.iter();
            let workflow = workflows.find(|workflow| workflow.file.path() == file);
            let Some(workflow) = workflow else {
                continue;
            };
            let Some(job) = workflow.workflow.job(job) else {
                continue;
            };
            let Some(emulator) = emulator(&model.steps(workflow, job)) else {
                continue;
            };
            let foreign = match foreign(build) {
                Ok(foreign) if foreign.is_empty() => continue,
                Ok(foreign) => foreign,
                Err(because) => {
                    outcome.skip(dockerfile.file, because);
                    continue;
                }
            };
            let stages = dockerfile.stages_of(build);
            let (found, _) = compiled(dockerfile, &stages, model.repository());
            for one in emulated(dockerfile, &stages, build, &found, outcome) {
                if said.insert(one.work.span.start) {
                    let emulator = emulator.clone();
                    outcome.find(draft(dockerfile, &stages, one, (&foreign, build, emulator)));
                }
            }
        }
    }
}

/// What makes foreign programs run in the job.
fn emulator(steps: &[Taken<'_>]) -> Option<Place> {
    let using = |action: &'static str| steps.iter().filter(move |taken| taken.step.is(action));
    let by_hand = || {
        steps.iter().find(|taken| {
            let run = taken.step.run.as_ref().map_or("", |run| run.text.text());
            run.contains("tonistiigi/binfmt") || run.contains("multiarch/qemu-user-static")
        })
    };
    // Another machine may build what this one does not.
    let is_elsewhere = using("docker/setup-buildx-action").any(|taken| is_remote(taken.step));
    let taken = using("docker/setup-qemu-action").next().or_else(by_hand)?;
    (!is_elsewhere).then(|| taken.place())
}

/// The platforms that a machine of the job is not of; empty where that is not certain.
fn foreign(build: &Build) -> Result<Vec<String>, String> {
    let mut foreign = Vec::new();
    for machine in &build.machines {
        let platforms = build.platforms.as_ref().map_err(Clone::clone)?;
        for platform in emulated_of(platforms, *machine) {
            if !foreign.contains(&platform) {
                foreign.push(platform);
            }
        }
    }
    Ok(foreign)
}

/// Those of one build that its machine emulates.
fn emulated_of(platforms: &[String], machine: Architecture) -> Vec<String> {
    let own: &[&str] = match machine {
        Architecture::Amd64 => &["amd64", "386"],
        Architecture::Arm64 => &["arm64", "arm"],
    };
    let is_foreign =
        |platform: &&String| processor(platform).is_some_and(|one| !own.contains(&one));
    platforms.iter().filter(is_foreign).cloned().collect()
}

/// `arm64` of `linux/arm64/v8`.
fn processor(platform: &str) -> Option<&str> {
    platform.split('/').nth(1)
}

/// What is compiled on the platform that the image is for.
fn emulated<'a, 'b>(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    build: &Build,
    found: &'b [Compiled<'a>],
    outcome: &mut Outcome,
) -> Vec<&'b Compiled<'a>> {
    let target = match &build.target {
        Ok(Some(target)) => stages.target(target),
        Ok(None) => stages.stages.len().checked_sub(1),
        Err(because) => {
            outcome.skip(dockerfile.file, because.clone());
            None
        }
    };
    let Some(target) = target else {
        return Vec::new();
    };
    let needed = stages_of(stages, target);
    let is_compiled = |one: &&Compiled<'_>| {
        needed.contains(&one.stage)
            && matches!(one.work.tool, Tool::Cargo | Tool::Go)
            && one.work.action == Action::Build
    };
    let mut emulated = Vec::new();
    for one in found.iter().filter(is_compiled) {
        let chain = stages.chain(one.stage);
        let first = chain.first().and_then(|first| stages.stages.get(*first));
        let platform = first.and_then(|first| first.platform.as_ref());
        match platform.map(|platform| platform.written.as_str()) {
            None => emulated.push(one),
            Some(written) if written.contains("TARGETPLATFORM") => emulated.push(one),
            // The builder's own, or one by name, which is what the author wants.
            Some(_) => {}
        }
    }
    emulated
}

fn draft(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    one: &Compiled<'_>,
    (foreign, build, emulator): (&[String], &Build, Place),
) -> Draft {
    let chain = stages.chain(one.stage);
    let first = chain.first().and_then(|first| stages.stages.get(*first));
    let command = &one.work.command;
    let draft = Draft::at(
        dockerfile.place(&one.work.span),
        format!(
            "{command} runs on an emulated processor for {}",
            foreign.join(", ")
        ),
    );
    let draft = match first {
        Some(first) => draft.related(
            dockerfile.place(&first.from.span),
            "the stage runs on the platform that the image is for",
        ),
        None => draft,
    };
    let help = match one.work.tool {
        Tool::Go => {
            "FROM --platform=$BUILDPLATFORM and GOOS=$TARGETOS GOARCH=$TARGETARCH go build, or a runner of each platform in a matrix"
        }
        _ => {
            "FROM --platform=$BUILDPLATFORM and cross-compile (xx, cargo-zigbuild), or a runner of each platform in a matrix"
        }
    };
    draft
        .related(
            build.place.clone(),
            format!("{} builds it", build.user.title()),
        )
        .related(emulator, "the emulator")
        .why("an emulated compiler takes many times as long")
        .help(help)
}

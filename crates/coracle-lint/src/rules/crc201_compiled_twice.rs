//! CRC201: the image compiles a program that a job of the same run has compiled already, in release form, for the same
//! processor and a C library that the image can have. Where one of these is not known or not so, nothing is said.

use coracle_recipe::dockerfile::document::{Base, Stages};
use coracle_recipe::workflow::Job;

use crate::bases::{self, Libc};
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{
    Action, Build, Compiled, Dockerfile, Model, Released, Tool, User, WorkflowFile, commands,
    compiled, released, stages_of,
};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC201",
    name: "compiled-twice",
    severity: Severity::Warning,
    meaning: "the image compiles what a job of the same run has compiled already",
    page: include_str!("../../rules/CRC201.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let mut said: Vec<usize> = Vec::new();
        for build in &dockerfile.builds {
            let User::Job { file, job, step } = &build.user else {
                continue;
            };
            let mut workflows = model.workflows.iter();
            let workflow = workflows.find(|workflow| workflow.file.path() == file);
            let Some(workflow) = workflow else {
                continue;
            };
            let Some(image_job) = workflow.workflow.job(job) else {
                continue;
            };
            let stages = dockerfile.stages_of(build);
            let target = match &build.target {
                Ok(Some(target)) => stages.target(target),
                Ok(None) => stages.stages.len().checked_sub(1),
                Err(_) => None,
            };
            let Some(target) = target else {
                continue;
            };
            let needed = stages_of(&stages, target);
            let (found, _) = compiled(dockerfile, &stages, model.repository());
            let found = found.iter().filter(|one| {
                needed.contains(&one.stage)
                    && one.work.action == Action::Build
                    && matches!(one.work.tool, Tool::Cargo | Tool::Go)
            });
            let programs = released(workflow, (image_job, *step));
            for one in found {
                if said.contains(&one.work.span.start) {
                    continue;
                }
                let same = programs
                    .iter()
                    .find(|other| is_same(build, one, other) && fits(&stages, target, other));
                if let Some(other) = same {
                    said.push(one.work.span.start);
                    outcome.find(draft(dockerfile, one, other, (workflow, image_job)));
                }
            }
        }
    }
}

/// The same program in the same form, for a processor that the image is for.
fn is_same(build: &Build, one: &Compiled<'_>, other: &Released<'_>) -> bool {
    let platforms = build.platforms.clone().unwrap_or_default();
    let processors: Vec<&str> = platforms
        .iter()
        .flat_map(|list| list.split(','))
        .filter_map(|platform| platform.trim().split('/').nth(1))
        .collect();
    let is_for = match (&other.processor, processors.is_empty()) {
        (Some(processor), false) => processors.contains(&processor.as_str()),
        // What is not told is the machine's own.
        (Some(processor), true) => processor == "amd64",
        (None, _) => false,
    };
    let script = commands(&one.step);
    let is_moved = script.is_none_or(|script| {
        script
            .simple()
            .any(|simple| matches!(simple.name(), Some("cd" | "pushd")))
    });
    let has_flags =
        |name: &str| one.step.scope.value(name).is_some() || one.work.variable(name).is_some();
    is_for
        && !is_moved
        && !has_flags("RUSTFLAGS")
        && !has_flags("CARGO_ENCODED_RUSTFLAGS")
        && build.context.as_deref() == Ok(other.folder.as_str())
        && other.is_like(&one.work)
}

/// Whether the program starts in the image as it is.
fn fits(stages: &Stages<'_>, target: usize, other: &Released<'_>) -> bool {
    if other.is_static {
        return true;
    }
    let base = match stages.base(target) {
        Some(Base::Image(image)) => bases::look_up(image),
        _ => None,
    };
    match (base.and_then(|base| base.libc), &other.libc) {
        (Some(Libc::Glibc(Some(there))), Some(Libc::Glibc(Some(here)))) => here <= &there,
        _ => false,
    }
}

fn draft(
    dockerfile: &Dockerfile<'_>,
    one: &Compiled<'_>,
    other: &Released<'_>,
    (workflow, image_job): (&WorkflowFile<'_>, &Job),
) -> Draft {
    let (command, job) = (&one.work.command, &other.job.id);
    let is_other = other.job.id.text() != image_job.id.text();
    let draft = Draft::at(
        dockerfile.place(&one.work.span),
        format!("{command} compiles what the job {job} has compiled already"),
    )
    .related(
        workflow.file.place(&other.work.span),
        format!("{} compiles it in the job {job}", other.work.command),
    );
    let draft = match is_other {
        true => draft.related(
            workflow.file.place(image_job.id.span()),
            "this job builds the image",
        ),
        false => draft,
    };
    draft
        .why("the same program is compiled twice in each run, and the one that was tested is not the one that ships")
        .help(match is_other {
            true => "upload the program there, download it in the job of the image, and COPY it",
            false => "COPY the program that the job has compiled into the image",
        })
}

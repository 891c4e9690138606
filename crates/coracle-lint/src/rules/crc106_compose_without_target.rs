//! CRC106: a compose service is built up to the last stage although an earlier stage has its name and a command of its own.
//! Only where that is certain: the last stage takes nothing from the service's, has another name, and nothing else says
//! which stage is meant.

use coracle_recipe::dockerfile::document::{Arguments, Stages};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Build, Dockerfile, Model, User, stages_of};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC106",
    name: "compose-without-target",
    severity: Severity::Error,
    meaning: "a compose service is built up to another service's stage, for no target is named",
    page: include_str!("../../rules/CRC106.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        for build in &dockerfile.builds {
            if let Ok(None) = &build.target {
                judge(model, dockerfile, build, outcome);
            }
        }
    }
}

fn judge(model: &Model<'_>, dockerfile: &Dockerfile<'_>, build: &Build, outcome: &mut Outcome) {
    let User::Compose {
        file,
        service: name,
    } = &build.user
    else {
        return;
    };
    let Some(service) = model.service(file, name) else {
        return;
    };
    let says_otherwise = service.command.is_some()
        || service.entrypoint.is_some()
        || has_target_elsewhere(model, file, name);
    if says_otherwise {
        return;
    }
    let stages = dockerfile.stages_of(build);
    let Some(last) = stages.stages.len().checked_sub(1) else {
        return;
    };
    let named = stages.stages.iter().rposition(|stage| {
        stage
            .name
            .is_some_and(|stage| plain(&stage.text) == plain(name))
    });
    let Some(own) = named.filter(|own| *own != last) else {
        return;
    };
    if !starts_something(&stages, own) || takes_from(&stages, last, own) {
        return;
    }
    if model.sources().any(|source| source.path() == file) {
        let draft = draft(dockerfile, build, &stages, (name, own, last));
        draft.into_iter().for_each(|draft| outcome.find(draft));
    }
}

/// What is said of a service whose own stage is not the last one.
fn draft(
    dockerfile: &Dockerfile<'_>,
    build: &Build,
    stages: &Stages<'_>,
    (name, own, last): (&str, usize, usize),
) -> Option<Draft> {
    let stage_name = stages
        .stages
        .get(own)?
        .name
        .map_or("", |name| name.text.as_str());
    let other_name = match stages.stages.get(last)?.name {
        Some(name) => format!("the stage {}", name.text),
        None => "another stage".to_owned(),
    };
    let draft = Draft::at(
        build.place.clone(),
        format!("the service {name} is built up to {other_name}, not to its own"),
    )
    .why("without a target the last stage of the Dockerfile is the image")
    .help(format!("add `target: {stage_name}`"));
    let place_of = |index: usize| {
        let stage = stages.stages.get(index)?;
        Some(dockerfile.place(stage.name.map_or(&stage.image.span, |name| &name.span)))
    };
    Some(
        draft
            .related(
                place_of(own)?,
                "the stage of the service's name, with a command of its own",
            )
            .related(place_of(last)?, "the last stage, which is built instead"),
    )
}

/// Another file of the same folder, joined to this one, may name the stage.
fn has_target_elsewhere(model: &Model<'_>, file: &str, service: &str) -> bool {
    let folder = |path: &str| {
        path.rsplit_once('/')
            .map_or(String::new(), |(folder, _)| folder.to_owned())
    };
    let others = model
        .composes
        .iter()
        .filter(|other| other.file.path() != file && folder(other.file.path()) == folder(file));
    others
        .filter_map(|other| other.service(service)?.build.as_ref())
        .any(|build| build.target.is_some())
}

fn starts_something(stages: &Stages<'_>, stage: usize) -> bool {
    let settings = stages.settings(stage);
    settings.command.is_some() || settings.entrypoint.is_some()
}

/// Whether a stage is made on, or copies from, another, directly or through others.
fn takes_from(stages: &Stages<'_>, stage: usize, wanted: usize) -> bool {
    stages_of(stages, stage).contains(&wanted)
        || stages.stages.get(stage).is_some_and(|stage| {
            // What is copied from a name that is not known may be it.
            stage
                .steps
                .iter()
                .any(|step| match &step.instruction.arguments {
                    Arguments::Copy(copy) => copy
                        .from
                        .as_ref()
                        .is_some_and(|from| step.scope.expand(from).known.is_err()),
                    _ => false,
                })
        })
}

/// `order-api` and `order_api` are one name.
fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

//! CRC312: one image is built twice by a workflow and pushed under two names. Several names of one build are no defect,
//! and neither are several platforms of one name.

use std::collections::BTreeSet;

use coracle_recipe::workflow::{BuildPush, Job, Step, Text};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Build, Model, User, WorkflowFile};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC312",
    name: "pushed-twice",
    severity: Severity::Warning,
    meaning: "one image is built twice and pushed under two names",
    page: include_str!("../../rules/CRC312.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// A step that builds and pushes, and what it builds.
struct Push<'a> {
    file: &'a WorkflowFile<'a>,
    job: &'a Job,
    step: &'a Step,
    tags: Vec<Text>,
    builds: Vec<&'a Build>,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for file in &model.workflows {
        let pushes = pushes(model, file);
        for (index, second) in pushes.iter().enumerate() {
            let earlier = pushes.iter().take(index);
            for first in earlier.filter(|first| is_same(first, second)) {
                if judge(first, second, outcome) {
                    break;
                }
            }
        }
    }
}

fn pushes<'a>(model: &'a Model<'a>, file: &'a WorkflowFile<'a>) -> Vec<Push<'a>> {
    let mut pushes = Vec::new();
    for job in &file.workflow.jobs {
        for (number, step) in job.steps.iter().enumerate() {
            let Some(push) = BuildPush::of(step) else {
                continue;
            };
            let is_pushed = push.push.as_ref().and_then(Text::boolean) == Some(true);
            // What decides that is not in the record cannot be compared.
            let is_plain = push.contexts.is_empty() && push.secrets.is_empty();
            if !is_pushed || !is_plain || push.tags.is_empty() {
                continue;
            }
            let user = User::Job {
                file: file.file.path().to_owned(),
                job: job.id.text().to_owned(),
                step: number,
            };
            let of_files = model
                .dockerfiles
                .iter()
                .flat_map(|dockerfile| &dockerfile.builds);
            let builds = of_files.filter(|build| build.user == user).collect();
            pushes.push(Push {
                file,
                job,
                step,
                tags: push.tags,
                builds,
            });
        }
    }
    pushes
}

/// Whether it is certain that both make the same image, whenever they run.
fn is_same(first: &Push<'_>, second: &Push<'_>) -> bool {
    let same_times = first.job.condition == second.job.condition
        && condition(first.step) == condition(second.step);
    let known = |build: &Build| {
        let arguments_known = build.arguments.values().all(Result::is_ok);
        build.context.is_ok() && build.target.is_ok() && build.platforms.is_ok() && arguments_known
    };
    let both = first.builds.iter().zip(&second.builds);
    let mut both = both.map(|(one, other)| {
        known(one)
            && one.dockerfile == other.dockerfile
            && one.context == other.context
            && one.target == other.target
            && one.platforms == other.platforms
            && one.arguments == other.arguments
    });
    same_times
        && !first.builds.is_empty()
        && first.builds.len() == second.builds.len()
        && both.all(|same| same)
}

fn condition(step: &Step) -> Option<&str> {
    step.condition.as_ref().map(Text::text)
}

/// Whether something is said of the two.
fn judge(first: &Push<'_>, second: &Push<'_>, outcome: &mut Outcome) -> bool {
    let (Some(one), Some(other)) = (names(&first.tags), names(&second.tags)) else {
        let because = format!(
            "the names that the job {} pushes are only known when it runs",
            second.job.id
        );
        outcome.skip(second.file.file, because);
        return true;
    };
    let Some(new) = other.iter().find(|name| !one.contains(*name)) else {
        return false;
    };
    let old = one.iter().next().map_or("another name", String::as_str);
    let mut tags = second.tags.iter();
    let tag = tags.find(|tag| tag.known().map(name).as_ref() == Some(new));
    let span = tag.map_or(second.step.head(), Text::span);
    outcome.find(
        Draft::at(
            second.file.file.place(span),
            format!("the image that is pushed as {old} is built again and pushed as {new}"),
        )
        .why("it is compiled, stored and pulled twice, and the two can differ")
        .help(
            "give one build all its tags, or start both services from one image with two commands",
        )
        .related(
            first.file.file.place(first.step.head()),
            "built and pushed here",
        ),
    );
    true
}

/// The repositories of the tags; `None` where one is not known.
fn names(tags: &[Text]) -> Option<BTreeSet<String>> {
    tags.iter().map(|tag| tag.known().map(name)).collect()
}

/// `ghcr.io/acme/api:v1` without its tag.
fn name(reference: &str) -> String {
    let reference = reference.split('@').next().unwrap_or_default();
    match reference.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name.to_owned(),
        _ => reference.to_owned(),
    }
}

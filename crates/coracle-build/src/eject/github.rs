//! Workflows for GitHub: what is pushed to a branch, what somebody proposes, what a tag releases, and the tests.
//!
//! ```text
//! coracle ─► compile, a job a machine ─► image, a job a platform ─► index
//!            programs as artifacts       proven, pushed by digest    one tag, all platforms
//! ```
//!
//! Every machine compiles for its own platform; nothing is emulated. Who compiles can push nothing, and who pushes
//! compiles nothing.

mod actions;
mod jobs;
mod machines;
mod scheme;
mod steps;
mod workflow;

use std::path::Path;

use self::scheme::{Scheme, Variant};
use self::steps::Kept;
use self::workflow::{Job, Step, Workflow, pairs};
use super::{File, MARK, Subject};
use crate::settings::{Github, Settings};

/// The workflows; what they need to know besides the plan is of the configuration.
pub fn files(subject: &Subject<'_>, settings: &Settings) -> Vec<File> {
    let scheme = Scheme {
        plan: subject.plan,
        github: &settings.github,
        back_end: settings.back_end,
    };
    let variants = [Variant::Branch, Variant::PullRequest, Variant::Release];
    let mut files: Vec<File> = variants
        .into_iter()
        .map(|variant| file(name(variant), &images(&scheme, variant)))
        .collect();
    if let Some(command) = &settings.github.test {
        files.push(file("tests.yml", &tests(&settings.github, command)));
    }
    files
}

fn file(name: &str, workflow: &Workflow) -> File {
    File {
        path: Path::new(".github/workflows").join(name),
        text: workflow::written(workflow),
    }
}

fn name(variant: Variant) -> &'static str {
    match variant {
        Variant::Branch => "images.yml",
        Variant::PullRequest => "images-pull-request.yml",
        Variant::Release => "images-release.yml",
    }
}

/// The lines above a workflow.
fn head(what: &[&str]) -> Vec<String> {
    let mark = format!(
        "{MARK} github`, which `--check` holds to the plan: change coracle.toml, not this file."
    );
    let what = what.iter().map(|line| (*line).to_owned());
    what.chain([mark]).collect()
}

/// The names of branches, as `on` has them.
fn branches(github: &Github) -> String {
    let names: Vec<String> = github
        .branches
        .iter()
        .map(|branch| format!("'{}'", branch.replace('\'', "''")))
        .collect();
    format!("branches: [{}]", names.join(", "))
}

fn images(scheme: &Scheme<'_>, variant: Variant) -> Workflow {
    let machines = machines::all(scheme);
    let mut jobs = vec![
        jobs::coracle(scheme, &machines, variant),
        jobs::compile(scheme, &machines, variant),
        jobs::image(scheme, &machines, variant),
    ];
    if variant.pushes() {
        jobs.push(jobs::index(scheme, &machines, variant));
    }
    let version = match variant {
        Variant::Branch | Variant::PullRequest => "${{ github.sha }}",
        Variant::Release => "${{ github.ref_name }}",
    };
    let (title, what) = described(variant);
    let on = match variant {
        Variant::Branch => vec!["push:".to_owned(), format!("  {}", branches(scheme.github))],
        Variant::PullRequest => vec!["pull_request:".to_owned()],
        Variant::Release => vec!["push:".to_owned(), "  tags: ['v*']".to_owned()],
    };
    Workflow {
        head: head(what),
        name: title.to_owned(),
        on,
        concurrency: group(variant == Variant::PullRequest),
        environment: pairs(&[("VERSION", version)]),
        jobs,
    }
}

/// A workflow's title, and what it says of itself.
fn described(variant: Variant) -> (&'static str, &'static [&'static str]) {
    match variant {
        Variant::Branch => (
            "Images",
            &["The images of a branch, proven and pushed as `latest`."],
        ),
        Variant::PullRequest => (
            "Images of a pull request",
            &[
                "The images of a proposed change, proven and pushed nowhere: no secret is here, and what was compiled",
                "is restored and never kept.",
            ],
        ),
        Variant::Release => (
            "Images of a release",
            &[
                "The images of a tag, compiled from nothing but its sources, proven and pushed under its name.",
            ],
        ),
    }
}

/// Runs of one branch or change one after the other: a tag never goes back.
fn group(cancel: bool) -> (String, bool) {
    (
        "${{ github.workflow }}-${{ github.ref }}".to_owned(),
        cancel,
    )
}

fn tests(github: &Github, command: &str) -> Workflow {
    let [restore, keep] = Kept::of_downloads().restore_and_save();
    let test = Step::runs("Test", &command.lines().collect::<Vec<_>>());
    let job = Job {
        id: "test",
        name: "Test".to_owned(),
        needs: Vec::new(),
        runner: machines::first(github),
        minutes: 90,
        permissions: vec![jobs::READ],
        matrix: Vec::new(),
        steps: vec![steps::checkout(), restore, test, keep],
    };
    let branches = format!("  {}", branches(github));
    Workflow {
        head: head(&["The tests, of every change that is proposed and of the branch."]),
        name: "Tests".to_owned(),
        on: vec!["push:".to_owned(), branches, "pull_request:".to_owned()],
        concurrency: group(true),
        environment: Vec::new(),
        jobs: vec![job],
    }
}

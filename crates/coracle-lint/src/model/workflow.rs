//! GitHub workflows of the repository, and what their jobs build.

use std::collections::BTreeMap;

use coracle_recipe::workflow::{BuildPush, Combination, Job, Step, Text, Workflow, expand};

use super::build::{Build, Known, User, Written};
use super::commands;
use super::path::within;
use crate::source::SourceFile;

/// A workflow.
#[derive(Debug)]
pub struct WorkflowFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it.
    pub workflow: Workflow,
}

impl<'a> WorkflowFile<'a> {
    /// Reads one.
    pub(super) fn read(file: &'a SourceFile) -> Known<WorkflowFile<'a>> {
        let workflow = Workflow::read(file.text()).map_err(|error| error.to_string())?;
        Ok(WorkflowFile { file, workflow })
    }

    /// What its jobs build by commands and by docker's action, once for each combination of the matrix that makes a
    /// difference.
    pub(super) fn builds(&self) -> Vec<Build> {
        let mut builds = Vec::new();
        for job in &self.workflow.jobs {
            // What does not depend on the matrix is known even where the matrix is not.
            let combinations = job.combinations().unwrap_or_default();
            let combinations = match combinations.is_empty() {
                true => vec![Combination::default()],
                false => combinations,
            };
            for (number, step) in job.steps.iter().enumerate() {
                builds.extend(commands::builds(
                    self.file,
                    &self.workflow,
                    (job, number, step),
                ));
                let Some(push) = BuildPush::of(step) else {
                    continue;
                };
                for combination in &combinations {
                    let build = self.build((job, number, step), &push, combination);
                    if !builds.contains(&build) {
                        builds.push(build);
                    }
                }
            }
        }
        builds
    }

    fn build(
        &self,
        (job, number, step): (&Job, usize, &Step),
        push: &BuildPush,
        combination: &Combination,
    ) -> Build {
        let context = match elsewhere(job) {
            Some(because) => Err(because),
            None => context(push.context.as_ref(), combination),
        };
        let dockerfile = match (&context, &push.file) {
            // The file is from the top of the checkout, the default is in the context.
            (Ok(_), Some(file)) => known(file, combination).and_then(|file| within("", &file)),
            (Ok(context), None) => within(context, "Dockerfile"),
            (Err(because), _) => Err(because.clone()),
        };
        let head = push.target.as_ref().map_or_else(|| step.head(), Text::span);
        Build {
            user: User::Job {
                file: self.file.path().to_owned(),
                job: job.id.text().to_owned(),
                step: number,
            },
            place: self.file.place(head),
            dockerfile: dockerfile.map(Written::File),
            context,
            target: match &push.target {
                Some(target) => known(target, combination)
                    .map(|target| Some(target).filter(|target| !target.is_empty())),
                None => Ok(None),
            },
            platforms: push
                .platforms
                .iter()
                .map(|text| known(text, combination))
                .collect(),
            arguments: arguments(&push.arguments, combination),
        }
    }
}

/// Why what is built is perhaps not this repository: it is checked out elsewhere, or another is.
fn elsewhere(job: &Job) -> Option<String> {
    let mut checkouts = job.steps.iter().filter(|step| step.is("actions/checkout"));
    let other =
        checkouts.find(|step| step.input("repository").is_some() || step.input("path").is_some());
    other.map(|_| {
        format!(
            "the job {} checks out another repository, or this one elsewhere",
            job.id
        )
    })
}

/// Without one the action takes the repository from GitHub; `{{defaultContext}}:FOLDER` is a folder of that.
fn context(written: Option<&Text>, combination: &Combination) -> Known<String> {
    let Some(written) = written else {
        return Ok(String::new());
    };
    let text = known(written, combination)?;
    match text.strip_prefix("{{defaultContext}}") {
        Some(rest) => within("", rest.trim_start_matches(':')),
        None => within("", &text),
    }
}

fn arguments(written: &[Text], combination: &Combination) -> BTreeMap<String, Known<String>> {
    let each = written.iter().filter_map(|text| {
        let (name, _) = text.text().split_once('=')?;
        let value = known(text, combination);
        let value = value.map(|text| {
            text.split_once('=')
                .map_or(String::new(), |(_, value)| value.to_owned())
        });
        Some((name.to_owned(), value))
    });
    each.collect()
}

fn known(text: &Text, combination: &Combination) -> Known<String> {
    expand(text, combination).map_err(|unknown| unknown.to_string())
}

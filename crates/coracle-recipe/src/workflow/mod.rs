//! GitHub's workflows and actions: what starts them, their jobs and steps, and where each word of that stands.
//!
//! ```text
//!  text ─► Yaml ─► reader ─► Workflow ─► order      which job comes before which
//!                                    ├─► expand     matrices: texts and runners
//!                                    ├─► artifact   what is uploaded and downloaded
//!                                    ├─► docker     docker's own actions
//!                                    └─► script     heredocs and image builds in `run`
//! ```
//! A mistake in a file is a [`Problem`], and all the rest is still there. Nothing is evaluated: an expression is kept
//! as it is, and what depends on one is told to be not known, unless it is a value of a matrix.
//!
//! Not here: keys that the model does not have (they stay in the text), the commands of a script, and what the machines
//! of a runner hold.

mod action;
mod artifact;
mod docker;
mod expand;
mod expression;
mod heredoc;
mod job;
mod matrix;
mod order;
mod reader;
mod runner;
mod script;
mod settings;
mod step;
mod text;
mod trigger;
mod uses;

use std::fmt;

pub use self::action::{Action, Runs};
pub use self::artifact::{ArtifactName, Download, Upload};
pub use self::docker::{BuildPush, DockerAction, DockerStep};
pub use self::expand::{Runner, Unknown, expand, expand_with};
pub use self::expression::{Expression, Reference};
pub use self::job::{Job, RunsOn, Secrets};
pub use self::matrix::{Axis, Combination, Matrix, MatrixValue, NotStatic, Strategy};
use self::reader::Reader;
pub use self::runner::{Architecture, Hosted, System};
pub use self::script::{Goes, Heredoc};
pub use self::settings::{Access, Concurrency, Container, Defaults, Permissions};
pub use self::step::{Run, Step};
pub use self::text::{Entries, Entry, Text};
pub use self::trigger::{Input, Output, Trigger};
pub use self::uses::{Target, Uses};
use crate::span::Span;
use crate::yaml::{Error, Reading, Yaml};

/// A workflow. Printing it gives the text that was read.
///
/// ```
/// use coracle_recipe::workflow::Workflow;
///
/// let text = "\
/// on: push
/// permissions: {contents: read}
/// jobs:
///   build:
///     strategy:
///       matrix: {arch: [amd64, arm64]}
///     runs-on: ubuntu-24.04
///     steps:
///       - run: cargo build --release
///       - uses: actions/upload-artifact@v4
///         with: {name: \"api-${{ matrix.arch }}\", path: target/release/api}
///   image:
///     needs: build
///     runs-on: ubuntu-24.04
///     steps:
///       - uses: actions/download-artifact@v4
/// ";
/// let workflow = Workflow::read(text).unwrap();
/// assert!(workflow.problems.is_empty());
/// assert_eq!(workflow.to_string(), text);
/// let uploads = workflow.job("build").unwrap().uploads();
/// assert_eq!(uploads[0].name.values, Ok(vec!["api-amd64".to_owned(), "api-arm64".to_owned()]));
/// assert!(workflow.before("image").contains("build"));
/// ```
#[derive(Debug, Clone)]
pub struct Workflow {
    yaml: Yaml,
    /// `name`.
    pub name: Option<Text>,
    /// `on`.
    pub triggers: Vec<Trigger>,
    /// `permissions`.
    pub permissions: Option<Permissions>,
    /// `env`.
    pub environment: Entries,
    /// `defaults.run`.
    pub defaults: Defaults,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// `jobs`, in the order of the file.
    pub jobs: Vec<Job>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// A mistake in a file that was read all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
}

impl Workflow {
    /// Reads a workflow.
    ///
    /// # Errors
    /// When it is no YAML. All other mistakes are [`Workflow::problems`].
    pub fn read(text: &str) -> Result<Workflow, Error> {
        let yaml = Yaml::read(text)?;
        let mut workflow = Workflow {
            yaml: yaml.clone(),
            name: None,
            triggers: Vec::new(),
            permissions: None,
            environment: Entries::default(),
            defaults: Defaults::default(),
            concurrency: None,
            jobs: Vec::new(),
            problems: Vec::new(),
        };
        let reading = Reading::new(&yaml);
        let mut reader = Reader::default();
        for (key, node) in reader.root(&reading, "a workflow") {
            match key.text() {
                "name" => workflow.name = reader.text(node, "`name`"),
                "on" => workflow.triggers = trigger::read(node, &mut reader),
                "permissions" => {
                    workflow.permissions = Some(Permissions::read(&key, node, &mut reader));
                }
                "env" => workflow.environment = reader.entries(node, "`env`"),
                "defaults" => workflow.defaults = Defaults::read(node, &mut reader),
                "concurrency" => {
                    workflow.concurrency = Some(Concurrency::read(&key, node, &mut reader));
                }
                "jobs" => {
                    for (id, node) in reader.map(node, "`jobs`") {
                        workflow.jobs.push(Job::read(id, node, &mut reader));
                    }
                }
                _ => {}
            }
        }
        order::check(&workflow.jobs, &mut reader);
        workflow.problems = reader.problems(&reading);
        Ok(workflow)
    }

    /// The trigger of an event.
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        let mut triggers = self.triggers.iter();
        triggers.find(|trigger| trigger.event.text() == event)
    }

    /// The permissions of a job: its own, else the workflow's; `None` where neither has any.
    pub fn permissions_of<'a>(&'a self, job: &'a Job) -> Option<&'a Permissions> {
        job.permissions.as_ref().or(self.permissions.as_ref())
    }

    /// The shell of a script: the step's own, else the job's default, else the workflow's; `None` where the runner
    /// chooses.
    pub fn shell<'a>(&'a self, job: &'a Job, run: &'a Run) -> Option<&'a Text> {
        let own = run.shell.as_ref();
        own.or(job.defaults.shell.as_ref())
            .or(self.defaults.shell.as_ref())
    }

    /// The value of an environment variable in a step, where the file gives it one.
    pub fn variable<'a>(&'a self, job: &'a Job, step: &'a Step, name: &str) -> Option<&'a Text> {
        let layers = [&step.environment, &job.environment, &self.environment];
        layers.into_iter().find_map(|layer| layer.get(name))
    }

    /// The YAML that it was read from, for edits.
    pub fn yaml(&self) -> &Yaml {
        &self.yaml
    }
}

impl fmt::Display for Workflow {
    /// The text as it was read.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.yaml.fmt(formatter)
    }
}

#[cfg(test)]
mod tests;

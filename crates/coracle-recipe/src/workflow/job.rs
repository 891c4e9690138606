//! A job: steps on a runner, or a workflow that is called.

use super::matrix::{Combination, NotStatic, Strategy};
use super::reader::Reader;
use super::settings::{Concurrency, Container, Defaults, Permissions};
use super::step::Step;
use super::text::{Entries, Text};
use super::uses::Uses;
use crate::span::Span;
use crate::yaml::{Cursor, Shape};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its key under `jobs`.
    pub id: Text,
    /// All of it, without the key.
    pub span: Span,
    /// `name`.
    pub name: Option<Text>,
    /// `needs`.
    pub needs: Vec<Text>,
    /// `if`, which is an expression as a whole.
    pub condition: Option<Text>,
    /// `runs-on`.
    pub runs_on: Option<RunsOn>,
    /// `permissions`, which replace the workflow's.
    pub permissions: Option<Permissions>,
    /// `strategy`.
    pub strategy: Option<Strategy>,
    /// `container`.
    pub container: Option<Container>,
    /// `services`.
    pub services: Vec<(Text, Container)>,
    /// `outputs`.
    pub outputs: Entries,
    /// `env`.
    pub environment: Entries,
    /// `environment`, or its `name`: what is deployed to.
    pub deployment: Option<Text>,
    /// `defaults.run`.
    pub defaults: Defaults,
    /// `concurrency`.
    pub concurrency: Option<Concurrency>,
    /// `timeout-minutes`.
    pub timeout_minutes: Option<Text>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// `uses`: the workflow that it calls.
    pub uses: Option<Uses>,
    /// `with`: what that workflow is given.
    pub with: Entries,
    /// `secrets`: what secrets that workflow is given.
    pub secrets: Option<Secrets>,
    /// `steps`.
    pub steps: Vec<Step>,
}

/// `runs-on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOn {
    /// Where the key stands.
    pub span: Span,
    /// The labels, all of which a runner must have.
    pub labels: Vec<Text>,
    /// `group`.
    pub group: Option<Text>,
}

/// `secrets` of a job that calls a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secrets {
    /// `inherit`: all.
    Inherit(Text),
    /// These.
    Each(Entries),
}

impl Job {
    pub(super) fn read(id: Text, node: Cursor<'_>, reader: &mut Reader) -> Job {
        let mut job = Job::new(id, node.span());
        for (key, node) in reader.map(node, "a job") {
            job.key(&key, node, reader);
        }
        let message = match (&job.uses, &job.runs_on) {
            (None, None) => "a job has neither `runs-on` nor `uses`",
            (Some(_), _) if !job.steps.is_empty() => "a job that calls a workflow has no steps",
            (None, Some(_)) if job.steps.is_empty() => "a job has no steps",
            _ => return job,
        };
        reader.problem(job.id.span().clone(), message);
        job
    }

    fn new(id: Text, span: Span) -> Job {
        Job {
            id,
            span,
            name: None,
            needs: Vec::new(),
            condition: None,
            runs_on: None,
            permissions: None,
            strategy: None,
            container: None,
            services: Vec::new(),
            outputs: Entries::default(),
            environment: Entries::default(),
            deployment: None,
            defaults: Defaults::default(),
            concurrency: None,
            timeout_minutes: None,
            continue_on_error: None,
            uses: None,
            with: Entries::default(),
            secrets: None,
            steps: Vec::new(),
        }
    }

    fn key(&mut self, key: &Text, node: Cursor<'_>, reader: &mut Reader) {
        let what = format!("`{key}`");
        let what = what.as_str();
        match key.text() {
            "name" => self.name = reader.text(node, what),
            "needs" => self.needs = reader.texts(node, what),
            "if" => self.condition = reader.condition(node),
            "runs-on" => self.runs_on = Some(RunsOn::read(key, node, reader)),
            "permissions" => self.permissions = Some(Permissions::read(key, node, reader)),
            "strategy" => self.strategy = Some(Strategy::read(key, node, reader)),
            "container" if !node.is_null() => {
                self.container = Some(Container::read(key, node, reader));
            }
            "services" => self.services = Container::services(node, reader),
            "outputs" => self.outputs = reader.entries(node, what),
            "env" => self.environment = reader.entries(node, what),
            "environment" => {
                self.deployment = match node.shape() {
                    Shape::Map => reader.entries(node, what).get("name").cloned(),
                    _ => reader.text(node, what),
                };
            }
            "defaults" => self.defaults = Defaults::read(node, reader),
            "concurrency" => self.concurrency = Some(Concurrency::read(key, node, reader)),
            "timeout-minutes" => self.timeout_minutes = reader.text(node, what),
            "continue-on-error" => self.continue_on_error = reader.text(node, what),
            "uses" => {
                let text = reader.text(node, what);
                self.uses = text.map(|text| Uses::new(text, reader));
            }
            "with" => self.with = reader.entries(node, what),
            "secrets" => self.secrets = Some(Secrets::read(node, reader)),
            "steps" => self.steps = Step::list(node, reader),
            _ => {}
        }
    }

    /// The combinations of its matrix; one without values where it has none.
    ///
    /// # Errors
    /// When they are only known when the workflow runs.
    pub fn combinations(&self) -> Result<Vec<Combination>, NotStatic> {
        let strategy = self.strategy.as_ref();
        match strategy.and_then(|strategy| strategy.matrix.as_ref()) {
            Some(matrix) => matrix.combinations(),
            None => Ok(vec![Combination::default()]),
        }
    }

    /// The step with this `id`.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| {
            let other = step.id.as_ref();
            other.is_some_and(|other| other.text().eq_ignore_ascii_case(id))
        })
    }
}

impl RunsOn {
    fn read(key: &Text, node: Cursor<'_>, reader: &mut Reader) -> RunsOn {
        let mut runs_on = RunsOn {
            span: key.span().clone(),
            labels: Vec::new(),
            group: None,
        };
        if node.shape() != Shape::Map {
            runs_on.labels = reader.texts(node, "`runs-on`");
            return runs_on;
        }
        for (key, node) in reader.map(node, "`runs-on`") {
            match key.text() {
                "group" => runs_on.group = reader.text(node, "`group`"),
                "labels" => runs_on.labels = reader.texts(node, "`labels`"),
                _ => {}
            }
        }
        runs_on
    }
}

impl Secrets {
    fn read(node: Cursor<'_>, reader: &mut Reader) -> Secrets {
        match reader_text(node) {
            Some(text) if text.text() == "inherit" => Secrets::Inherit(text),
            _ => Secrets::Each(reader.entries(node, "`secrets`")),
        }
    }
}

fn reader_text(node: Cursor<'_>) -> Option<Text> {
    node.scalar().map(Text::new)
}

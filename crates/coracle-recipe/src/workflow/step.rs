//! Steps: of a job, and of an action that is made of steps.

use super::reader::Reader;
use super::text::{Entries, Text};
use super::uses::Uses;
use crate::span::Span;
use crate::yaml::Cursor;

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// All of it.
    pub span: Span,
    /// `id`.
    pub id: Option<Text>,
    /// `name`.
    pub name: Option<Text>,
    /// `if`, which is an expression as a whole.
    pub condition: Option<Text>,
    /// `uses`.
    pub uses: Option<Uses>,
    /// `with`.
    pub with: Entries,
    /// `run`, with its shell.
    pub run: Option<Run>,
    /// `env`.
    pub environment: Entries,
    /// `working-directory`.
    pub working_directory: Option<Text>,
    /// `continue-on-error`.
    pub continue_on_error: Option<Text>,
    /// `timeout-minutes`.
    pub timeout_minutes: Option<Text>,
}

/// `run`: a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Where the key stands.
    pub key: Span,
    /// The script; [`Text::span_of`] tells where each piece of it stands in the file, through a block's indentation.
    pub text: Text,
    /// The step's own `shell`; see [`super::Workflow::shell`] for the one that counts.
    pub shell: Option<Text>,
}

impl Step {
    /// The steps of a list.
    pub(super) fn list(node: Cursor<'_>, reader: &mut Reader) -> Vec<Step> {
        let nodes = reader.items(node, "`steps`").into_iter();
        let mut steps: Vec<Step> = Vec::new();
        for node in nodes {
            let step = Step::read(node, reader);
            let id = step.id.as_ref();
            let is_there = |other: &Step| {
                let ids = other.id.as_ref().zip(id);
                ids.is_some_and(|(one, other)| one.text().eq_ignore_ascii_case(other.text()))
            };
            if let Some(id) = id.filter(|_| steps.iter().any(is_there)) {
                reader.problem(id.span().clone(), format!("the id `{id}` is here twice"));
            }
            steps.push(step);
        }
        steps
    }

    fn read(node: Cursor<'_>, reader: &mut Reader) -> Step {
        let mut step = Step {
            span: node.span(),
            id: None,
            name: None,
            condition: None,
            uses: None,
            with: Entries::default(),
            run: None,
            environment: Entries::default(),
            working_directory: None,
            continue_on_error: None,
            timeout_minutes: None,
        };
        let mut shell = None;
        for (key, node) in reader.map(node, "a step") {
            let what = format!("`{key}`");
            match key.text() {
                "id" => step.id = reader.text(node, &what),
                "name" => step.name = reader.text(node, &what),
                "if" => step.condition = reader.condition(node),
                "uses" => {
                    let text = reader.text(node, &what);
                    step.uses = text.map(|text| Uses::new(text, reader));
                }
                "with" => step.with = reader.entries(node, &what),
                "run" => {
                    step.run = reader.text(node, &what).map(|text| Run {
                        key: key.span().clone(),
                        text,
                        shell: None,
                    });
                }
                "shell" => shell = reader.text(node, &what),
                "env" => step.environment = reader.entries(node, &what),
                "working-directory" => step.working_directory = reader.text(node, &what),
                "continue-on-error" => step.continue_on_error = reader.text(node, &what),
                "timeout-minutes" => step.timeout_minutes = reader.text(node, &what),
                _ => {}
            }
        }
        if let Some(run) = &mut step.run {
            run.shell = shell;
        }
        match (&step.uses, &step.run) {
            (None, None) => {
                reader.problem(step.span.clone(), "a step has neither `uses` nor `run`");
            }
            (Some(uses), Some(_)) => {
                reader.problem(uses.span().clone(), "a step has both `uses` and `run`");
            }
            _ => {}
        }
        step
    }

    /// Whether it uses this action (`docker/build-push-action`), at whatever version.
    pub fn is(&self, action: &str) -> bool {
        self.uses.as_ref().is_some_and(|uses| uses.is(action))
    }

    /// An input of the action that it uses.
    pub fn input(&self, name: &str) -> Option<&Text> {
        self.with.get(name)
    }

    /// Where a message about the step as a whole points: what it uses, or its `run`.
    pub fn head(&self) -> &Span {
        match (&self.uses, &self.run) {
            (Some(uses), _) => uses.span(),
            (None, Some(run)) => &run.key,
            (None, None) => &self.span,
        }
    }
}

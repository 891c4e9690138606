//! `on`: what starts a workflow, and what a caller gives and gets.

use super::reader::Reader;
use super::text::{Entries, Text};
use crate::span::Span;
use crate::yaml::{Cursor, Shape};

/// An event that starts a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its name: `push`, `workflow_call`.
    pub event: Text,
    /// `branches`.
    pub branches: Vec<Text>,
    /// `branches-ignore`.
    pub branches_ignore: Vec<Text>,
    /// `tags`.
    pub tags: Vec<Text>,
    /// `tags-ignore`.
    pub tags_ignore: Vec<Text>,
    /// `paths`.
    pub paths: Vec<Text>,
    /// `paths-ignore`.
    pub paths_ignore: Vec<Text>,
    /// `types`.
    pub types: Vec<Text>,
    /// Of `workflow_run`, the names of the workflows.
    pub workflows: Vec<Text>,
    /// Of `schedule`, each `cron`.
    pub schedules: Vec<Text>,
    /// Of `workflow_call` and `workflow_dispatch`.
    pub inputs: Vec<Input>,
    /// Of `workflow_call`.
    pub outputs: Vec<Output>,
    /// Of `workflow_call`, the names of its secrets.
    pub secrets: Vec<Text>,
}

/// What a caller gives: to a workflow or an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: Text,
    /// `description`.
    pub description: Option<Text>,
    /// `required`.
    pub required: Option<Text>,
    /// `default`.
    pub default: Option<Text>,
    /// `type`.
    pub kind: Option<Text>,
    /// `options`.
    pub options: Vec<Text>,
}

/// What a caller gets back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name.
    pub name: Text,
    /// `description`.
    pub description: Option<Text>,
    /// `value`.
    pub value: Option<Text>,
}

/// Reads `on`: one event, a list of them, or a mapping.
pub(super) fn read(node: Cursor<'_>, reader: &mut Reader) -> Vec<Trigger> {
    match node.shape() {
        Shape::Map => {
            let entries = reader.map(node, "`on`").into_iter();
            entries
                .map(|(event, node)| trigger(event, node, reader))
                .collect()
        }
        _ => {
            let events = reader.texts(node, "`on`").into_iter();
            events.map(Trigger::new).collect()
        }
    }
}

impl Trigger {
    fn new(event: Text) -> Trigger {
        Trigger {
            event,
            branches: Vec::new(),
            branches_ignore: Vec::new(),
            tags: Vec::new(),
            tags_ignore: Vec::new(),
            paths: Vec::new(),
            paths_ignore: Vec::new(),
            types: Vec::new(),
            workflows: Vec::new(),
            schedules: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            secrets: Vec::new(),
        }
    }

    /// Where its name stands.
    pub fn span(&self) -> &Span {
        self.event.span()
    }
}

fn trigger(event: Text, node: Cursor<'_>, reader: &mut Reader) -> Trigger {
    let mut trigger = Trigger::new(event);
    if node.shape() == Shape::List {
        trigger.schedules = schedules(node, reader);
        return trigger;
    }
    let what = format!("`{}`", trigger.event);
    for (key, node) in reader.map(node, &what) {
        let filter = match key.text() {
            "branches" => &mut trigger.branches,
            "branches-ignore" => &mut trigger.branches_ignore,
            "tags" => &mut trigger.tags,
            "tags-ignore" => &mut trigger.tags_ignore,
            "paths" => &mut trigger.paths,
            "paths-ignore" => &mut trigger.paths_ignore,
            "types" => &mut trigger.types,
            "workflows" => &mut trigger.workflows,
            "inputs" => {
                trigger.inputs = inputs(node, reader);
                continue;
            }
            "outputs" => {
                trigger.outputs = outputs(node, reader);
                continue;
            }
            "secrets" => {
                let secrets = reader.map(node, "`secrets`").into_iter();
                trigger.secrets = secrets.map(|(name, _)| name).collect();
                continue;
            }
            _ => continue,
        };
        *filter = reader.texts(node, &format!("`{key}`"));
    }
    trigger
}

fn schedules(node: Cursor<'_>, reader: &mut Reader) -> Vec<Text> {
    let mut schedules = Vec::new();
    for node in node.items() {
        let entries: Entries = reader.entries(node, "an entry of `schedule`");
        schedules.extend(entries.get("cron").cloned());
    }
    schedules
}

pub(super) fn inputs(node: Cursor<'_>, reader: &mut Reader) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (name, node) in reader.map(node, "`inputs`") {
        let mut input = Input {
            name,
            description: None,
            required: None,
            default: None,
            kind: None,
            options: Vec::new(),
        };
        for (key, node) in reader.map(node, "an input") {
            let what = format!("`{key}`");
            match key.text() {
                "description" => input.description = reader.text(node, &what),
                "required" => input.required = reader.text(node, &what),
                "default" => input.default = reader.text(node, &what),
                "type" => input.kind = reader.text(node, &what),
                "options" => input.options = reader.texts(node, &what),
                _ => {}
            }
        }
        inputs.push(input);
    }
    inputs
}

pub(super) fn outputs(node: Cursor<'_>, reader: &mut Reader) -> Vec<Output> {
    let mut outputs = Vec::new();
    for (name, node) in reader.map(node, "`outputs`") {
        let mut output = Output {
            name,
            description: None,
            value: None,
        };
        for (key, node) in reader.map(node, "an output") {
            match key.text() {
                "description" => output.description = reader.text(node, "`description`"),
                "value" => output.value = reader.text(node, "`value`"),
                _ => {}
            }
        }
        outputs.push(output);
    }
    outputs
}

//! `action.yml`: what an action is given, and the steps that it is made of.

use std::fmt;

use super::Problem;
use super::reader::Reader;
use super::step::Step;
use super::text::{Entries, Text};
use super::trigger::{self, Input, Output};
use crate::yaml::{Cursor, Error, Reading, Yaml};

/// An action's metadata. Printing it gives the text that was read.
#[derive(Debug, Clone)]
pub struct Action {
    yaml: Yaml,
    /// `name`.
    pub name: Option<Text>,
    /// `description`.
    pub description: Option<Text>,
    /// `inputs`.
    pub inputs: Vec<Input>,
    /// `outputs`.
    pub outputs: Vec<Output>,
    /// `runs`.
    pub runs: Runs,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// What an action runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// `using`: `composite`, `docker`, `node24`.
    pub using: Option<Text>,
    /// `steps`, of a composite action.
    pub steps: Vec<Step>,
    /// `image`, of a docker action: `Dockerfile`, or `docker://IMAGE`.
    pub image: Option<Text>,
    /// `main`, of a JavaScript action.
    pub main: Option<Text>,
    /// `args`, of a docker action.
    pub arguments: Vec<Text>,
    /// `env`, of a docker action.
    pub environment: Entries,
}

impl Action {
    /// Reads an `action.yml`.
    ///
    /// # Errors
    /// When it is no YAML. All other mistakes are [`Action::problems`].
    pub fn read(text: &str) -> Result<Action, Error> {
        let yaml = Yaml::read(text)?;
        let mut action = Action {
            yaml: yaml.clone(),
            name: None,
            description: None,
            inputs: Vec::new(),
            outputs: Vec::new(),
            runs: Runs::default(),
            problems: Vec::new(),
        };
        let reading = Reading::new(&yaml);
        let mut reader = Reader::default();
        for (key, node) in reader.root(&reading, "an action") {
            match key.text() {
                "name" => action.name = reader.text(node, "`name`"),
                "description" => action.description = reader.text(node, "`description`"),
                "inputs" => action.inputs = trigger::inputs(node, &mut reader),
                "outputs" => action.outputs = trigger::outputs(node, &mut reader),
                "runs" => action.runs = runs(node, &mut reader),
                _ => {}
            }
        }
        action.problems = reader.problems(&reading);
        Ok(action)
    }

    /// The YAML that it was read from, for edits.
    pub fn yaml(&self) -> &Yaml {
        &self.yaml
    }
}

fn runs(node: Cursor<'_>, reader: &mut Reader) -> Runs {
    let mut runs = Runs::default();
    for (key, node) in reader.map(node, "`runs`") {
        match key.text() {
            "using" => runs.using = reader.text(node, "`using`"),
            "steps" => runs.steps = Step::list(node, reader),
            "image" => runs.image = reader.text(node, "`image`"),
            "main" => runs.main = reader.text(node, "`main`"),
            "args" => runs.arguments = reader.texts(node, "`args`"),
            "env" => runs.environment = reader.entries(node, "`env`"),
            _ => {}
        }
    }
    runs
}

impl fmt::Display for Action {
    /// The text as it was read.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.yaml.fmt(formatter)
    }
}

//! The steps of a stage with the folder that each begins in, and the commands of a `RUN` with folder and variables. Not
//! what the commands do.

use std::collections::BTreeMap;

use coracle_recipe::Text;
use coracle_recipe::dockerfile::document::{Arguments, Form, Scope, Stages, Step};
use coracle_recipe::shell::{self, Simple, Word};

use super::contents::base_image;

/// A step of a stage or of one that it is from.
#[derive(Debug, Clone)]
pub(crate) struct Located<'a> {
    /// The stage that it stands in.
    pub(crate) stage: usize,
    /// The step.
    pub(crate) step: Step<'a>,
    /// The folder that it begins in, where it is known.
    pub(crate) folder: Option<String>,
}

/// A command with what it sees.
#[derive(Debug, Clone)]
pub(crate) struct Command {
    /// The command.
    pub(crate) simple: Simple,
    /// The folder that it runs in, where it is known.
    pub(crate) folder: Option<String>,
    /// The variables that the script set before it, and its own; `None` where the value is not known.
    pub(crate) variables: BTreeMap<String, Option<String>>,
}

/// The steps of a stage and those that it is from, in their order.
pub(crate) fn of<'a>(stages: &Stages<'a>, stage: usize) -> Vec<Located<'a>> {
    let mut folder = base_image(stages, stage).map(|image| {
        let name = crate::bases::Reference::parse(&image).name;
        if name == "golang" { "/go" } else { "/" }.to_owned()
    });
    let mut located = Vec::new();
    for index in stages.chain(stage) {
        let steps = stages.stages.get(index).map(|stage| stage.steps.clone());
        for step in steps.unwrap_or_default() {
            let next = match &step.instruction.arguments {
                Arguments::Workdir(word) => {
                    let value = step.scope.expand(word);
                    value
                        .text()
                        .and_then(|text| joined(folder.as_deref(), text))
                }
                _ => folder.clone(),
            };
            located.push(Located {
                stage: index,
                step,
                folder: std::mem::replace(&mut folder, next),
            });
        }
    }
    located
}

/// The commands of a `RUN`; nothing of another step. Why they cannot be told is the error.
pub(crate) fn run_commands(located: &Located<'_>) -> Result<Vec<Command>, &'static str> {
    let Arguments::Run(run) = &located.step.instruction.arguments else {
        return Ok(Vec::new());
    };
    if let Form::Exec(words) = &run.form {
        let plain = |word: &coracle_recipe::dockerfile::document::Word| Word {
            text: word.text.clone(),
            value: Ok(word.text.clone()),
            is_quoted: true,
            is_pattern: false,
            substitutions: Vec::new(),
            span: word.span.clone(),
        };
        return Ok(vec![Command {
            simple: Simple {
                assignments: Vec::new(),
                words: words.iter().map(plain).collect(),
            },
            folder: located.folder.clone(),
            variables: BTreeMap::new(),
        }]);
    }
    match &run.script {
        Some(text) => commands(text, located.folder.clone(), Some(&located.step.scope)),
        None => Err("a RUN names its own interpreter"),
    }
}

/// The commands of a script.
pub(crate) fn commands(
    text: &Text,
    mut folder: Option<String>,
    scope: Option<&Scope>,
) -> Result<Vec<Command>, &'static str> {
    let value = |name: &str| Some(scope?.value(name)?.ok()?.to_owned());
    let script = shell::read(text, &value);
    if !script.is_understood() {
        return Err("a script could not be read whole");
    }
    let mut variables: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut commands = Vec::new();
    for simple in script.simple() {
        let name = simple.name().unwrap_or_default();
        let assigned = simple.assignments.iter().map(|assignment| {
            let value = assignment.value.known().map(ToOwned::to_owned);
            (
                assignment.name.clone(),
                value.filter(|_| !assignment.is_added),
            )
        });
        let mut own = variables.clone();
        own.extend(assigned);
        if simple.words.is_empty() {
            variables = own;
            continue;
        }
        match name {
            "cd" | "pushd" => {
                let to = simple.words.get(1).and_then(Word::known);
                folder = to.and_then(|to| joined(folder.as_deref(), to));
                continue;
            }
            "popd" => folder = None,
            "export" => {
                variables = own;
                for word in simple.words.iter().skip(1) {
                    let known = word.known().and_then(|word| word.split_once('='));
                    if let Some((name, value)) = known {
                        variables.insert(name.to_owned(), Some(value.to_owned()));
                    } else if let Some((name, _)) = word.text.split_once('=') {
                        variables.insert(name.to_owned(), None);
                    }
                }
                continue;
            }
            _ => {}
        }
        commands.push(Command {
            simple: simple.clone(),
            folder: folder.clone(),
            variables: own,
        });
    }
    Ok(commands)
}

/// A path in an image, from a folder that it may be relative to; always from `/`, without a `/` at its end.
pub(crate) fn joined(folder: Option<&str>, written: &str) -> Option<String> {
    let begin = match written.starts_with('/') {
        true => "",
        false => folder?,
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in begin.split('/').chain(written.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            "~" => return None,
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

/// What of a path is below a folder: empty for the folder itself.
pub(crate) fn below<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    let folder = folder.trim_end_matches('/');
    match path.strip_prefix(folder)? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// The folder that the image of a stage starts its program in, where it is known.
pub(crate) fn folder_at_end(stages: &Stages<'_>, stage: usize) -> Option<String> {
    let located = of(stages, stage);
    let Some(last) = located.last() else {
        return Some("/".to_owned());
    };
    match &last.step.instruction.arguments {
        Arguments::Workdir(word) => {
            let value = last.step.scope.expand(word);
            value
                .text()
                .and_then(|text| joined(last.folder.as_deref(), text))
        }
        _ => last.folder.clone(),
    }
}

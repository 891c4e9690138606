//! CRC108: a health check, of a Dockerfile or a compose file, calls curl or wget, which the image has not. Of bases that
//! are not known it is skipped.

use coracle_recipe::dockerfile::document::{Arguments, Form, Stages};
use coracle_recipe::{Test, Text, Value};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{ComposeFile, Dockerfile, Model, User};
use crate::programs::{Contents, Has, commands};
use crate::rule::{Check, Rule};
use crate::source::{Place, SourceFile};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC108",
    name: "healthcheck-tool-missing",
    severity: Severity::Error,
    meaning: "a health check calls curl or wget, which the image does not have",
    page: include_str!("../../rules/CRC108.md"),
    hadolint: &[],
    check: Check::Model(check),
};

const TOOLS: [&str; 2] = ["curl", "wget"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for stage in dockerfile.outputs(&stages).stages {
            judge_stage(dockerfile, &stages, stage, outcome);
        }
    }
    for compose in &model.composes {
        judge_compose(model, compose, outcome);
    }
}

fn judge_stage(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
    outcome: &mut Outcome,
) {
    let Some(setting) = stages.settings(stage).healthcheck else {
        return;
    };
    let Arguments::Healthcheck(Some(form)) = &setting.step.instruction.arguments else {
        return;
    };
    let called = match form {
        Form::Exec(words) => {
            let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            let words = words.iter().map(|word| dockerfile.place(&word.span));
            of_words(dockerfile.file, &texts, &words.collect::<Vec<_>>())
        }
        Form::Shell(text) => {
            let commands = match commands(text, None, Some(&setting.step.scope)) {
                Ok(commands) => commands,
                Err(because) => return outcome.skip(dockerfile.file, because),
            };
            let first = commands
                .iter()
                .filter_map(|command| command.simple.words.first());
            let called =
                first.filter_map(|word| Some((tool(word.known()?)?, dockerfile.place(&word.span))));
            called.collect()
        }
    };
    match Contents::of(stages, stage) {
        Some(contents) => judge(&contents, called, dockerfile.file, outcome),
        None if called.is_empty() => {}
        None => outcome.skip(dockerfile.file, "the base is not known"),
    }
}

fn judge_compose(model: &Model<'_>, compose: &ComposeFile<'_>, outcome: &mut Outcome) {
    for (name, service) in compose.services() {
        let test = service
            .healthcheck
            .as_ref()
            .and_then(|check| check.test.as_ref());
        let called = match test {
            Some(Test::Exec(words)) => {
                let places: Vec<Place> =
                    words.iter().map(|word| compose.place(&word.span)).collect();
                let texts: Vec<&str> = words
                    .iter()
                    .map(|word| word.text().unwrap_or_default())
                    .collect();
                let file = words.first().map(|word| compose.located(&word.span).0);
                of_words(file.unwrap_or(compose.file), &texts, &places)
            }
            Some(Test::Shell(value)) => of_text(compose, value),
            Some(Test::Off) | None => continue,
        };
        if called.is_empty() {
            continue;
        }
        let contents = match (&service.build, &service.image) {
            (Some(_), _) => built(model, compose, name),
            (None, Some(image)) => image.text().map(Contents::of_image),
            // It is only there to be extended, or what it extends is not known.
            (None, None) => match compose.not_followed(name) {
                Some(because) => {
                    outcome.skip(compose.file, because);
                    continue;
                }
                None => continue,
            },
        };
        match contents {
            Some(contents) => judge(&contents, called, compose.file, outcome),
            None => outcome.skip(compose.file, format!("the image of {name} is not known")),
        }
    }
}

/// What the image of a service holds that is built here.
fn built(model: &Model<'_>, compose: &ComposeFile<'_>, name: &str) -> Option<Contents> {
    for dockerfile in &model.dockerfiles {
        for build in &dockerfile.builds {
            let is_it = match &build.user {
                User::Compose { file, service } => file == compose.file.path() && service == name,
                User::Job { .. } | User::Bake { .. } => false,
            };
            if is_it {
                let stages = dockerfile.stages_of(build);
                let stage = match build.target.as_ref().ok()? {
                    Some(target) => stages.target(target)?,
                    None => stages.stages.len().checked_sub(1)?,
                };
                return Contents::of(&stages, stage);
            }
        }
    }
    None
}

type Called = Vec<(&'static str, Place)>;

/// What a list of words calls, by itself or over `sh -c`.
fn of_words(file: &SourceFile, words: &[&str], places: &[Place]) -> Called {
    match (words, places) {
        ([program, ..], [place, ..]) if tool(program).is_some() => tool(program)
            .map(|tool| (tool, place.clone()))
            .into_iter()
            .collect(),
        (["sh" | "/bin/sh" | "bash" | "/bin/bash", flag, text, ..], [_, _, place, ..])
            if flag.contains('c') =>
        {
            of_script(file, text, place)
        }
        _ => Vec::new(),
    }
}

fn of_text(compose: &ComposeFile<'_>, value: &Value) -> Called {
    let (file, span) = compose.located(&value.span);
    match value.text() {
        Some(text) => of_script(file, text, &file.place(&span)),
        None => Vec::new(),
    }
}

/// What a script within a value calls; its words are looked for in the value.
fn of_script(file: &SourceFile, text: &str, place: &Place) -> Called {
    let commands = commands(&Text::plain(text), None, None).unwrap_or_default();
    let names = commands.iter().filter_map(|command| command.simple.name());
    let mut called = Called::new();
    for name in names {
        let Some(tool) = tool(name) else { continue };
        let written = file.slice(place.start..place.end);
        let at = written
            .find(name)
            .map(|at| place.start + at..place.start + at + name.len());
        called.push((
            tool,
            at.map_or_else(|| place.clone(), |bytes| file.place_of(bytes)),
        ));
    }
    called
}

fn tool(program: &str) -> Option<&'static str> {
    let name = program.rsplit('/').next()?;
    TOOLS.into_iter().find(|tool| *tool == name)
}

fn judge(contents: &Contents, called: Called, file: &SourceFile, outcome: &mut Outcome) {
    let has = |tool: &str| {
        let base = contents.base.as_ref().map(|base| base.contents);
        let in_base = base.and_then(|base| if tool == "curl" { base.curl } else { base.wget });
        match (in_base, contents.command(tool)) {
            (Some(true), _) | (_, Has::Yes) => Has::Yes,
            (Some(false), Has::No) => match contents.other_package() {
                Some(package) => Has::Unknown(format!("{package} may need {tool}")),
                None => Has::No,
            },
            (Some(false), has) => has,
            (None, _) => Has::Unknown(format!(
                "it is not known whether {} has {tool}",
                contents.image
            )),
        }
    };
    // Where one stands in for the other one of them is enough.
    if called.iter().any(|(tool, _)| has(tool) == Has::Yes) {
        return;
    }
    let mut told: Vec<&str> = Vec::new();
    for (tool, place) in called {
        match has(tool) {
            Has::Unknown(because) => outcome.skip(file, because),
            Has::No if !told.contains(&tool) => {
                told.push(tool);
                outcome.find(draft(contents, tool, place, has("wget") == Has::Yes));
            }
            Has::Yes | Has::No => {}
        }
    }
}

fn draft(contents: &Contents, tool: &str, place: Place, has_wget: bool) -> Draft {
    let image = &contents.image;
    let draft = Draft::at(place, format!("the health check calls {tool}, which the image does not have"))
        .label(format!("{image} has no {tool}, and nothing installs it"))
        .why("the check fails each time, so that the container is never healthy and what waits for it never starts");
    let has_shell = contents.base.as_ref().and_then(|base| base.contents.shell);
    match (has_wget, has_shell) {
        (true, _) => draft.help("the image has wget: `wget -q --spider URL`"),
        (false, Some(false)) => draft.help("let the program check itself, by an argument of its own: there is no shell either"),
        (false, _) => draft.help(format!("install {tool} in the last stage, or let the program check itself by an argument of its own")),
    }
}

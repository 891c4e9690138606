//! What the steps of a Dockerfile tell a shell, and which stages an image is made of.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Base, Form, Run, Stages, Step, Word};
use coracle_recipe::shell::{self, Body, Command, Script, Simple};

/// What a `RUN` tells a shell, with the variables of the file.
pub fn script_of(step: &Step<'_>) -> Option<Script> {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return None;
    };
    let value = |name: &str| step.scope.value(name)?.ok().map(ToOwned::to_owned);
    match (&run.script, &run.form) {
        (Some(text), _) => Some(shell::read(text, &value)),
        (None, Form::Exec(words)) => Some(listed(run, words)),
        (None, Form::Shell(_)) => None,
    }
}

/// A list of words as the one command that it is.
fn listed(run: &Run, words: &[Word]) -> Script {
    let word = |word: &Word| shell::Word {
        text: word.text.clone(),
        value: Ok(word.text.clone()),
        is_quoted: true,
        is_pattern: false,
        substitutions: Vec::new(),
        span: word.span.clone(),
    };
    let simple = Simple {
        assignments: Vec::new(),
        words: words.iter().map(word).collect(),
    };
    let ends = words.first().zip(words.last());
    let span = ends.map(|(first, last)| Span {
        end: last.span.end,
        ..first.span.clone()
    });
    let command = span.map(|span| Command {
        body: Body::Simple(simple),
        redirections: Vec::new(),
        is_negated: false,
        operator: None,
        span,
    });
    Script {
        commands: command
            .filter(|_| run.script.is_none())
            .into_iter()
            .collect(),
        heredocs: Vec::new(),
    }
}

/// The stages that the image of a stage is made of, by index: itself, what it is from, and what it copies from or mounts.
pub fn needed(stages: &Stages<'_>, target: usize) -> Vec<usize> {
    let mut needed = vec![target];
    let mut at = 0;
    while let Some(index) = needed.get(at).copied() {
        at += 1;
        let Some(stage) = stages.stages.get(index) else {
            continue;
        };
        let mut bases = vec![stage.base.clone()];
        for step in &stage.steps {
            let from: Vec<&Word> = match &step.instruction.arguments {
                Arguments::Copy(copy) | Arguments::Add(copy) => copy.from.iter().collect(),
                Arguments::Run(run) => run
                    .mounts
                    .iter()
                    .filter_map(|mount| mount.from.as_ref())
                    .collect(),
                _ => Vec::new(),
            };
            let from = from.into_iter().map(|from| step.scope.expand(from));
            bases.extend(from.map(|from| stages.source(index, &from)));
        }
        for base in bases {
            if let Base::Stage(other) = base
                && !needed.contains(&other)
            {
                needed.push(other);
            }
        }
    }
    needed
}

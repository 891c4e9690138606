//! What a `RUN` tells its shell, with the variables that the builder sets filled in, and which stages an image is made of.
//! Not what any of it does.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{self, Arguments, Base, Form, Run, Scope, Stages, Step};
use coracle_recipe::shell::{self, Body, Command, Script, Simple, Word};

/// The commands of a `RUN`, of a list of words the one that it is; nothing of other instructions.
pub fn commands(step: &Step<'_>) -> Option<Script> {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return None;
    };
    match (&run.script, &run.form) {
        (Some(text), _) => Some(shell::read(text, &|name| value(&step.scope, name))),
        (None, Form::Exec(words)) => Some(listed(run, words)),
        (None, Form::Shell(_)) => None,
    }
}

/// A list of words as the one command that it is.
fn listed(run: &Run, words: &[document::Word]) -> Script {
    let word = |word: &document::Word| Word {
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

/// The value of a variable as an instruction sees it, where the file decides it.
pub fn value(scope: &Scope, name: &str) -> Option<String> {
    let value = scope.value(name)?;
    value.ok().map(ToOwned::to_owned)
}

/// The program that a command starts and its arguments, without what only passes it on (`env`, `time`, `sudo`).
pub fn program(simple: &Simple) -> Option<(&str, &[Word])> {
    let mut words = simple.words.as_slice();
    loop {
        let (first, rest) = words.split_first()?;
        let name = first.known().unwrap_or(&first.text);
        let name = name.rsplit('/').next().unwrap_or(name);
        let is_passing = matches!(name, "env" | "time" | "sudo" | "exec" | "command" | "nice");
        if !is_passing && !name.contains('=') {
            return Some((name, rest));
        }
        words = rest;
    }
}

/// The stages that the image of a stage is made of, by index: itself, what it is from, and what it copies from or mounts.
pub fn stages_of(stages: &Stages<'_>, target: usize) -> Vec<usize> {
    let mut needed = vec![target];
    let mut at = 0;
    while let Some(index) = needed.get(at).copied() {
        at += 1;
        let Some(stage) = stages.stages.get(index) else {
            continue;
        };
        let mut bases = vec![stage.base.clone()];
        for step in &stage.steps {
            let from: Vec<&document::Word> = match &step.instruction.arguments {
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

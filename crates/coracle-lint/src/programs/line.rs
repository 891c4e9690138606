//! The words of a command line as images and compose files write them: ENTRYPOINT and CMD together, a text that is split into
//! words, and what only passes a program on. Not what the program is.

use coracle_recipe::compose::Service;
use coracle_recipe::shell::{self, Word};
use coracle_recipe::{Command, Text, Value};

use crate::model::base_name;
use crate::source::{Place, SourceFile};

/// What starts another program and then is that program, or waits for it.
const PASSING: [&str; 17] = [
    "catatonit",
    "chpst",
    "docker-init",
    "dumb-init",
    "env",
    "exec",
    "gosu",
    "ionice",
    "nice",
    "nohup",
    "runuser",
    "setpriv",
    "setsid",
    "stdbuf",
    "su-exec",
    "time",
    "tini",
];

/// Of these, those that are told a user first.
const FOR_A_USER: [&str; 2] = ["gosu", "su-exec"];

/// Of these, those whose flags have values, so that a `--` before the program tells where it begins.
const BOUNDED: [&str; 6] = [
    "catatonit",
    "docker-init",
    "dumb-init",
    "runuser",
    "setpriv",
    "tini",
];

/// Whether a command only passes on what it is told, a shell among them.
pub(crate) fn is_passing(name: &str) -> bool {
    is_shell(name) || PASSING.contains(&name)
}

/// Whether it is a shell.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "ash" | "bash" | "dash" | "sh")
}

/// Words of a command line, each where it is known, and where they stand.
pub(super) struct Line {
    pub(super) words: Vec<Option<String>>,
    pub(super) place: Place,
}

impl Line {
    /// What ENTRYPOINT and CMD are together.
    pub(super) fn joined(entrypoint: Option<&Line>, command: Option<&Line>) -> Option<Line> {
        let both = [entrypoint, command].into_iter().flatten();
        let place = command.or(entrypoint)?.place.clone();
        Some(Line {
            words: both.flat_map(|line| line.words.clone()).collect(),
            place,
        })
    }

    /// A service's `command` or `entrypoint`.
    pub(super) fn of_service(command: &Command, file: &SourceFile, service: &Service) -> Line {
        match command {
            Command::Exec(words) => {
                let span = match (words.first(), words.last()) {
                    (Some(first), Some(last)) => first.span.start..last.span.end,
                    _ => service.name.start..service.name.end,
                };
                Line {
                    words: words.iter().map(known).collect(),
                    place: file.place_of(span),
                }
            }
            Command::Text(value) => Line {
                words: split(value),
                place: file.place(&value.span),
            },
        }
    }
}

/// The words of a text, which no shell is given.
fn split(value: &Value) -> Vec<Option<String>> {
    let Some(text) = value.text() else {
        return vec![None];
    };
    let script = shell::read(&Text::plain(text), &|_| None);
    let simple: Vec<_> = script.simple().collect();
    match simple.as_slice() {
        [simple] => {
            let words = simple.words.iter().map(Word::known);
            words.map(|word| word.map(ToOwned::to_owned)).collect()
        }
        _ => vec![None],
    }
}

/// A value, where it is known.
pub(super) fn known(value: &Value) -> Option<String> {
    value.text().map(ToOwned::to_owned)
}

/// What a shell is given.
pub(super) fn in_shell(text: Option<String>) -> Vec<Option<String>> {
    vec![Some("sh".to_owned()), Some("-c".to_owned()), text]
}

/// The words without what only passes them on, whose names are told.
pub(super) fn behind_passing<'w>(
    words: &'w [Option<String>],
    calls: &mut Vec<String>,
) -> &'w [Option<String>] {
    let mut words = words;
    while let Some((Some(first), rest)) = words.split_first()
        && PASSING.contains(&base_name(first))
    {
        let name = base_name(first);
        calls.push(name.to_owned());
        let bound = rest.iter().position(|word| word.as_deref() == Some("--"));
        let bound = bound.filter(|_| BOUNDED.contains(&name));
        let is_flag = |word: &&Option<String>| {
            let is_flag = |word: &String| word.starts_with('-') || word.contains('=');
            word.as_ref().is_some_and(is_flag)
        };
        let flags = rest.iter().take_while(is_flag).count();
        let flags = flags + usize::from(FOR_A_USER.contains(&name));
        words = rest
            .get(bound.map_or(flags, |bound| bound + 1)..)
            .unwrap_or_default();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_a_program_on_is_not_the_program() {
        let check = |text: &str, program: &str| {
            let words: Vec<Option<String>> =
                text.split(' ').map(|word| Some(word.to_owned())).collect();
            let mut calls = Vec::new();
            let rest = behind_passing(&words, &mut calls);
            assert_eq!(rest[0].as_deref(), Some(program), "{text}");
        };
        check("/usr/bin/tini -g -- api --port 1", "api");
        check("tini -p SIGTERM -- api", "api");
        check("gosu app api -- x", "api");
        check("runuser -u app -- api", "api");
        check("env A=1 nice api", "api");
    }
}

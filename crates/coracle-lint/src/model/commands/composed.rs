//! `docker compose -f deploy/compose.yaml build api`: which compose files are read, and which of their services are built.

use std::collections::BTreeMap;

use coracle_recipe::shell::{Simple, Word};

use super::known;
use crate::model::build::Known;
use crate::source::{Place, SourceFile};

/// What compose is asked to build.
#[derive(Debug)]
pub(in crate::model) struct Composed {
    /// The words that ask.
    pub(in crate::model) place: Place,
    /// Where it runs, from the top.
    pub(in crate::model) folder: Known<String>,
    /// The files as named from there; none for those that it looks for.
    pub(in crate::model) files: Known<Vec<String>>,
    /// The services; none for all that no profile switches off.
    pub(in crate::model) services: Known<Vec<String>>,
    /// `--build-arg`.
    pub(in crate::model) arguments: BTreeMap<String, Known<String>>,
}

/// Flags before the subcommand that have no value.
const GLOBAL_SWITCHES: [&str; 7] = [
    "--all-resources",
    "--compatibility",
    "--dry-run",
    "--verbose",
    "--no-ansi",
    "--tls",
    "--skip-hostname-check",
];

/// Flags of `build`, `up`, `create` and `run` that have a value.
const VALUES: [&str; 29] = [
    "--attach",
    "--build-arg",
    "--builder",
    "--entrypoint",
    "--env",
    "--exit-code-from",
    "--label",
    "--memory",
    "--name",
    "--no-attach",
    "--progress",
    "--provenance",
    "--publish",
    "--pull",
    "--sbom",
    "--scale",
    "--ssh",
    "--timeout",
    "--user",
    "--volume",
    "--wait-timeout",
    "--workdir",
    "-e",
    "-m",
    "-p",
    "-t",
    "-u",
    "-v",
    "-w",
];

/// A word of a command with what it is: a flag with its value, or none of a flag.
enum Argument<'a> {
    Flag(&'a str, Option<Known<&'a str>>),
    Operand,
}

/// Takes a word, and its value where it is a flag that has one.
fn part<'a>(
    word: &'a Word,
    rest: &mut impl Iterator<Item = &'a Word>,
    has_value: impl Fn(&str) -> bool,
) -> Argument<'a> {
    let text = word.text.as_str();
    let no_value = || Err("a flag has no value".to_owned());
    match text.split_once('=') {
        _ if !text.starts_with('-') => Argument::Operand,
        Some((flag, _)) => {
            let value = known(word);
            let value = value.map(|word| word.split_once('=').map_or("", |(_, value)| value));
            Argument::Flag(flag, Some(value))
        }
        None if has_value(text) => {
            Argument::Flag(text, Some(rest.next().map_or_else(no_value, known)))
        }
        None => Argument::Flag(text, None),
    }
}

/// Reads a command; `None` where it is none of compose's that surely builds.
pub(super) fn read(simple: &Simple, file: &SourceFile, folder: &Known<String>) -> Option<Composed> {
    let mut words = simple.words.iter();
    let program = words.next()?.known()?.rsplit('/').next()?;
    match program {
        "docker-compose" | "podman-compose" => {}
        "docker" | "podman" | "nerdctl" if words.next()?.known() == Some("compose") => {}
        _ => return None,
    }
    let mut composed = Composed {
        place: file.first_line(),
        folder: folder.clone(),
        files: Ok(Vec::new()),
        services: Ok(Vec::new()),
        arguments: BTreeMap::new(),
    };
    let subcommand = loop {
        let word = words.next()?;
        let is_switch = |flag: &str| GLOBAL_SWITCHES.contains(&flag);
        match part(word, &mut words, |flag| !is_switch(flag)) {
            Argument::Operand => break word,
            Argument::Flag("-f" | "--file", Some(value)) => add(&mut composed.files, value),
            Argument::Flag("--project-directory", _) => {
                composed.folder = Err("compose is told another folder".to_owned());
            }
            Argument::Flag(..) => {}
        }
    };
    composed.place = file.place(&subcommand.span);
    composed
        .take(subcommand.known()?, words)
        .then_some(composed)
}

impl Composed {
    /// The same, where the script sets these variables.
    pub(super) fn with(self, set: &BTreeMap<String, Known<String>>) -> Composed {
        let mut decides = ["COMPOSE_FILE", "COMPOSE_PROFILES"].into_iter();
        match decides.find(|name| set.contains_key(*name)) {
            Some(name) => Composed {
                files: Err(format!("the script sets {name}")),
                ..self
            },
            None => self,
        }
    }

    /// Takes what stands behind the subcommand; whether that surely builds.
    fn take<'a>(&mut self, subcommand: &str, words: impl Iterator<Item = &'a Word>) -> bool {
        let mut does_build = subcommand == "build";
        let mut words = words;
        // Of `build` it is a switch.
        let is_switch = |flag: &str| flag == "--pull" && subcommand == "build";
        while let Some(word) = words.next() {
            let has_value = |flag: &str| VALUES.contains(&flag) && !is_switch(flag);
            match part(word, &mut words, has_value) {
                Argument::Operand => {
                    add(&mut self.services, known(word));
                    // What follows is the program of the container.
                    if subcommand == "run" {
                        break;
                    }
                }
                Argument::Flag("--build", _) if matches!(subcommand, "up" | "create" | "run") => {
                    does_build = true;
                }
                Argument::Flag("--print", _) => return false,
                Argument::Flag("--build-arg", Some(Ok(argument))) => self.argument(argument),
                Argument::Flag(..) => {}
            }
        }
        does_build
    }

    fn argument(&mut self, argument: &str) {
        let from_outside = || Err(format!("{argument} comes from the environment"));
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Ok(value.to_owned())),
            None => (argument, from_outside()),
        };
        self.arguments.insert(name.to_owned(), value);
    }
}

/// Adds a word, after which the list is not known where the word is not.
fn add(list: &mut Known<Vec<String>>, word: Known<&str>) {
    match (list, word) {
        (Ok(list), Ok(word)) => list.push(word.to_owned()),
        (list @ Ok(_), Err(because)) => *list = Err(because),
        (Err(_), _) => {}
    }
}

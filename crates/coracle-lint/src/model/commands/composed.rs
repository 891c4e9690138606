//! `docker compose -f deploy/compose.yaml build api`: which compose files are read, and which of their services are built.

use std::collections::BTreeMap;

use coracle_recipe::shell::Simple;

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
const VALUES: [&str; 26] = [
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
    "-t",
    "-p",
];

/// Reads a command; `None` where it is none of compose's that surely builds.
pub(super) fn read(simple: &Simple, file: &SourceFile, folder: &Known<String>) -> Option<Composed> {
    let mut words = simple.words.iter();
    let program = words.next()?.known()?.rsplit('/').next()?;
    match program {
        "docker-compose" | "podman-compose" => {}
        "docker" | "podman" | "nerdctl" if words.next()?.known() == Some("compose") => {}
        _ => return None,
    }
    let mut files: Known<Vec<String>> = Ok(Vec::new());
    let mut is_elsewhere = false;
    let subcommand = loop {
        let word = words.next()?;
        let text = word.text.as_str();
        if !text.starts_with('-') {
            break word;
        }
        let (flag, value) = match text.split_once('=') {
            Some((flag, _)) => {
                let value = known(word);
                let value = value.map(|word| word.split_once('=').map_or("", |(_, value)| value));
                (flag, Some(value))
            }
            None if GLOBAL_SWITCHES.contains(&text) => (text, None),
            None => (text, Some(known(words.next()?))),
        };
        match (flag, value) {
            ("-f" | "--file", Some(value)) => files = with(files, value),
            ("--project-directory", _) => is_elsewhere = true,
            _ => {}
        }
    };
    let subcommand = (subcommand.known()?, subcommand);
    let mut does_build = subcommand.0 == "build";
    let mut services: Known<Vec<String>> = Ok(Vec::new());
    let mut arguments = BTreeMap::new();
    while let Some(word) = words.next() {
        let text = word.text.as_str();
        let (flag, value) = match text.split_once('=') {
            _ if !text.starts_with('-') => {
                services = with(services, known(word));
                // What follows is the program of the container.
                match subcommand.0 {
                    "run" => break,
                    _ => continue,
                }
            }
            Some((flag, _)) => {
                let value = known(word);
                let value = value.map(|word| word.split_once('=').map_or("", |(_, value)| value));
                (flag, Some(value))
            }
            // Of `build` it is a switch.
            None if text == "--pull" && subcommand.0 == "build" => (text, None),
            None if VALUES.contains(&text) => (text, Some(known(words.next()?))),
            None => (text, None),
        };
        match (flag, value) {
            ("--build", _) if matches!(subcommand.0, "up" | "create" | "run") => does_build = true,
            ("--print", _) => return None,
            ("--build-arg", Some(Ok(argument))) => {
                let (name, value) = match argument.split_once('=') {
                    Some((name, value)) => (name, Ok(value.to_owned())),
                    None => (
                        argument,
                        Err(format!("{argument} comes from the environment")),
                    ),
                };
                arguments.insert(name.to_owned(), value);
            }
            _ => {}
        }
    }
    does_build.then(|| Composed {
        place: file.place(&subcommand.1.span),
        folder: match is_elsewhere {
            true => Err("compose is told another folder".to_owned()),
            false => folder.clone(),
        },
        files,
        services,
        arguments,
    })
}

fn with(list: Known<Vec<String>>, word: Known<&str>) -> Known<Vec<String>> {
    let mut list = list?;
    list.push(word?.to_owned());
    Ok(list)
}

//! Which packages of the distribution the commands of a stage install, with the words that name them. What is removed again
//! is not there. Not what the packages hold.

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::Stages;
use coracle_recipe::shell::{Simple, Word};

use super::steps;
use crate::model::base_name;

/// Flags whose value is the next word.
const VALUED: [&str; 12] = [
    "--arch",
    "--config-file",
    "--default-release",
    "--enablerepo",
    "--option",
    "--releasever",
    "--repository",
    "--target-release",
    "--virtual",
    "-X",
    "-o",
    "-t",
];

/// A package that a stage installs.
#[derive(Debug, Clone)]
pub(crate) struct Installed {
    /// Its name, without a version.
    pub(crate) name: String,
    /// The word that asks for it.
    pub(crate) span: Span,
    /// The stage in which that word stands.
    pub(crate) stage: usize,
    /// The name of the group that it belongs to, by which `apk del` takes it away again.
    group: Option<String>,
}

/// What a command does with packages.
pub(super) enum Change<'a> {
    /// It installs these, all of them in a group of this name where there is one.
    Installs(Vec<&'a Word>, Option<&'a str>),
    /// It removes these.
    Removes(Vec<&'a Word>),
}

/// What a command does with packages; nothing where it is another command.
pub(super) fn change(simple: &Simple) -> Option<Change<'_>> {
    let name = base_name(simple.name()?);
    let mut rest = simple.words.iter().skip(1);
    let (mut operands, mut group) = (Vec::new(), None);
    while let Some(word) = rest.next() {
        if VALUED.contains(&word.text.as_str()) {
            let value = rest.next().and_then(Word::known);
            let is_group = word.text == "--virtual" || (name == "apk" && word.text == "-t");
            group = value.filter(|_| is_group).or(group);
        } else if let Some(value) = word.text.strip_prefix("--virtual=") {
            group = Some(value);
        } else if !word.text.starts_with('-') {
            operands.push(word);
        }
    }
    let action = operands
        .iter()
        .position(|word| matches!(word.text.as_str(), "add" | "del" | "install"));
    let action = action.or_else(|| {
        let is_removal = |word: &&Word| {
            matches!(
                word.text.as_str(),
                "autoremove" | "erase" | "purge" | "remove"
            )
        };
        operands.iter().position(is_removal)
    })?;
    let action = operands.remove(action);
    match (name, action.text.as_str()) {
        ("apt" | "apt-get" | "aptitude" | "dnf" | "yum" | "microdnf", "install")
        | ("apk", "add") => Some(Change::Installs(operands, group)),
        (
            "apt" | "apt-get" | "aptitude" | "dnf" | "yum" | "microdnf",
            "autoremove" | "erase" | "purge" | "remove",
        )
        | ("apk", "del") => Some(Change::Removes(operands)),
        _ => None,
    }
}

/// The packages that a stage, or one that it is from, installs and does not remove.
pub(crate) fn installed(stages: &Stages<'_>, stage: usize) -> Vec<Installed> {
    let mut all: Vec<Installed> = Vec::new();
    for located in steps::of(stages, stage) {
        for command in steps::run_commands(&located).unwrap_or_default() {
            match change(&command.simple) {
                Some(Change::Installs(words, group)) => {
                    let known = words.iter().filter_map(|word| {
                        Some(Installed {
                            name: without_version(word.known()?),
                            span: word.span.clone(),
                            stage: located.stage,
                            group: group.map(ToOwned::to_owned),
                        })
                    });
                    all.extend(known);
                }
                Some(Change::Removes(words)) => {
                    let names: Vec<String> = words
                        .iter()
                        .filter_map(|word| word.known().map(without_version))
                        .collect();
                    all.retain(|one| {
                        let group = one.group.as_ref();
                        !names.contains(&one.name)
                            && group.is_none_or(|group| !names.contains(group))
                    });
                }
                None => {}
            }
        }
    }
    all
}

/// `libssl3=3.0*`, `curl:amd64`, `curl/bookworm-backports`, `openssl~3`.
pub(super) fn without_version(word: &str) -> String {
    let end = word.find(['=', ':', '/', '~', '<', '>', '@']);
    word.get(..end.unwrap_or(word.len()))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use coracle_recipe::dockerfile::document::Document;

    use super::*;

    fn names(run: &str) -> Vec<String> {
        let document = Document::read(&format!("FROM debian:bookworm-slim\nRUN {run}\n"));
        let stages = document.stages(&BTreeMap::new());
        let installed = installed(&stages, 0);
        installed.into_iter().map(|one| one.name).collect()
    }

    #[test]
    fn packages_are_told_from_flags_and_their_values() {
        assert_eq!(
            names("apt-get -qq install -y -t bookworm-backports libssl3=3.0* curl:amd64"),
            ["libssl3", "curl"]
        );
        assert_eq!(names("apt-get update && apt-get -y upgrade"), [""; 0]);
        assert_eq!(
            names("apk add --no-cache tini 'libpq<17'"),
            ["tini", "libpq"]
        );
    }

    #[test]
    fn what_is_removed_again_is_not_there() {
        assert_eq!(
            names("apt-get install -y gcc libpq5 && make && apt-get purge -y --auto-remove gcc"),
            ["libpq5"]
        );
        assert_eq!(
            names("apk add libpq && apk add --virtual .build gcc make && apk del .build"),
            ["libpq"]
        );
    }
}

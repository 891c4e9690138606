//! The last stage: nothing runs in it. What it says of itself is what the native image says.

use std::collections::BTreeMap;

use coracle_toolchain::Language;

use super::quote::{copy, literal, pattern, words};
use super::{Error, Recipe, Stages};
use crate::plan::open::COMMIT;
use crate::plan::{FileCopy, Healthcheck, OpenText, Piece};

/// The labels that differ from commit to commit, or from release to release.
const REVISION: &str = "org.opencontainers.image.revision";
const VERSION: &str = "org.opencontainers.image.version";
/// The build argument for the latter.
const VERSION_ARGUMENT: &str = "VERSION";

/// Writes it.
pub(super) fn stage(recipe: &Recipe<'_>, program: &Stages) -> Result<String, Error> {
    let mut text = String::from("FROM scratch\n");
    if program.place.contains("$TARGETPLATFORM") {
        text.push_str("ARG TARGETPLATFORM\n");
    }
    text.push_str("COPY --from=packages /image/ /\n");
    for file in &recipe.service.files {
        text.push_str(&copied(recipe, file)?);
    }
    let from = program.from.map(|stage| format!("--from={stage} "));
    let flags = format!("{}--chmod=0755", from.unwrap_or_default());
    let place = recipe.service.binary_path();
    recipe.refuse_letters("the program's name", &place)?;
    text.push_str(&copy(&flags, &program.place, &literal(&place)));
    text.push_str(&settings(recipe)?);
    text.push_str(&labels(recipe)?);
    Ok(text)
}

/// A file or folder with owners and permissions that are not those of the checkout.
fn copied(recipe: &Recipe<'_>, file: &FileCopy) -> Result<String, Error> {
    let from = recipe.inside(&file.from)?;
    let what = "the path of a file that is copied";
    recipe.refuse_letters(what, &from)?;
    recipe.refuse_letters(what, &file.to)?;
    let folder = if file.is_folder { "/" } else { "" };
    let owner = match (file.owner.user, file.owner.group) {
        (0, 0) => String::new(),
        _ => format!("--chown={} ", file.owner),
    };
    let mode = match (file.mode, file.is_folder) {
        (None, _) => "u=rwX,go=rX".to_owned(),
        (Some(mode), false) => format!("{mode:04o}"),
        (Some(mode), true) => symbolic(mode),
    };
    let from = format!("{}{folder}", literal(&pattern(&from)));
    let to = format!("{}{folder}", literal(&file.to));
    Ok(copy(&format!("{owner}--chmod={mode}"), &from, &to))
}

/// A mode of files that lets those into folders who may read the files.
fn symbolic(mode: u32) -> String {
    let class = |letter: char, bits: u32| {
        let mut text = format!("{letter}=");
        for (bit, name) in [(4, 'r'), (2, 'w')] {
            if bits & bit != 0 {
                text.push(name);
            }
        }
        match (bits & 1, bits & 4) {
            (0, 0) => {}
            (0, _) => text.push('X'),
            _ => text.push('x'),
        }
        text
    };
    let classes = [('u', mode >> 6), ('g', mode >> 3), ('o', mode)];
    classes
        .map(|(letter, bits)| class(letter, bits & 7))
        .join(",")
}

fn settings(recipe: &Recipe<'_>) -> Result<String, Error> {
    let service = recipe.service;
    let mut text = String::new();
    for (name, value) in &service.environment {
        if !is_name(name) {
            return Err(Error::Name {
                service: service.name.clone(),
                name: name.clone(),
            });
        }
        let value = recipe.plain(&format!("the variable {name}"), value)?;
        text.push_str(&format!("ENV {name}={value}\n"));
    }
    if service.working_directory != "/" {
        let folder = recipe.plain("the working directory", &service.working_directory)?;
        text.push_str(&format!("WORKDIR {folder}\n"));
    }
    for port in &service.expose {
        text.push_str(&format!("EXPOSE {}\n", port.value));
    }
    if !service.volumes.is_empty() {
        let volumes: Vec<String> = service.volumes.iter().map(|path| literal(path)).collect();
        text.push_str(&format!("VOLUME {}\n", words(&volumes)));
    }
    text.push_str(&format!("USER {}\n", service.user.value));
    if let Some(check) = &service.healthcheck {
        text.push_str(&healthcheck(recipe, &check.value)?);
    }
    text.push_str(&format!(
        "ENTRYPOINT {}\n",
        words(&service.entrypoint.value)
    ));
    if !service.arguments.is_empty() {
        text.push_str(&format!("CMD {}\n", words(&service.arguments)));
    }
    Ok(text)
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

fn healthcheck(recipe: &Recipe<'_>, check: &Healthcheck) -> Result<String, Error> {
    let mut text = String::from("HEALTHCHECK");
    let times = [
        ("interval", check.interval),
        ("timeout", check.timeout),
        ("start-period", check.start_period),
        ("start-interval", check.start_interval),
    ];
    for (name, nanoseconds) in times {
        if let Some(nanoseconds) = nanoseconds.filter(|time| *time != 0) {
            text.push_str(&format!(" --{name}={}", duration(nanoseconds)));
        }
    }
    if let Some(retries) = check.retries.filter(|retries| *retries != 0) {
        text.push_str(&format!(" --retries={retries}"));
    }
    match check.test.split_first() {
        Some((kind, rest)) if kind == "CMD" => {
            text.push_str(&format!(" CMD {}\n", words(rest)));
        }
        Some((kind, [command])) if kind == "CMD-SHELL" => {
            recipe.refuse_letters("the health check", command)?;
            text.push_str(&format!(" CMD {command}\n"));
        }
        _ => return Ok("HEALTHCHECK NONE\n".to_owned()),
    }
    Ok(text)
}

/// Go's way of a time.
fn duration(nanoseconds: i64) -> String {
    for (unit, name) in [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")] {
        if nanoseconds % unit == 0 {
            return format!("{}{name}", nanoseconds / unit);
        }
    }
    format!("{nanoseconds}ns")
}

/// The labels, those that change with commits by build arguments, so that this file does not.
fn labels(recipe: &Recipe<'_>) -> Result<String, Error> {
    let service = recipe.service;
    let mut labels: BTreeMap<&str, OpenText> = BTreeMap::new();
    let mut version = None;
    for (key, label) in &service.labels {
        let is_ours = !service.settings.labels.contains_key(key);
        let text = match service.open.labels.get(key) {
            Some(open) => open.clone(),
            None if key == VERSION && is_ours && is_of_manifest(recipe, &label.value) => {
                version = Some(label.value.as_str());
                OpenText::variable(VERSION_ARGUMENT)
            }
            None => OpenText::plain(&label.value),
        };
        labels.insert(key, text);
    }
    let is_compiled = !matches!(service.program.language, Language::Prebuilt(_));
    let says_revision = service
        .labels
        .get(REVISION)
        .map(|label| label.reason.as_str());
    if says_revision.is_none_or(|reason| reason == OF_GIT)
        && (is_compiled || says_revision.is_some())
    {
        labels.insert(REVISION, OpenText::variable(COMMIT));
    }
    let mut text = arguments(recipe, &labels, version)?;
    for (key, value) in &labels {
        let what = format!("the label {key}");
        let value = recipe.value(&what, value)?;
        text.push_str(&format!(
            "LABEL {}={value}\n",
            label_key(recipe, &what, key)?
        ));
    }
    Ok(text)
}

/// How `plan` words that a label is git's.
const OF_GIT: &str = "the last commit that touched its sources";

fn is_of_manifest(recipe: &Recipe<'_>, version: &str) -> bool {
    recipe.service.program.version.as_deref() == Some(version)
}

fn label_key(recipe: &Recipe<'_>, what: &str, key: &str) -> Result<String, Error> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./".contains(letter);
    match key.chars().all(is_plain) {
        true => Ok(key.to_owned()),
        false => recipe.plain(what, key),
    }
}

/// Declares what the labels use; the version is the manifest's where nobody gives another.
fn arguments(
    recipe: &Recipe<'_>,
    labels: &BTreeMap<&str, OpenText>,
    version: Option<&str>,
) -> Result<String, Error> {
    let pieces = labels.values().flat_map(|text| &text.0);
    let mut names: Vec<&str> = pieces
        .filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Text(_) => None,
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let mut text = String::new();
    for name in names {
        let default = match version.filter(|_| name == VERSION_ARGUMENT) {
            Some(version) => format!("={}", recipe.plain("the version", version)?),
            None => String::new(),
        };
        text.push_str(&format!("ARG {name}{default}\n"));
    }
    Ok(text)
}

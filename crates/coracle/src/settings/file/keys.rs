//! The keys that `coracle.toml` may have, where; one that is not known names the nearest that is.

use std::path::Path;

use toml::{Table, Value};

use super::Error;

const TOP: &[&str] = &[
    "repository",
    "platforms",
    "distro",
    "back-end",
    "engine",
    "archive",
    "labels",
    "layers",
    "sccache",
    "github",
    "services",
];
const ARCHIVE: &[&str] = &["main", "security", "signed-by"];
const LAYERS: &[&str] = &["max"];
const GITHUB: &[&str] = &["branches", "runners", "sccache", "coracle", "test"];
const GITHUB_CORACLE: &[&str] = &["rev", "package"];
const SERVICE: &[&str] = &[
    "go",
    "cargo",
    "prebuilt",
    "compose",
    "packages",
    "build-packages",
    "bundled",
    "files",
    "env",
    "expose",
    "volumes",
    "user",
    "entrypoint",
    "args",
    "workdir",
    "labels",
    "certificates",
    "tags",
    "ldflags",
    "features",
    "profile",
    "linkage",
    "dlopen",
    "provided",
    "policy",
];
const CARGO: &[&str] = &["package", "bin", "no-default-features"];
const FILES: &[&str] = &["from", "to", "owner", "mode"];
const POLICY: &[&str] = &[
    "max-size",
    "linkage",
    "user",
    "forbid-packages",
    "require-packages",
    "forbid-files",
    "require-files",
    "labels",
    "setuid",
    "world-writable",
    "secrets",
    "base-eol",
    "certificates",
    "time-zones",
    "one-service",
];
/// Keys that are planned and that this version cannot honour: said so, instead of "unknown".
const LATER: &[&str] = &["base", "static"];

/// Checks every table whose keys are fixed.
pub(super) fn check_all(path: &Path, table: &Table) -> Result<(), Error> {
    check(path, "the top level", table, TOP)?;
    for (key, known) in [("archive", ARCHIVE), ("layers", LAYERS), ("github", GITHUB)] {
        check_inner(path, &format!("[{key}]"), table.get(key), known)?;
    }
    let coracle = table.get("github").and_then(|github| github.get("coracle"));
    check_inner(path, "`coracle` of [github]", coracle, GITHUB_CORACLE)?;
    let services = table.get("services").and_then(Value::as_table);
    for (name, service) in services.into_iter().flatten() {
        if let Some(service) = service.as_table() {
            check_service(path, name, service)?;
        }
    }
    Ok(())
}

/// Checks a file that is a policy and nothing else.
pub(super) fn check_policy(path: &Path, table: &Table) -> Result<(), Error> {
    check(path, "the top level", table, POLICY)
}

fn check_service(path: &Path, name: &str, service: &Table) -> Result<(), Error> {
    check(path, &format!("[services.{name}]"), service, SERVICE)?;
    for (key, known) in [("cargo", CARGO), ("policy", POLICY)] {
        let place = format!("[services.{name}.{key}]");
        check_inner(path, &place, service.get(key), known)?;
    }
    let files = service.get("files").and_then(Value::as_array);
    for file in files.into_iter().flatten() {
        check_inner(
            path,
            &format!("`files` of [services.{name}]"),
            Some(file),
            FILES,
        )?;
    }
    Ok(())
}

fn check_inner(
    path: &Path,
    place: &str,
    value: Option<&Value>,
    known: &'static [&'static str],
) -> Result<(), Error> {
    match value.and_then(Value::as_table) {
        Some(table) => check(path, place, table, known),
        // Another type is told by who reads it into its own.
        None => Ok(()),
    }
}

fn check(
    path: &Path,
    place: &str,
    table: &Table,
    known: &'static [&'static str],
) -> Result<(), Error> {
    let mut unknown = table.keys().filter(|key| !known.contains(&key.as_str()));
    let Some(key) = unknown.next() else {
        return Ok(());
    };
    let (path, place, key) = (path.to_owned(), place.to_owned(), key.clone());
    if LATER.contains(&key.as_str()) {
        return Err(Error::Later { path, place, key });
    }
    Err(Error::UnknownKey {
        nearest: nearest(&key, known),
        path,
        place,
        key,
        known,
    })
}

/// The known word nearest to `word`, when near enough to be what was meant.
pub(in crate::settings) fn nearest(word: &str, known: &[&str]) -> Option<String> {
    known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= 1.max(candidate.len() / 3))
        .min()
        .map(|(_, candidate)| candidate.to_owned())
}

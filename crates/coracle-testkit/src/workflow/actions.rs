//! What stands for the actions that our workflows use, with the inputs that these take.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

use super::copy;
use super::job::Machine;
use crate::command::tool;

/// The inputs of a step.
pub(super) struct Inputs(pub(super) BTreeMap<String, String>);

impl Inputs {
    fn required(&self, name: &str) -> anyhow::Result<&str> {
        let value = self.0.get(name).map(String::as_str);
        let value = value.filter(|value| !value.is_empty());
        value.with_context(|| format!("the input `{name}` is missing"))
    }

    /// Nothing but these is given: what the real action would warn of and pass over is a mistake.
    fn only(&self, known: &[&str]) -> anyhow::Result<()> {
        let unknown = self.0.keys().find(|key| !known.contains(&key.as_str()));
        match unknown {
            Some(key) => bail!("the action has no input `{key}`, or nothing stands for it here"),
            None => Ok(()),
        }
    }
}

/// What is left to do when the job has succeeded.
pub(super) type Later = Option<(String, String)>;

/// Runs what stands for an action; its outputs, and what it does at the end of the job.
pub(super) fn run(
    uses: &str,
    inputs: &Inputs,
    machine: &Machine<'_>,
) -> anyhow::Result<(BTreeMap<String, String>, Later)> {
    let (name, commit) = uses.split_once('@').context("it names no commit")?;
    let is_pinned = commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    ensure!(is_pinned, "{uses} is not pinned by a commit");
    match name {
        "actions/checkout" => checkout(inputs, machine)?,
        "actions/upload-artifact" => upload(inputs, machine)?,
        "actions/download-artifact" => download(inputs, machine)?,
        "actions/cache" | "actions/cache/restore" => {
            inputs.only(&["path", "key", "restore-keys"])?;
            let outputs = restore(inputs, machine)?;
            let hit = outputs.get("cache-hit").is_some_and(|hit| hit == "true");
            let saves = name == "actions/cache" && !hit;
            let kept = (
                inputs.required("key")?.to_owned(),
                inputs.required("path")?.to_owned(),
            );
            return Ok((outputs, saves.then_some(kept)));
        }
        "actions/cache/save" => {
            inputs.only(&["path", "key"])?;
            save(inputs.required("key")?, inputs.required("path")?, machine)?;
        }
        _ => bail!("nothing stands for {name} here"),
    }
    Ok((BTreeMap::new(), None))
}

/// A clone of the one commit, without a way back.
fn checkout(inputs: &Inputs, machine: &Machine<'_>) -> anyhow::Result<()> {
    inputs.only(&["persist-credentials", "fetch-depth"])?;
    ensure!(
        inputs.required("persist-credentials")? == "false",
        "the token stays in the clone"
    );
    let from = format!("file://{}", machine.world.repository.display());
    let to = machine.workspace.display().to_string();
    tool("git", &["clone", "--quiet", "--depth=1", &from, &to])?;
    Ok(())
}

fn upload(inputs: &Inputs, machine: &Machine<'_>) -> anyhow::Result<()> {
    inputs.only(&["name", "path", "if-no-files-found", "retention-days"])?;
    let (name, path) = (inputs.required("name")?, inputs.required("path")?);
    let to = machine.artifacts.join(name);
    ensure!(!to.exists(), "there is an artifact {name} already");
    let from = machine.path(path);
    if !from.exists() {
        bail!("no files at {path} for the artifact {name}");
    }
    if from.is_dir() {
        copy(&from, &to)?;
    } else {
        fs::create_dir_all(&to)?;
        copy(&from, &to.join(from.file_name().context("it has no name")?))?;
    }
    forget_permissions(&to)
}

/// An artifact holds no permissions: what was executable is so no more.
fn forget_permissions(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            forget_permissions(&path)?;
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644))?;
        }
    }
    Ok(())
}

fn download(inputs: &Inputs, machine: &Machine<'_>) -> anyhow::Result<()> {
    inputs.only(&["name", "pattern", "path", "merge-multiple"])?;
    let to = machine.path(inputs.required("path")?);
    fs::create_dir_all(&to)?;
    if let Some(name) = inputs.0.get("name") {
        let from = machine.artifacts.join(name);
        ensure!(from.is_dir(), "there is no artifact {name}");
        return copy(&from, &to);
    }
    let pattern = inputs.required("pattern")?;
    let start = pattern
        .strip_suffix('*')
        .context("a pattern that is not known here")?;
    ensure!(
        inputs.required("merge-multiple")? == "true",
        "several artifacts, and not in one folder"
    );
    for entry in fs::read_dir(machine.artifacts)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(start) {
            copy(&entry.path(), &to)?;
        }
    }
    Ok(())
}

/// The files of a cache, a folder a path.
fn restore(inputs: &Inputs, machine: &Machine<'_>) -> anyhow::Result<BTreeMap<String, String>> {
    let key = inputs.required("key")?;
    let fallback = inputs.0.get("restore-keys").map(String::as_str);
    let mut wanted = vec![(key, true)];
    let starts = fallback.unwrap_or_default().lines().map(str::trim);
    wanted.extend(
        starts
            .filter(|start| !start.is_empty())
            .map(|start| (start, false)),
    );
    let mut outputs = BTreeMap::from([("cache-primary-key".to_owned(), key.to_owned())]);
    for (wanted, whole) in wanted {
        for scope in machine.world.cache_scopes() {
            let Some(found) = newest(&scope, wanted, whole)? else {
                continue;
            };
            for (place, path) in paths(inputs.required("path")?).enumerate() {
                let kept = found.join(place.to_string());
                if kept.exists() {
                    let to = machine.path(path);
                    fs::create_dir_all(to.parent().context("a path without a folder")?)?;
                    copy(&kept, &to)?;
                }
            }
            outputs.insert("cache-hit".to_owned(), whole.to_string());
            return Ok(outputs);
        }
    }
    Ok(outputs)
}

fn newest(scope: &Path, wanted: &str, whole: bool) -> anyhow::Result<Option<PathBuf>> {
    if !scope.is_dir() {
        return Ok(None);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(scope)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let fits = if whole {
            name == file_name(wanted)
        } else {
            name.starts_with(&file_name(wanted))
        };
        if fits {
            found.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    Ok(found.into_iter().max().map(|(_, path)| path))
}

fn file_name(key: &str) -> String {
    key.replace('/', "_")
}

/// Keeps files under a key in the scope of this run's branch; what is there stays as it is.
pub(super) fn save(key: &str, written: &str, machine: &Machine<'_>) -> anyhow::Result<()> {
    let to = machine
        .world
        .caches(&machine.world.reference)
        .join(file_name(key));
    if to.exists() {
        return Ok(());
    }
    fs::create_dir_all(&to)?;
    for (place, path) in paths(written).enumerate() {
        let from = machine.path(path);
        if from.exists() {
            copy(&from, &to.join(place.to_string()))?;
        }
    }
    Ok(())
}

fn paths(written: &str) -> impl Iterator<Item = &str> {
    written
        .lines()
        .map(str::trim)
        .filter(|path| !path.is_empty())
}

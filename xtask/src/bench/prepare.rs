//! What several scenarios do before they measure: compile coracle, make a folder once, run what must go well.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::Context;

use super::scenario::Ground;

/// coracle, as it is released.
pub(super) fn compiled(ground: &Ground<'_>) -> anyhow::Result<PathBuf> {
    let mut build = ground.cargo.command(&["build", "--release", "--locked"]);
    build.args(["--package", "coracle"]);
    succeed(&mut build, "mend what the compiler says")?;
    Ok(ground.cargo.target().join("release/coracle"))
}

/// A folder below another, made where it is not there; one that is half made is made anew.
pub(super) fn made(
    folder: &Path,
    name: &str,
    make: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let whole = folder.join(name);
    if whole.exists() {
        return Ok(whole);
    }
    let partial = folder.join(format!("{name}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial)?;
    }
    make(&partial)?;
    fs::rename(&partial, &whole)?;
    Ok(whole)
}

/// What a command prints that must end well.
pub(super) fn output(command: &mut Command) -> anyhow::Result<String> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("cannot start {shown}"))?;
    let status = output.status;
    anyhow::ensure!(status.success(), "{shown} ended with {status}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A command that must end well; the hint says what to do where it does not.
pub(super) fn succeed(command: &mut Command, hint: &str) -> anyhow::Result<()> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let status = command.stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("cannot start {shown} ({hint})"))?;
    anyhow::ensure!(status.success(), "{shown} ended with {status} ({hint})");
    Ok(())
}

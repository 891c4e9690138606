//! The linters of workflows, whose judgement of ejected ones is asked: actionlint, a Go module, and zizmor, a package of
//! Python's. They are kept in the target folder, and found there by the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cargo::Cargo;
use super::parts::which;
use super::report::Outcome;
use super::tools::{install_package, succeeds};

const ACTIONLINT: &str = "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12";
const ZIZMOR: &str = "zizmor==1.32.0";

/// Where they lie below the folder of tools.
pub(super) fn folders(tools: &Path) -> [PathBuf; 2] {
    [tools.join("actionlint"), tools.join("zizmor/bin")]
}

/// Installs what is neither there nor on PATH; `cargo` knows the PATH with Go.
pub(super) fn install(cargo: &Cargo, tools: &Path, network: bool) -> Outcome {
    let [actionlint, zizmor] = folders(tools);
    let has_actionlint =
        || actionlint.join("actionlint").is_file() || which("actionlint").is_some();
    let has_zizmor = || zizmor.join("zizmor").is_file() || which("zizmor").is_some();
    if has_actionlint() && has_zizmor() {
        println!("actionlint and zizmor are here");
        return Outcome::ok();
    }
    let by_hand = format!("install: go install {ACTIONLINT}; pip install {ZIZMOR}");
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
    Outcome::ok()
}

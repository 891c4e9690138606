//! Programs that are Go modules and no package of Debian's: compiled into a folder of the target folder, one a version,
//! and kept there.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::report::Outcome;

/// Programs of one module.
struct Module {
    /// What the folder is called.
    name: &'static str,
    path: &'static str,
    version: &'static str,
    /// The packages whose programs are wanted, in the module.
    packages: &'static [&'static str],
    /// What the linker is told besides; the programs say their version themselves where that is among it.
    flags: &'static str,
}

const MODULES: &[Module] = &[Module {
    name: "buildkit",
    path: "github.com/moby/buildkit",
    version: "v0.34.2",
    packages: &["./cmd/buildkitd", "./cmd/buildctl"],
    flags: "-X github.com/moby/buildkit/version.Version=v0.34.2",
}];

/// The folders with the programs that are there, for PATH.
pub(super) fn folders(tools: &Path) -> Vec<PathBuf> {
    let folders = MODULES.iter().map(|module| folder(tools, module));
    folders.filter(|folder| folder.is_dir()).collect()
}

/// Compiles those that are not there. Without the network they stay away: only tests that need it too use them.
pub(super) fn install(tools: &Path, path: &OsStr, network: bool) -> Outcome {
    for module in MODULES {
        let Module { name, version, .. } = module;
        if folder(tools, module).is_dir() {
            println!("{name} {version} is here");
            continue;
        }
        if !network {
            println!("{name} {version} is not here, and only tests that need the network use it");
            continue;
        }
        println!("compiling {name} {version}");
        if let Err(reason) = compile(tools, module, path) {
            return Outcome::failed(reason);
        }
    }
    Outcome::ok()
}

fn folder(tools: &Path, module: &Module) -> PathBuf {
    tools.join(format!("{}-{}", module.name, module.version))
}

/// In the module's own folder: `go install` refuses a module that replaces others.
fn compile(tools: &Path, module: &Module, path: &OsStr) -> Result<(), String> {
    let wanted = format!("{}@{}", module.path, module.version);
    let said = go(path)
        .args(["mod", "download", "-json", &wanted])
        .stderr(Stdio::inherit())
        .output();
    let said = said.map_err(|error| format!("go did not start: {error}"))?;
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap_or_default();
    let folder = said.get("Dir").and_then(|folder| folder.as_str());
    let folder = folder.ok_or_else(|| format!("go could not fetch {wanted}"))?;
    let target = self::folder(tools, module);
    // Renamed at the end: a folder that is there is whole.
    let partial = target.with_extension(format!("{}.partial", std::process::id()));
    std::fs::create_dir_all(&partial)
        .map_err(|error| format!("cannot make {}: {error}", partial.display()))?;
    let status = go(path)
        .args(["build", "-trimpath", "-buildvcs=false"])
        .arg(format!("-ldflags=-s -w {}", module.flags))
        .arg("-o")
        .arg(&partial)
        .args(module.packages)
        .current_dir(folder)
        .env("CGO_ENABLED", "0")
        .status();
    match status {
        Ok(status) if status.success() => {}
        Ok(status) => return Err(format!("go build of {wanted} ended with {status}")),
        Err(error) => return Err(format!("go did not start: {error}")),
    }
    let moved = std::fs::rename(&partial, &target);
    moved.map_err(|error| format!("cannot move {}: {error}", partial.display()))
}

fn go(path: &OsStr) -> Command {
    let mut go = Command::new("go");
    go.env("PATH", path).stdin(Stdio::null());
    go
}

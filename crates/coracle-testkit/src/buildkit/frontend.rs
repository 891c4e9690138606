//! `docker/dockerfile:1`: the Dockerfile frontend of BuildKit's own module, built and pushed by coracle.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::Value;

use crate::command::{Hermetic, tool};

const MODULE: &str = "github.com/moby/buildkit";
const PROGRAM: &str = "dockerfile-frontend";
/// By these labels BuildKit knows what it may ask of the image, and that it needs no network.
const SETTINGS: &str = r#"[services.dockerfile-frontend]
go = "./frontend/dockerfile/cmd/dockerfile-frontend"
labels = { "moby.buildkit.frontend.network.none" = "true", "moby.buildkit.frontend.caps" = "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts" }
"#;

/// Builds it from the module of the daemon's own version and pushes it.
pub(super) fn push(coracle: &Path, cache: &Path, host: &str) -> anyhow::Result<()> {
    let checkout = checkout(cache)?;
    let home = cache.join("home");
    fs::create_dir_all(&home)?;
    let of_go = |name: &str| -> anyhow::Result<String> {
        Ok(tool("go", &["env", name])?.stdout.trim().to_owned())
    };
    Hermetic::new(coracle, &home)
        .env("CORACLE_STORE", cache.join("store").display().to_string())
        .env("GOPATH", of_go("GOPATH")?)
        .env("GOCACHE", of_go("GOCACHE")?)
        .args(["-C", &checkout.display().to_string(), "build", PROGRAM])
        .args(["--push", "--tag", &format!("{host}/docker/dockerfile:1")])
        .succeed()?;
    Ok(())
}

/// A copy of the module that can be written to.
fn checkout(cache: &Path) -> anyhow::Result<PathBuf> {
    let version = version()?;
    let folder = cache.join(format!("frontend-{version}"));
    if !folder.join("coracle.toml").exists() {
        let _ = fs::remove_dir_all(&folder);
        let module = format!("{MODULE}@{version}");
        let told = tool("go", &["mod", "download", "-json", &module])?;
        let told: Value = serde_json::from_str(&told.stdout)?;
        let from = told["Dir"]
            .as_str()
            .context("go says where the module is")?;
        let to = folder.display().to_string();
        tool("cp", &["-r", "--no-preserve=mode", from, &to])?;
        // Last: by it the copy is known to be whole.
        fs::write(folder.join("coracle.toml"), SETTINGS)?;
    }
    Ok(folder)
}

/// The version of the module that the daemon is of: `buildkitd github.com/moby/buildkit v0.34.2`.
fn version() -> anyhow::Result<String> {
    let told = tool("buildkitd", &["--version"])
        .context("buildkitd is not on PATH: `cargo xtask test` compiles it into target/tools")?;
    let mut words = told.stdout.split_whitespace();
    let version = words.find(|word| word.starts_with('v') && word.contains('.'));
    Ok(version.context("buildkitd says its version")?.to_owned())
}

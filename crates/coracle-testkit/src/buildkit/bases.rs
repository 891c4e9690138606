//! Base images under the names of docker.io's official ones, made of Debian's packages and this machine's toolchains.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use sha2::{Digest as _, Sha256};

use super::image::Image;
use super::surroundings;
use crate::command::tool;

/// What is in images that something is compiled in, as the official ones have it.
const TO_COMPILE: &str = "ca-certificates,curl,g++,gcc,git,libc6-dev,make,pkg-config,procps,python3-pip,python3-venv,unzip,wget,xz-utils";
/// Of the toolchain: documentation, sources and standard libraries that no test compiles for.
const LEFT_OUT: [&str; 3] = [
    "--exclude=./share/doc",
    "--exclude=./lib/rustlib/src",
    "--exclude=./lib/rustlib/armv7-unknown-linux-gnueabihf",
];
const SYSTEM_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Changes with what is written here.
const RECIPE: &str = "1";

/// A base image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base {
    kind: Kind,
    suite: String,
    version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Debian,
    Rust,
    Golang,
}

impl Base {
    /// `debian:SUITE-slim` for amd64 and arm64: nothing but what mmdebstrap calls the least, with apt.
    pub fn debian(suite: &str) -> Base {
        Base::of(Kind::Debian, suite, String::new())
    }

    /// `rust:VERSION-SUITE` with the Rust that is here.
    ///
    /// # Errors
    /// rustc is not here.
    pub fn rust(suite: &str) -> anyhow::Result<Base> {
        let told = tool("rustc", &["-vV"])?.stdout;
        let version = told.lines().find_map(|line| line.strip_prefix("release: "));
        let version = version.context("rustc names its release")?.to_owned();
        Ok(Base::of(Kind::Rust, suite, version))
    }

    /// `golang:VERSION-SUITE` with the Go that is here.
    ///
    /// # Errors
    /// go is not here.
    pub fn golang(suite: &str) -> anyhow::Result<Base> {
        let told = tool("go", &["env", "GOVERSION"])?.stdout;
        let version = told.trim().trim_start_matches("go").to_owned();
        Ok(Base::of(Kind::Golang, suite, version))
    }

    fn of(kind: Kind, suite: &str, version: String) -> Base {
        Base {
            kind,
            suite: suite.to_owned(),
            version,
        }
    }

    /// The version of the toolchain in it; empty where there is none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// As a Dockerfile says it.
    pub(super) fn name(&self) -> String {
        let first = self.tags().into_iter().next().unwrap_or_default();
        format!("{}:{first}", self.repository())
    }

    pub(super) fn repository(&self) -> &'static str {
        match self.kind {
            Kind::Debian => "debian",
            Kind::Rust => "rust",
            Kind::Golang => "golang",
        }
    }

    /// The exact one first; the shorter ones and those called slim are the same image.
    pub(super) fn tags(&self) -> Vec<String> {
        let suite = &self.suite;
        if self.kind == Kind::Debian {
            return vec![format!("{suite}-slim"), suite.clone()];
        }
        let minor = self.version.rsplit_once('.').map_or("", |(minor, _)| minor);
        let versions = [&self.version, minor];
        let tags = versions.iter().map(|version| format!("{version}-{suite}"));
        let slim = versions
            .iter()
            .map(|version| format!("{version}-slim-{suite}"));
        tags.chain(slim).collect()
    }

    /// What it is called in the list of those that were pushed: it changes with all that is in it.
    pub(super) fn key(&self) -> anyhow::Result<String> {
        let folder = tempfile::tempdir()?;
        surroundings::write(folder.path())?;
        let told = format!(
            "{RECIPE} {TO_COMPILE} {LEFT_OUT:?} {:?}",
            surroundings::variables()?
        );
        let mut hash = Sha256::new_with_prefix(told);
        let list = tool(
            "sh",
            &[
                "-c",
                "cd \"$0\" && find . -type f | sort | xargs -r cat",
                &folder.path().display().to_string(),
            ],
        )?;
        hash.update(list.stdout);
        let digits = hash
            .finalize()
            .iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        Ok(format!("{}-{digits}", self.name().replace(':', "-")))
    }

    /// Makes the layers in a folder that goes, with roots that stay in the cache.
    pub(super) fn make(&self, folder: &Path, cache: &Path) -> anyhow::Result<Vec<Image>> {
        match self.kind {
            Kind::Debian => ["amd64", "arm64"]
                .into_iter()
                .map(|architecture| self.debian_for(architecture, folder))
                .collect(),
            Kind::Rust => Ok(vec![self.with_rust(folder, cache)?]),
            Kind::Golang => Ok(vec![self.with_go(folder, cache)?]),
        }
    }

    fn debian_for(&self, architecture: &'static str, folder: &Path) -> anyhow::Result<Image> {
        let root = folder.join(format!("root-{architecture}.tar"));
        bootstrap(&self.suite, architecture, None, &root)?;
        let settings = self.settings(&folder.join(architecture), |_| Ok(()))?;
        Ok(Image {
            architecture,
            layers: vec![root, settings],
            environment: vec![("PATH".to_owned(), SYSTEM_PATH.to_owned())],
            command: "bash",
            directory: "/",
        })
    }

    fn with_rust(&self, folder: &Path, cache: &Path) -> anyhow::Result<Image> {
        let sysroot = tool("rustc", &["--print", "sysroot"])?.stdout;
        let host = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
        let name = format!("{}-{host}", self.version);
        let toolchain = folder.join("toolchain.tar");
        let place = format!("usr/local/rustup/toolchains/{name}");
        pack(sysroot.trim(), &place, &LEFT_OUT, &toolchain)?;
        let rustup = tool("sh", &["-c", "readlink -f \"$(command -v rustup)\""])?.stdout;
        let settings = self.settings(folder, |root| {
            let programs = root.join("usr/local/cargo/bin");
            fs::create_dir_all(&programs)?;
            fs::copy(rustup.trim(), programs.join("rustup")).context("rustup is not on PATH")?;
            for name in ["cargo", "rustc", "rustdoc", "rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"] {
                symlink("rustup", programs.join(name))?;
            }
            fs::create_dir_all(root.join("usr/local/rustup"))?;
            let told = format!("default_toolchain = \"{name}\"\nprofile = \"minimal\"\nversion = \"12\"\n\n[overrides]\n");
            Ok(fs::write(root.join("usr/local/rustup/settings.toml"), told)?)
        })?;
        let of_rust = [
            ("PATH", format!("/usr/local/cargo/bin:{SYSTEM_PATH}")),
            ("RUSTUP_HOME", "/usr/local/rustup".to_owned()),
            ("CARGO_HOME", "/usr/local/cargo".to_owned()),
            ("RUST_VERSION", self.version.clone()),
        ];
        self.to_compile((folder, cache), vec![toolchain, settings], &of_rust, "/")
    }

    fn with_go(&self, folder: &Path, cache: &Path) -> anyhow::Result<Image> {
        let root = tool("go", &["env", "GOROOT"])?.stdout;
        let toolchain = folder.join("toolchain.tar");
        pack(root.trim(), "usr/local/go", &[], &toolchain)?;
        let settings = self.settings(folder, |root| {
            fs::create_dir_all(root.join("go/src"))?;
            Ok(fs::create_dir_all(root.join("go/bin"))?)
        })?;
        let of_go = [
            ("PATH", format!("/go/bin:/usr/local/go/bin:{SYSTEM_PATH}")),
            ("GOPATH", "/go".to_owned()),
            ("GOTOOLCHAIN", "local".to_owned()),
            ("GOLANG_VERSION", self.version.clone()),
        ];
        self.to_compile((folder, cache), vec![toolchain, settings], &of_go, "/go")
    }

    fn to_compile(
        &self,
        (folder, cache): (&Path, &Path),
        upper: Vec<PathBuf>,
        own: &[(&str, String)],
        directory: &'static str,
    ) -> anyhow::Result<Image> {
        let kept = cache.join(format!("to-compile-{}.tar", self.suite));
        if !kept.exists() {
            let partial = folder.join("to-compile.tar");
            bootstrap(&self.suite, "amd64", Some(TO_COMPILE), &partial)?;
            fs::rename(&partial, &kept)?;
        }
        let root = folder.join("root.tar");
        fs::hard_link(&kept, &root)?;
        let mut environment: Vec<(String, String)> = own
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        environment.extend(surroundings::variables()?);
        Ok(Image {
            architecture: "amd64",
            layers: [vec![root], upper].concat(),
            environment,
            command: "bash",
            directory,
        })
    }

    /// A layer with how this machine reaches the network, and with what else is written.
    fn settings(
        &self,
        folder: &Path,
        more: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<PathBuf> {
        let root = folder.join("settings");
        fs::create_dir_all(&root)?;
        surroundings::write(&root)?;
        more(&root)?;
        let tar = folder.join("settings.tar");
        pack(&root.display().to_string(), ".", &[], &tar)?;
        Ok(tar)
    }
}

fn bootstrap(
    suite: &str,
    architecture: &str,
    packages: Option<&str>,
    tar: &Path,
) -> anyhow::Result<()> {
    ensure!(!suite.is_empty(), "a suite has a name");
    let include = packages.map(|packages| format!("--include={packages}"));
    let architecture = format!("--architectures={architecture}");
    let tar = tar.display().to_string();
    let mut words = vec![
        "--quiet",
        "--variant=minbase",
        "--format=tar",
        &architecture,
    ];
    words.extend(include.as_deref());
    words.extend([suite, &tar]);
    tool("mmdebstrap", &words)?;
    Ok(())
}

/// A tar of a folder's content, at another place.
fn pack(folder: &str, place: &str, more: &[&str], tar: &Path) -> anyhow::Result<()> {
    let file = format!("--file={}", tar.display());
    // What links point to is no place of the tar's, unless they are hard.
    let transform = format!("--transform=flags=rSh;s,^\\./,{place}/,");
    let same = [
        "--create",
        "--sort=name",
        "--mtime=@0",
        "--owner=0",
        "--group=0",
        "--numeric-owner",
    ];
    let from = ["--directory", folder, "."];
    tool(
        "tar",
        &[&same[..], &[&file, &transform], more, &from].concat(),
    )?;
    Ok(())
}

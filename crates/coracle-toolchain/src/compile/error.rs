//! Why there is no program, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::native::BuildFile;
use crate::native::missing::Missing;
use crate::pkg_config::Asked;
use crate::probe::{self, is_stale_module, process_hint};
use crate::rust::{LOCK_HINT, is_locked_refusal};

use super::{AcrossError, Target, prebuilt};

/// Why a program was not compiled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// coracle does not run here.
    #[error("coracle compiles on linux/amd64 and linux/arm64, and this is {host}")]
    UnsupportedHost {
        /// The system and architecture.
        host: String,
    },
    /// The toolchain is one for another machine.
    #[error("{program} is for {target}, and rustc's host is {host}")]
    OtherHost {
        /// The program.
        program: String,
        /// What was asked for.
        target: Target,
        /// rustc's host triple.
        host: String,
    },
    /// What compiling for another platform takes is not here, or does not do.
    #[error(transparent)]
    Across(#[from] AcrossError),
    /// What was compiled elsewhere is no program for this platform.
    #[error(transparent)]
    Prebuilt(#[from] prebuilt::Error),
    /// The toolchain does not say what it is.
    #[error(transparent)]
    Probe(#[from] probe::Error),
    /// cargo or go could not be run.
    #[error("cannot run {tool} to compile {program}")]
    Run {
        /// `cargo` or `go`.
        tool: &'static str,
        /// The program.
        program: String,
        /// Why.
        source: coracle_process::Error,
    },
    /// cargo or go ended unhappily.
    #[error("{tool} could not compile {program} ({status}){}", after_colon(tail))]
    Failed {
        /// `cargo` or `go`.
        tool: &'static str,
        /// The program.
        program: String,
        /// How it ended.
        status: String,
        /// The last lines it said.
        tail: String,
        /// What it says it could not find.
        missing: Vec<BuildFile>,
    },
    /// The scripts that stand for compilers cannot be written.
    #[error("cannot prepare to compile against a sysroot")]
    Tools(#[from] crate::sysroot::Error),
    /// What pkg-config was asked for cannot be read.
    #[error(transparent)]
    Asked(#[from] crate::pkg_config::log::Error),
    /// `Cargo.lock` is missing, or behind the manifests.
    #[error("{} is {}", lock.display(), if *missing { "missing" } else { "behind the manifests" })]
    StaleLock {
        /// The file.
        lock: PathBuf,
        /// Whether there is none.
        missing: bool,
    },
    /// `go.mod` or `go.sum` would have to change.
    #[error("go.mod or go.sum in {} is behind the sources{}", directory.display(), after_colon(tail))]
    StaleModule {
        /// The module's folder.
        directory: PathBuf,
        /// What go said.
        tail: String,
    },
    /// The flags for rustc ask for the CPU of this machine.
    #[error("{program} would be compiled for the CPU of this machine: `{flag}` in {origin}")]
    NativeCpu {
        /// The program.
        program: String,
        /// The flag.
        flag: String,
        /// Where it is.
        origin: String,
    },
    /// It was not compiled where it was sent.
    #[error("{message}")]
    Away {
        /// The error there and its causes, in words.
        message: String,
        /// What was to be done next.
        hint: Option<String>,
        /// What it says it could not find.
        missing: Vec<BuildFile>,
        /// Whether cargo or go failed.
        is_toolchain: bool,
    },
    /// cargo or go was content, but there is no file.
    #[error("{tool} compiled {program} and left no program")]
    NoArtifact {
        /// `cargo` or `go`.
        tool: &'static str,
        /// The program.
        program: String,
    },
    /// A folder's name is no text: it cannot be put into flags.
    #[error("the name of the folder {} is not UTF-8", path.display())]
    FolderName {
        /// The folder.
        path: PathBuf,
    },
    /// The folder to build in cannot be used.
    #[error("cannot use {}", path.display())]
    Output {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is said at the end of a failed build, and what helps.
const HINTS: [(&str, &str); 15] = [
    (
        "linker `cc` not found",
        "install a C compiler, which Rust links with: `apt install gcc libc6-dev`, or what your system calls it",
    ),
    (
        "can't find crate for `std`",
        "install the standard library for the host: `rustup target add` with the triple above",
    ),
    (
        "requires the features",
        "switch the features on: `features = [...]` in the service's configuration",
    ),
    (
        "C compiler \"gcc\" not found",
        "install a C compiler, which cgo needs: `apt install gcc libc6-dev`, or what your system calls it",
    ),
    (
        "--offline was specified",
        "run `cargo fetch --locked` once with the network, or leave out --offline",
    ),
    (
        "without --offline",
        "run `cargo fetch --locked` once with the network, or leave out --offline",
    ),
    (
        "GOPROXY=off",
        "run `go mod download` once with the network, or leave out --offline",
    ),
    (
        "Unable to find libclang",
        "this crate's build script runs bindgen, which needs libclang on this machine: `apt install libclang-dev`, or what your system calls it",
    ),
    (
        "there is no C++ compiler here",
        "install a C++ compiler: `apt install g++`, or what your system calls it",
    ),
    (
        "there is no C compiler here",
        "install a C compiler: `apt install gcc libc6-dev`, or what your system calls it",
    ),
    (
        "is `cmake` not installed?",
        "this crate's build script runs cmake: `apt install cmake`, or what your system calls it",
    ),
    (
        "Could not find `protoc`",
        "this crate's build script runs protoc: `apt install protobuf-compiler`, or what your system calls it",
    ),
    (
        "undefined reference to",
        "a library lacks what the program calls: the suite's may be older than the code expects; `bundled = true` makes crates bring their own copy",
    ),
    (
        "undefined symbol:",
        "a library lacks what the program calls: the suite's may be older than the code expects; `bundled = true` makes crates bring their own copy",
    ),
    (
        "No space left on device",
        "free some space where the target folder is",
    ),
];

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::UnsupportedHost { .. } => {
                Some("run coracle on Linux, in a virtual machine if need be".to_owned())
            }
            Error::OtherHost { target, .. } => Some(format!(
                "install the Rust toolchain of this machine ({target}), or take away what chooses another"
            )),
            Error::Probe(error) => error.hint(),
            Error::Across(error) => error.hint(),
            Error::Prebuilt(error) => error.hint(),
            Error::Run { tool, source, .. } => process_hint(tool, source),
            Error::Failed { tail, .. } => {
                let known = HINTS.iter().find(|(says, _)| tail.contains(says));
                known.map(|(_, hint)| (*hint).to_owned())
            }
            Error::StaleLock { .. } => Some(LOCK_HINT.to_owned()),
            Error::StaleModule { .. } => {
                Some("run `go mod tidy` in the module and commit go.mod and go.sum".to_owned())
            }
            Error::NativeCpu { .. } => Some(
                "take it out, so that the image runs on every CPU of the platform, or name a level: `-C target-cpu=x86-64-v3`"
                    .to_owned(),
            ),
            Error::NoArtifact { .. } => {
                Some("this is a bug of coracle's: please report it".to_owned())
            }
            Error::FolderName { .. } => {
                Some("move the checkout to a folder whose name is UTF-8".to_owned())
            }
            Error::Asked(error) => error.hint(),
            Error::Away { hint, .. } => hint.clone(),
            Error::Output { .. } | Error::Tools(_) => None,
        }
    }

    /// What the build says it could not find.
    pub fn missing(&self) -> &[BuildFile] {
        match self {
            Error::Failed { missing, .. } | Error::Away { missing, .. } => missing,
            _ => &[],
        }
    }

    /// Whether cargo or go failed, rather than what they were given being wrong.
    pub fn is_toolchain(&self) -> bool {
        match self {
            Error::Across(error) => error.is_toolchain(),
            Error::Away { is_toolchain, .. } => *is_toolchain,
            Error::Probe(_)
            | Error::Run { .. }
            | Error::Failed { .. }
            | Error::NoArtifact { .. } => true,
            Error::UnsupportedHost { .. }
            | Error::OtherHost { .. }
            | Error::Prebuilt(_)
            | Error::StaleLock { .. }
            | Error::StaleModule { .. }
            | Error::FolderName { .. }
            | Error::NativeCpu { .. }
            | Error::Tools(_)
            | Error::Asked(_)
            | Error::Output { .. } => false,
        }
    }

    /// Whether the disk is full or cannot be written.
    pub fn is_disk(&self) -> bool {
        matches!(
            self,
            Error::Output { .. } | Error::Tools(_) | Error::Asked(_)
        )
    }

    /// With what was missing, as far as compilers, linkers and pkg-config said it.
    pub(super) fn with(mut self, mut said: Missing, asked: &[Asked]) -> Error {
        if let Error::Failed { missing, .. } = &mut self {
            let modules = asked.iter().filter(|asked| asked.is_missing());
            for asked in modules {
                said.add(BuildFile::PkgConfig(asked.module.clone()));
            }
            *missing = said.into_files();
        }
        self
    }

    /// What cargo's end means.
    pub(super) fn of_cargo(program: &str, lock: PathBuf, error: coracle_process::Error) -> Error {
        match &error {
            coracle_process::Error::Failed { tail, .. } if is_locked_refusal(tail) => {
                let missing = !lock.exists();
                Error::StaleLock { lock, missing }
            }
            _ => Error::of("cargo", program, error),
        }
    }

    /// What go's end means.
    pub(super) fn of_go(program: &str, directory: PathBuf, error: coracle_process::Error) -> Error {
        match error {
            coracle_process::Error::Failed { tail, .. } if is_stale_module(&tail) => {
                Error::StaleModule { directory, tail }
            }
            error => Error::of("go", program, error),
        }
    }

    fn of(tool: &'static str, program: &str, error: coracle_process::Error) -> Error {
        let program = program.to_owned();
        match error {
            coracle_process::Error::Failed { status, tail, .. } => {
                let status = status.to_string();
                Error::Failed {
                    tool,
                    program,
                    status,
                    tail,
                    missing: Vec::new(),
                }
            }
            source => Error::Run {
                tool,
                program,
                source,
            },
        }
    }
}

fn after_colon(tail: &str) -> String {
    if tail.is_empty() {
        String::new()
    } else {
        format!(": {tail}")
    }
}

//! Why there is no program, and what to do about it.

use std::io;
use std::path::PathBuf;

use crate::probe::{self, is_stale_module, process_hint};
use crate::rust::{LOCK_HINT, is_locked_refusal};

use super::{Target, prebuilt};

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
    },
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
const HINTS: [(&str, &str); 8] = [
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
            Error::NoArtifact { .. } => {
                Some("this is a bug of coracle's: please report it".to_owned())
            }
            Error::FolderName { .. } => {
                Some("move the checkout to a folder whose name is UTF-8".to_owned())
            }
            Error::Output { .. } => None,
        }
    }

    /// Whether cargo or go failed, rather than what they were given being wrong.
    pub fn is_toolchain(&self) -> bool {
        match self {
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
            | Error::Output { .. } => false,
        }
    }

    /// Whether the disk is full or cannot be written.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Output { .. })
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

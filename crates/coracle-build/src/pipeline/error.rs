//! The failure of a run: whichever stage's it is, its class (which the command layer turns into an exit code) and its
//! hint (which it prints). The words are the stages' own.

use std::path::PathBuf;

use crate::policy::Violation;
use crate::{assemble, lock, plan, prove, provision, publish, resolve};

/// What kind of failure it is, for exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The proof or the policy failed.
    Findings,
    /// Usage or configuration is wrong, or a lock is stale.
    Usage,
    /// cargo or go failed.
    Toolchain,
    /// The network or a registry failed.
    Network,
    /// A signature or digest is wrong.
    Integrity,
    /// The disk is full or cannot be written.
    Disk,
    /// A bug of ours.
    Bug,
    /// Busy: the same command may succeed later.
    TryAgain,
}

/// Why a run failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Finding the services.
    #[error(transparent)]
    Discover(#[from] coracle_toolchain::discover::Error),
    /// Deciding.
    #[error(transparent)]
    Plan(#[from] plan::Error),
    /// The lock file.
    #[error(transparent)]
    Lock(#[from] lock::Error),
    /// What programs are compiled against.
    #[error(transparent)]
    Provision(#[from] provision::Error),
    /// Compiling.
    #[error(transparent)]
    Compile(#[from] coracle_toolchain::compile::Error),
    /// The compiled file cannot be read.
    #[error("cannot read the program {path}")]
    ReadBinary {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The compiled file is no program that we understand.
    #[error("cannot understand the program {path}")]
    Inspect {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: coracle_binary::inspect::Error,
    },
    /// A program is compiled for a CPU whose level nobody knows.
    #[error("{service} is compiled for a CPU whose level is not known: `{flag}` in {origin}")]
    TargetCpu {
        /// The service.
        service: String,
        /// The flag for rustc.
        flag: String,
        /// Where it is.
        origin: String,
    },
    /// The local store.
    #[error("cannot use the local store")]
    Store(#[from] coracle_oci::store::StoreError),
    /// The HTTP client.
    #[error("cannot set up HTTP")]
    Client(#[from] coracle_transport::Error),
    /// No package archive has this architecture.
    #[error("coracle makes no images for {platform}")]
    Architecture {
        /// The platform.
        platform: String,
    },
    /// The package archive.
    #[error(transparent)]
    Archive(#[from] Box<coracle_distro::archive::Error>),
    /// Finding packages.
    #[error(transparent)]
    Resolve(#[from] resolve::Error),
    /// Writing layers.
    #[error(transparent)]
    Assemble(#[from] assemble::Error),
    /// The proof.
    #[error(transparent)]
    Prove(#[from] prove::Error),
    /// The policy of a service.
    #[error("{service} breaks its policy{}", violations_text(.violations))]
    Policy {
        /// The service.
        service: String,
        /// What is broken.
        violations: Vec<Violation>,
    },
    /// Publishing.
    #[error(transparent)]
    Publish(#[from] publish::Error),
}

fn violations_text(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(|violation| format!("\n  {}: {}", violation.key, violation.text))
        .collect()
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Discover(error) => error.hint(),
            Error::Plan(error) => error.hint(),
            Error::Lock(error) => error.hint(),
            Error::Provision(error) => error.hint(),
            Error::Compile(error) => error.hint(),
            Error::Store(error) => error.hint(),
            Error::Client(error) => error.hint(),
            Error::Architecture { .. } => {
                Some("it makes them for linux/amd64 and linux/arm64".to_owned())
            }
            Error::Archive(error) => error.hint(),
            Error::Resolve(error) => error.hint(),
            Error::Assemble(error) => error.hint(),
            Error::Prove(error) => error.hint(),
            Error::Publish(error) => error.hint(),
            Error::Policy { .. } => {
                Some("change the service, or its [policy] in coracle.toml".to_owned())
            }
            Error::TargetCpu { .. } => Some(
                "name the level that its CPUs have: `-C target-cpu=x86-64-v2`, -v3 or -v4 on amd64, `neoverse-n1` and the like on arm64"
                    .to_owned(),
            ),
            Error::ReadBinary { .. } | Error::Inspect { .. } => None,
        }
    }

    /// What kind of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Error::Prove(prove::Error::NotProven { .. }) | Error::Policy { .. } => Class::Findings,
            Error::Prove(prove::Error::ReadBack { .. }) => Class::Integrity,
            Error::Prove(prove::Error::Record { .. }) => Class::Disk,
            Error::Discover(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Plan(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Provision(error) if error.is_disk() => Class::Disk,
            Error::Provision(error) => match error.archive() {
                Some(archive) => archive_class(archive),
                None => toolchain_or_usage(error.is_toolchain()),
            },
            Error::Compile(error) if error.is_disk() => Class::Disk,
            Error::Compile(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Inspect { .. } | Error::ReadBinary { .. } => Class::Toolchain,
            Error::Lock(error) if error.is_disk() => Class::Disk,
            Error::Store(error) if error.is_disk() => Class::Disk,
            Error::Store(_) => Class::Integrity,
            Error::Assemble(error) if error.is_disk() => Class::Disk,
            Error::Assemble(assemble::Error::Epoch { .. }) => Class::Usage,
            Error::Assemble(_) => Class::Bug,
            Error::Lock(_) | Error::Architecture { .. } | Error::TargetCpu { .. } => Class::Usage,
            Error::Client(_) => Class::Network,
            Error::Archive(error) => archive_class(error),
            Error::Resolve(error) => error.archive().map_or(Class::Usage, archive_class),
            Error::Publish(error) if error.is_disk() => Class::Disk,
            Error::Publish(publish::Error::Push { source, .. }) => push_class(source),
            Error::Publish(publish::Error::Layout { .. } | publish::Error::Credentials(_)) => {
                Class::Usage
            }
            Error::Publish(_) => Class::Network,
        }
    }
}

fn push_class(error: &coracle_registry::Error) -> Class {
    match error {
        coracle_registry::Error::TooManyRequests { .. } => Class::TryAgain,
        error if error.is_digest() => Class::Integrity,
        _ => Class::Network,
    }
}

fn toolchain_or_usage(is_toolchain: bool) -> Class {
    if is_toolchain {
        Class::Toolchain
    } else {
        Class::Usage
    }
}

fn archive_class(error: &coracle_distro::archive::Error) -> Class {
    if error.is_integrity() {
        Class::Integrity
    } else if error.is_stale_lock() {
        Class::Usage
    } else if error.is_disk() {
        Class::Disk
    } else if error.is_network() {
        Class::Network
    } else {
        Class::Usage
    }
}

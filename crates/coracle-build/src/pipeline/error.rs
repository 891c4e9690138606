//! The failure of a run: whichever stage's it is, its class (which the command layer turns into an exit code) and its
//! hint (which it prints). The words are the stages' own.

use std::path::PathBuf;

use coracle_oci::Platform;
use coracle_oci::store::StoreError;

use crate::policy::Violation;
use crate::{
    assemble, check, deployment, engine, images, join, lock, plan, prove, provision, publish,
    resolve, smoke, time64, why,
};

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

/// One of several platforms that could not be built.
#[derive(Debug)]
pub struct PlatformFailure {
    /// Which.
    pub platform: Platform,
    /// Why.
    pub error: Box<Error>,
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
    /// Compiling on a builder.
    #[error(transparent)]
    Engine(#[from] engine::Error),
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
    /// A 32-bit program and libraries of 64-bit time.
    #[error(transparent)]
    Time64(#[from] time64::Error),
    /// Several platforms were to be built, and some cannot. The words are each failure's own.
    #[error("{}", platforms_text(.failures, .proven))]
    Platforms {
        /// Those that cannot, in their order.
        failures: Vec<PlatformFailure>,
        /// Those that can.
        proven: Vec<Platform>,
    },
    /// The images of one service under one root.
    #[error(transparent)]
    Root(#[from] prove::RootError),
    /// Starting what was made.
    #[error(transparent)]
    Smoke(#[from] smoke::Error),
    /// Looking at what others made.
    #[error(transparent)]
    Check(#[from] check::Error),
    /// Saying why something is in a service's image.
    #[error(transparent)]
    Why(#[from] why::service::Error),
    /// Joining images that were built apart.
    #[error(transparent)]
    Join(#[from] join::Error),
    /// Files that name services.
    #[error(transparent)]
    Deployment(#[from] deployment::Error),
    /// Publishing.
    #[error(transparent)]
    Publish(#[from] publish::Error),
}

fn platforms_text(failures: &[PlatformFailure], proven: &[Platform]) -> String {
    let failed: Vec<String> = failures
        .iter()
        .map(|failure| failure.platform.to_string())
        .collect();
    let proven: Vec<String> = proven.iter().map(ToString::to_string).collect();
    let rest = match proven.as_slice() {
        [] => String::new(),
        proven => format!("; built for {}", proven.join(", ")),
    };
    let failed = failed.join(", ");
    format!("cannot build for {failed}{rest}; nothing is published")
}

fn violations_text(violations: &[Violation]) -> String {
    violations
        .iter()
        .map(|violation| format!("\n  {}: {}", violation.key, violation.text))
        .collect()
}

impl Error {
    /// The failures that a run's failure consists of, where it is not one: of each platform, before the failure itself
    /// is told.
    pub fn of_platforms(&self) -> &[PlatformFailure] {
        match self {
            Error::Platforms { failures, .. } => failures,
            _ => &[],
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Platforms { .. } => None,
            Error::Time64(error) => error.hint(),
            Error::Root(error) => error.hint(),
            Error::Check(error) => error.hint(),
            Error::Why(error) => error.hint(),
            Error::Join(error) => error.hint(),
            Error::Smoke(error) => error.hint(),
            Error::Discover(error) => error.hint(),
            Error::Plan(error) => error.hint(),
            Error::Lock(error) => error.hint(),
            Error::Provision(error) => error.hint(),
            Error::Compile(error) => error.hint(),
            Error::Engine(error) => error.hint(),
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
            Error::Deployment(error) => error.hint(),
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
            // The first platform's, in their order, whichever failed first.
            Error::Platforms { failures, .. } => failures
                .first()
                .map_or(Class::Bug, |failure| failure.error.class()),
            Error::Policy { .. } | Error::Time64(_) => Class::Findings,
            Error::Smoke(error) if error.is_disk() => Class::Disk,
            Error::Smoke(_) => Class::Findings,
            Error::Prove(error) => prove_class(error),
            Error::Root(error) => root_class(error),
            Error::Check(error) => check_class(error),
            Error::Why(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Join(error) => join_class(error),
            Error::Discover(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Plan(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Provision(error) if error.is_disk() => Class::Disk,
            Error::Provision(error) => match error.archive() {
                Some(archive) => archive_class(archive),
                None => toolchain_or_usage(error.is_toolchain()),
            },
            Error::Compile(error) if error.is_disk() => Class::Disk,
            Error::Compile(error) => toolchain_or_usage(error.is_toolchain()),
            Error::Engine(error) => engine_class(error),
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
            Error::Deployment(error) if error.is_disk() => Class::Disk,
            Error::Deployment(_) => Class::Usage,
            Error::Publish(publish::Error::Push { source, .. }) => push_class(source),
            Error::Publish(publish::Error::Layout { .. } | publish::Error::Credentials(_)) => {
                Class::Usage
            }
            Error::Publish(_) => Class::Network,
        }
    }
}

fn prove_class(error: &prove::Error) -> Class {
    match error {
        prove::Error::NotProven { .. } => Class::Findings,
        prove::Error::ReadBack { .. } => Class::Integrity,
        prove::Error::Record { .. } => Class::Disk,
        prove::Error::Platform { .. } => Class::Usage,
    }
}

fn root_class(error: &prove::RootError) -> Class {
    match error {
        prove::RootError::Same { .. } | prove::RootError::Empty { .. } => Class::Usage,
        error if error.is_disk() => Class::Disk,
        _ => Class::Bug,
    }
}

fn join_class(error: &join::Error) -> Class {
    match error {
        join::Error::Images(error) => images_class(error),
        join::Error::Store(source) if source.is_disk() => Class::Disk,
        join::Error::Store(_) => Class::Integrity,
        join::Error::Copy { source, .. } if source.kind() == std::io::ErrorKind::InvalidData => {
            Class::Integrity
        }
        join::Error::Copy { .. } => Class::Network,
        join::Error::Prove(error) => prove_class(error),
        join::Error::Root(error) => root_class(error),
        join::Error::NoRepository { .. } | join::Error::Name(_) => Class::Usage,
    }
}

fn check_class(error: &check::Error) -> Class {
    match error {
        check::Error::Images(error) => images_class(error),
        check::Error::Layer { .. } => Class::Integrity,
        check::Error::Unwritable { .. } => Class::Disk,
        check::Error::Launch(error) => prove_class(error),
        check::Error::Archive(error) => archive_class(error),
        check::Error::Resolve(error) => error.archive().map_or(Class::Usage, archive_class),
        check::Error::Program(_)
        | check::Error::Folder { .. }
        | check::Error::NoPrograms { .. }
        | check::Error::NothingCommon { .. }
        | check::Error::NoSubject { .. } => Class::Usage,
    }
}

fn images_class(error: &images::Error) -> Class {
    match error {
        images::Error::Pull { source, .. } => push_class(source),
        images::Error::Layout { source, .. } if is_absent(source) => Class::Usage,
        images::Error::Layout { source, .. } if source.is_disk() => Class::Disk,
        images::Error::Layout { .. } | images::Error::Content { .. } => Class::Integrity,
        images::Error::Engine { .. } | images::Error::EngineRefuses { .. } => Class::Network,
        _ => Class::Usage,
    }
}

/// A layout that was named and is not there.
fn is_absent(error: &StoreError) -> bool {
    matches!(error, StoreError::Disk { source, .. } if source.kind() == std::io::ErrorKind::NotFound)
}

fn push_class(error: &coracle_registry::Error) -> Class {
    match error {
        coracle_registry::Error::TooManyRequests { .. } => Class::TryAgain,
        error if error.is_digest() => Class::Integrity,
        _ => Class::Network,
    }
}

fn engine_class(error: &engine::Error) -> Class {
    match error {
        error if error.is_disk() => Class::Disk,
        engine::Error::BuildKit(error) if error.is_passing() => Class::TryAgain,
        engine::Error::BuildKit(coracle_buildkit::Error::NoBuilder { .. }) => Class::Network,
        engine::Error::BuildKit(_) | engine::Error::Probe(_) | engine::Error::Taken(_) => {
            Class::Toolchain
        }
        engine::Error::Nothing { .. } => Class::Bug,
        _ => Class::Usage,
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

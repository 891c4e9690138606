//! One file a command, and the failure they share: settings that do not hold, or a run that stopped.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod compile_errand;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod eject;
pub(crate) mod explain;
pub(crate) mod index;
pub(crate) mod lint;
pub(crate) mod lock;
mod looking;
pub(crate) mod pkg_config;
pub(crate) mod plan;
pub(crate) mod resolve;
pub(crate) mod update;
pub(crate) mod why;

use std::io::Write as _;
use std::process::ExitCode;

use crate::{exit, settings};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Settings(#[from] settings::Error),
    #[error(transparent)]
    Run(#[from] coracle_build::Error),
    #[error(transparent)]
    Image(#[from] coracle_build::images::SourceError),
    #[error(transparent)]
    Target(#[from] coracle_build::check::TargetError),
    #[error(transparent)]
    Place(#[from] coracle_build::check::against::PlaceError),
    #[error("{image} is an image, and --against is for programs")]
    ImageAgainst { image: String },
    #[error(transparent)]
    Platform(#[from] settings::PlatformError),
    #[error(transparent)]
    Policy(#[from] settings::PolicyError),
    #[error("{}", unwell_text(*.failing, *.starting, *.looked, *.unseen))]
    Unwell {
        failing: usize,
        /// How many of those fail by their policy alone.
        starting: usize,
        looked: usize,
        unseen: usize,
        code: u8,
    },
    #[error("{missing} of what is needed {} missing", if *.missing == 1 { "is" } else { "are" })]
    Missing { missing: usize },
    #[error("{old} and {new} differ")]
    Differ { old: String, new: String },
    #[error("--rebuilt is asked of services, and {word} is an image")]
    RebuiltImage { word: String },
    #[error(transparent)]
    Deployment(#[from] coracle_build::deployment::Error),
    #[error("resolve pushes what it builds, and nobody says where to")]
    NowhereToPush,
    #[error("stdin cannot be changed in place")]
    StdinInPlace,
    #[error(transparent)]
    Dockerfile(#[from] coracle_build::eject::dockerfile::Error),
    #[error(transparent)]
    Ejected(#[from] coracle_build::eject::FileError),
    #[error(transparent)]
    Exported(#[from] coracle_build::export::Error),
    #[error("{behind} of {files} files {} behind the plan", if *.behind == 1 { "is" } else { "are" })]
    Behind { behind: usize, files: usize },
    #[error(transparent)]
    Unexplained(#[from] coracle_build::explain::Unknown),
    #[error(transparent)]
    Rule(#[from] coracle_lint::UnknownRule),
    #[error(transparent)]
    Files(#[from] lint::FilesError),
    #[error("{}", lint::found_text(*.errors, *.warnings, *.notes))]
    Found {
        errors: usize,
        warnings: usize,
        notes: usize,
    },
    #[error("cannot read stdin")]
    Stdin(#[source] std::io::Error),
    #[error("cannot write to stdout")]
    Stdout(#[source] std::io::Error),
}

impl Failure {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Failure::Settings(error) => error.hint(),
            Failure::Run(error) => error.hint(),
            Failure::Image(error) => error.hint(),
            Failure::Target(error) => error.hint(),
            Failure::Place(error) => error.hint(),
            Failure::ImageAgainst { .. } => Some(
                "an image brings its own libraries: check it without --against; to try a program in it, name the \
                 program and --against this image"
                    .to_owned(),
            ),
            Failure::Platform(error) => error.hint(),
            Failure::Policy(error) => error.hint(),
            Failure::Unexplained(error) => error.hint(),
            Failure::Dockerfile(error) => error.hint(),
            Failure::Ejected(error) => error.hint(),
            Failure::Deployment(error) => error.hint(),
            Failure::NowhereToPush => settings::Error::NoRepository.hint(),
            Failure::StdinInPlace => Some("leave --in-place out, and the result is on stdout".to_owned()),
            Failure::Exported(error) => error.hint(),
            Failure::Behind { .. } => Some("run the same command without --check and commit what it writes".to_owned()),
            Failure::RebuiltImage { .. } => Some(
                "name the service of this repository that it is of; `coracle diff OLD NEW` tells what differs between images"
                    .to_owned(),
            ),
            Failure::Rule(error) => error.hint(),
            Failure::Files(error) => error.hint(),
            Failure::Found { .. }
            | Failure::Unwell { .. }
            | Failure::Missing { .. }
            | Failure::Differ { .. }
            | Failure::Stdin(_)
            | Failure::Stdout(_) => None,
        }
    }

    /// The failures of single platforms, which are told before it.
    pub(crate) fn of_platforms(&self) -> &[coracle_build::PlatformFailure] {
        match self {
            Failure::Run(error) => error.of_platforms(),
            _ => &[],
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Failure::Settings(_)
            | Failure::Image(_)
            | Failure::Target(_)
            | Failure::Place(_)
            | Failure::ImageAgainst { .. }
            | Failure::RebuiltImage { .. }
            | Failure::Unexplained(_)
            | Failure::Stdin(_)
            | Failure::Platform(_)
            | Failure::Policy(_)
            | Failure::Rule(_)
            | Failure::Files(_) => ExitCode::from(exit::USAGE),
            Failure::Unwell { code, .. } => ExitCode::from(*code),
            Failure::Missing { .. }
            | Failure::Differ { .. }
            | Failure::Behind { .. }
            | Failure::Found { .. } => ExitCode::from(exit::FINDINGS),
            Failure::Deployment(error) if error.is_disk() => ExitCode::from(exit::DISK),
            Failure::Deployment(_) | Failure::NowhereToPush | Failure::StdinInPlace => {
                ExitCode::from(exit::USAGE)
            }
            Failure::Ejected(error) if error.is_disk() => ExitCode::from(exit::DISK),
            Failure::Dockerfile(_) | Failure::Ejected(_) => ExitCode::from(exit::USAGE),
            Failure::Run(error) => exit::code(error.class()),
            Failure::Stdout(_) | Failure::Exported(_) => ExitCode::from(exit::DISK),
        }
    }
}

/// Writes what a command answers.
fn answer(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).map_err(Failure::Stdout)?;
    stdout.flush().map_err(Failure::Stdout)
}

fn unwell_text(failing: usize, starting: usize, looked: usize, unseen: usize) -> String {
    let text = match failing - starting.min(failing) {
        0 if failing == 0 => return format!("{unseen} of {looked} could not be looked at"),
        0 => format!(
            "{failing} of {looked} {} the policy",
            if failing == 1 { "breaks" } else { "break" }
        ),
        silent => {
            let are = if silent == 1 { "is" } else { "are" };
            format!("{silent} of {looked} {are} not proven to start")
        }
    };
    match unseen {
        0 => text,
        unseen => format!("{text}, and {unseen} could not be looked at"),
    }
}

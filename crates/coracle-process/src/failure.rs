//! Why a program did not do what was asked, and what to do about it.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a program did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such program.
    #[error("no program {program} was found")]
    NotFound {
        /// The name or path that was looked for.
        program: String,
    },
    /// The directory to run in is not there.
    #[error("{command} cannot run in {}: no such directory", directory.display())]
    NoDirectory {
        /// The command line, redacted.
        command: String,
        /// The directory.
        directory: PathBuf,
    },
    /// The program is there but the system could not start it.
    #[error("{command} could not be started")]
    Start {
        /// The command line, redacted.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// It was killed because it took too long.
    #[error("{command} was stopped after {} s{}", limit.as_secs_f32(), after_colon(tail))]
    TimedOut {
        /// The command line, redacted.
        command: String,
        /// The limit.
        limit: Duration,
        /// The last lines it said.
        tail: String,
    },
    /// It ended with an exit status other than zero, or by a signal.
    #[error("{command} failed ({status}){}", after_colon(tail))]
    Failed {
        /// The command line, redacted.
        command: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of standard error, or of standard output where there were none.
        tail: String,
    },
    /// It was started, but its end could not be awaited.
    #[error("lost sight of {command}")]
    Lost {
        /// The command line, redacted.
        command: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NotFound { program } if program.contains('/') => {
                Some(format!("is the path {program} right?"))
            }
            Error::NotFound { program } => Some(format!(
                "install {program}, or add the folder that holds it to PATH"
            )),
            Error::Start { source, .. } if source.kind() == ErrorKind::PermissionDenied => {
                Some("make the file executable, on a file system not mounted noexec".to_owned())
            }
            Error::Start { source, .. } if source.kind() == ErrorKind::NotFound => Some(
                "the file is there: its interpreter (the #! line or the ELF loader) is not"
                    .to_owned(),
            ),
            _ => None,
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

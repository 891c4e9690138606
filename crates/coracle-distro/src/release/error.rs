//! Why an InRelease is not used. Which server it came from is said by the caller.

use jiff::Timestamp;

use crate::signature;
use crate::suite::Architecture;

/// Why an InRelease is not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Unsigned, signed by somebody else, tampered with, or signed by a key that no longer counts.
    #[error(transparent)]
    Signature(#[from] signature::Error),
    /// The signed text is not an InRelease.
    #[error("the signed text is not an InRelease: {problem}")]
    Malformed {
        /// What is wrong with it.
        problem: String,
    },
    /// Another project's archive.
    #[error("expected Origin {expected:?}, got {got:?}")]
    WrongOrigin {
        /// What was asked for.
        expected: String,
        /// What it says.
        got: String,
    },
    /// Another archive of the project, say updates for security.
    #[error("expected Label {expected:?}, got {got:?}")]
    WrongLabel {
        /// What was asked for.
        expected: String,
        /// What it says.
        got: String,
    },
    /// Another suite, signed by the same keys.
    #[error("expected Codename {expected:?}, got {got:?}")]
    WrongCodename {
        /// What was asked for.
        expected: String,
        /// What it says.
        got: String,
    },
    /// The component is not in it.
    #[error("expected the component {expected:?} among {got:?}")]
    NoComponent {
        /// What was asked for.
        expected: String,
        /// The components that it lists.
        got: String,
    },
    /// The architecture is not in it.
    #[error("expected the architecture {expected} among {got:?}")]
    NoArchitecture {
        /// What was asked for.
        expected: Architecture,
        /// The architectures that it lists.
        got: String,
    },
    /// It was made after now.
    #[error("its Date {date} is in the future, it is {now} here")]
    Future {
        /// Its `Date:`.
        date: Timestamp,
        /// This machine's time.
        now: Timestamp,
    },
    /// Its time is over.
    #[error("it was valid until {valid_until}, it is {now} here")]
    Expired {
        /// Its `Valid-Until:`.
        valid_until: Timestamp,
        /// This machine's time.
        now: Timestamp,
    },
    /// It is older than one that was seen before, and does not say how long it is valid.
    #[error("its Date {date} is older than {seen}, which {seen_in} has seen")]
    Older {
        /// Its `Date:`.
        date: Timestamp,
        /// The newest Date seen.
        seen: Timestamp,
        /// `coracle.lock` or `the store`.
        seen_in: &'static str,
    },
}

impl Error {
    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Signature(error) => return error.hint(),
            Self::Malformed { .. } => "try another mirror",
            Self::WrongOrigin { .. } | Self::WrongLabel { .. } | Self::WrongCodename { .. } => {
                "the URL leads to another archive: check the archive's URL in the configuration, or try another mirror"
            }
            Self::NoComponent { .. } => "the mirror lacks this component: try another mirror",
            Self::NoArchitecture { .. } => "the suite is not released for this architecture: choose another suite or platform",
            Self::Future { .. } => "check this machine's clock",
            Self::Expired { .. } => "check this machine's clock; if it is right, the mirror is no longer updated: try another",
            Self::Older { .. } => "the mirror lags behind or somebody replays old files: try another mirror, or accept it with --allow-older",
        }
        .to_owned())
    }

    pub(super) fn malformed(problem: impl Into<String>) -> Self {
        Self::Malformed {
            problem: problem.into(),
        }
    }
}

//! What is to be looked at, as it is written.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::images::{Source, SourceError};

/// Something that may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An image.
    Image(Source),
    /// A folder that is a root filesystem.
    Rootfs(PathBuf),
}

/// A text that names nothing to look at.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// No folder after `rootfs:`.
    #[error("`{written}` says no folder after its `rootfs:`")]
    NoFolder {
        /// As written.
        written: String,
    },
    /// No image.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl TargetError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            TargetError::NoFolder { .. } => Some("write rootfs:FOLDER".to_owned()),
            TargetError::Source(error) => error.hint(),
        }
    }
}

const ROOTFS: &str = "rootfs:";

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Target, TargetError> {
        match text.strip_prefix(ROOTFS) {
            Some("") => Err(TargetError::NoFolder {
                written: text.to_owned(),
            }),
            Some(folder) => Ok(Target::Rootfs(folder.into())),
            None => Ok(Target::Image(text.parse()?)),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Image(source) => source.fmt(formatter),
            Target::Rootfs(folder) => write!(formatter, "{ROOTFS}{}", folder.display()),
        }
    }
}

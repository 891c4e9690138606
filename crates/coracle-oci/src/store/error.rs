//! What can go wrong with the store, and what to do then.

use std::io;
use std::path::{Path, PathBuf};

use super::blob_path;
use crate::digest::Digest;
use crate::record::RecordError;

/// Why the store could not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("could not {act} {}", path.display())]
    Disk {
        /// Such as "write".
        act: &'static str,
        /// What it was done to.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The content is not there.
    #[error("{digest} is not in the store {}", store.display())]
    Missing {
        /// What was asked for.
        digest: Digest,
        /// Where.
        store: PathBuf,
    },
    /// The content is there and is not what its name and descriptor say.
    #[error("{digest} in the store {} is damaged: {reason}", store.display())]
    Damaged {
        /// What was asked for.
        digest: Digest,
        /// Where.
        store: PathBuf,
        /// Both sides.
        reason: String,
    },
    /// The content is larger than the caller can use.
    #[error("expected at most {limit} bytes for {digest}, got {size}")]
    Large {
        /// What was asked for.
        digest: Digest,
        /// In bytes.
        size: u64,
        /// In bytes.
        limit: u64,
    },
    /// A file of the layout is not what the specification says.
    #[error("could not read {}", path.display())]
    Record {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// The folder is an OCI layout of a version that is not known.
    #[error("expected an OCI layout of version 1.0.0 in {}, got {version}", path.display())]
    Version {
        /// Which file.
        path: PathBuf,
        /// What it says.
        version: String,
    },
}

impl StoreError {
    /// Whether the disk is at fault: full, read-only, not permitted, failing.
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Disk { .. })
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Disk { path, source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                    "make room on that disk and run again: what is there already is kept"
                        .to_owned(),
                ),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Some(
                    format!("make {} writable, or choose another store", path.display()),
                ),
                _ => None,
            },
            Self::Missing { .. } => Some("build again: it will be made anew".to_owned()),
            Self::Damaged { digest, store, .. } => {
                let path = blob_path(store, digest);
                Some(format!("remove {} and build again", path.display()))
            }
            Self::Version { path, .. } => {
                Some(format!("remove {} or choose another store", path.display()))
            }
            Self::Record { path, .. } => Some(format!("remove {} and build again", path.display())),
            Self::Large { .. } => None,
        }
    }
}

/// Makes the disk error of an act on a path, for `map_err`.
pub(crate) fn disk<'path>(
    act: &'static str,
    path: &'path Path,
) -> impl FnOnce(io::Error) -> StoreError + 'path {
    move |source| StoreError::Disk {
        act,
        path: path.to_owned(),
        source,
    }
}

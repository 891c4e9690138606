//! Why the archive could not be used, and which of coracle's exit codes that is.

use std::io;

use crate::digest::{Mismatch, mismatch};
use crate::suite::UnknownSuite;
use crate::{FetchError, Pin, deb, index, release, signature};

/// Why the archive could not be used. `archive` is `debian/trixie security` and its like.
#[derive(Debug, thiserror::Error)]
#[expect(
    missing_docs,
    reason = "the fields are named for what they hold and the messages say it"
)]
pub enum Error {
    /// No suite of this name is known.
    #[error(transparent)]
    Suite(#[from] UnknownSuite),
    /// The keys given in place of the embedded ones cannot be read.
    #[error("the keys given with signed-by cannot be used")]
    Keyring { source: signature::KeyringError },
    /// The suite is not released for the architecture.
    #[error("{suite} is not released for {architecture}, only for {known}")]
    NoArchitecture {
        suite: String,
        architecture: String,
        known: String,
    },
    /// No place to fetch from was given.
    #[error("there is no URL to fetch {archive} from")]
    NoSource { archive: String },
    /// The InRelease is not used: unsigned, tampered with, another archive's, too old.
    #[error("the InRelease of {archive} from {url} is refused")]
    Release {
        archive: String,
        url: String,
        source: release::Error,
    },
    /// The signed record lists no such file.
    #[error("the InRelease of {archive} from {url} does not list {path}")]
    NotListed {
        archive: String,
        url: String,
        path: String,
    },
    /// The network or the server failed.
    #[error("{what} could not be fetched from {url}")]
    Fetch {
        what: String,
        url: String,
        source: FetchError,
    },
    /// The connection broke while reading.
    #[error("{what} from {url} could not be read to its end")]
    Broken {
        what: String,
        url: String,
        source: io::Error,
    },
    /// The bytes are not the ones that a signed record promised.
    #[error("{what} from {url} is not what the archive signed")]
    Digest {
        what: String,
        url: String,
        source: Box<Mismatch>,
    },
    /// The digest is right and the content is not what it should be.
    #[error("the package index of {archive} is malformed")]
    Index {
        archive: String,
        source: index::Error,
    },
    /// Something with the right digest does not unpack.
    #[error("{what} does not unpack: {problem}")]
    Compression { what: String, problem: String },
    /// The .deb has the right digest and cannot be read.
    #[error("{what} cannot be read as a package")]
    Deb { what: String, source: deb::Error },
    /// The .deb says that it is another package than its stanza.
    #[error("expected {expected} in {path}, got {got}")]
    OtherPackage {
        expected: String,
        got: String,
        path: String,
    },
    /// The store failed.
    #[error("{what} could not be kept or read back")]
    Keep { what: String, source: io::Error },
    /// Working offline, and the store lacks it.
    #[error("{what} is not kept, and fetching is off")]
    Offline { what: String },
    /// No signed index, neither the archive's present one nor a kept one, lists the row.
    #[error(
        "coracle.lock pins {} {} (sha256:{}), which no signed index at hand lists",
        pin.name, pin.version, pin.sha256
    )]
    NotVouched { pin: Box<Pin> },
    /// A signed index lists the version with other bytes.
    #[error(
        "coracle.lock pins {} {} as sha256:{} over {} bytes, the archive signed sha256:{} over {}",
        pin.name, pin.version, pin.sha256, pin.size, signed.sha256, signed.size
    )]
    PinDiffers { pin: Box<Pin>, signed: Box<Pin> },
}

impl Error {
    /// A signature, a digest or a signed record is wrong (exit code 5).
    pub fn is_integrity(&self) -> bool {
        match self {
            Self::Suite(_)
            | Self::Keyring { .. }
            | Self::NoArchitecture { .. }
            | Self::NoSource { .. } => false,
            Self::Fetch { .. } | Self::Broken { .. } | Self::Offline { .. } => false,
            Self::Keep { .. } | Self::NotVouched { .. } => false,
            Self::Release { .. } | Self::NotListed { .. } | Self::Digest { .. } => true,
            Self::Index { .. } | Self::Compression { .. } | Self::Deb { .. } => true,
            Self::OtherPackage { .. } | Self::PinDiffers { .. } => true,
        }
    }

    /// The network or a server failed, or is needed and off (exit code 4).
    pub fn is_network(&self) -> bool {
        matches!(
            self,
            Self::Fetch { .. } | Self::Broken { .. } | Self::Offline { .. }
        )
    }

    /// The store failed (exit code 6).
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Keep { .. })
    }

    /// The lock cannot be honoured as it stands (exit code 2).
    pub fn is_stale_lock(&self) -> bool {
        matches!(self, Self::NotVouched { .. })
    }

    /// What the user should do next.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Suite(error) => return error.hint(),
            Self::Release { source, .. } => return source.hint(),
            Self::Fetch { source, .. } => {
                return source
                    .hint
                    .clone()
                    .or_else(|| Some("check the network and the archive's URL".to_owned()));
            }
            Self::Deb { source, .. } => return source.hint(),
            Self::Keyring { .. } => "give OpenPGP public keys, as gpg --export writes them",
            Self::NoArchitecture { .. } => "choose another platform or suite",
            Self::NoSource { .. } => {
                "name the archive's URL in coracle.toml, or name none to use Debian's own hosts"
            }
            Self::NotListed { .. } => {
                "the mirror does not carry this architecture: try another mirror"
            }
            Self::Broken { .. } => "try again",
            Self::Digest { .. } => {
                "the mirror is between two updates, or somebody changes files: try again, then another mirror"
            }
            Self::Offline { .. } => "run once without --offline",
            Self::Keep { source, .. } if mismatch(source).is_some() => {
                "the store's copy is damaged: delete that file, it will be fetched again"
            }
            Self::Keep { .. } => "check the free space and the permissions of coracle's store",
            Self::NotVouched { .. } => {
                "the archive has replaced this version: `coracle update` moves the pins"
            }
            Self::PinDiffers { .. } => {
                "coracle.lock was changed by hand or by somebody else: restore it from git, or run `coracle update`"
            }
            Self::Index { .. } | Self::Compression { .. } | Self::OtherPackage { .. } => {
                return None;
            }
        };
        Some(hint.to_owned())
    }
}

//! `coracle.lock`: which packages of which archives a build used, to the byte.
//!
//! ```text
//! version = 1
//!
//! [[section]]                       one a suite × architecture
//! suite = "debian/trixie"
//! architecture = "amd64"
//! releases = [                      the signed records that vouched for the rows
//!   { archive = "main", date = "2026-09-12T07:55:41Z", digest = "…" },
//! ]
//! build = [                         the sysroot's packages
//!   { name = "zlib1g-dev", version = "…", architecture = "amd64", archive = "main", size = 920876, sha256 = "…", path = "pool/main/z/zlib/…deb" },
//! ]
//! run = [ … ]                       the images' packages
//! ```
//! It holds no URLs and is no trust root: a row is believed only when a signed index says the same.

mod diff;
mod text;

use std::collections::BTreeMap;

pub use diff::diff;
pub use text::{Error, FILE_NAME};

use crate::suite::{Architecture, ArchiveName};
use crate::{Sha256, Version};

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lock {
    /// By suite (`debian/trixie`) and architecture.
    pub sections: BTreeMap<(String, Architecture), Section>,
}

/// What is pinned for one suite and architecture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Section {
    /// The InReleases that vouched for the rows, by archive.
    pub releases: Vec<ReleasePin>,
    /// The sysroot's packages, by name.
    pub build: Vec<Pin>,
    /// The images' packages, by name.
    pub run: Vec<Pin>,
}

impl Section {
    /// Every row, the build's and then the run's; a package may be in both.
    pub fn pins(&self) -> impl Iterator<Item = &Pin> {
        self.build.iter().chain(&self.run)
    }

    /// The Date of this archive's InRelease, if it is pinned.
    pub fn release(&self, archive: ArchiveName) -> Option<&ReleasePin> {
        self.releases
            .iter()
            .find(|release| release.archive == archive)
    }
}

/// One InRelease.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleasePin {
    /// Whose it is.
    pub archive: ArchiveName,
    /// Its `Date:`, written as `2026-09-12T07:55:41Z`.
    pub date: jiff::Timestamp,
    /// The digest of the whole signed file.
    pub digest: Sha256,
}

/// One package, to the byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pin {
    /// `libc6`.
    pub name: String,
    /// Its Debian version.
    pub version: Version,
    /// As its stanza says, `amd64` or `all`.
    pub architecture: String,
    /// Where it lies under the archive's root, `pool/main/g/glibc/libc6_2.41-12_amd64.deb`.
    pub path: String,
    /// The digest of the .deb.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
    /// The archive that lists it.
    pub archive: ArchiveName,
}

#[cfg(test)]
mod tests;

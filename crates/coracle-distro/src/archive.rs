//! A suite's package archive as one thing to ask: the signed indexes of main, updates and security.
//!
//! Opening it fetches and verifies; asking it afterwards is looking things up. It decides nothing
//! about an image.

mod development;
mod error;
mod event;
mod kept;
mod lookup;
mod older;
mod open;
mod opened;
mod packages;
mod read;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use jiff::Timestamp;

pub use error::Error;
pub use event::ArchiveEvent;

use crate::index::Index;
use crate::release::Release;
use crate::sonames::Sonames;
use crate::suite::{ArchiveId, ArchiveName};
use crate::{Architecture, Deb, Fetch, Keep, Package, ReleasePin, Section, Sha256, Sources, Suite};

/// What is needed to open an archive. All of the outside world comes in here.
#[derive(Clone)]
pub struct Opening<'a> {
    /// Which suite.
    pub suite: &'a Suite,
    /// For which architecture.
    pub architecture: Architecture,
    /// Where to fetch from: each archive is taken from the first place that serves it.
    pub sources: Vec<Sources>,
    /// The network.
    pub fetch: &'a dyn Fetch,
    /// The store.
    pub keep: &'a dyn Keep,
    /// The time.
    pub now: SystemTime,
    /// Use only what is kept.
    pub offline: bool,
    /// Accept an InRelease that is older than one seen before.
    pub allow_older: bool,
    /// Keys in place of the embedded ones, as gpg exports them.
    pub signed_by: Option<Vec<u8>>,
    /// The lock's section of this suite and architecture.
    pub lock: Option<&'a Section>,
    /// Use the lock's own releases where all of them are kept.
    pub locked: bool,
    /// Told what happens, from several threads.
    pub observer: Arc<dyn Fn(&ArchiveEvent) + Send + Sync + 'a>,
}

/// One InRelease that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseUsed {
    /// Whose it is.
    pub archive: ArchiveName,
    /// Its codename, `trixie-security`.
    pub codename: String,
    /// The root that its files come from, without userinfo; `None` when it was read from the store.
    pub url: Option<String>,
    /// Who named that root: `coracle.toml`, `/etc/apt/…`, `default`, or `the store`.
    pub origin: String,
    /// Its Date.
    pub date: Timestamp,
    /// Until when it is valid, where it says so.
    pub valid_until: Option<Timestamp>,
    /// The digest of the signed file.
    pub digest: Sha256,
}

impl ReleaseUsed {
    /// The row that the lock keeps of it.
    pub fn pin(&self) -> ReleasePin {
        ReleasePin {
            archive: self.archive,
            date: self.date,
            digest: self.digest,
        }
    }
}

/// A suite's archives, verified and ready to be asked.
pub struct Archive<'a> {
    opening: Opening<'a>,
    /// Main, updates, security.
    parts: Vec<Part>,
    /// Kept indexes of the lock's own releases, where the present ones no longer list its rows.
    pinned: Vec<Part>,
    sonames: Mutex<Option<Sonames>>,
    /// What was opened in this run, by the .deb's digest.
    opened: Mutex<BTreeMap<Sha256, Arc<Deb>>>,
}

/// One of a suite's archives.
struct Part {
    id: ArchiveId,
    release: Release,
    used: ReleaseUsed,
    /// Where to fetch its files: the root that served the InRelease first. With userinfo.
    roots: Vec<String>,
    index: Index,
}

impl<'a> Archive<'a> {
    /// Fetches (or, offline, reads from the store) and verifies the InRelease and package index of
    /// the suite's three archives.
    pub fn open(opening: Opening<'a>) -> Result<Archive<'a>, Error> {
        open::open(opening)
    }

    /// The suite.
    pub fn suite(&self) -> &'a Suite {
        self.opening.suite
    }

    /// The architecture.
    pub fn architecture(&self) -> Architecture {
        self.opening.architecture
    }

    /// The InReleases that answer [`Archive::newest`]: main, updates, security.
    pub fn releases(&self) -> Vec<ReleaseUsed> {
        self.parts.iter().map(|part| part.used.clone()).collect()
    }

    /// The newest version of a package in the three archives.
    pub fn newest(&self, package: &str) -> Option<&Package> {
        // The last of equals wins `max_by`: reversed, so that main comes before its copies elsewhere.
        self.parts
            .iter()
            .rev()
            .filter_map(|part| part.index.named(package).last())
            .max_by(|left, right| left.version.cmp(&right.version))
    }

    /// The newest versions of the packages that provide a virtual one, by name.
    pub fn providers(&self, virtual_package: &str) -> Vec<&Package> {
        let mut names: Vec<&str> = self
            .parts
            .iter()
            .flat_map(|part| part.index.providers(virtual_package))
            .map(|package| package.name.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        let still_provides = |package: &&Package| {
            let provided = crate::version::parse_relations(&package.provides).unwrap_or_default();
            provided
                .into_iter()
                .flatten()
                .any(|relation| relation.name == virtual_package)
        };
        names
            .into_iter()
            .filter_map(|name| self.newest(name))
            .filter(still_provides)
            .collect()
    }

    /// The packages that ship a library of this name where the loader looks, the preferred first
    /// (see [`crate::sonames`] for the order), as far as they are in the archive. From main's
    /// Contents: the other archives have none and keep the names. Only the .deb itself tells what it
    /// ships, so look before believing.
    pub fn owners_of_soname(&self, soname: &str) -> Result<Vec<String>, Error> {
        self.ask_sonames(|sonames| self.present(sonames.owners(soname)))
    }

    /// The folders of the loader's directories that hold a library of this name, as alternatives and private
    /// libraries are laid out, each with the packages that ship it: `blas`, `libblas3`.
    pub fn folders_of_soname(&self, soname: &str) -> Result<Vec<(String, Vec<String>)>, Error> {
        self.ask_sonames(|sonames| {
            let found = sonames.in_folders(soname).into_iter();
            found
                .map(|(folder, owners)| (folder.to_owned(), self.present(owners)))
                .collect()
        })
    }

    fn ask_sonames<T>(&self, ask: impl FnOnce(&Sonames) -> T) -> Result<T, Error> {
        let mut sonames = self.sonames.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match sonames.take() {
            Some(known) => known,
            None => self.read_sonames()?,
        };
        Ok(ask(sonames.insert(known)))
    }

    /// Those of the names that the archive has.
    fn present(&self, names: &[String]) -> Vec<String> {
        let is_there = |name: &&String| self.newest(name).is_some();
        names.iter().filter(is_there).cloned().collect()
    }

    /// The version of the C library that the archive holds now, `2.41`.
    pub fn glibc_version(&self) -> Option<&str> {
        self.newest("libc6")
            .map(|package| package.version.upstream())
    }
}

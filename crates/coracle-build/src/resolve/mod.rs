//! From what a binary needs to the files of its image: packages, their files, and what we make ourselves.
//!
//! Numbered as it runs: 1. `needs` says what the binary needs and why; 2. `closure` finds the packages and follows
//! their libraries; 3. `files` takes the files of each package that a container needs; 4. `links` adds the alternatives
//! of their scripts, `made` what no package holds as a file, `accounts` the users and folders that packages describe. Every file carries the reason it is there.

mod accounts;
mod closure;
mod copied;
mod files;
mod left_out;
mod links;
mod made;
mod needs;
mod parts;
mod recipes;
mod scripts;
mod shell;

use std::collections::BTreeMap;
use std::path::PathBuf;

use coracle_binary::inspect::Facts;
use coracle_distro::{Archive, Pin};
use coracle_oci::layer::Entry;

pub use self::needs::Need;
pub(crate) use self::recipes::{BASE_FILES, LEFT_OUT};
use crate::event::LeftOut;
use crate::plan::ServicePlan;
use crate::provision::Libraries;

/// The files of one image, each with its reason.
#[derive(Debug, Clone)]
pub struct Rootfs {
    /// The packages, by name.
    pub packages: Vec<Installed>,
    /// Every file and every folder that is not plain, by path.
    pub files: BTreeMap<String, RootFile>,
    /// What the user should know.
    pub notes: Vec<String>,
    /// What packages hold or depend on and the image does not have.
    pub left_out: Vec<LeftOut>,
}

/// A package that is part of an image.
#[derive(Debug, Clone)]
pub struct Installed {
    /// Which package, exactly.
    pub pin: Pin,
    /// Whether files of it are in the image; a package may be read for its licence text alone.
    pub in_image: bool,
    /// Why it is needed.
    pub reason: String,
}

/// One file and why it is there.
#[derive(Debug, Clone)]
pub struct RootFile {
    /// The file.
    pub entry: Entry,
    /// Where it comes from.
    pub origin: Origin,
    /// Why, in words.
    pub reason: String,
}

/// Where a file comes from; also which layer it goes to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A package, `name@version`.
    Package {
        /// The name.
        name: String,
        /// The version.
        version: String,
    },
    /// Files of a package that only some services need, in a layer of their own, so that the package's own layer is
    /// the same for all.
    PackagePart {
        /// The package's name.
        name: String,
        /// The version.
        version: String,
        /// Which files: `gconv`, `C.utf8`.
        part: &'static str,
    },
    /// Made by us: users, the CA bundle, links.
    Made,
    /// The user's program and what belongs to it.
    Program,
}

impl Origin {
    /// The package's name, where it is a package's.
    pub fn package(&self) -> Option<&str> {
        match self {
            Origin::Package { name, .. } | Origin::PackagePart { name, .. } => Some(name),
            Origin::Made | Origin::Program => None,
        }
    }
}

/// What resolving needs of the outside.
pub struct World<'a> {
    /// The verified archive.
    pub archive: &'a Archive<'a>,
    /// The rows that are pinned already.
    pub pinned: &'a [Pin],
    /// The rows that programs were compiled against: where a package is in both, it has one version.
    pub built: &'a [Pin],
    /// The libraries among those, whose packages are known without looking.
    pub libraries: &'a Libraries,
    /// The program's compiled file.
    pub binary: PathBuf,
    /// Where relative certificate paths start.
    pub base: PathBuf,
    /// The time of files that have none of their own, seconds since 1970.
    pub epoch: i64,
}

/// Why there is no root filesystem.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Finding the packages: see `closure::Error`.
    #[error(transparent)]
    Closure(#[from] closure::Error),
    /// Taking their files: see `files::Error`.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// Making accounts and folders that packages describe: see `accounts::Error`.
    #[error(transparent)]
    Accounts(#[from] accounts::Error),
    /// Making the rest: see `made::Error`.
    #[error(transparent)]
    Made(#[from] made::Error),
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Closure(error) => error.hint(),
            Error::Files(error) => error.hint(),
            Error::Accounts(error) => error.hint(),
            Error::Made(error) => error.hint(),
        }
    }

    /// The library that no package of the suite has.
    pub fn missing_library(&self) -> Option<&str> {
        match self {
            Error::Closure(closure::Error::NoOwner { soname, .. }) => Some(soname),
            _ => None,
        }
    }

    /// The archive's own failure, when that is what it is.
    pub fn archive(&self) -> Option<&coracle_distro::archive::Error> {
        match self {
            Error::Closure(
                closure::Error::Fetch { source, .. } | closure::Error::Owners { source, .. },
            ) => Some(source),
            _ => None,
        }
    }
}

/// Resolves one service.
///
/// # Errors
/// When a need has no package, a package cannot be had or unpacked without running its scripts, or two of them claim
/// one path.
pub fn resolve(service: &ServicePlan, facts: &Facts, world: &World<'_>) -> Result<Rootfs, Error> {
    let needs = needs::of(service, facts);
    let closure = closure::close(&needs, &service.settings.provided, &facts.elf, world)?;
    let mut rootfs = Rootfs {
        packages: Vec::new(),
        files: BTreeMap::new(),
        notes: notes(&closure),
        left_out: left_out::of(&closure, world),
    };
    files::add(&closure, &mut rootfs)?;
    links::add(&closure, world.epoch, &mut rootfs);
    made::add(service, &closure, world, &mut rootfs)?;
    accounts::add(&closure, world.epoch, &mut rootfs)?;
    rootfs.notes.extend(shell::note(&facts.elf, &rootfs));
    Ok(rootfs)
}

/// What could be missed.
fn notes(closure: &closure::Closure) -> Vec<String> {
    let mut notes = Vec::new();
    let zones = closure.packages.get("tzdata");
    if zones.is_some_and(|zones| zones.deb.file("usr/share/zoneinfo/US/Eastern").is_none()) {
        let text = "this suite's tzdata has no legacy names: TZ=US/Eastern would silently be UTC; \
            packages = [\"tzdata-legacy\"] has them";
        notes.push(text.to_owned());
    }
    notes
}

impl Rootfs {
    /// Adds a file; a second, different claim to its path is refused.
    fn insert(&mut self, file: RootFile) -> Result<(), Box<(RootFile, RootFile)>> {
        let path = file.entry.path.clone();
        match self.files.get(&path) {
            Some(there) if there.entry != file.entry => Err(Box::new((there.clone(), file))),
            Some(_) => Ok(()),
            None => {
                self.files.insert(path, file);
                Ok(())
            }
        }
    }
}

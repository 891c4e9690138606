//! The packages that hold what is needed: soname to package, then the libraries' own needs, until nothing is missing.
//!
//! Only what the loader will really open counts, not `Depends`: libpq5 has 24 packages by Depends and 20 by need.
//! A row that the lock pins is taken as pinned; a package that is not pinned is taken in its newest version.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use coracle_binary::elf::ElfFacts;
use coracle_distro::deb::FileKind;
use coracle_distro::solve::Request;
use coracle_distro::{Deb, PackageFile, Pin};

use super::needs::Need;
use super::{World, recipes};

/// The packages that were found, by name.
pub(super) struct Closure {
    pub(super) packages: BTreeMap<String, Chosen>,
}

/// A package, opened.
pub(super) struct Chosen {
    pub(super) pin: Pin,
    pub(super) deb: Deb,
    pub(super) reason: String,
    /// Read for its licence text alone.
    pub(super) licence_only: bool,
}

/// Why a need cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No package of the suite has a library of this name.
    #[error("no package of {suite} holds {soname}, which is needed by {}", .chain.join(" → "))]
    NoOwner {
        /// The library.
        soname: String,
        /// The suite.
        suite: String,
        /// Who needs it.
        chain: Vec<String>,
    },
    /// The suite has no such package.
    #[error("{suite} has no package {package} ({reason})")]
    NoPackage {
        /// The package.
        package: String,
        /// The suite.
        suite: String,
        /// Why it is wanted.
        reason: String,
    },
    /// What the configuration names cannot be had with its dependencies.
    #[error("cannot find what {} depend on", .packages.join(", "))]
    Dependencies {
        /// The packages.
        packages: Vec<String>,
        /// Why.
        #[source]
        source: coracle_distro::solve::Error,
    },
    /// The index of libraries cannot be read.
    #[error("cannot look up which package holds {soname}")]
    Owners {
        /// The library.
        soname: String,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// A package cannot be fetched.
    #[error("cannot get {package}")]
    Fetch {
        /// Which, `name=version`.
        package: String,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// A library of a package cannot be read.
    #[error("cannot read {path} of {package}")]
    Library {
        /// The library.
        path: String,
        /// The package.
        package: String,
        /// Why.
        #[source]
        source: coracle_binary::elf::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoOwner { .. } => Some(
                "install it where you build from a package of this suite, or link without it"
                    .to_owned(),
            ),
            Error::NoPackage { .. } => Some(
                "look the name up at packages of that suite; names differ between suites"
                    .to_owned(),
            ),
            Error::Owners { source, .. } | Error::Fetch { source, .. } => source.hint(),
            Error::Dependencies { source, .. } => source.hint(),
            Error::Library { .. } => None,
        }
    }
}

/// Finds the packages for `needs`.
pub(super) fn close(needs: &[Need], world: &World<'_>) -> Result<Closure, Error> {
    let mut search = Search {
        world,
        packages: BTreeMap::new(),
        waiting: needs.iter().cloned().collect(),
        opened: BTreeMap::new(),
        seen: BTreeSet::new(),
    };
    while let Some(need) = search.waiting.pop_front() {
        match need {
            Need::Soname { name, chain } => search.soname(&name, &chain)?,
            Need::Package { name, reason } => search.package(&name, &reason)?,
            Need::Named { packages } => search.named(&packages)?,
        }
    }
    search.licences()?;
    let packages = search.packages;
    Ok(Closure { packages })
}

struct Search<'a> {
    world: &'a World<'a>,
    packages: BTreeMap<String, Chosen>,
    waiting: VecDeque<Need>,
    /// Pinned packages that were opened while looking for a library and are not chosen, by name.
    opened: BTreeMap<String, Deb>,
    /// Sonames that were looked at already.
    seen: BTreeSet<String>,
}

impl Search<'_> {
    fn soname(&mut self, soname: &str, chain: &[String]) -> Result<(), Error> {
        if !self.seen.insert(soname.to_owned()) {
            return Ok(());
        }
        let reason = || format!("{} needs {soname}", chain.join(" → "));
        if self.holder(soname).is_none() {
            let package = self.owner(soname, chain)?;
            self.package(&package, &reason())?;
        }
        let Some((package, file)) = self.holder(soname) else {
            return Err(self.no_owner(soname, chain));
        };
        let (package, path) = (package.to_owned(), file.path.clone());
        let needed = self.needs_of(&package, &path)?;
        for name in needed {
            let mut chain = chain.to_vec();
            chain.push(soname.to_owned());
            self.waiting.push_back(Need::Soname { name, chain });
        }
        Ok(())
    }

    /// The chosen package and the regular file that the loader finds under this soname.
    fn holder(&self, soname: &str) -> Option<(&str, &PackageFile)> {
        let directories = self.world.archive.architecture().loader_directories();
        directories.iter().find_map(|directory| {
            let path = format!("{directory}/{soname}");
            self.regular_file(&path, 0)
        })
    }

    /// Follows links between the chosen packages' files, as far as a loader would.
    fn regular_file(&self, path: &str, depth: usize) -> Option<(&str, &PackageFile)> {
        if depth > 8 {
            return None;
        }
        let (package, file) = self.packages.iter().find_map(|(name, chosen)| {
            let file = chosen.deb.file(path)?;
            (!chosen.licence_only).then_some((name.as_str(), file))
        })?;
        match &file.kind {
            FileKind::File(_) => Some((package, file)),
            FileKind::Symlink(target) => self.regular_file(&resolve_link(path, target), depth + 1),
            FileKind::HardLink(target) => self.regular_file(target, depth + 1),
            FileKind::Directory => None,
        }
    }

    /// The package that holds a library: one that is pinned already, else the archive's index.
    fn owner(&mut self, soname: &str, chain: &[String]) -> Result<String, Error> {
        if let Some(package) = self.world.compiled_against.libraries().package(soname) {
            return Ok(package.to_owned());
        }
        for pin in self
            .world
            .pinned
            .iter()
            .filter(|pin| !self.packages.contains_key(&pin.name))
        {
            if !self.opened.contains_key(&pin.name) {
                let deb = self.fetch(pin)?;
                self.opened.insert(pin.name.clone(), deb);
            }
            let Some(deb) = self.opened.get(&pin.name) else {
                continue;
            };
            let directories = self.world.archive.architecture().loader_directories();
            if directories
                .iter()
                .any(|directory| deb.file(&format!("{directory}/{soname}")).is_some())
            {
                return Ok(pin.name.clone());
            }
        }
        let owners = self
            .world
            .archive
            .owners_of_soname(soname)
            .map_err(|source| Error::Owners {
                soname: soname.to_owned(),
                source: Box::new(source),
            })?;
        owners
            .into_iter()
            .next()
            .ok_or_else(|| self.no_owner(soname, chain))
    }

    fn no_owner(&self, soname: &str, chain: &[String]) -> Error {
        Error::NoOwner {
            soname: soname.to_owned(),
            suite: self.world.archive.suite().to_string(),
            chain: chain.to_vec(),
        }
    }

    fn needs_of(&self, package: &str, path: &str) -> Result<Vec<String>, Error> {
        let file = self
            .packages
            .get(package)
            .and_then(|chosen| chosen.deb.file(path));
        let Some(FileKind::File(bytes)) = file.map(|file| &file.kind) else {
            return Ok(Vec::new());
        };
        let facts = ElfFacts::read(bytes).map_err(|source| Error::Library {
            path: path.to_owned(),
            package: package.to_owned(),
            source,
        })?;
        Ok(facts.needed)
    }

    /// Packages with their Depends, as apt would without recommends, and without what only a package manager needs.
    fn named(&mut self, packages: &[String]) -> Result<(), Error> {
        let request = Request {
            packages,
            prefer: self.world.pinned,
            without: recipes::NEVER_DRAWN_IN,
        };
        let closure = self.world.archive.closure(&request);
        let closure = closure.map_err(|source| Error::Dependencies {
            packages: packages.to_vec(),
            source,
        })?;
        for package in closure {
            let reason = match packages.contains(&package.name) {
                true => "the configuration names it".to_owned(),
                false => format!("{} needs it", packages.join(", ")),
            };
            let name = package.name.clone();
            self.waiting.push_back(Need::Package { name, reason });
        }
        Ok(())
    }

    fn package(&mut self, name: &str, reason: &str) -> Result<(), Error> {
        if self
            .packages
            .get(name)
            .is_some_and(|chosen| !chosen.licence_only)
        {
            return Ok(());
        }
        let chosen = self.open(name, reason, false)?;
        for (other, reason) in recipes::companions(name) {
            let (name, reason) = ((*other).to_owned(), (*reason).to_owned());
            self.waiting.push_back(Need::Package { name, reason });
        }
        self.packages.insert(name.to_owned(), chosen);
        Ok(())
    }

    fn open(&mut self, name: &str, reason: &str, licence_only: bool) -> Result<Chosen, Error> {
        let built = self.world.compiled_against.pins();
        let mut pins = self.world.pinned.iter().chain(built);
        let pinned = pins.find(|pin| pin.name == name).cloned();
        let newest = || self.world.archive.newest(name).map(|package| package.pin());
        let pin = pinned.or_else(newest).ok_or_else(|| Error::NoPackage {
            package: name.to_owned(),
            suite: self.world.archive.suite().to_string(),
            reason: reason.to_owned(),
        })?;
        // Only pinned packages are opened while looking, so this is the pin's.
        let deb = match self.opened.remove(name) {
            Some(deb) => deb,
            None => self.fetch(&pin)?,
        };
        let reason = reason.to_owned();
        Ok(Chosen {
            pin,
            deb,
            reason,
            licence_only,
        })
    }

    fn fetch(&self, pin: &Pin) -> Result<Deb, Error> {
        self.world
            .archive
            .fetch(pin)
            .map_err(|source| Error::Fetch {
                package: format!("{}={}", pin.name, pin.version),
                source: Box::new(source),
            })
    }

    /// A documentation folder that is a link into another package: that package's licence text is needed.
    fn licences(&mut self) -> Result<(), Error> {
        let linked: Vec<(String, String)> = self
            .packages
            .iter()
            .filter_map(|(name, chosen)| {
                Some((name.clone(), linked_documentation(name, &chosen.deb)?))
            })
            .collect();
        for (name, other) in linked {
            if !self.packages.contains_key(&other) {
                let chosen = self.open(&other, &format!("it holds the licence of {name}"), true)?;
                self.packages.insert(other, chosen);
            }
        }
        Ok(())
    }
}

/// `usr/share/doc/libgcc-s1 -> gcc-14-base`: the other package's name.
pub(super) fn linked_documentation(name: &str, deb: &Deb) -> Option<String> {
    let path = format!("usr/share/doc/{name}");
    match &deb.file(&path)?.kind {
        FileKind::Symlink(target) => target.rsplit('/').next().map(str::to_owned),
        _ => None,
    }
}

/// The path that a link at `path` points to, relative to the root, without `.` and `..`.
fn resolve_link(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => path
            .split('/')
            .rev()
            .skip(1)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    // Packages' paths are merged-/usr: what a link still calls /lib is under usr/.
    match parts.first() {
        Some(&("lib" | "lib64" | "bin" | "sbin")) => format!("usr/{}", parts.join("/")),
        _ => parts.join("/"),
    }
}

//! The packages that hold what is needed: soname to package, then the libraries' own needs, until nothing is missing.
//!
//! Only what the loader will really open counts, not `Depends`: libpq5 has 24 packages by Depends and 20 by need.
//! A row that the lock pins is taken as pinned; a package that is not pinned is taken in its newest version.
//!
//! Numbered as it runs: 1. libraries; 2. what the configuration names, with its `Depends`, so that a virtual name finds
//! a provider that is there already, and what the packages of the program's own libraries name for what uses them; 3. libraries that are an alternative, so that a package of the configuration
//! provides it; 4. parts of packages that only some libraries ask for.

mod alternatives;
mod error;
mod implied;
mod libraries;
#[cfg(test)]
mod network_tests;
mod opened;
mod owners;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use coracle_binary::elf::ElfFacts;
use coracle_distro::deb::FileKind;
use coracle_distro::solve::Request;
use coracle_distro::{Deb, Package, Pin};

use self::alternatives::Link;
pub(super) use self::error::Error;
use self::implied::Implied;
use super::needs::Need;
use super::parts::{self, Part};
use super::{World, recipes};

/// The packages that were found, by name.
pub(super) struct Closure {
    pub(super) packages: BTreeMap<String, Chosen>,
}

/// A package, opened.
pub(super) struct Chosen {
    pub(super) pin: Pin,
    pub(super) deb: Arc<Deb>,
    pub(super) reason: String,
    pub(super) extent: Extent,
    /// The parts that are wanted besides what every image has of it, with the reasons.
    pub(super) parts: BTreeMap<Part, String>,
}

impl Chosen {
    /// Whether files of it are in the image.
    pub(super) fn is_in_image(&self) -> bool {
        self.extent != Extent::Licence
    }
}

/// How much of a package is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// What a container needs of it.
    Whole,
    /// Its parts alone.
    Parts,
    /// Its licence text alone, for another package.
    Licence,
}

/// A library that the loader will open.
pub(super) struct Library {
    pub(super) soname: String,
    pub(super) package: String,
    pub(super) facts: ElfFacts,
}

/// Finds the packages for `needs` of a program that says this of itself.
pub(super) fn close(
    needs: &[Need],
    provided: &BTreeSet<String>,
    program: &ElfFacts,
    world: &World<'_>,
) -> Result<Closure, Error> {
    let mut search = Search::new(world, needs, provided);
    // 1.
    search.drain()?;
    // 2.
    let named = std::mem::take(&mut search.named);
    search.depends(&named)?;
    search.drain()?;
    search.add_implied()?;
    search.drain()?;
    // 3.
    while let Some((soname, chain)) = search.alternatives.pop() {
        if search.has(&soname) {
            continue;
        }
        if soname.contains('/') {
            search.opened_path(&soname, &chain)?;
        } else {
            search.alternative(&soname, &chain)?;
        }
        search.drain()?;
    }
    // 4.
    for (part, reason) in parts::wanted(program, &search.libraries) {
        search.part(part, reason)?;
    }
    search.licences()?;
    let packages = search.packages;
    Ok(Closure { packages })
}

struct Search<'a> {
    world: &'a World<'a>,
    /// What comes from outside when the container starts.
    provided: &'a BTreeSet<String>,
    packages: BTreeMap<String, Chosen>,
    waiting: VecDeque<Need>,
    /// What was read on the way.
    libraries: Vec<Library>,
    /// The links of alternatives that a library was found by.
    links: Vec<Link>,
    /// What the configuration names.
    named: Vec<String>,
    /// What packages of libraries name for the programs that use them.
    implied: Vec<Implied>,
    /// Libraries that no package holds where the loader looks, and who needs them.
    alternatives: Vec<(String, Vec<String>)>,
    /// What the program opens while it runs, and whether a copied file may be it.
    opened: BTreeMap<String, bool>,
    /// Sonames that were looked at already.
    seen: BTreeSet<String>,
}

impl<'a> Search<'a> {
    fn new(world: &'a World<'a>, needs: &[Need], provided: &'a BTreeSet<String>) -> Search<'a> {
        Search {
            world,
            provided,
            opened: BTreeMap::new(),
            packages: BTreeMap::new(),
            waiting: needs.iter().cloned().collect(),
            libraries: Vec::new(),
            links: Vec::new(),
            named: Vec::new(),
            implied: Vec::new(),
            alternatives: Vec::new(),
            seen: BTreeSet::new(),
        }
    }
}

impl<'a> Search<'a> {
    fn drain(&mut self) -> Result<(), Error> {
        while let Some(need) = self.waiting.pop_front() {
            match need {
                Need::Soname {
                    name,
                    chain,
                    folders,
                } => self.soname(&name, &chain, &folders)?,
                Need::Opened {
                    name,
                    chain,
                    is_copied,
                } => self.open_later(&name, &chain, is_copied)?,
                Need::Package { name, reason } => self.package(&name, &reason)?,
                Need::Named { packages } => self.named.extend(packages),
            }
        }
        Ok(())
    }

    /// Packages with their Depends, as apt would without recommends, and without what only a package manager needs.
    fn depends(&mut self, packages: &[String]) -> Result<(), Error> {
        if packages.is_empty() {
            return Ok(());
        }
        let closure = self.with_depends(packages);
        let closure = closure.map_err(|source| Error::Dependencies {
            packages: packages.to_vec(),
            source,
        })?;
        let provided = |package: &Package| {
            let mut names = packages.iter();
            names
                .find(|name| package.provided().contains(*name))
                .cloned()
        };
        if packages
            .iter()
            .any(|name| name == Part::Utf8Locale.package())
        {
            self.part(
                Part::Utf8Locale,
                "the configuration names libc-bin".to_owned(),
            )?;
        }
        for package in closure {
            let reason = match (packages.contains(&package.name), provided(package)) {
                (true, _) => "the configuration names it".to_owned(),
                (false, Some(name)) => format!("the configuration names {name}, which it provides"),
                (false, None) => format!("{} needs it", packages.join(", ")),
            };
            self.package(&package.name, &reason)?;
        }
        Ok(())
    }

    /// What these draw in beside what is chosen.
    fn with_depends(
        &self,
        packages: &[String],
    ) -> Result<Vec<&'a Package>, coracle_distro::solve::Error> {
        let chosen = self.packages.values().filter(|chosen| chosen.is_in_image());
        let mut prefer: Vec<Pin> = self.world.pinned.to_vec();
        prefer.extend(chosen.map(|chosen| chosen.pin.clone()));
        let request = Request {
            packages,
            prefer: &prefer,
            without: recipes::NEVER_DRAWN_IN,
        };
        let closure = self.world.archive.closure(&request)?;
        // Named again, so that they outlive the request.
        let named = closure.into_iter().map(Package::pin);
        let named: Vec<Pin> = named.collect();
        Ok(named
            .iter()
            .filter_map(|pin| self.world.archive.pinned(pin).ok())
            .collect())
    }

    fn package(&mut self, name: &str, reason: &str) -> Result<(), Error> {
        if let Some(chosen) = self.packages.get_mut(name) {
            chosen.extent = Extent::Whole;
            return Ok(());
        }
        let chosen = self.open(name, reason, Extent::Whole)?;
        for (other, reason) in recipes::companions(name) {
            let (name, reason) = ((*other).to_owned(), (*reason).to_owned());
            self.waiting.push_back(Need::Package { name, reason });
        }
        self.packages.insert(name.to_owned(), chosen);
        Ok(())
    }

    /// A part of a package; of one that is not chosen otherwise the part alone.
    fn part(&mut self, part: Part, reason: String) -> Result<(), Error> {
        let name = part.package();
        if !self.packages.contains_key(name) {
            let chosen = self.open(name, &reason, Extent::Parts)?;
            self.packages.insert(name.to_owned(), chosen);
        }
        if let Some(chosen) = self.packages.get_mut(name) {
            chosen.parts.insert(part, reason);
        }
        Ok(())
    }

    fn open(&self, name: &str, reason: &str, extent: Extent) -> Result<Chosen, Error> {
        // Where a package was compiled against too, it has one version.
        let mut pins = self.world.pinned.iter().chain(self.world.built);
        let pinned = pins.find(|pin| pin.name == name);
        let newest = || self.world.archive.newest(name).map(|package| package.pin());
        let pin = pinned
            .cloned()
            .or_else(newest)
            .ok_or_else(|| Error::NoPackage {
                package: name.to_owned(),
                suite: self.world.archive.suite().to_string(),
                reason: reason.to_owned(),
            })?;
        Ok(Chosen {
            deb: self.fetch(&pin)?,
            pin,
            reason: reason.to_owned(),
            extent,
            parts: BTreeMap::new(),
        })
    }

    fn fetch(&self, pin: &Pin) -> Result<Arc<Deb>, Error> {
        let fetched = self.world.archive.package(pin);
        fetched.map_err(|source| Error::Fetch {
            package: format!("{}={}", pin.name, pin.version),
            source: Box::new(source),
        })
    }

    /// A documentation folder that is a link into another package: that package's licence text is needed.
    fn licences(&mut self) -> Result<(), Error> {
        let linked = |(name, chosen): (&String, &Chosen)| {
            Some((name.clone(), linked_documentation(name, &chosen.deb)?))
        };
        let linked: Vec<(String, String)> = self.packages.iter().filter_map(linked).collect();
        for (name, other) in linked {
            if !self.packages.contains_key(&other) {
                let reason = format!("it holds the licence of {name}");
                let chosen = self.open(&other, &reason, Extent::Licence)?;
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

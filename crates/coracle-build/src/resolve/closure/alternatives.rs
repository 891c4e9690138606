//! Libraries that no package holds where the loader looks, because an alternative leads there: `libblas.so.3`.
//!
//! The package is, in turn: one that is chosen already (the configuration names it, or something depends on it), of
//! several the one whose alternative has the highest priority; one that is pinned; the reference implementation, which
//! is called like the library; the shorter name; the alphabet.

use super::super::recipes;
use super::{Error, Search};

/// A link of an alternative that a library is found by.
pub(super) struct Link {
    pub(super) path: String,
    pub(super) target: String,
}

impl Search<'_> {
    /// Finds a package whose alternative is this library.
    pub(super) fn alternative(&mut self, soname: &str, chain: &[String]) -> Result<(), Error> {
        let links = self.links_to(soname);
        let chosen = self.packages.values().filter(|chosen| chosen.is_in_image());
        let found = chosen.filter_map(|chosen| installed(&chosen.deb, &links));
        if let Some((_, link)) = found.max_by_key(|(priority, _)| *priority) {
            self.links.push(link);
            return self.opened(soname, chain, &[]);
        }
        for candidate in self.candidates(soname)? {
            let reason = self.reason(soname, chain);
            let opened = self.open(&candidate, &reason, super::Extent::Whole)?;
            if let Some((_, link)) = installed(&opened.deb, &links) {
                self.package(&candidate, &reason)?;
                self.links.push(link);
                break;
            }
        }
        self.opened(soname, chain, &[])
    }

    /// Where the loader would find the library.
    fn links_to(&self, soname: &str) -> Vec<String> {
        let folders = self.world.archive.architecture().loader_directories();
        let path = |folder| format!("{folder}/{soname}");
        folders.into_iter().map(path).collect()
    }

    /// The packages that may have it, the preferred first.
    fn candidates(&self, soname: &str) -> Result<Vec<String>, Error> {
        let pinned = self.world.pinned.iter().map(|pin| pin.name.clone());
        let pinned: Vec<String> = pinned.collect();
        let links = self.links_to(soname);
        for pin in self.world.pinned {
            let deb = self.fetch(pin)?;
            if installed(&deb, &links).is_some() {
                return Ok(vec![pin.name.clone()]);
            }
        }
        let folders = self.world.archive.folders_of_soname(soname);
        let folders = folders.map_err(|source| Error::Owners {
            soname: soname.to_owned(),
            source: Box::new(source),
        })?;
        let packages = folders.into_iter().flat_map(|(_, packages)| packages);
        let mut candidates: Vec<String> = packages.collect();
        let reference = soname.replace(".so.", "");
        candidates.sort_by_key(|name| {
            (
                !pinned.contains(name),
                *name != reference,
                name.len(),
                name.clone(),
            )
        });
        candidates.dedup();
        Ok(candidates)
    }
}

/// The alternative of a package that makes one of these links, and its priority.
fn installed(deb: &coracle_distro::Deb, paths: &[String]) -> Option<(i64, Link)> {
    // One whose scripts are not understood stops the build once it is chosen, and is not chosen for this.
    let alternatives = recipes::alternatives(deb).ok()?;
    alternatives.into_iter().find_map(|alternative| {
        let priority = alternative.priority;
        let mut links = alternative.links.into_iter();
        let (path, target) = links.find(|(path, _)| paths.contains(path))?;
        Some((priority, Link { path, target }))
    })
}

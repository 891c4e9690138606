//! Folders that are not plain, and which layer says so.
//!
//! overlayfs takes a folder's mode and owner from the top layer that names it, and a layer names every folder that it
//! reaches into. A package's layer must not change with its neighbours, so it says only what its own packages say;
//! what we make lies above all of them and says again what would be lost, and the program's layer does so, too.

use std::collections::BTreeMap;

use coracle_oci::layer::Entry;

use crate::resolve::{Origin, Rootfs};

/// The folders of an image that are not root's with mode 0755.
pub(super) struct Folders<'a> {
    special: BTreeMap<&'a str, (&'a Origin, &'a Entry)>,
    /// Those of a package that something of another origin lies in.
    crossed: Vec<&'a str>,
}

impl<'a> Folders<'a> {
    pub(super) fn of(rootfs: &'a Rootfs) -> Folders<'a> {
        let is_plain = |entry: &Entry| entry.mode == 0o755 && entry.uid == 0 && entry.gid == 0;
        let special: BTreeMap<&str, (&Origin, &Entry)> = rootfs
            .files
            .values()
            .filter(|file| super::is_folder(&file.entry) && !is_plain(&file.entry))
            .map(|file| (file.entry.path.as_str(), (&file.origin, &file.entry)))
            .collect();
        let mut crossed = Vec::new();
        for file in rootfs.files.values() {
            let foreign = parents(&file.entry.path)
                .filter_map(|parent| special.get(parent))
                .filter(|(origin, _)| **origin != file.origin && origin.package().is_some());
            crossed.extend(foreign.map(|(_, folder)| folder.path.as_str()));
        }
        crossed.sort_unstable();
        crossed.dedup();
        Folders { special, crossed }
    }

    /// Adds to a layer that lies above the packages' the folders whose mode or owner would be lost.
    pub(super) fn restate(&self, origin: &Origin, entries: &mut Vec<Entry>) {
        let mut wanted: Vec<&str> = entries
            .iter()
            .flat_map(|entry| parents(&entry.path))
            .filter_map(|parent| self.special.get_key_value(parent))
            .map(|(path, _)| *path)
            .collect();
        if *origin == Origin::Made {
            wanted.extend(&self.crossed);
        }
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|path| !entries.iter().any(|entry| entry.path == *path));
        let restated = wanted.into_iter().filter_map(|path| self.special.get(path));
        let restated: Vec<Entry> = restated.map(|(_, folder)| (*folder).clone()).collect();
        entries.extend(restated);
    }
}

/// The folders above a path, the outermost first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/')
        .filter_map(|(end, _)| path.get(..end))
}

//! Which files share a layer.
//!
//! A package of 512 KiB compressed or more has a layer of its own, so that services share it and an update of another
//! package leaves it alone; smaller ones share one, because every layer costs a round trip. Then what we made, then
//! the program: what changes most is on top.

use std::collections::BTreeMap;

use coracle_oci::Store;
use coracle_oci::layer::{Compression, Entry, EntryKind, Layer, write_layer};

use super::{Error, NamedLayer, Options};
use crate::resolve::{Origin, Rootfs};

/// A package whose layer is smaller than this, in bytes, shares one.
const OWN_LAYER: u64 = 512 * 1024;
/// gzip's usual level: what every registry and runtime reads.
const COMPRESSION: Compression = Compression::Gzip { level: 6 };

/// Writes the layers, bottom first.
pub(super) fn write(
    rootfs: &Rootfs,
    options: Options,
    store: &Store,
) -> Result<Vec<NamedLayer>, Error> {
    let writer = Writer {
        folders: special_folders(rootfs),
        options,
        store,
    };
    let mut by_origin: BTreeMap<&Origin, Vec<Entry>> = BTreeMap::new();
    for file in rootfs.files.values() {
        by_origin
            .entry(&file.origin)
            .or_default()
            .push(file.entry.clone());
    }
    let mut layers = Vec::new();
    let mut small = Vec::new();
    let mut small_names = Vec::new();
    let mut on_top = Vec::new();
    for (origin, entries) in by_origin {
        let Origin::Package { name, version } = origin else {
            on_top.push((origin, entries));
            continue;
        };
        let contents = vec![format!("{name}@{version}")];
        // Compressed it is never larger than this, so a small package need not be tried.
        let most: u64 = entries.iter().map(super::size).sum();
        if most >= OWN_LAYER {
            let layer = writer.write(&contents, entries.clone())?;
            if layer.descriptor.size >= OWN_LAYER {
                let is_package = true;
                layers.push(NamedLayer {
                    layer,
                    contents,
                    is_package,
                });
                continue;
            }
        }
        small.extend(entries);
        small_names.extend(contents);
    }
    if !small.is_empty() {
        let layer = writer.write(&small_names, small)?;
        layers.push(NamedLayer {
            layer,
            contents: small_names,
            is_package: true,
        });
    }
    for (origin, entries) in on_top {
        let what = match origin {
            Origin::Made => "users, links and certificates",
            _ => "the program",
        };
        let contents = vec![what.to_owned()];
        let layer = writer.write(&contents, entries)?;
        let is_package = false;
        layers.push(NamedLayer {
            layer,
            contents,
            is_package,
        });
    }
    Ok(layers)
}

struct Writer<'a> {
    folders: BTreeMap<&'a str, &'a Entry>,
    options: Options,
    store: &'a Store,
}

impl Writer<'_> {
    /// overlayfs takes a folder's mode and owner from the top layer that names it, so each layer that reaches into a
    /// folder that is not plain restates it.
    fn write(&self, contents: &[String], mut entries: Vec<Entry>) -> Result<Layer, Error> {
        for entry in &mut entries {
            if matches!(entry.kind, EntryKind::Directory) {
                entry.mtime = self.options.epoch;
            }
        }
        let mut restated: BTreeMap<String, Entry> = BTreeMap::new();
        for entry in &entries {
            let parents = entry
                .path
                .match_indices('/')
                .map(|(at, _)| &entry.path[..at]);
            for parent in parents.filter_map(|parent| self.folders.get(parent)) {
                let mut parent = (*parent).clone();
                parent.mtime = self.options.epoch;
                restated.insert(parent.path.clone(), parent);
            }
        }
        for entry in &entries {
            restated.remove(&entry.path);
        }
        entries.extend(restated.into_values());
        let Options { threads, epoch } = self.options;
        write_layer(&entries, epoch, COMPRESSION, threads, self.store).map_err(|source| {
            Error::Layer {
                what: contents.join(", "),
                source,
            }
        })
    }
}

fn special_folders(rootfs: &Rootfs) -> BTreeMap<&str, &Entry> {
    let is_folder = |entry: &Entry| matches!(entry.kind, EntryKind::Directory);
    let is_plain = |entry: &Entry| entry.mode == 0o755 && entry.uid == 0 && entry.gid == 0;
    let entries = rootfs.files.values().map(|file| &file.entry);
    let special = entries.filter(|entry| is_folder(entry) && !is_plain(entry));
    special.map(|entry| (entry.path.as_str(), entry)).collect()
}

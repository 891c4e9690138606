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
        let entries = by_origin.entry(&file.origin).or_default();
        entries.push(file.entry.clone());
    }
    let (packages, on_top): (Vec<_>, Vec<_>) = by_origin
        .into_iter()
        .partition(|(origin, _)| matches!(origin, Origin::Package { .. }));
    let mut layers = package_layers(&writer, packages)?;
    for (origin, entries) in on_top {
        let contents = vec![name(origin)];
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

/// A layer for each large package, then one for all small ones.
fn package_layers(
    writer: &Writer<'_>,
    packages: Vec<(&Origin, Vec<Entry>)>,
) -> Result<Vec<NamedLayer>, Error> {
    let is_package = true;
    let mut layers = Vec::new();
    let mut small = Vec::new();
    let mut small_names = Vec::new();
    for (origin, entries) in packages {
        let contents = vec![name(origin)];
        // Compressed it is hardly larger than this, so a small package need not be tried.
        let most: u64 = entries.iter().map(super::size).sum();
        if most >= OWN_LAYER {
            let layer = writer.write(&contents, entries.clone())?;
            if layer.descriptor.size >= OWN_LAYER {
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
        let contents = small_names;
        let layer = writer.write(&contents, small)?;
        layers.push(NamedLayer {
            layer,
            contents,
            is_package,
        });
    }
    Ok(layers)
}

fn name(origin: &Origin) -> String {
    match origin {
        Origin::Package { name, version } => format!("{name}@{version}"),
        Origin::Made => "users, links and certificates".to_owned(),
        Origin::Program => "the program".to_owned(),
    }
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

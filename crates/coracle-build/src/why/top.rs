//! The largest of an image.

use std::cmp::Reverse;

use super::{Layer, layer, owner};
use crate::check::look::{Package, Seen};

/// The largest of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Top {
    /// Files, the largest first; the second is its package.
    pub files: Vec<Item>,
    /// Packages, the largest first; the second is its version.
    pub packages: Vec<Item>,
    /// What all files weigh.
    pub unpacked: u64,
    /// What all layers weigh where they are.
    pub packed: u64,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// A path, or a package's name.
    pub name: String,
    /// The package of a file, or the version of a package.
    pub more: Option<String>,
    /// In bytes.
    pub bytes: u64,
    /// The layer that it is of; a package's largest file's.
    pub layer: Option<Layer>,
}

/// So many of each.
pub(super) fn of(seen: &Seen, packages: &[Package], count: usize) -> Top {
    let mut files: Vec<(u64, &str)> = seen
        .files()
        .map(|(path, entry)| (entry.size(), path))
        .filter(|(bytes, _)| *bytes > 0)
        .collect();
    files.sort_by_key(|(bytes, path)| (Reverse(*bytes), *path));
    let file = |(bytes, path): (u64, &str)| {
        let entry = seen.file(path);
        Item {
            name: format!("/{path}"),
            more: entry.and_then(|entry| owner(seen, packages, path, &entry)),
            bytes,
            layer: entry.and_then(|entry| layer(seen, &entry)),
        }
    };
    let mut largest: Vec<&Package> = packages
        .iter()
        .filter(|package| package.bytes > 0)
        .collect();
    largest.sort_by_key(|package| (Reverse(package.bytes), &package.name));
    let package = |package: &Package| {
        let files = package.files.iter().filter_map(|path| seen.file(path));
        let file = files.max_by_key(|file| file.size());
        Item {
            name: package.name.clone(),
            more: Some(package.version.clone()),
            bytes: package.bytes,
            layer: file.and_then(|file| layer(seen, &file)),
        }
    };
    Top {
        files: files.into_iter().take(count).map(file).collect(),
        packages: largest.into_iter().take(count).map(package).collect(),
        unpacked: seen.unpacked(),
        packed: seen.layers.iter().map(|layer| layer.size).sum(),
    }
}

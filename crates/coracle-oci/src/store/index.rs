//! The layout's own files: `oci-layout`, and `index.json` with the names. Written whole, under a lock, always sorted.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::{Builder, NamedTempFile};

use super::writer::make_readable;
use super::{StoreError, disk};
use crate::descriptor::Descriptor;
use crate::manifest::Index;
use crate::record::{self, RecordError};

/// The annotation that names an entry of a layout: here always the full reference.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation by which containerd names an imported image.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";

/// How the names of files begin that will be renamed when they are whole.
pub(crate) const NEW: &str = ".new-";

const VERSION: &str = "1.0.0";

#[derive(Serialize, Deserialize)]
struct LayoutHeader {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

/// Makes sure that the folder says it is a layout, and that it is one we know.
pub(crate) fn describe_layout(root: &Path) -> Result<(), StoreError> {
    let path = root.join("oci-layout");
    let Some(bytes) = read_if_there(&path)? else {
        let version = VERSION.to_owned();
        let header = LayoutHeader { version };
        let bytes = record::print("the header of an OCI layout", &header).map_err(wrong(&path))?;
        // Never replaced once it is there: it is also what is locked.
        return match aside(&path, &bytes)?.persist_noclobber(&path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
                Err(disk("write", &path)(error.error))
            }
            _ => Ok(()),
        };
    };
    check_version(&path, &bytes)
}

fn check_version(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let header: LayoutHeader =
        record::read("the header of an OCI layout", bytes).map_err(wrong(path))?;
    if header.version == VERSION {
        return Ok(());
    }
    Err(StoreError::Version {
        path: path.to_owned(),
        version: header.version,
    })
}

/// Makes an `index.json` without entries when there is none.
pub(super) fn ensure(root: &Path) -> Result<(), StoreError> {
    let path = root.join("index.json");
    if path.try_exists().map_err(disk("read", &path))? {
        Ok(())
    } else {
        put(root, &[])
    }
}

/// What the layout in this folder holds, which must be one that we know.
pub(crate) fn entries(root: &Path) -> Result<Vec<Descriptor>, StoreError> {
    let path = root.join("oci-layout");
    let bytes = fs::read(&path).map_err(disk("read", &path))?;
    check_version(&path, &bytes)?;
    Ok(read_index(root)?.manifests)
}

/// The entries of `index.json`; none when there is no such file.
fn read_index(root: &Path) -> Result<Index, StoreError> {
    let path = root.join("index.json");
    match read_if_there(&path)? {
        Some(bytes) => Index::from_bytes(&bytes).map_err(wrong(&path)),
        None => Ok(Index::new(Vec::new())),
    }
}

/// Writes `index.json` whole, its entries sorted by name, then platform, then digest.
fn write_index(root: &Path, mut index: Index) -> Result<(), StoreError> {
    index.manifests.sort_by_cached_key(|entry| {
        let name = entry.annotations.get(REF_NAME).cloned();
        (name, entry.platform(), entry.digest)
    });
    let path = root.join("index.json");
    let bytes = index.to_bytes().map_err(wrong(&path))?;
    write_whole(&path, &bytes)
}

/// Adds entries, each in place of one of the same name.
pub(super) fn put(root: &Path, entries: &[(String, Descriptor)]) -> Result<(), StoreError> {
    lock(root)?.put(entries)
}

/// The right to change a layout's names; others wait until it is dropped.
#[derive(Debug)]
pub(crate) struct LockedLayout {
    root: PathBuf,
    _lock: File,
}

/// Waits until nobody else changes this layout, which must have its `oci-layout`.
pub(crate) fn lock(root: &Path) -> Result<LockedLayout, StoreError> {
    let path = root.join("oci-layout");
    loop {
        // Network file systems lock exclusively only what is open for writing; layouts of others may be read-only.
        let lock = File::options()
            .read(true)
            .write(true)
            .open(&path)
            .or_else(|_| File::open(&path))
            .map_err(disk("read", &path))?;
        lock.lock().map_err(disk("lock", &path))?;
        if path.try_exists().map_err(disk("read", &path))? {
            return Ok(LockedLayout {
                root: root.to_owned(),
                _lock: lock,
            });
        }
        // Who had made the layout has failed and taken it away while we waited.
        describe_layout(root)?;
    }
}

impl LockedLayout {
    /// Adds entries, each in place of one of the same name.
    pub(crate) fn put(&self, entries: &[(String, Descriptor)]) -> Result<(), StoreError> {
        let root = &self.root;
        let mut index = read_index(root)?;
        for (name, descriptor) in entries {
            index
                .manifests
                .retain(|entry| entry.annotations.get(REF_NAME) != Some(name));
            let named = descriptor
                .clone()
                .with_annotation(REF_NAME, name)
                .with_annotation(CONTAINERD_NAME, name);
            index.manifests.push(named);
        }
        write_index(root, index)
    }
}

pub(super) fn names(root: &Path) -> Result<Vec<(String, Descriptor)>, StoreError> {
    let mut names: Vec<(String, Descriptor)> = read_index(root)?
        .manifests
        .into_iter()
        .filter_map(|mut entry| {
            let name = entry.annotations.remove(REF_NAME)?;
            entry.annotations.remove(CONTAINERD_NAME);
            Some((name, entry))
        })
        .collect();
    names.sort_by(|one, two| one.0.cmp(&two.0));
    Ok(names)
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk("read", path)(error)),
    }
}

/// Replaces a file in one step: readers see the old one or the new one.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let persisted = aside(path, bytes)?.persist(path);
    persisted
        .map(drop)
        .map_err(|error| disk("write", path)(error.error))
}

/// The bytes in a file beside this path, ready to be renamed to it.
fn aside(path: &Path, bytes: &[u8]) -> Result<NamedTempFile, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = Builder::new()
        .prefix(NEW)
        .tempfile_in(folder)
        .map_err(disk("create a file in", folder))?;
    file.write_all(bytes).map_err(disk("write", path))?;
    make_readable(&file)?;
    Ok(file)
}

fn wrong(path: &Path) -> impl FnOnce(RecordError) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Record { path, source }
}

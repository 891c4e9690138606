//! The layout's own files: `oci-layout`, and `index.json` with the names. Written whole, under a lock, always sorted.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::Builder;

use super::{StoreError, disk, open_lock};
use crate::descriptor::Descriptor;
use crate::manifest::Index;
use crate::record::{self, RecordError};

/// The annotation that names an entry of a layout: here always the full reference.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The annotation by which containerd names an imported image.
pub const CONTAINERD_NAME: &str = "io.containerd.image.name";

const VERSION: &str = "1.0.0";

#[derive(Serialize, Deserialize)]
struct LayoutHeader {
    #[serde(rename = "imageLayoutVersion")]
    version: String,
}

/// Makes sure that the folder says it is a layout, and that it is one we know.
pub(crate) fn describe_layout(root: &Path) -> Result<(), StoreError> {
    let path = root.join("oci-layout");
    if let Some(bytes) = read_if_there(&path)? {
        let header: LayoutHeader =
            record::read("the header of an OCI layout", &bytes).map_err(wrong(&path))?;
        if header.version != VERSION {
            let version = header.version;
            return Err(StoreError::Version { path, version });
        }
    } else {
        let version = VERSION.to_owned();
        let header = LayoutHeader { version };
        let bytes = record::print("the header of an OCI layout", &header).map_err(wrong(&path))?;
        write_whole(&path, &bytes)?;
    }
    let index = root.join("index.json");
    if !index.try_exists().map_err(disk("read", &index))? {
        put(root, &[])?;
    }
    Ok(())
}

/// The entries of `index.json`; none when there is no such file.
pub(crate) fn read_index(root: &Path) -> Result<Index, StoreError> {
    let path = root.join("index.json");
    match read_if_there(&path)? {
        Some(bytes) => Index::from_bytes(&bytes).map_err(wrong(&path)),
        None => Ok(Index::new(Vec::new())),
    }
}

/// Writes `index.json` whole, its entries sorted by name, then platform, then digest.
pub(crate) fn write_index(root: &Path, mut index: Index) -> Result<(), StoreError> {
    index.manifests.sort_by_cached_key(|entry| {
        let name = entry.annotations.get(REF_NAME).cloned();
        (name, entry.platform(), entry.digest)
    });
    let path = root.join("index.json");
    let bytes = index.to_bytes().map_err(wrong(&path))?;
    write_whole(&path, &bytes)
}

/// Adds entries, each in place of one of the same name.
pub(crate) fn put(root: &Path, entries: &[(String, Descriptor)]) -> Result<(), StoreError> {
    let path = root.join("index.lock");
    let lock = open_lock(&path)?;
    lock.lock().map_err(disk("lock", &path))?;
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
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = Builder::new()
        .prefix(".new-")
        .tempfile_in(folder)
        .map_err(disk("create a file in", folder))?;
    file.write_all(bytes).map_err(disk("write", path))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::Permissions::from_mode(0o644);
        file.as_file()
            .set_permissions(permissions)
            .map_err(disk("set the mode of", path))?;
    }
    file.persist(path)
        .map_err(|error| disk("write", path)(error.error))?;
    Ok(())
}

fn wrong(path: &Path) -> impl FnOnce(RecordError) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Record { path, source }
}

//! A layout of somebody else's, read and never changed: what of it is named, and its content, verified.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::descriptor::Descriptor;
use crate::digest::{Digest, VerifyingReader};
use crate::store::{self, REF_NAME, StoreError, blob_path, disk};

/// An OCI image layout to read from.
#[derive(Debug, Clone)]
pub struct LayoutSource {
    root: PathBuf,
    entries: Vec<Descriptor>,
}

impl LayoutSource {
    /// Reads what the layout in this folder holds.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            entries: store::read_layout(root)?,
            root: root.to_owned(),
        })
    }

    /// What it holds, in its own order.
    pub fn entries(&self) -> &[Descriptor] {
        &self.entries
    }

    /// The names of its entries, in the layout's order.
    pub fn names(&self) -> Vec<&str> {
        let names = self.entries.iter();
        let names = names.filter_map(|entry| entry.annotations.get(REF_NAME));
        names.map(String::as_str).collect()
    }

    /// The entry of a name.
    pub fn named(&self, name: &str) -> Option<Descriptor> {
        let is_named = |entry: &&Descriptor| {
            entry
                .annotations
                .get(REF_NAME)
                .is_some_and(|found| found == name)
        };
        self.entries.iter().find(is_named).map(bare)
    }

    /// The entry of a digest.
    pub fn pinned(&self, digest: &Digest) -> Option<Descriptor> {
        let is_it = |entry: &&Descriptor| entry.digest == *digest;
        self.entries.iter().find(is_it).map(bare)
    }

    /// Opens content for reading; the reader refuses wrong content before its last byte.
    pub fn open_blob(&self, descriptor: &Descriptor) -> Result<VerifyingReader<File>, StoreError> {
        let digest = descriptor.digest;
        let path = blob_path(&self.root, &digest);
        match File::open(&path) {
            Ok(file) => Ok(VerifyingReader::new(file, digest, descriptor.size)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreError::Missing {
                digest,
                store: self.root.clone(),
            }),
            Err(error) => Err(disk("read", &path)(error)),
        }
    }

    /// The whole of some small content, verified.
    pub fn read(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, StoreError> {
        let Descriptor { digest, size, .. } = descriptor;
        if *size > limit {
            return Err(StoreError::Large {
                digest: *digest,
                size: *size,
                limit,
            });
        }
        let mut bytes = Vec::new();
        let read = self.open_blob(descriptor)?.read_to_end(&mut bytes);
        read.map_err(|error| StoreError::Damaged {
            digest: *digest,
            store: self.root.clone(),
            reason: error.to_string(),
        })?;
        Ok(bytes)
    }
}

/// What an entry names, without what the layout says of it.
fn bare(entry: &Descriptor) -> Descriptor {
    Descriptor::new(&entry.media_type, entry.digest, entry.size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media_type;
    use crate::store::Store;

    #[test]
    fn what_a_layout_names_is_found_and_read_verified_and_nothing_is_changed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let digest = store.put_bytes(b"{}").unwrap();
        let descriptor = Descriptor::new(media_type::MANIFEST, digest, 2);
        store.name("ghcr.io/acme/api:v1", &descriptor).unwrap();
        drop(store);
        let before = std::fs::read(folder.path().join("index.json")).unwrap();
        let layout = LayoutSource::open(folder.path()).unwrap();
        assert_eq!(layout.names(), ["ghcr.io/acme/api:v1"]);
        assert_eq!(
            layout.named("ghcr.io/acme/api:v1"),
            Some(descriptor.clone())
        );
        assert_eq!(layout.named("api:v1"), None);
        assert_eq!(layout.pinned(&digest), Some(descriptor.clone()));
        assert_eq!(layout.read(&descriptor, 10).unwrap(), b"{}");
        assert!(matches!(
            layout.read(&descriptor, 1),
            Err(StoreError::Large { .. })
        ));
        std::fs::write(blob_path(folder.path(), &digest), "[]").unwrap();
        assert!(matches!(
            layout.read(&descriptor, 10),
            Err(StoreError::Damaged { .. })
        ));
        assert_eq!(
            std::fs::read(folder.path().join("index.json")).unwrap(),
            before
        );
    }

    #[test]
    fn a_folder_that_is_no_layout_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(LayoutSource::open(folder.path()).is_err());
        assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
    }
}

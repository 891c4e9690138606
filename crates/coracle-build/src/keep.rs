//! Where package archives keep their files: in the local store, one blob one digest, with small notes beside it.
//!
//! ```text
//! STORE/blobs/sha256/<hex>     indexes and packages, with the images' own blobs
//! STORE/notes/<key>            the newest Date seen, the last InRelease, derived indexes
//! ```

use std::io::{self, Read};
use std::path::PathBuf;

use coracle_distro::{Keep, Sha256};
use coracle_oci::{Digest, Store};

use crate::whole;

/// The store as an archive's keep.
pub struct StoreKeep<'a> {
    store: &'a Store,
    notes: PathBuf,
}

impl StoreKeep<'_> {
    /// A keep in this store.
    pub fn new(store: &Store) -> StoreKeep<'_> {
        let notes = store.root().join("notes");
        StoreKeep { store, notes }
    }

    fn note_path(&self, key: &str) -> io::Result<PathBuf> {
        let valid = |character: char| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || "-.".contains(character)
        };
        if key.is_empty() || key.len() > 100 || key.starts_with('.') || !key.chars().all(valid) {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("`{key}` is no key of a note"),
            ));
        }
        Ok(self.notes.join(key))
    }
}

fn digest(sha256: &Sha256) -> io::Result<Digest> {
    format!("sha256:{}", sha256.hex())
        .parse()
        .map_err(io::Error::other)
}

impl Keep for StoreKeep<'_> {
    fn open(&self, sha256: &Sha256) -> io::Result<Option<Box<dyn Read + Send>>> {
        let digest = digest(sha256)?;
        if self
            .store
            .size(&digest)
            .map_err(io::Error::other)?
            .is_none()
        {
            return Ok(None);
        }
        let reader = self.store.open_digest(&digest).map_err(io::Error::other)?;
        Ok(Some(Box::new(reader)))
    }

    fn keep(&self, sha256: &Sha256, size: u64, from: &mut dyn Read) -> io::Result<()> {
        let mut writer = self.store.writer().map_err(io::Error::other)?;
        io::copy(&mut from.take(size.saturating_add(1)), &mut writer)?;
        let (got, length) = writer.commit().map_err(io::Error::other)?;
        let expected = digest(sha256)?;
        if got == expected && length == size {
            return Ok(());
        }
        // What came is kept under its own digest, where nobody asks for it.
        let text = format!("expected {expected} over {size} bytes, got {got} over {length}");
        Err(io::Error::new(io::ErrorKind::InvalidData, text))
    }

    fn note(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.note_path(key)?) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn set_note(&self, key: &str, value: &[u8]) -> io::Result<()> {
        let path = self.note_path(key)?;
        whole::write(&path, value, whole::PRIVATE)
    }
}

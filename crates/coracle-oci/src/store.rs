//! The local store: content by digest, and names for it. It *is* an OCI image layout (image-spec, image-layout.md), so every
//! tool that reads layouts reads it.
//!
//! ```text
//!  STORE/
//!    oci-layout               {"imageLayoutVersion":"1.0.0"}
//!    index.json               the names, sorted; written whole, while oci-layout is locked
//!    blobs/sha256/<64 hex>    content, written whole and renamed into place
//!    partial/                 content on its way; left-overs go when the store is next opened alone
//!    store.lock               locked shared by who uses the store; empty
//! ```
//!
//! Two processes may use one store at once. Content is trusted only after hashing: every reader given out verifies.

mod error;
mod index;
mod writer;

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::descriptor::Descriptor;
use crate::digest::{Digest, VerifyingReader};

pub use error::StoreError;
pub(crate) use error::disk;
pub use index::{CONTAINERD_NAME, REF_NAME};
pub(crate) use index::{NEW, describe_layout, entries as read_layout, lock as lock_layout};
pub use writer::BlobWriter;
pub(crate) use writer::make_readable;

/// A content-addressed store on disk. Cheap to clone; clones share one lock.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    /// Held shared as long as the store is in use, so that nobody clears `partial/` under us.
    _in_use: Arc<File>,
}

pub(crate) fn blob_path(root: &Path, digest: &Digest) -> PathBuf {
    root.join("blobs").join("sha256").join(digest.hex())
}

impl Store {
    /// Opens the store in this folder, making what is not there yet.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let root: PathBuf = path.into();
        for folder in [root.join("blobs").join("sha256"), root.join("partial")] {
            fs::create_dir_all(&folder).map_err(disk("create", &folder))?;
        }
        let in_use = lock_store(&root)?;
        describe_layout(&root)?;
        index::ensure(&root)?;
        Ok(Self {
            root,
            _in_use: Arc::new(in_use),
        })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where this content is, or would be.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        blob_path(&self.root, digest)
    }

    /// Puts these bytes into the store.
    pub fn put_bytes(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        if self.size(&digest)? == Some(bytes.len() as u64)
            && fs::read(&path).is_ok_and(|found| found == bytes)
        {
            return Ok(digest);
        }
        let mut writer = self.writer()?;
        writer.append(bytes)?;
        writer.commit()?;
        Ok(digest)
    }

    /// Starts new content, whose digest is known when it is committed.
    pub fn writer(&self) -> Result<BlobWriter, StoreError> {
        BlobWriter::new(&self.root)
    }

    /// The size in bytes of the content that is stored under this digest, without verifying it.
    pub fn size(&self, digest: &Digest) -> Result<Option<u64>, StoreError> {
        let path = self.path(digest);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(Some(metadata.len())),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(disk("read", &path)(error)),
        }
    }

    /// Whether content of this digest and size is there. One of another size is damaged and counts as absent.
    pub fn contains(&self, descriptor: &Descriptor) -> Result<bool, StoreError> {
        Ok(self.size(&descriptor.digest)? == Some(descriptor.size))
    }

    /// Opens content for reading; the reader refuses wrong content before its last byte.
    pub fn open_blob(&self, descriptor: &Descriptor) -> Result<VerifyingReader<File>, StoreError> {
        let digest = descriptor.digest;
        let (file, size) = self.open_file(&digest)?;
        if size != descriptor.size {
            let reason = format!("expected {} bytes, got {size}", descriptor.size);
            return Err(self.damaged(digest, reason));
        }
        Ok(VerifyingReader::new(file, digest, size))
    }

    /// Opens content whose size is not known; the reader refuses wrong content before its last byte.
    pub fn open_digest(&self, digest: &Digest) -> Result<VerifyingReader<File>, StoreError> {
        let (file, size) = self.open_file(digest)?;
        Ok(VerifyingReader::new(file, *digest, size))
    }

    /// The whole of some small content, verified.
    pub fn read(&self, descriptor: &Descriptor, limit: u64) -> Result<Vec<u8>, StoreError> {
        let (digest, size) = (descriptor.digest, descriptor.size);
        if size > limit {
            return Err(StoreError::Large {
                digest,
                size,
                limit,
            });
        }
        let mut bytes = Vec::new();
        match self.open_blob(descriptor)?.read_to_end(&mut bytes) {
            Ok(_) => Ok(bytes),
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                Err(self.damaged(digest, error.to_string()))
            }
            Err(error) => Err(disk("read", &self.path(&digest))(error)),
        }
    }

    /// Gives content a name: `index.json` gets an entry with this descriptor, in place of one of the same name.
    pub fn name(&self, name: &str, descriptor: &Descriptor) -> Result<(), StoreError> {
        index::put(&self.root, &[(name.to_owned(), descriptor.clone())])
    }

    /// The names and what they mean, sorted by name.
    pub fn names(&self) -> Result<Vec<(String, Descriptor)>, StoreError> {
        index::names(&self.root)
    }

    fn open_file(&self, digest: &Digest) -> Result<(File, u64), StoreError> {
        let path = self.path(digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let store = self.root.clone();
                return Err(StoreError::Missing {
                    digest: *digest,
                    store,
                });
            }
            Err(error) => return Err(disk("read", &path)(error)),
        };
        let size = file.metadata().map_err(disk("read", &path))?.len();
        Ok((file, size))
    }

    fn damaged(&self, digest: Digest, reason: String) -> StoreError {
        let store = self.root.clone();
        StoreError::Damaged {
            digest,
            store,
            reason,
        }
    }
}

/// Marks the store as in use; whoever finds it unused first clears what an interrupted run has left behind.
fn lock_store(root: &Path) -> Result<File, StoreError> {
    let path = root.join("store.lock");
    let file = open_lock(&path)?;
    match file.try_lock() {
        Ok(()) => {
            writer::clear(root)?;
            file.unlock().map_err(disk("unlock", &path))?;
        }
        Err(fs::TryLockError::WouldBlock) => {}
        Err(fs::TryLockError::Error(error)) => return Err(disk("lock", &path)(error)),
    }
    file.lock_shared().map_err(disk("lock", &path))?;
    Ok(file)
}

fn open_lock(path: &Path) -> Result<File, StoreError> {
    File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .open(path)
        .map_err(disk("create", path))
}

#[cfg(test)]
mod tests;

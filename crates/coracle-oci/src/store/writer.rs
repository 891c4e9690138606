//! New content: written aside, hashed on the way, and renamed to its digest when whole. Dropped half-way it leaves nothing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{Builder, NamedTempFile};

use super::{StoreError, blob_path, disk};
use crate::digest::{Digest, Hasher};

/// Content on its way into the store.
#[derive(Debug)]
pub struct BlobWriter {
    file: NamedTempFile,
    hasher: Hasher,
    root: PathBuf,
}

impl BlobWriter {
    pub(super) fn new(root: &Path) -> Result<Self, StoreError> {
        let partial = root.join("partial");
        let file = Builder::new()
            .prefix("")
            .tempfile_in(&partial)
            .map_err(disk("create a file in", &partial))?;
        Ok(Self {
            file,
            hasher: Hasher::new(),
            root: root.to_owned(),
        })
    }

    /// Writes all of these bytes; like `write_all`, with an error that names the file.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.write_all(bytes)
            .map_err(|source| disk("write", self.file.path())(source))
    }

    /// How many bytes have been written.
    pub fn length(&self) -> u64 {
        self.hasher.clone().finish().1
    }

    /// The file being written, for messages.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts the content in place. One of the same digest that is already there is replaced: it might be damaged.
    pub fn commit(self) -> Result<(Digest, u64), StoreError> {
        let (digest, length) = self.hasher.finish();
        let target = blob_path(&self.root, &digest);
        make_readable(&self.file)?;
        self.file
            .persist(&target)
            .map_err(|error| disk("write", &target)(error.error))?;
        Ok((digest, length))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Temporary files are the owner's alone; content is for everybody who may enter the folder.
pub(crate) fn make_readable(file: &NamedTempFile) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::Permissions::from_mode(0o644);
        file.as_file()
            .set_permissions(permissions)
            .map_err(disk("set the mode of", file.path()))?;
    }
    Ok(())
}

/// Removes what interrupted runs have left; only for who holds the store alone.
pub(super) fn clear(root: &Path) -> Result<(), StoreError> {
    let partial = root.join("partial");
    for entry in fs::read_dir(&partial).map_err(disk("read", &partial))? {
        let path = entry.map_err(disk("read", &partial))?.path();
        let is_folder = fs::symlink_metadata(&path).is_ok_and(|metadata| metadata.is_dir());
        let removed = match is_folder {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        match removed {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(disk("remove", &path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

//! A store in a folder, for what is too much for memory or is asked for by several tests.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use coracle_distro::{Keep, Sha256};

/// Files by digest and notes by key, `FOLDER/<hex>` and `FOLDER/<key>`; each is written beside its place and renamed.
#[derive(Debug)]
pub struct FolderKeep {
    folder: PathBuf,
}

impl FolderKeep {
    /// A keep in this folder, which is made with the first file.
    pub fn new(folder: PathBuf) -> FolderKeep {
        FolderKeep { folder }
    }

    fn read(&self, name: &str) -> io::Result<Option<fs::File>> {
        match fs::File::open(self.folder.join(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, from: &mut dyn Read) -> io::Result<u64> {
        fs::create_dir_all(&self.folder)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        let count = io::copy(from, &mut file)?;
        file.persist(self.folder.join(name))?;
        Ok(count)
    }

    /// Where a kept file is.
    pub fn path(&self, sha256: &Sha256) -> PathBuf {
        self.folder.join(sha256.hex())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Loses a file.
    pub fn forget(&self, sha256: &Sha256) {
        // What is not there is lost already.
        let _ = fs::remove_file(self.path(sha256));
    }
}

impl Keep for FolderKeep {
    fn open(&self, sha256: &Sha256) -> io::Result<Option<Box<dyn Read + Send>>> {
        let file = self.read(&sha256.hex())?;
        Ok(file.map(|file| Box::new(file) as Box<dyn Read + Send>))
    }

    /// The caller verifies what it reads, here as from any keep.
    fn keep(&self, sha256: &Sha256, size: u64, from: &mut dyn Read) -> io::Result<()> {
        let count = self.write(&sha256.hex(), from)?;
        if count != size {
            self.forget(sha256);
            let problem = format!("{count} bytes where {size} were promised");
            return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
        }
        Ok(())
    }

    fn note(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(mut file) = self.read(key)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn set_note(&self, key: &str, mut value: &[u8]) -> io::Result<()> {
        self.write(key, &mut value).map(drop)
    }
}

//! A store in a folder, for what is fetched from a real archive: a test run finds what the one before it fetched.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use coracle_distro::{Keep, Sha256};

/// Files and notes in a folder, each under its name.
pub struct FolderKeep {
    folder: PathBuf,
}

impl FolderKeep {
    /// The store in this folder, which is made where it is not there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open(folder: &Path) -> io::Result<FolderKeep> {
        fs::create_dir_all(folder)?;
        Ok(FolderKeep {
            folder: folder.to_owned(),
        })
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.folder.join(name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        io::Write::write_all(&mut file, bytes)?;
        file.persist(self.folder.join(name))?;
        Ok(())
    }
}

impl Keep for FolderKeep {
    fn open(&self, sha256: &Sha256) -> io::Result<Option<Box<dyn Read + Send>>> {
        let bytes = self.read(&sha256.to_string())?;
        Ok(bytes.map(|bytes| Box::new(io::Cursor::new(bytes)) as Box<dyn Read + Send>))
    }

    fn keep(&self, sha256: &Sha256, size: u64, from: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        from.read_to_end(&mut bytes)?;
        if bytes.len() as u64 != size || Sha256::of(&bytes) != *sha256 {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "other bytes than promised",
            ));
        }
        self.write(&sha256.to_string(), &bytes)
    }

    fn note(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        self.read(key)
    }

    fn set_note(&self, key: &str, value: &[u8]) -> io::Result<()> {
        self.write(key, value)
    }
}

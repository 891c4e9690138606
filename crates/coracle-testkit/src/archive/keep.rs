//! A store in memory whose contents can be lost or spoilt.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use coracle_distro::{Keep, Sha256};

/// Files and notes in memory.
#[derive(Default)]
pub struct MemoryKeep {
    files: Mutex<BTreeMap<Sha256, Vec<u8>>>,
    notes: Mutex<BTreeMap<String, Vec<u8>>>,
}

impl MemoryKeep {
    /// The digests of what is kept.
    pub fn files(&self) -> Vec<Sha256> {
        lock(&self.files).keys().copied().collect()
    }

    /// The keys of the notes.
    pub fn notes(&self) -> Vec<String> {
        lock(&self.notes).keys().cloned().collect()
    }

    /// Loses a file.
    pub fn forget(&self, sha256: &Sha256) {
        lock(&self.files).remove(sha256);
    }

    /// Loses every note whose key contains this.
    pub fn forget_notes(&self, part: &str) {
        lock(&self.notes).retain(|key, _| !key.contains(part));
    }

    /// Flips a byte of a kept file.
    pub fn spoil(&self, sha256: &Sha256) {
        if let Some(byte) = lock(&self.files)
            .get_mut(sha256)
            .and_then(|bytes| bytes.last_mut())
        {
            *byte ^= 1;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Keep for MemoryKeep {
    fn open(&self, sha256: &Sha256) -> io::Result<Option<Box<dyn Read + Send>>> {
        let bytes = lock(&self.files).get(sha256).cloned();
        Ok(bytes.map(|bytes| Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>))
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
        lock(&self.files).insert(*sha256, bytes);
        Ok(())
    }

    fn note(&self, key: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(lock(&self.notes).get(key).cloned())
    }

    fn set_note(&self, key: &str, value: &[u8]) -> io::Result<()> {
        lock(&self.notes).insert(key.to_owned(), value.to_vec());
        Ok(())
    }
}

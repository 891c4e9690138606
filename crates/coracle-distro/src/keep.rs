//! What the archive asks of the place where its files are kept. No store is implemented here.

use std::io::{self, Read};

use crate::Sha256;

/// A store of files by digest, and of small named notes.
///
/// Everything in it can be lost at any time: the archive fetches again what is missing, and when
/// offline names it.
pub trait Keep: Sync {
    /// The kept file of this digest. The caller verifies what it reads.
    fn open(&self, sha256: &Sha256) -> io::Result<Option<Box<dyn Read + Send>>>;

    /// Keeps `size` bytes of `from`, which must have this digest before anyone can see them.
    fn keep(&self, sha256: &Sha256, size: u64, from: &mut dyn Read) -> io::Result<()>;

    /// A small named record: the newest Date seen, the last InRelease's digest, a derived index.
    /// Keys are lower-case letters, digits, `-` and `.`, at most 100 characters.
    fn note(&self, key: &str) -> io::Result<Option<Vec<u8>>>;

    /// Writes a note, whole or not at all.
    fn set_note(&self, key: &str, value: &[u8]) -> io::Result<()>;
}

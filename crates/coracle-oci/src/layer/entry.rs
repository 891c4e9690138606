//! What a layer is made of: paths with their metadata and where their content is.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

/// One path of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Relative, `/` between components, no leading or trailing slash, no `.` or `..`.
    pub path: String,
    /// What is there.
    pub kind: EntryKind,
    /// Permissions, set-user-ID, set-group-ID and sticky: at most `0o7777`.
    pub mode: u32,
    /// Owner, by number.
    pub uid: u64,
    /// Group, by number.
    pub gid: u64,
    /// Seconds since 1970; may be negative.
    pub mtime: i64,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File(Content),
    /// A symbolic link and its target, any text.
    Symlink(String),
    /// Another name of a file in the same layer: its path, written like [`Entry::path`].
    HardLink(String),
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// In memory.
    Bytes(Arc<[u8]>),
    /// On disk, read when the layer is written.
    File {
        /// Where.
        path: PathBuf,
        /// In bytes; a file that turns out longer or shorter is an error.
        length: u64,
    },
}

impl Entry {
    /// A directory `0755` of root's.
    pub fn directory(path: &str, mtime: i64) -> Self {
        Self::new(path, EntryKind::Directory, 0o755, mtime)
    }

    /// A file of root's.
    pub fn file(path: &str, content: Content, mode: u32, mtime: i64) -> Self {
        Self::new(path, EntryKind::File(content), mode, mtime)
    }

    /// A symbolic link of root's.
    pub fn symlink(path: &str, target: &str, mtime: i64) -> Self {
        Self::new(path, EntryKind::Symlink(target.to_owned()), 0o777, mtime)
    }

    fn new(path: &str, kind: EntryKind, mode: u32, mtime: i64) -> Self {
        let path = path.to_owned();
        let (uid, gid) = (0, 0);
        Self {
            path,
            kind,
            mode,
            uid,
            gid,
            mtime,
        }
    }
}

impl Content {
    /// These bytes.
    pub fn bytes(bytes: impl Into<Arc<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// In bytes.
    pub fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// A reader of exactly [`Content::length`] bytes. A file whose length has changed meanwhile is an `InvalidData` error.
    pub fn open(&self) -> io::Result<Box<dyn Read + '_>> {
        match self {
            Self::Bytes(bytes) => Ok(Box::new(&bytes[..])),
            Self::File { path, length } => {
                let inner = File::open(path)?;
                Ok(Box::new(ExactReader {
                    inner,
                    expected: *length,
                    seen: 0,
                }))
            }
        }
    }
}

/// Refuses a file that is not as long as it was.
struct ExactReader<R> {
    inner: R,
    expected: u64,
    seen: u64,
}

impl<R: Read> Read for ExactReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.seen += count as u64;
        let ended = count == 0 && !buffer.is_empty();
        if self.seen > self.expected || ended && self.seen != self.expected {
            let (expected, seen) = (self.expected, self.seen);
            let more = if ended { "" } else { "at least " };
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "the file changed while it was read: expected {expected} bytes, got {more}{seen}"
                ),
            ));
        }
        Ok(count)
    }
}

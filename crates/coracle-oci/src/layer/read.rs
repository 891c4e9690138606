//! Reads layers that anybody may have made: tar in all its dialects, judged as the container runtimes (Go's `archive/tar`) judge
//! them. Names are kept inside the root and what was done to them is reported. Nothing is unpacked here.

mod extended;
mod header;
mod input;
mod name;
mod numeric;

use std::collections::BTreeMap;
use std::io::{self, Read};

use crate::digest::Digest;

use input::Input;

pub use name::Adjustment;

/// What reading a layer may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the uncompressed tar.
    pub bytes: u64,
    /// Paths.
    pub entries: u64,
}

impl Default for Limits {
    /// 16 GiB and two million entries.
    fn default() -> Self {
        Self {
            bytes: 16 << 30,
            entries: 2_000_000,
        }
    }
}

/// One path as a layer has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadEntry {
    /// Relative, plain, without `.` or `..`; empty for the root itself.
    pub path: String,
    /// What is there.
    pub kind: ReadKind,
    /// Permissions, set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// Owner, by number.
    pub uid: u64,
    /// Group, by number.
    pub gid: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Extended attributes, such as `security.capability`.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// What was done to the names to keep them inside the root.
    pub adjustments: Vec<Adjustment>,
}

/// What is at a path of a layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadKind {
    /// A directory.
    Directory,
    /// A regular file; its content is read through the [`LayerReader`].
    File {
        /// In bytes.
        length: u64,
    },
    /// A symbolic link and its target, as it is written.
    Symlink(String),
    /// Another name of the file at this path, which is written like [`ReadEntry::path`].
    HardLink(String),
    /// A device or named pipe.
    Other,
}

/// Why a layer could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The bytes could not be had, or are not what their digest or compression says.
    #[error("could not read the layer")]
    Read(#[from] io::Error),
    /// The media type is none that can be read.
    #[error("layers of media type {media_type} are not supported")]
    Packing {
        /// As given.
        media_type: String,
    },
    /// The bytes are not a tar.
    #[error("the tar is wrong at byte {position}: {reason}")]
    Malformed {
        /// Where the wrong header is, uncompressed.
        position: u64,
        /// What is wrong.
        reason: String,
    },
    /// A sparse file, which runtimes disagree about.
    #[error("the layer has the sparse file `{path}`, which is not supported")]
    Sparse {
        /// The file.
        path: String,
    },
    /// More bytes than the caller allows.
    #[error("the layer has more than {limit} bytes")]
    Large {
        /// In bytes, uncompressed.
        limit: u64,
    },
    /// More entries than the caller allows.
    #[error("the layer has more than {limit} entries")]
    Many {
        /// Paths.
        limit: u64,
    },
}

impl ReadError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Sparse { .. } => {
                Some("make the layer without sparse files (tar without --sparse)".to_owned())
            }
            _ => None,
        }
    }
}

/// Walks through the entries of a layer. Reading from it gives the content of the entry that came last.
pub struct LayerReader<R: Read> {
    input: Input<R>,
    limits: Limits,
    entries: u64,
    /// What is left of the present entry's content.
    content: u64,
    /// What follows it up to the next header.
    padding: u64,
    ended: bool,
}

impl<R: Read> LayerReader<R> {
    /// Reads a layer of this media type from its start.
    pub fn new(reader: R, media_type: &str, limits: Limits) -> Result<Self, ReadError> {
        Ok(Self {
            input: Input::new(reader, media_type, limits.bytes)?,
            limits,
            entries: 0,
            content: 0,
            padding: 0,
            ended: false,
        })
    }

    /// The next entry; content of the present one that was not read is skipped.
    pub fn next_entry(&mut self) -> Result<Option<ReadEntry>, ReadError> {
        if self.ended {
            return Ok(None);
        }
        self.input.skip(self.content.saturating_add(self.padding))?;
        (self.content, self.padding) = (0, 0);
        let Some(raw) = header::next(&mut self.input)? else {
            self.ended = true;
            return Ok(None);
        };
        self.entries += 1;
        if self.entries > self.limits.entries {
            let limit = self.limits.entries;
            return Err(ReadError::Many { limit });
        }
        self.content = raw.size;
        self.padding = raw.size.wrapping_neg() % super::tar::BLOCK as u64;
        name::clean(raw).map(Some)
    }

    /// Reads on to the very end, and gives the diff ID and the size in bytes of the uncompressed tar.
    pub fn finish(mut self) -> Result<(Digest, u64), ReadError> {
        self.input.drain()?;
        Ok(self.input.finish())
    }
}

impl<R: Read> Read for LayerReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.content).unwrap_or(usize::MAX);
        let window = buffer.len().min(most);
        if window == 0 {
            return Ok(0);
        }
        let count = self
            .input
            .read(buffer.get_mut(..window).unwrap_or_default())?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.content -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests;

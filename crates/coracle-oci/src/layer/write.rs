//! Entries to a blob in one pass: tar, diff ID, compression, digest.

use std::io::{self, Write};

use super::{Entry, TreeError, gzip, tar, tree};
use crate::descriptor::Descriptor;
use crate::digest::{Digest, HashingWriter};
use crate::media_type;
use crate::store::{Store, StoreError, disk};

/// How a layer is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Compression {
    /// Not at all.
    None,
    /// With gzip.
    Gzip {
        /// 0 (stored) to 9 (smallest).
        level: u32,
    },
}

/// A layer in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// The compressed blob.
    pub descriptor: Descriptor,
    /// The digest of the uncompressed tar, for the image's config.
    pub diff_id: Digest,
    /// In bytes, of the tar.
    pub uncompressed_size: u64,
}

/// Why a layer could not be written.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The entries are not a file tree.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A file's content could not be read.
    #[error("could not read the content of `{path}`")]
    Content {
        /// The path in the layer.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The level is not one of gzip's.
    #[error("expected a gzip level from 0 to 9, got {level}")]
    Level {
        /// As given.
        level: u32,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The tar could not be written on.
    #[error("could not write the tar")]
    Write(#[from] io::Error),
}

impl LayerError {
    /// Whether the disk is at fault.
    pub fn is_disk(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_disk())
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Tree(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Content { source, .. } if source.kind() == io::ErrorKind::InvalidData => {
                Some("run again when nothing else writes to that file".to_owned())
            }
            _ => None,
        }
    }
}

/// Writes these entries as one layer into the store. The bytes depend on the entries, `parents_mtime` and the compression
/// alone: not on the order of the entries, nor on `threads` (0 counts as 1).
///
/// Parents that are missing become directories `0755` of root's, last changed at `parents_mtime`. Two entries of one path are
/// an error unless they are the same directory.
pub fn write_layer(
    entries: &[Entry],
    parents_mtime: i64,
    compression: Compression,
    threads: usize,
    store: &Store,
) -> Result<Layer, LayerError> {
    let mut blob = store.writer()?;
    let produce = |writer: &mut dyn Write| -> Result<(Digest, u64), LayerError> {
        let mut hashing = HashingWriter::new(writer);
        write_tar(entries, parents_mtime, &mut hashing)?;
        let (_, diff_id, length) = hashing.finish();
        Ok((diff_id, length))
    };
    let mut made = None;
    let written = match compression {
        Compression::Gzip { level } if level > 9 => Err(LayerError::Level { level }),
        Compression::Gzip { level } => gzip::compress(&mut blob, level, threads, |writer| {
            made = Some(produce(writer)?);
            Ok(())
        }),
        Compression::None => produce(&mut blob).map(|result| made = Some(result)),
    };
    written.map_err(|error| match error {
        LayerError::Write(source) => disk("write", blob.path())(source).into(),
        other => other,
    })?;
    let Some((diff_id, uncompressed_size)) = made else {
        return Err(io::Error::other("the layer was not written to its end").into());
    };
    let media_type = match compression {
        Compression::None => media_type::LAYER,
        Compression::Gzip { .. } => media_type::LAYER_GZIP,
    };
    let (digest, size) = blob.commit()?;
    Ok(Layer {
        descriptor: Descriptor::new(media_type, digest, size),
        diff_id,
        uncompressed_size,
    })
}

/// Writes these entries as a tar, in the form that [`write_layer`] gives it before compression.
pub fn write_tar(
    entries: &[Entry],
    parents_mtime: i64,
    writer: &mut dyn Write,
) -> Result<(), LayerError> {
    for entry in tree::arrange(entries, parents_mtime)? {
        let mut output = Output {
            writer: &mut *writer,
            failed: false,
        };
        if let Err(source) = tar::write_entry(&mut output, &entry) {
            let path = entry.path.clone();
            return Err(match output.failed {
                true => LayerError::Write(source),
                false => LayerError::Content { path, source },
            });
        }
    }
    tar::write_end(writer)?;
    Ok(())
}

/// Remembers whether it was the output that failed, and not the content.
struct Output<'writer> {
    writer: &'writer mut dyn Write,
    failed: bool,
}

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.writer.write(bytes);
        self.failed |= result
            .as_ref()
            .is_err_and(|error| error.kind() != io::ErrorKind::Interrupted);
        result
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

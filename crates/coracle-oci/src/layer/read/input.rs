//! The uncompressed bytes of a layer: decompressed, counted against a limit and hashed as they pass.

use std::io::{self, BufReader, Read};

use flate2::read::MultiGzDecoder;

use super::ReadError;
use crate::digest::{Digest, Hasher};
use crate::media_type::{Kind, Packing, classify};

pub(super) struct Input<R: Read> {
    unpacked: Unpacked<R>,
    hasher: Hasher,
    position: u64,
    limit: u64,
}

enum Unpacked<R: Read> {
    Tar(R),
    /// Several members are one stream, as in eStargz.
    Gzip(Box<MultiGzDecoder<R>>),
    /// Several frames are one stream, as in zstd:chunked.
    Zstd(Box<zstd::Decoder<'static, BufReader<R>>>),
}

/// The window that zstd itself takes without being asked to (`ZSTD_WINDOWLOG_LIMIT_DEFAULT`): 128 MiB.
const LARGEST_WINDOW: u32 = 27;

/// Found inside the errors of [`Input::read`], where only an `io::Error` can be returned.
#[derive(Debug, thiserror::Error)]
#[error("the layer has more than {limit} bytes")]
struct TooLarge {
    limit: u64,
}

impl<R: Read> Input<R> {
    pub(super) fn new(reader: R, media_type: &str, limit: u64) -> Result<Self, ReadError> {
        let unpacked = match classify(media_type) {
            Kind::Layer(Packing::Tar) => Unpacked::Tar(reader),
            Kind::Layer(Packing::Gzip) => Unpacked::Gzip(Box::new(MultiGzDecoder::new(reader))),
            Kind::Layer(Packing::Zstd) => {
                let mut decoder = zstd::Decoder::new(reader)?;
                decoder.window_log_max(LARGEST_WINDOW)?;
                Unpacked::Zstd(Box::new(decoder))
            }
            _ => {
                let media_type = media_type.to_owned();
                return Err(ReadError::Packing { media_type });
            }
        };
        Ok(Self {
            unpacked,
            hasher: Hasher::new(),
            position: 0,
            limit,
        })
    }

    /// How many uncompressed bytes have been read.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Fills the buffer; false at the end of the input, and an error in the middle of the buffer.
    pub(super) fn fill(&mut self, buffer: &mut [u8]) -> Result<bool, ReadError> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.read(buffer.get_mut(filled..).unwrap_or_default()) {
                Ok(0) if filled == 0 => return Ok(false),
                Ok(0) => return Err(self.cut_off()),
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.explain(error)),
            }
        }
        Ok(true)
    }

    /// Reads and forgets exactly so many bytes.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), ReadError> {
        match self.copy_away(length)? {
            skipped if skipped == length => Ok(()),
            _ => Err(self.cut_off()),
        }
    }

    /// Reads and forgets everything.
    pub(super) fn drain(&mut self) -> Result<(), ReadError> {
        self.copy_away(u64::MAX).map(drop)
    }

    pub(super) fn finish(self) -> (Digest, u64) {
        self.hasher.finish()
    }

    fn copy_away(&mut self, length: u64) -> Result<u64, ReadError> {
        let copied = io::copy(&mut self.by_ref().take(length), &mut io::sink());
        copied.map_err(|error| self.explain(error))
    }

    fn cut_off(&self) -> ReadError {
        ReadError::Malformed {
            position: self.position,
            reason: "it ends in the middle".to_owned(),
        }
    }

    fn explain(&self, error: io::Error) -> ReadError {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<TooLarge>())
        {
            Some(TooLarge { limit }) => ReadError::Large { limit: *limit },
            None => ReadError::Read(error),
        }
    }
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.unpacked {
            Unpacked::Tar(reader) => reader.read(buffer),
            Unpacked::Gzip(reader) => reader.read(buffer),
            Unpacked::Zstd(reader) => reader.read(buffer),
        }?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        self.position = self.position.saturating_add(count as u64);
        if self.position > self.limit {
            return Err(io::Error::other(TooLarge { limit: self.limit }));
        }
        Ok(count)
    }
}

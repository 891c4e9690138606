//! Streams that hash what passes, and the one reader that refuses content which is not what was asked for.

use std::io::{self, Read, Write};

use sha2::{Digest as _, Sha256};

use super::Digest;

/// Hashes what is written to it and keeps nothing else.
#[derive(Debug, Clone, Default)]
pub struct Hasher {
    hash: Sha256,
    length: u64,
}

impl Hasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.length += bytes.len() as u64;
    }

    /// The digest of everything written, and how many bytes that was.
    pub fn finish(self) -> (Digest, u64) {
        (Digest::from_hash(self.hash), self.length)
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Hashes what is read through it.
#[derive(Debug)]
pub struct HashingReader<R> {
    inner: R,
    hasher: Hasher,
}

impl<R: Read> HashingReader<R> {
    /// Wraps a reader that stands at its start.
    pub fn new(inner: R) -> Self {
        let hasher = Hasher::new();
        Self { inner, hasher }
    }

    /// The reader, with the digest and the length of what has been read so far.
    pub fn finish(self) -> (R, Digest, u64) {
        let (digest, length) = self.hasher.finish();
        (self.inner, digest, length)
    }
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// Hashes what is written through it.
#[derive(Debug)]
pub struct HashingWriter<W> {
    inner: W,
    hasher: Hasher,
}

impl<W: Write> HashingWriter<W> {
    /// Wraps a writer to which nothing has been written.
    pub fn new(inner: W) -> Self {
        let hasher = Hasher::new();
        Self { inner, hasher }
    }

    /// The writer, with the digest and the length of what has been written so far.
    pub fn finish(self) -> (W, Digest, u64) {
        let (digest, length) = self.hasher.finish();
        (self.inner, digest, length)
    }
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Content that is not what its digest or size said; found inside the `InvalidData` errors of [`VerifyingReader`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// The content ended, and hashes to something else or is too short.
    #[error("expected {expected}{}, got {got} over {length} bytes", over(*.expected_length))]
    Content {
        /// What was asked for.
        expected: Digest,
        /// In bytes, where it was known.
        expected_length: Option<u64>,
        /// What came.
        got: Digest,
        /// In bytes.
        length: u64,
    },
    /// There is more content than was said.
    #[error(
        "expected {expected} over {expected_length} bytes, got more than {expected_length} bytes"
    )]
    Longer {
        /// What was asked for.
        expected: Digest,
        /// In bytes.
        expected_length: u64,
    },
}

impl Mismatch {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some("the content was damaged or replaced on its way: fetch or make it again".to_owned())
    }
}

fn over(length: Option<u64>) -> String {
    length.map_or_else(String::new, |length| format!(" over {length} bytes"))
}

/// Reads content and refuses it when it is not what was expected.
///
/// With a size, the refusal comes before the last byte is returned; without one, in place of end-of-file. Either way
/// nobody who reads to the end has seen the whole of a wrong content succeed. Refusals are `InvalidData` errors that hold
/// a [`Mismatch`], and are repeated when reading goes on.
#[derive(Debug)]
pub struct VerifyingReader<R> {
    inner: R,
    hasher: Hasher,
    expected: Digest,
    expected_length: Option<u64>,
    state: State,
}

#[derive(Debug)]
enum State {
    Reading,
    Verified,
    Refused(Mismatch),
}

impl<R: Read> VerifyingReader<R> {
    /// Expects exactly `length` bytes that hash to `expected`.
    pub fn new(inner: R, expected: Digest, length: u64) -> Self {
        Self::with(inner, expected, Some(length))
    }

    /// Expects content of any length that hashes to `expected`.
    pub fn of_any_length(inner: R, expected: Digest) -> Self {
        Self::with(inner, expected, None)
    }

    fn with(inner: R, expected: Digest, expected_length: Option<u64>) -> Self {
        Self {
            inner,
            hasher: Hasher::new(),
            expected,
            expected_length,
            state: State::Reading,
        }
    }

    /// How many bytes may still be asked of the inner reader.
    fn remaining(&self) -> u64 {
        self.expected_length
            .map_or(u64::MAX, |length| length.saturating_sub(self.hasher.length))
    }

    /// The content has ended, or holds all the bytes it may: is it the expected one?
    fn conclude(&mut self) -> io::Result<()> {
        let (got, length) = self.hasher.clone().finish();
        if got != self.expected
            || self
                .expected_length
                .is_some_and(|expected| expected != length)
        {
            return Err(self.refuse(Mismatch::Content {
                expected: self.expected,
                expected_length: self.expected_length,
                got,
                length,
            }));
        }
        self.state = State::Verified;
        Ok(())
    }

    /// The content has as many bytes as it may: there must be no further one.
    fn expect_end(&mut self, expected_length: u64) -> io::Result<()> {
        loop {
            match self.inner.read(&mut [0]) {
                Ok(0) => return self.conclude(),
                Ok(_) => {
                    let expected = self.expected;
                    return Err(self.refuse(Mismatch::Longer {
                        expected,
                        expected_length,
                    }));
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn refuse(&mut self, mismatch: Mismatch) -> io::Error {
        self.state = State::Refused(mismatch.clone());
        io::Error::new(io::ErrorKind::InvalidData, mismatch)
    }
}

impl<R: Read> Read for VerifyingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &self.state {
            State::Verified => return Ok(0),
            State::Refused(mismatch) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, mismatch.clone()));
            }
            State::Reading if buffer.is_empty() => return Ok(0),
            State::Reading => {}
        }
        if let Some(length) = self.expected_length
            && self.remaining() == 0
        {
            self.expect_end(length)?;
            return Ok(0);
        }
        let most = usize::try_from(self.remaining()).unwrap_or(usize::MAX);
        let window = buffer.len().min(most);
        let count = self
            .inner
            .read(buffer.get_mut(..window).unwrap_or_default())?;
        self.hasher.update(buffer.get(..count).unwrap_or_default());
        match self.expected_length {
            _ if count == 0 => self.conclude()?,
            Some(length) if self.remaining() == 0 => self.expect_end(length)?,
            _ => {}
        }
        Ok(count)
    }
}

//! The sha256 of a file, and a reader that refuses any other bytes.
//!
//! Not a general digest type: Debian's indexes name sha256 and nothing else is accepted here.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;

use sha2::Digest as _;

/// A sha256 digest, made only by hashing or by parsing 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::default();
        hasher.update(bytes);
        hasher.finish()
    }

    /// The 32 bytes of the digest.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits.
    pub fn hex(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{self}")
    }
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a sha256 of 64 lower-case hexadecimal digits")]
pub struct ParseError {
    /// What was given.
    pub text: String,
}

impl FromStr for Sha256 {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = || ParseError {
            text: text.chars().take(80).collect(),
        };
        let digit = |byte: &u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let mut bytes = [0; 32];
        if text.len() != 64 {
            return Err(refuse());
        }
        for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            let [high, low] = pair;
            *byte = digit(high)
                .zip(digit(low))
                .map(|(high, low)| high << 4 | low)
                .ok_or_else(refuse)?;
        }
        Ok(Self(bytes))
    }
}

/// Hashes what is fed to it.
#[derive(Default)]
pub(crate) struct Hasher(sha2::Sha256);

impl Hasher {
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Sha256 {
        Sha256(self.0.finalize().into())
    }
}

/// The bytes read are not the ones that were promised.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected sha256:{expected} over {expected_size} bytes, got {got}")]
pub struct Mismatch {
    /// The digest that a signed record promised.
    pub expected: Sha256,
    /// The size that it promised.
    pub expected_size: u64,
    /// What came instead: a digest and a size, or "more" or "fewer" bytes.
    pub got: String,
}

/// A reader that passes bytes on and refuses before its last byte if they are not the promised ones.
///
/// The failure is an [`io::Error`] of kind `InvalidData` that carries a [`Mismatch`].
pub struct Verify<R> {
    inner: R,
    hasher: Option<Hasher>,
    expected: Sha256,
    size: u64,
    seen: u64,
}

impl<R: Read> Verify<R> {
    /// Reads `inner`, which must be exactly `size` bytes with the digest `expected`.
    pub fn new(inner: R, expected: Sha256, size: u64) -> Self {
        Self {
            inner,
            hasher: Some(Hasher::default()),
            expected,
            size,
            seen: 0,
        }
    }

    fn refuse(&self, got: String) -> io::Error {
        let mismatch = Mismatch {
            expected: self.expected,
            expected_size: self.size,
            got,
        };
        io::Error::new(io::ErrorKind::InvalidData, mismatch)
    }

    fn check_end(&mut self) -> io::Result<()> {
        let Some(hasher) = self.hasher.take() else {
            return Ok(());
        };
        let got = hasher.finish();
        if got == self.expected {
            Ok(())
        } else {
            Err(self.refuse(format!("sha256:{got} over {} bytes", self.seen)))
        }
    }
}

impl<R: Read> Read for Verify<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        self.seen += count as u64;
        if self.seen > self.size {
            return Err(self.refuse("more bytes".to_owned()));
        }
        if count == 0 && self.seen < self.size {
            return Err(self.refuse(format!("only {} bytes", self.seen)));
        }
        if let (Some(hasher), Some(read)) = (&mut self.hasher, buffer.get(..count)) {
            hasher.update(read);
        }
        if self.seen == self.size {
            self.check_end()?;
        }
        Ok(count)
    }
}

/// The [`Mismatch`] that an [`io::Error`] of [`Verify`] carries, however deep.
pub fn mismatch(error: &io::Error) -> Option<&Mismatch> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> =
        error.get_ref().map(|inner| inner as _);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Mismatch>() {
            return Some(found);
        }
        cause = match error.downcast_ref::<io::Error>() {
            Some(wrapped) => wrapped.get_ref().map(|inner| inner as _),
            None => error.source(),
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], promised: &[u8]) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        let mut reader = Verify::new(bytes, Sha256::of(promised), promised.len() as u64);
        match reader.read_to_end(&mut out) {
            Ok(_) => Ok(out),
            Err(error) => Err(mismatch(&error).expect("a mismatch").got.clone()),
        }
    }

    #[test]
    fn the_promised_bytes_pass() {
        assert_eq!(read(b"boat", b"boat").unwrap(), b"boat");
        assert_eq!(read(b"", b"").unwrap(), b"");
    }

    #[test]
    fn other_bytes_are_refused_before_the_last_one() {
        assert!(read(b"goat", b"boat").unwrap_err().starts_with("sha256:"));
        assert_eq!(read(b"boats", b"boat").unwrap_err(), "more bytes");
        assert_eq!(read(b"boa", b"boat").unwrap_err(), "only 3 bytes");
    }

    #[test]
    fn only_lower_case_hexadecimal_is_a_digest() {
        let hex = Sha256::of(b"").hex();
        assert_eq!(
            hex,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(hex.parse(), Ok(Sha256::of(b"")));
        assert!(hex.to_uppercase().parse::<Sha256>().is_err());
        assert!(hex[1..].parse::<Sha256>().is_err());
        assert!("é".repeat(32).parse::<Sha256>().is_err());
    }
}

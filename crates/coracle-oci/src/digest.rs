//! Content digests and the streams that make and check them. Only sha256, the one algorithm every registry and runtime
//! has; a `Digest` is made by hashing or by parsing, never from loose bytes.

mod stream;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};

pub use stream::{Hasher, HashingReader, HashingWriter, Mismatch, VerifyingReader};

/// A sha256 digest of some content (image-spec, descriptor.md § Digests). Displays as `sha256:<64 lower-case hex digits>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

/// Why a text is not a digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// There is no `:`.
    #[error("expected a digest of the form sha256:<64 hex digits>, got `{input}`")]
    Form {
        /// What was given.
        input: String,
    },
    /// The algorithm is not sha256.
    #[error("expected a digest made with sha256, got one made with `{algorithm}`")]
    Algorithm {
        /// The part before the colon.
        algorithm: String,
    },
    /// There are not 64 digits.
    #[error("expected 64 hex digits after `sha256:`, got {length}")]
    Length {
        /// How many characters there are.
        length: usize,
    },
    /// A character is not a lower-case hex digit.
    #[error("expected lower-case hex digits after `sha256:`, got `{}` as digit {position}", character.escape_default())]
    Character {
        /// The first one that is wrong.
        character: char,
        /// Counted from 1.
        position: usize,
    },
}

impl DigestError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Form { .. } | Self::Length { .. } => {
                Some("copy the whole digest, `sha256:` and 64 digits".to_owned())
            }
            Self::Character { character, .. } if character.is_ascii_hexdigit() => {
                Some("digests are written in lower case".to_owned())
            }
            Self::Algorithm { .. } | Self::Character { .. } => None,
        }
    }
}

impl Digest {
    /// The digest of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The 64 lower-case hex digits, without `sha256:`.
    pub fn hex(&self) -> String {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        let digit = |value: u8| DIGITS.get(usize::from(value)).copied();
        self.0
            .iter()
            .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
            .flatten()
            .collect()
    }

    fn from_hash(hash: Sha256) -> Self {
        Self(hash.finalize().into())
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(input: &str) -> Result<Self, DigestError> {
        let Some((algorithm, digits)) = input.split_once(':') else {
            return Err(DigestError::Form {
                input: input.chars().take(80).collect(),
            });
        };
        if algorithm != "sha256" {
            return Err(DigestError::Algorithm {
                algorithm: algorithm.chars().take(80).collect(),
            });
        }
        for (index, character) in digits.chars().enumerate().take(64) {
            if !matches!(character, '0'..='9' | 'a'..='f') {
                let position = index + 1;
                return Err(DigestError::Character {
                    character,
                    position,
                });
            }
        }
        if digits.len() != 64 {
            let length = digits.chars().count();
            return Err(DigestError::Length { length });
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            *byte = pair
                .iter()
                .fold(0, |value, digit| value * 16 + nibble(*digit));
        }
        Ok(Self(bytes))
    }
}

/// The value of a digit already known to be one of `0-9a-f`.
fn nibble(digit: u8) -> u8 {
    if digit.is_ascii_digit() {
        digit - b'0'
    } else {
        digit.wrapping_sub(b'a').wrapping_add(10)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sha256:{}", self.hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;

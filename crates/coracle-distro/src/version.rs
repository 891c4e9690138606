//! Debian's version order (policy 5.6.12) and the relations that use it (policy 7.1).

mod relation;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

pub use relation::{
    Alternatives, Bound, Operator, Qualifier, Relation, RelationError, parse_relations,
};

/// A package version, `[epoch:]upstream[-revision]`, ordered as dpkg orders it.
///
/// Two texts can be equal versions (`1.0` and `1.00`); the text itself is kept for writing.
#[derive(Debug, Clone)]
pub struct Version {
    text: String,
    epoch: u32,
    /// Where the upstream version begins and ends in the text.
    upstream: (usize, usize),
}

impl Version {
    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the last hyphen, without the epoch: `2.41`.
    pub fn upstream(&self) -> &str {
        self.text
            .get(self.upstream.0..self.upstream.1)
            .unwrap_or_default()
    }

    /// The part after the last hyphen, empty for a native package.
    pub fn revision(&self) -> &str {
        self.text.get(self.upstream.1 + 1..).unwrap_or_default()
    }
}

/// The text is no version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a Debian version: {problem}")]
pub struct ParseError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl FromStr for Version {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::from_text(text.to_owned())
    }
}

impl Version {
    /// As [`FromStr`], without copying the text.
    pub(crate) fn from_text(text: String) -> Result<Self, ParseError> {
        let refuse = |problem| ParseError {
            text: text.chars().take(80).collect(),
            problem,
        };
        let (epoch, start) = match text.find(':') {
            Some(colon) => {
                let epoch = text
                    .get(..colon)
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
                let number = epoch.and_then(|digits| digits.parse::<u32>().ok());
                (
                    number.ok_or_else(|| refuse("the epoch is not a number"))?,
                    colon + 1,
                )
            }
            None => (0, 0),
        };
        let end = text
            .rfind('-')
            .filter(|hyphen| *hyphen >= start)
            .unwrap_or(text.len());
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".+-~:".contains(&byte);
        if end == start {
            return Err(refuse("the upstream version is empty"));
        }
        if end + 1 == text.len() {
            return Err(refuse("the revision is empty"));
        }
        if !text.bytes().all(allowed) {
            return Err(refuse("only letters, digits and . + - ~ : are allowed"));
        }
        Ok(Self {
            epoch,
            upstream: (start, end),
            text,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| compare(self.upstream().as_bytes(), other.upstream().as_bytes()))
            .then_with(|| compare(self.revision().as_bytes(), other.revision().as_bytes()))
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl Hash for Version {
    /// Only the epoch: versions that are equal may differ in every other byte.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.epoch.hash(state);
    }
}

/// Compares non-digits by dpkg's order and digits as numbers, in turn.
fn compare(mut left: &[u8], mut right: &[u8]) -> Ordering {
    while !left.is_empty() || !right.is_empty() {
        let (words, numbers) = (take(&mut left, false), take(&mut right, false));
        match compare_words(words, numbers) {
            Ordering::Equal => {}
            decided => return decided,
        }
        let (left_number, right_number) = (take(&mut left, true), take(&mut right, true));
        match compare_numbers(left_number, right_number) {
            Ordering::Equal => {}
            decided => return decided,
        }
    }
    Ordering::Equal
}

/// The longest start of digits, or of anything else.
fn take<'a>(text: &mut &'a [u8], digits: bool) -> &'a [u8] {
    let end = text
        .iter()
        .position(|byte| byte.is_ascii_digit() != digits)
        .unwrap_or(text.len());
    let (taken, rest) = text.split_at(end);
    *text = rest;
    taken
}

/// `~` sorts before the end, the end before letters, letters before the rest.
fn compare_words(left: &[u8], right: &[u8]) -> Ordering {
    let rank = |byte: Option<&u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(letter) if letter.is_ascii_alphabetic() => i32::from(*letter),
        Some(other) => i32::from(*other) + 256,
    };
    (0..left.len().max(right.len()))
        .map(|place| rank(left.get(place)).cmp(&rank(right.get(place))))
        .find(|order| *order != Ordering::Equal)
        .unwrap_or(Ordering::Equal)
}

/// Numbers of any length, so compared as text once leading zeros are gone.
fn compare_numbers(left: &[u8], right: &[u8]) -> Ordering {
    let significant = |digits: &[u8]| {
        digits
            .iter()
            .position(|digit| *digit != b'0')
            .unwrap_or(digits.len())
    };
    let (left, right) = (
        left.split_at(significant(left)).1,
        right.split_at(significant(right)).1,
    );
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

#[cfg(test)]
mod tests;

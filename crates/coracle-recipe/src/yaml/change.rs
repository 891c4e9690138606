//! Edits as data: what is to be different where, and why it cannot be.

use super::{Error, Place};

/// What is to be different at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Where: of an entry of a mapping, its value's place.
    pub at: Place,
    /// What.
    pub change: Change,
}

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The scalar becomes this text, in quotes where it was; an alias is replaced by it.
    Set(String),
    /// The entry, whatever its value is, becomes this one.
    Replace {
        /// A word.
        key: String,
        /// Its value, a text.
        text: String,
    },
    /// The entry or item goes, with its lines.
    Remove,
    /// An entry comes behind this one.
    InsertAfter {
        /// A word.
        key: String,
        /// Its value, a text.
        text: String,
    },
}

impl Change {
    /// This change there.
    pub fn at(self, at: Place) -> Edit {
        Edit { at, change: self }
    }
}

/// Why there is no changed text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// What is there is written in a way that is not changed.
    #[error("line {line}, column {column}: {why}")]
    Refused {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// Why.
        why: &'static str,
    },
    /// The changed text cannot be read.
    #[error("once changed it could not be read any more: {0}")]
    Broken(Error),
    /// The changed text means something else.
    #[error(
        "line {line}, column {column}: a change here would change the meaning of something else"
    )]
    Meaning {
        /// Of the first change, from 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl EditError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(
            match self {
                EditError::Refused { .. } => "write it on a line of its own, or change it by hand",
                EditError::Broken(_) | EditError::Meaning { .. } => {
                    "nothing was changed; write this part in a simpler way (no anchors or flow style there), or change it by hand"
                }
            }
            .to_owned(),
        )
    }
}

//! Where something stands.

use std::ops::Range;

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// The file's path below the repository's root.
    pub file: String,
    /// Which bytes of it.
    pub bytes: Range<usize>,
}

impl Place {
    pub(crate) fn new(file: &str, bytes: Range<usize>) -> Place {
        Place {
            file: file.to_owned(),
            bytes,
        }
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub place: Place,
}

impl<T> Placed<T> {
    pub(crate) fn new(value: T, place: Place) -> Placed<T> {
        Placed { value, place }
    }
}

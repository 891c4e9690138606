//! Which packages hold the files that a build looks for: main's Contents, narrowed to pkg-config
//! files, link-time libraries and headers.
//!
//! The result is a note of some two megabytes: the lines that matter, as Contents has them, with
//! zstd. A look-up reads it through once, which takes tens of milliseconds; unpacking all of Contents
//! again would take a second, and keeping it 13 MB a suite. What the lines mean is decided when they
//! are looked up, so that better rules need no new note.
//!
//! # Order of candidates
//! For each file, in turn: the place (`usr/include/H` and its like before a folder deeper in); a
//! shared library before a static one; `-dev` packages of section `libdevel`, then other `-dev`
//! packages, then the rest, and `oldlibs` last. Packages for other machines and other C libraries are
//! left out. Those that are alike in all of that are equally good.

mod collect;
mod find;
mod rank;

pub(crate) use collect::{Collector, Tee};
pub(crate) use find::{Places, find};
pub(crate) use rank::{Candidate, made_by_alternatives, owners};

use std::fmt;

/// A file that a build looks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DevelopmentFile {
    /// What pkg-config is asked for: `zlib` is `zlib.pc` in one of its folders.
    PkgConfig(String),
    /// What `-l` names: `webp` is `libwebp.so` or `libwebp.a` where the linker looks, the default
    /// gcc's own folder (`stdc++`, `gomp`) among that.
    Library(String),
    /// A header as `#include` writes it: `webp/encode.h`.
    Header(String),
}

impl DevelopmentFile {
    /// The names that such a file has, the preferred first.
    fn file_names(&self) -> Vec<String> {
        match self {
            Self::PkgConfig(module) => vec![format!("{module}.pc")],
            Self::Library(library) => vec![format!("lib{library}.so"), format!("lib{library}.a")],
            Self::Header(header) => {
                vec![header.rsplit('/').next().unwrap_or(header).to_owned()]
            }
        }
    }
}

impl fmt::Display for DevelopmentFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PkgConfig(module) => write!(formatter, "{module}.pc"),
            Self::Library(library) => write!(formatter, "lib{library}.so"),
            Self::Header(header) => write!(formatter, "<{header}>"),
        }
    }
}

/// The packages that hold a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owners {
    /// What was asked for.
    pub file: DevelopmentFile,
    /// The best candidates, all equally good: which one is meant is open where there are several.
    /// Empty where the archive has no such file.
    pub packages: Vec<String>,
    /// Whether the file lies just where a compiler looks. A header that lies deeper (`glib.h` in
    /// `glib-2.0`) needs an option from pkg-config, and may be another header of the same name.
    pub exact: bool,
    /// Packages that hold it less well (another place, another kind of package), the better first.
    pub others: Vec<String>,
}

#[cfg(test)]
mod tests;

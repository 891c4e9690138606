//! What a build looks for outside of Rust and Go: .pc files, libraries, headers; and who asks for it.
//!
//! Two sources: what the dependencies declare before anything is compiled ([`crate::rust`], [`crate::go`]), and what
//! a build that failed said it could not find ([`missing`]).

pub mod missing;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A file that a build looks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BuildFile {
    /// `zlib.pc`, by the module's name: `zlib`.
    PkgConfig(String),
    /// `libwebp.so` (or `.a`), by what follows `-l`: `webp`.
    Library(String),
    /// A header, as `#include` names it: `webp/encode.h`.
    Header(String),
}

impl fmt::Display for BuildFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildFile::PkgConfig(module) => write!(formatter, "{module}.pc"),
            BuildFile::Library(name) => write!(formatter, "lib{name}.so"),
            BuildFile::Header(path) => write!(formatter, "{path}"),
        }
    }
}

/// One native thing that a dependency declares.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NativeNeed {
    /// Who asks: `openssl-sys 0.9.118`, or the import path of a Go package.
    pub by: String,
    /// Where it is looked for, the likeliest first: one of them is enough.
    pub any_of: Vec<BuildFile>,
}

/// What is known of a program's native needs before it is compiled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Native {
    /// What is asked of the system.
    pub needs: Vec<NativeNeed>,
    /// Variables that make crates take the system's library, or their own copy.
    pub variables: BTreeMap<String, String>,
    /// Crates that bring a copy of a library that the system has too, and keep it: `name version`, and the library.
    pub bundled: Vec<(String, String)>,
    /// The crate that runs bindgen when it is compiled, which needs libclang on this machine.
    pub needs_libclang: Option<String>,
}

/// Libraries that are part of the C library or of the compiler: every build has them.
const OF_THE_C_LIBRARY: [&str; 13] = [
    "anl", "c", "crypt", "dl", "gcc", "gcc_eh", "gcc_s", "m", "nsl", "pthread", "resolv", "rt",
    "util",
];

/// Whether `-lNAME` is the C library's own.
pub fn is_of_the_c_library(name: &str) -> bool {
    OF_THE_C_LIBRARY.contains(&name)
}

/// The libraries of linker flags: each `-lNAME` but the C library's own.
pub fn libraries_in<'flag>(flags: impl IntoIterator<Item = &'flag str>) -> Vec<BuildFile> {
    let names = flags
        .into_iter()
        .filter_map(|flag| flag.strip_prefix("-l"))
        .filter(|name| !name.is_empty() && !name.starts_with(':') && !is_of_the_c_library(name));
    names
        .map(|name| BuildFile::Library(name.to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_libraries_of_flags_are_those_that_the_c_library_does_not_bring() {
        let flags = [
            "-L/usr/lib",
            "-lwebp",
            "-lm",
            "-lpthread",
            "-Wl,-z,now",
            "-l:libx.a",
        ];
        assert_eq!(libraries_in(flags), [BuildFile::Library("webp".to_owned())]);
    }

    #[test]
    fn a_file_is_shown_by_the_name_that_it_has_on_disk() {
        let shown = |file: fn(String) -> BuildFile, name: &str| file(name.to_owned()).to_string();
        assert_eq!(shown(BuildFile::PkgConfig, "zlib"), "zlib.pc");
        assert_eq!(shown(BuildFile::Library, "webp"), "libwebp.so");
        assert_eq!(shown(BuildFile::Header, "webp/encode.h"), "webp/encode.h");
    }
}

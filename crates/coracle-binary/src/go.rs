//! The build information that Go puts into every binary: what `go version -m` prints.
//!
//! Format: the blob `\xff Go buildinf:` of Go's `debug/buildinfo`, inline (1.18 and later) and with
//! pointers (before). It is found by its magic in the segments, never by section name.

mod text;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;

use crate::bytes::{Trace, Words};
use crate::elf::{self, ByteOrder, Class, ElfFacts, Segment, SegmentKind};

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGNMENT: u64 = 16;
const HEADER_SIZE: u64 = 32;
const FLAG_BIG_ENDIAN: u8 = 1;
const FLAG_INLINE: u8 = 2;
/// The information of a binary with 500 modules has some 60 KB.
const TEXT_LIMIT: u64 = 16 << 20;
/// The magic appears in programs that read build information too; no file has more copies than this.
const CANDIDATES_LIMIT: usize = 64;

/// What Go recorded about a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BuildInfo {
    /// The toolchain, such as `go1.24.2`.
    pub go_version: String,
    /// The import path of `package main`.
    pub path: Option<String>,
    /// The main module.
    pub main: Option<Module>,
    /// The modules that went in, in the file's order (sorted by path).
    pub deps: Vec<Module>,
    /// The settings: `CGO_ENABLED`, `GOARCH`, `GOAMD64`, `-tags`, `vcs.revision` and so on.
    pub settings: BTreeMap<String, String>,
}

/// One module of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    /// The module path.
    pub path: String,
    /// The version, or `(devel)`.
    pub version: String,
    /// The `h1:` sum; empty for the main module and for local replacements.
    pub sum: String,
    /// What stands in for it (`=>`).
    pub replace: Option<Box<Module>>,
}

/// Why a Go binary's build information could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file is no readable ELF file.
    #[error("the Go build information cannot be looked for")]
    Elf {
        /// What is wrong with it.
        #[source]
        source: elf::Error,
    },
    /// The magic is there, and what follows it is broken.
    #[error("malformed Go build information at offset {offset}: {what}")]
    Malformed {
        /// Where the blob begins in the file.
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
}

impl Error {
    /// What to do next, when there is something to do.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Elf { source } => source.hint(),
            Self::Malformed { .. } => {
                Some("build the program again with an unmodified Go toolchain".to_owned())
            }
        }
    }
}

impl BuildInfo {
    /// Reads the build information of one whole ELF file; `Ok(None)` when it holds none (it is no Go program).
    ///
    /// # Errors
    /// When the file is no ELF file, or when the magic is there and nothing readable follows it.
    pub fn read(bytes: &[u8]) -> Result<Option<Self>, Error> {
        let facts = ElfFacts::read(bytes).map_err(|source| Error::Elf { source })?;
        Self::of(bytes, &facts)
    }

    /// The same, for a file whose facts are read already.
    ///
    /// # Errors
    /// When the magic is there and nothing readable follows it.
    pub fn of(bytes: &[u8], facts: &ElfFacts) -> Result<Option<Self>, Error> {
        Self::among((bytes, None), facts, |_| true)
    }

    /// The same, looked for in writable segments alone, where Go's own linker puts it (as Go's `debug/buildinfo` does where
    /// no section is named): what is constant is most of a file.
    pub(crate) fn in_data(bytes: &[u8], facts: &ElfFacts) -> Result<Option<Self>, Error> {
        Self::among((bytes, None), facts, Segment::is_writable)
    }

    /// Notes all that was read of the file.
    pub(crate) fn trace(bytes: &[u8], facts: &ElfFacts, trace: &Trace) {
        // What is wrong with it is told to who reads it.
        let _ = Self::among((bytes, Some(trace)), facts, |_| true);
    }

    fn among(
        (bytes, trace): (&[u8], Option<&Trace>),
        facts: &ElfFacts,
        is_meant: impl Fn(&Segment) -> bool,
    ) -> Result<Option<Self>, Error> {
        let blob = Blobs {
            bytes,
            facts,
            trace,
        };
        let mut malformed = None;
        for offset in blob.candidates(is_meant) {
            match blob.read(offset) {
                Ok(info) => return Ok(Some(info)),
                Err(error) => malformed = malformed.or(Some(error)),
            }
        }
        malformed.map_or(Ok(None), Err)
    }

    /// Whether cgo was on; `None` when the toolchain did not record it.
    pub fn cgo_enabled(&self) -> Option<bool> {
        self.settings.get("CGO_ENABLED").map(|value| value == "1")
    }

    /// The build tags (`-tags`).
    pub fn tags(&self) -> Vec<&str> {
        let tags = self
            .settings
            .get("-tags")
            .map(String::as_str)
            .unwrap_or_default();
        tags.split(',').filter(|tag| !tag.is_empty()).collect()
    }

    /// The CPU level: the setting that belongs to the architecture (`GOAMD64`, `GOARM`, `GOARM64`, …).
    pub fn cpu_level(&self) -> Option<(&str, &str)> {
        let name = match self.settings.get("GOARCH")?.as_str() {
            "amd64" => "GOAMD64",
            "arm64" => "GOARM64",
            "arm" => "GOARM",
            "386" => "GO386",
            "ppc64le" | "ppc64" => "GOPPC64",
            "riscv64" => "GORISCV64",
            _ => return None,
        };
        Some((name, self.settings.get(name)?))
    }
}

struct Blobs<'a> {
    bytes: &'a [u8],
    facts: &'a ElfFacts,
    trace: Option<&'a Trace>,
}

impl<'a> Blobs<'a> {
    fn words(&self, little: bool, wide: bool) -> Words<'a> {
        Words {
            bytes: self.bytes,
            wide,
            little,
            trace: self.trace,
        }
    }

    /// Where the magic stands, the writable segments (where the linker puts it) first.
    fn candidates(&self, is_meant: impl Fn(&Segment) -> bool) -> Vec<u64> {
        let loads = self
            .facts
            .segments
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Load && is_meant(segment));
        let (writable, constant): (Vec<&Segment>, Vec<&Segment>) =
            loads.partition(|segment| segment.is_writable());
        let words = self.words(true, true);
        let mut offsets = Vec::new();
        for segment in writable.into_iter().chain(constant) {
            let Some(raw) = words.room(segment.offset, segment.file_size) else {
                continue;
            };
            let places = memchr::memmem::find_iter(raw, MAGIC).map(|at| at as u64);
            let places = places.inspect(|at| {
                // A search finds the same again.
                words.slice(segment.offset + at, HEADER_SIZE);
            });
            let aligned = places.filter(|at| segment.address.wrapping_add(*at) % ALIGNMENT == 0);
            let room = CANDIDATES_LIMIT.saturating_sub(offsets.len());
            let offsets_of = aligned.map(|at| segment.offset + at);
            offsets.extend(
                offsets_of
                    .filter(|offset| self.is_header(*offset))
                    .take(room),
            );
        }
        offsets
    }

    /// Whether the two bytes after the magic are as Go writes them for such a file. A program that looks for Go programs
    /// has the magic among its texts, and is none itself.
    fn is_header(&self, offset: u64) -> bool {
        let words = self.words(true, true);
        let (Some(pointer_size), Some(flags)) = (words.u8(offset + 14), words.u8(offset + 15))
        else {
            return true;
        };
        let words = self.words(flags & FLAG_BIG_ENDIAN == 0, pointer_size == 8);
        flags & FLAG_INLINE != 0 || matches!(pointer_size, 4 | 8) && self.agrees(words)
    }

    fn read(&self, offset: u64) -> Result<BuildInfo, Error> {
        let malformed = |what| Error::Malformed { offset, what };
        let words = self.words(true, true);
        let (Some(pointer_size), Some(flags)) = (words.u8(offset + 14), words.u8(offset + 15))
        else {
            return Err(malformed("the header is cut short"));
        };
        let (version, modules) = if flags & FLAG_INLINE != 0 {
            let (version, next) = self
                .inline(offset + HEADER_SIZE)
                .ok_or(malformed("no version string"))?;
            let (modules, _) = self.inline(next).ok_or(malformed("no module string"))?;
            (version, modules)
        } else {
            let words = self.words(flags & FLAG_BIG_ENDIAN == 0, pointer_size == 8);
            let string = |at| self.pointed(words, at);
            let version = string(offset + ALIGNMENT).ok_or(malformed("no version string"))?;
            // An old binary built without modules has a null pointer here.
            let modules = string(offset + ALIGNMENT + words.word_size()).unwrap_or_default();
            (version, modules)
        };
        let version =
            std::str::from_utf8(version).map_err(|_| malformed("the version is not UTF-8"))?;
        if version.is_empty() {
            return Err(malformed("the version is empty"));
        }
        let modules = text::unwrap(modules);
        let modules =
            std::str::from_utf8(modules).map_err(|_| malformed("the modules are not UTF-8"))?;
        let mut info = text::parse(modules).map_err(malformed)?;
        version.clone_into(&mut info.go_version);
        Ok(info)
    }

    fn agrees(&self, words: Words<'_>) -> bool {
        words.wide == (self.facts.class == Class::Elf64)
            && words.little == (self.facts.byte_order == ByteOrder::Little)
    }

    /// A length in base 128 and that many bytes; and the offset after them.
    fn inline(&self, offset: u64) -> Option<(&'a [u8], u64)> {
        let words = self.words(true, true);
        let (mut length, mut at) = (0_u64, offset);
        for shift in (0..35).step_by(7) {
            let byte = words.u8(at)?;
            at += 1;
            length |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return (length <= TEXT_LIMIT).then_some((words.slice(at, length)?, at + length));
            }
        }
        None
    }

    /// A pointer to a Go string header (pointer and length), followed.
    fn pointed(&self, words: Words<'a>, at: u64) -> Option<&'a [u8]> {
        let header = self.offset(words.word(at)?)?;
        let length = words.word(header + words.word_size())?;
        let start = self.offset(words.word(header)?)?;
        (length <= TEXT_LIMIT)
            .then(|| words.slice(start, length))
            .flatten()
    }

    fn offset(&self, address: u64) -> Option<u64> {
        let mut loads = self
            .facts
            .segments
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Load);
        loads.find_map(|load| {
            let inside = address
                .checked_sub(load.address)
                .filter(|inside| *inside < load.file_size)?;
            load.offset.checked_add(inside)
        })
    }
}

//! The list of crates that `cargo auditable` embeds.
//!
//! It lives in a section (`.dep-v0`) that no segment points at by name: a file whose section headers were
//! stripped has none that can be found. This is the one fact that the program headers do not lead to.

#[cfg(test)]
mod tests;

use std::ops::Range;

use auditable_info::audit_info_from_slice;

use crate::bytes::Words;
use crate::elf::{ByteOrder, Class, ElfFacts};

/// The list of a binary with 1,000 crates has some 100 KB of JSON.
const JSON_LIMIT: usize = 8 << 20;

/// One crate of an embedded list.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct EmbeddedCrate {
    /// The crate's name.
    pub name: String,
    /// Its semantic version.
    pub version: String,
    /// Where it came from: the default registry's name, `git`, `local`, `registry` or another word.
    pub source: String,
    /// Whether it is in the program or only helped to build it.
    pub kind: CrateKind,
    /// It is the crate that was built.
    pub root: bool,
}

/// What a crate was needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrateKind {
    /// Its code is in the program.
    Runtime,
    /// It ran during the build: build scripts, macros.
    Build,
}

/// Why an embedded list could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is a list, and it is broken or beyond 8 MiB.
    #[error("the embedded list of crates cannot be read")]
    Unreadable {
        /// What `auditable-info` says.
        #[source]
        source: auditable_info::Error,
    },
}

impl Error {
    /// What to do next, when there is something to do.
    pub fn hint(&self) -> Option<String> {
        Some("build the program again with `cargo auditable build`".to_owned())
    }
}

/// The embedded list of one whole file, sorted by name and version; `Ok(None)` when there is none.
///
/// # Errors
/// When there is a list that cannot be read.
pub fn embedded_crates(bytes: &[u8]) -> Result<Option<Vec<EmbeddedCrate>>, Error> {
    use auditable_info::Error as Cause;
    let info = match audit_info_from_slice(bytes, JSON_LIMIT) {
        Ok(info) => info,
        // A file whose sections cannot be read has no list to be found; ElfFacts says what is wrong with it.
        Err(Cause::NoAuditData | Cause::BinaryParsing(_)) => return Ok(None),
        Err(source) => return Err(Error::Unreadable { source }),
    };
    let mut crates: Vec<EmbeddedCrate> =
        info.packages.into_iter().map(EmbeddedCrate::from).collect();
    crates.sort();
    Ok(Some(crates))
}

/// Where the list of a file is, and the headers and names that lead to it; nothing where there is no list.
pub(crate) fn parts(bytes: &[u8], facts: &ElfFacts) -> Vec<Range<usize>> {
    let words = Words {
        bytes,
        wide: facts.class == Class::Elf64,
        little: facts.byte_order == ByteOrder::Little,
        trace: None,
    };
    let sections = Sections::of(words);
    sections
        .and_then(|sections| sections.leading_to(SECTION))
        .unwrap_or_default()
}

/// The section that has the list.
const SECTION: &[u8] = b".dep-v0\0";
/// A list is written down compressed, and is no longer than this.
const SECTION_LIMIT: u64 = JSON_LIMIT as u64;

/// The table of section headers.
struct Sections<'a> {
    words: Words<'a>,
    table: u64,
    count: u64,
    names: u64,
}

impl<'a> Sections<'a> {
    fn of(words: Words<'a>) -> Option<Self> {
        let (table, counts) = if words.wide { (40, 60) } else { (32, 48) };
        Some(Self {
            table: words.word(table)?,
            count: u64::from(words.u16(counts)?),
            names: u64::from(words.u16(counts + 2)?),
            words,
        })
    }

    fn header_size(&self) -> u64 {
        if self.words.wide { 64 } else { 40 }
    }

    /// Where the content of a section is, and how long it is.
    fn content(&self, section: u64) -> Option<(u64, u64)> {
        let header = self
            .table
            .checked_add(section.checked_mul(self.header_size())?)?;
        let (offset, size) = if self.words.wide { (24, 32) } else { (16, 20) };
        Some((
            self.words.word(header.checked_add(offset)?)?,
            self.words.word(header.checked_add(size)?)?,
        ))
    }

    /// The headers, their names, and the content of the first section of this name.
    fn leading_to(&self, name: &[u8]) -> Option<Vec<Range<usize>>> {
        let (names, names_size) = self.content(self.names)?;
        let is_called = |section: &u64| {
            let header = self.table.checked_add(section * self.header_size())?;
            let at = names.checked_add(self.words.u32(header)?.into())?;
            self.words.slice(at, name.len() as u64)
        };
        let section = (0..self.count).find(|section| is_called(section) == Some(name))?;
        let (offset, size) = self.content(section)?;
        let headers = self.count.checked_mul(self.header_size())?;
        let parts = [
            (self.table, headers),
            (names, names_size),
            (offset, size.min(SECTION_LIMIT)),
        ];
        let range = |(start, length): (u64, u64)| {
            self.words.room(start, length)?;
            let start = usize::try_from(start).ok()?;
            Some(start..start + usize::try_from(length).ok()?)
        };
        parts.into_iter().map(range).collect()
    }
}

impl From<auditable_serde::Package> for EmbeddedCrate {
    fn from(package: auditable_serde::Package) -> Self {
        use auditable_serde::DependencyKind;
        Self {
            name: package.name,
            version: package.version.to_string(),
            source: String::from(package.source),
            kind: match package.kind {
                DependencyKind::Runtime => CrateKind::Runtime,
                DependencyKind::Build => CrateKind::Build,
            },
            root: package.root,
        }
    }
}

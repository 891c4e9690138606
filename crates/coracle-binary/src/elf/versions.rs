//! Symbol versions: what is asked of other files (verneed) and what a file defines (verdef).
//!
//! The loader follows `vn_next` and `vna_next` until they are zero and ignores the counts; so does this.

use super::dynamic::{Dynamic, VERDEF, VERNEED};
use super::hash::system_hash;
use super::{Error, take};
use crate::bytes::Words;

/// Beyond any real file: libc.so.6 defines about 40 versions.
const ENTRIES_LIMIT: u64 = 65_536;
const VER_FLG_BASE: u16 = 1;
const VER_FLG_WEAK: u16 = 2;

/// The versions that a file asks of one other file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionNeed {
    /// The soname, as in NEEDED.
    pub file: String,
    /// The versions, in file order.
    pub versions: Vec<NeededVersion>,
}

/// One version that a file asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededVersion {
    /// Its name, such as `GLIBC_2.34`.
    pub name: String,
    /// `VER_FLG_WEAK` is set: glibc only warns when it is missing. A weak *symbol* alone does not set it.
    pub weak: bool,
    /// The record's hash is the name's, as in every file that a linker made. glibc compares both: a version with another
    /// hash is defined nowhere.
    pub hashed: bool,
}

/// A need with the numbers by which `DT_VERSYM` points at its versions.
pub(super) struct IndexedNeed {
    pub(super) file: String,
    pub(super) versions: Vec<(u16, NeededVersion)>,
}

impl IndexedNeed {
    pub(super) fn forget_indexes(self) -> VersionNeed {
        VersionNeed {
            file: self.file,
            versions: self
                .versions
                .into_iter()
                .map(|(_, version)| version)
                .collect(),
        }
    }
}

/// A version that a file defines, with the number by which `DT_VERSYM` points at it.
pub(super) struct IndexedDefinition {
    pub(super) number: u16,
    /// `VER_FLG_BASE`: the name of the file itself, which no symbol can be asked of.
    pub(super) base: bool,
    /// As [`NeededVersion::hashed`].
    pub(super) hashed: bool,
    pub(super) name: String,
}

/// The number in `GLIBC_2.34` (or `GLIBC_2.2.5`, cut to two parts); `None` for names without one.
pub fn glibc_number(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.strip_prefix("GLIBC_")?.split('.');
    let major = parts.next()?.parse().ok()?;
    let minor = parts.next()?.parse().ok()?;
    parts
        .all(|part| part.parse::<u32>().is_ok())
        .then_some((major, minor))
}

pub(super) fn needs(dynamic: &Dynamic<'_>) -> Result<Vec<IndexedNeed>, Error> {
    let Some(address) = dynamic.value(VERNEED) else {
        return Ok(Vec::new());
    };
    let mut at = dynamic.offset("the version needs", address)?;
    let mut needs = Vec::new();
    let mut steps = Steps::new("version needs");
    loop {
        let entry = record(dynamic, "a version need", at, 16)?;
        let (file, first, next) = (entry.u32(4), entry.u32(8), entry.u32(12));
        let file = dynamic.text(
            "the file of a version need",
            file.unwrap_or_default().into(),
        )?;
        let first = at.saturating_add(first.unwrap_or_default().into());
        needs.push(IndexedNeed {
            file,
            versions: needed_versions(dynamic, first, &mut steps)?,
        });
        match next {
            None | Some(0) => return Ok(needs),
            Some(next) => at = at.saturating_add(next.into()),
        }
        steps.one()?;
    }
}

fn needed_versions(
    dynamic: &Dynamic<'_>,
    first: u64,
    steps: &mut Steps,
) -> Result<Vec<(u16, NeededVersion)>, Error> {
    let mut at = first;
    let mut versions = Vec::new();
    loop {
        let entry = record(dynamic, "a needed version", at, 16)?;
        let name = dynamic.text(
            "the name of a needed version",
            entry.u32(8).unwrap_or_default().into(),
        )?;
        let version = NeededVersion {
            weak: entry.u16(4).unwrap_or_default() & VER_FLG_WEAK != 0,
            hashed: entry.u32(0) == Some(system_hash(name.as_bytes())),
            name,
        };
        versions.push((entry.u16(6).unwrap_or_default(), version));
        match entry.u32(12) {
            None | Some(0) => return Ok(versions),
            Some(next) => at = at.saturating_add(next.into()),
        }
        steps.one()?;
    }
}

pub(super) fn definitions(dynamic: &Dynamic<'_>) -> Result<Option<Vec<IndexedDefinition>>, Error> {
    let Some(address) = dynamic.value(VERDEF) else {
        return Ok(None);
    };
    let mut at = dynamic.offset("the version definitions", address)?;
    let mut definitions = Vec::new();
    let mut steps = Steps::new("version definitions");
    loop {
        let entry = record(dynamic, "a version definition", at, 20)?;
        // The first auxiliary entry is the version's own name; those after it are what it inherits from.
        let own = at.saturating_add(entry.u32(12).unwrap_or_default().into());
        let own = record(dynamic, "the name of a version definition", own, 8)?;
        let name = dynamic.text(
            "the name of a version definition",
            own.u32(0).unwrap_or_default().into(),
        )?;
        definitions.push(IndexedDefinition {
            hashed: entry.u32(8) == Some(system_hash(name.as_bytes())),
            number: entry.u16(4).unwrap_or_default(),
            base: entry.u16(2).unwrap_or_default() & VER_FLG_BASE != 0,
            name,
        });
        match entry.u32(16) {
            None | Some(0) => return Ok(Some(definitions)),
            Some(next) => at = at.saturating_add(next.into()),
        }
        steps.one()?;
    }
}

fn record<'a>(
    dynamic: &Dynamic<'a>,
    structure: &'static str,
    at: u64,
    size: u64,
) -> Result<Words<'a>, Error> {
    let words = dynamic.words();
    Ok(Words {
        bytes: take(words, structure, at, size)?,
        trace: None,
        ..words
    })
}

struct Steps {
    what: &'static str,
    taken: u64,
}

impl Steps {
    fn new(what: &'static str) -> Self {
        Self { what, taken: 0 }
    }

    fn one(&mut self) -> Result<(), Error> {
        self.taken += 1;
        if self.taken > ENTRIES_LIMIT {
            return Err(Error::TooMany {
                what: self.what,
                count: self.taken,
                limit: ENTRIES_LIMIT,
            });
        }
        Ok(())
    }
}

//! `PT_DYNAMIC` as the loader walks it: tags, strings, and addresses mapped through `PT_LOAD`.

use std::cell::Cell;

use super::{Error, Flags, Segment, SegmentKind, take};
use crate::bytes::Words;

pub(super) const NEEDED: u64 = 1;
pub(super) const PLTRELSZ: u64 = 2;
pub(super) const HASH: u64 = 4;
const STRTAB: u64 = 5;
pub(super) const SYMTAB: u64 = 6;
pub(super) const RELA: u64 = 7;
pub(super) const RELASZ: u64 = 8;
const STRSZ: u64 = 10;
pub(super) const SONAME: u64 = 14;
pub(super) const RPATH: u64 = 15;
const SYMBOLIC: u64 = 16;
pub(super) const REL: u64 = 17;
pub(super) const RELSZ: u64 = 18;
pub(super) const PLTREL: u64 = 20;
const TEXTREL: u64 = 22;
pub(super) const JMPREL: u64 = 23;
const BIND_NOW: u64 = 24;
pub(super) const RUNPATH: u64 = 29;
const FLAGS: u64 = 30;
pub(super) const RELR: u64 = 36;
pub(super) const GNU_HASH: u64 = 0x6fff_fef5;
pub(super) const DEPAUDIT: u64 = 0x6fff_fefb;
pub(super) const AUDIT: u64 = 0x6fff_fefc;
pub(super) const VERSYM: u64 = 0x6fff_fff0;
const FLAGS_1: u64 = 0x6fff_fffb;
pub(super) const VERDEF: u64 = 0x6fff_fffc;
pub(super) const VERNEED: u64 = 0x6fff_fffe;
pub(super) const AUXILIARY: u64 = 0x7fff_fffd;
pub(super) const FILTER: u64 = 0x7fff_ffff;

/// Beyond any real dynamic section (Chromium has about 100 entries).
const ENTRIES_LIMIT: u64 = 65_536;

/// The entries of one `PT_DYNAMIC`, and the means to follow them.
pub(super) struct Dynamic<'a> {
    words: Words<'a>,
    loads: Vec<Segment>,
    entries: Vec<(u64, u64)>,
    table: &'a [u8],
    /// How many more bytes of strings may be copied: overlapping strings could blow a small file up.
    budget: Cell<usize>,
}

impl<'a> Dynamic<'a> {
    pub(super) fn read(words: Words<'a>, segments: &[Segment]) -> Result<Option<Self>, Error> {
        let Some(segment) = segments
            .iter()
            .find(|segment| segment.kind == SegmentKind::Dynamic)
        else {
            return Ok(None);
        };
        let loads = segments
            .iter()
            .copied()
            .filter(|segment| segment.kind == SegmentKind::Load)
            .collect();
        let mut dynamic = Self {
            words,
            loads,
            entries: Vec::new(),
            table: &[],
            budget: Cell::new(0),
        };
        let structure = "the dynamic section";
        let offset = dynamic.offset(structure, segment.address)?;
        dynamic.entries = dynamic.entries_at(offset, segment.file_size)?;
        if let Some(address) = dynamic.value(STRTAB) {
            let offset = dynamic.offset("the string table", address)?;
            let size = dynamic.value(STRSZ).unwrap_or_default();
            dynamic.table = take(words, "the string table", offset, size)?;
        }
        dynamic.budget = Cell::new(budget(dynamic.table));
        Ok(Some(dynamic))
    }

    fn entries_at(&self, offset: u64, size: u64) -> Result<Vec<(u64, u64)>, Error> {
        let word = self.words.word_size();
        let mut entries = Vec::new();
        for index in 0..size / (2 * word) {
            if index >= ENTRIES_LIMIT {
                return Err(Error::TooMany {
                    what: "dynamic entries",
                    count: index,
                    limit: ENTRIES_LIMIT,
                });
            }
            let at = offset.saturating_add(index * 2 * word);
            let raw = Words {
                bytes: take(self.words, "a dynamic entry", at, 2 * word)?,
                trace: None,
                ..self.words
            };
            match (raw.word(0), raw.word(word)) {
                (Some(0), _) | (None, _) | (_, None) => break,
                (Some(tag), Some(value)) => entries.push((tag, value)),
            }
        }
        Ok(entries)
    }

    pub(super) fn words(&self) -> Words<'a> {
        self.words
    }

    /// The value of a tag; the last one counts, as in the loader.
    pub(super) fn value(&self, tag: u64) -> Option<u64> {
        self.entries
            .iter()
            .rev()
            .find(|entry| entry.0 == tag)
            .map(|entry| entry.1)
    }

    /// The file offset of an address, by the `PT_LOAD` that holds it.
    pub(super) fn offset(&self, structure: &'static str, address: u64) -> Result<u64, Error> {
        self.extent(structure, address).map(|(offset, _)| offset)
    }

    /// The file offset of an address, and how many bytes of its `PT_LOAD` follow it in the file.
    pub(super) fn extent(
        &self,
        structure: &'static str,
        address: u64,
    ) -> Result<(u64, u64), Error> {
        let holding = self.loads.iter().find_map(|load| {
            let inside = address
                .checked_sub(load.address)
                .filter(|inside| *inside < load.file_size)?;
            Some((load.offset.checked_add(inside)?, load.file_size - inside))
        });
        holding.ok_or(Error::Unmapped { structure, address })
    }

    /// Every string of a repeatable tag, in file order.
    pub(super) fn strings(&self, what: &'static str, tag: u64) -> Result<Vec<String>, Error> {
        let values = self.entries.iter().filter(|entry| entry.0 == tag);
        values.map(|entry| self.text(what, entry.1)).collect()
    }

    pub(super) fn string(&self, what: &'static str, tag: u64) -> Result<Option<String>, Error> {
        self.value(tag)
            .map(|offset| self.text(what, offset))
            .transpose()
    }

    /// The string at an offset of the string table.
    pub(super) fn text(&self, what: &'static str, offset: u64) -> Result<String, Error> {
        self.lent_text(what, offset).map(str::to_owned)
    }

    /// The same, where it is.
    pub(super) fn lent_text(&self, what: &'static str, offset: u64) -> Result<&'a str, Error> {
        let size = self.table.len() as u64;
        let start = usize::try_from(offset).ok();
        let rest = start.and_then(|start| self.table.get(start..));
        let raw = rest.and_then(|rest| rest.get(..memchr::memchr(0, rest)?));
        let raw = raw.ok_or(Error::BadString { what, offset, size })?;
        self.charge(raw.len())?;
        let got = || raw.get(..16).unwrap_or(raw).to_vec();
        std::str::from_utf8(raw).map_err(|_| Error::NotText { what, got: got() })
    }

    /// The string table.
    pub(super) fn strings_table(&self) -> &'a [u8] {
        self.table
    }

    /// Takes the bytes of a copied string from what may be copied.
    pub(super) fn charge(&self, bytes: usize) -> Result<(), Error> {
        let Some(left) = self.budget.get().checked_sub(bytes) else {
            let limit = budget(self.table) as u64;
            return Err(Error::TooMany {
                what: "bytes of strings",
                count: limit + 1,
                limit,
            });
        };
        self.budget.set(left);
        Ok(())
    }

    pub(super) fn flags(&self) -> Flags {
        let has = |tag: u64| self.value(tag).is_some();
        let old = self.value(FLAGS).unwrap_or_default();
        let new = self.value(FLAGS_1).unwrap_or_default();
        Flags {
            bind_now: has(BIND_NOW) || old & 0x8 != 0 || new & 0x1 != 0,
            nodeflib: new & 0x800 != 0,
            pie: new & 0x0800_0000 != 0,
            textrel: has(TEXTREL) || old & 0x4 != 0,
            symbolic: has(SYMBOLIC) || old & 0x2 != 0,
            static_tls: old & 0x10 != 0,
        }
    }
}

/// Eight times what the table holds: names are shared, but not more often than that.
fn budget(table: &[u8]) -> usize {
    table.len().saturating_mul(8).saturating_add(1 << 20)
}

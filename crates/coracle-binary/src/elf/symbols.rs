//! The undefined dynamic symbols, without section headers: the hash tables and the relocations say how
//! far the symbol table goes.
//!
//! A GNU hash table covers only defined symbols (an executable that exports nothing has an empty one), so
//! the relocations are walked too: a symbol that no relocation names is one that the loader never looks up.

use super::dynamic::{Dynamic, SYMTAB, VERSYM};
use super::imports::{Collected, Imports};
use super::versions::IndexedNeed;
use super::{Error, Machine, hash, relocations, take};
use crate::bytes::Words;

/// Beyond any real file: Chromium's libraries have some 10⁵ dynamic symbols.
const SYMBOLS_LIMIT: u64 = 1 << 22;
const STB_WEAK: u8 = 2;

/// The symbol table and, beside it, the version numbers: as many of both as are reached.
pub(super) struct Table<'a> {
    words: Words<'a>,
    numbers: Option<Words<'a>>,
    pub(super) count: u64,
}

impl<'a> Table<'a> {
    /// The tables of this many symbols, which [`count`] tells.
    pub(super) fn read(dynamic: &Dynamic<'a>, count: u64) -> Result<Option<Self>, Error> {
        let Some(address) = dynamic.value(SYMTAB) else {
            return Ok(None);
        };
        let table = dynamic.offset("the symbol table", address)?;
        if count > SYMBOLS_LIMIT {
            return Err(Error::TooMany {
                what: "dynamic symbols",
                count,
                limit: SYMBOLS_LIMIT,
            });
        }
        let words = dynamic.words();
        let size = entry_size(words) * count;
        Ok(Some(Self {
            words: Words {
                bytes: take(words, "the symbol table", table, size)?,
                trace: None,
                ..words
            },
            numbers: version_numbers(dynamic, count)?,
            count,
        }))
    }

    /// The raw entry of one symbol.
    pub(super) fn entry(&self, index: u64) -> Option<Words<'a>> {
        let size = entry_size(self.words);
        Some(Words {
            bytes: self.words.slice(index.checked_mul(size)?, size)?,
            ..self.words
        })
    }

    /// Whether there is a `DT_VERSYM`.
    pub(super) fn has_numbers(&self) -> bool {
        self.numbers.is_some()
    }

    /// What `DT_VERSYM` has for one symbol.
    pub(super) fn number(&self, index: u64) -> Option<u16> {
        self.numbers?.u16(index.checked_mul(2)?)
    }
}

fn entry_size(words: Words<'_>) -> u64 {
    if words.wide { 24 } else { 16 }
}

/// How many symbols the hash tables and the relocations reach.
fn count(dynamic: &Dynamic<'_>, machine: Machine) -> Result<u64, Error> {
    let relocated = relocations::count(&relocations::tables(dynamic)?);
    Ok(hash::count(dynamic, machine)?.max(relocated))
}

/// How many dynamic symbols are reached, and those of them that are undefined.
pub(super) fn imports(
    dynamic: &Dynamic<'_>,
    machine: Machine,
    needs: &[IndexedNeed],
) -> Result<(u64, Imports), Error> {
    if dynamic.value(SYMTAB).is_none() {
        return Ok((0, Imports::default()));
    }
    let Some(table) = Table::read(dynamic, count(dynamic, machine)?)? else {
        return Ok((0, Imports::default()));
    };
    let mut imports = Collected::default();
    let versions = versions(needs, &mut imports);
    for index in 1..table.count {
        let Some(symbol) = table.entry(index) else {
            continue;
        };
        if let Some((name, weak)) = undefined(dynamic, symbol)? {
            let number = usize::from(table.number(index).unwrap_or_default() & 0x7fff);
            let version = versions.get(number).copied().flatten();
            imports.add(name, version, weak).ok_or(too_long())?;
        }
    }
    Ok((table.count, imports.done()))
}

fn too_long() -> Error {
    Error::TooMany {
        what: "bytes of names",
        count: u64::from(u32::MAX) + 1,
        limit: u32::MAX.into(),
    }
}

/// The name of one symbol, when it is undefined, and whether it is weak.
fn undefined<'a>(
    dynamic: &Dynamic<'a>,
    symbol: Words<'_>,
) -> Result<Option<(&'a str, bool)>, Error> {
    let (info, section) = if symbol.wide { (4, 6) } else { (12, 14) };
    if symbol.u16(section) != Some(0) {
        return Ok(None);
    }
    let name = symbol.u32(0).unwrap_or_default();
    let name = dynamic.lent_text("a symbol's name", name.into())?;
    let weak = symbol.u8(info).unwrap_or_default() >> 4 == STB_WEAK;
    Ok((!name.is_empty()).then_some((name, weak)))
}

/// Where the versions are among the imports', by their numbers.
fn versions(needs: &[IndexedNeed], imports: &mut Collected) -> Vec<Option<u16>> {
    let mut places: Vec<Option<u16>> = Vec::new();
    for need in needs {
        for (number, version) in &need.versions {
            let number = usize::from(number & 0x7fff);
            if places.len() <= number {
                places.resize(number + 1, None);
            }
            if let Some(place) = places.get_mut(number) {
                *place = imports.version(&version.name, &need.file);
            }
        }
    }
    places
}

fn version_numbers<'a>(dynamic: &Dynamic<'a>, count: u64) -> Result<Option<Words<'a>>, Error> {
    let Some(address) = dynamic.value(VERSYM) else {
        return Ok(None);
    };
    let offset = dynamic.offset("the version table", address)?;
    let words = dynamic.words();
    Ok(Some(Words {
        bytes: take(words, "the version table", offset, count * 2)?,
        trace: None,
        ..words
    }))
}

//! The undefined dynamic symbols, without section headers: the hash tables and the relocations say how
//! far the symbol table goes.
//!
//! A GNU hash table covers only defined symbols (an executable that exports nothing has an empty one), so
//! the relocations are walked too: a symbol that no relocation names is one that the loader never looks up.

use std::collections::BTreeMap;

use super::dynamic::{
    Dynamic, GNU_HASH, HASH, JMPREL, PLTREL, PLTRELSZ, REL, RELA, RELASZ, RELSZ, SYMTAB, VERSYM,
};
use super::versions::IndexedNeed;
use super::{Error, Machine, take};
use crate::bytes::Words;

/// Beyond any real file: Chromium's libraries have some 10⁵ dynamic symbols.
const SYMBOLS_LIMIT: u64 = 1 << 22;
const STB_WEAK: u8 = 2;

/// A symbol that another file must define.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The symbol's name.
    pub name: String,
    /// The version asked for, such as `GLIBC_2.34`; `None` when the symbol has none.
    pub version: Option<String>,
    /// The file that the version is asked of.
    pub file: Option<String>,
    /// `STB_WEAK`: it may be missing.
    pub weak: bool,
}

/// How many dynamic symbols are reached, and those of them that are undefined, sorted.
pub(super) fn imports(
    dynamic: &Dynamic<'_>,
    machine: Machine,
    needs: &[IndexedNeed],
) -> Result<(u64, Vec<Import>), Error> {
    let Some(address) = dynamic.value(SYMTAB) else {
        return Ok((0, Vec::new()));
    };
    let table = dynamic.offset("the symbol table", address)?;
    let count = hashed(dynamic, machine)?
        .max(gnu_hashed(dynamic)?)
        .max(relocated(dynamic)?);
    if count > SYMBOLS_LIMIT {
        return Err(Error::TooMany {
            what: "dynamic symbols",
            count,
            limit: SYMBOLS_LIMIT,
        });
    }
    let words = dynamic.words();
    let size: u8 = if words.wide { 24 } else { 16 };
    let symbols = take(words, "the symbol table", table, u64::from(size) * count)?;
    let numbers = Words {
        bytes: version_numbers(dynamic, count)?,
        ..words
    };
    let names = names(needs);
    let mut imports = Vec::new();
    for (index, raw) in (0..).zip(symbols.chunks(usize::from(size))).skip(1) {
        let number = numbers.u16(index * 2).unwrap_or_default() & 0x7fff;
        imports.extend(import(
            dynamic,
            Words {
                bytes: raw,
                ..words
            },
            names.get(&number),
        )?);
    }
    imports.sort_unstable();
    imports.dedup();
    Ok((count, imports))
}

/// One symbol, when it is undefined.
fn import(
    dynamic: &Dynamic<'_>,
    symbol: Words<'_>,
    version: Option<&(&str, &str)>,
) -> Result<Option<Import>, Error> {
    let (info, section) = if symbol.wide { (4, 6) } else { (12, 14) };
    if symbol.u16(section) != Some(0) {
        return Ok(None);
    }
    let name = dynamic.text("a symbol's name", symbol.u32(0).unwrap_or_default().into())?;
    if name.is_empty() {
        return Ok(None);
    }
    let (file, version) = version.copied().unzip();
    dynamic.charge(file.unwrap_or_default().len() + version.unwrap_or_default().len())?;
    Ok(Some(Import {
        name,
        version: version.map(str::to_owned),
        file: file.map(str::to_owned),
        weak: symbol.u8(info).unwrap_or_default() >> 4 == STB_WEAK,
    }))
}

fn names(needs: &[IndexedNeed]) -> BTreeMap<u16, (&str, &str)> {
    let mut names = BTreeMap::new();
    for need in needs {
        for (number, version) in &need.versions {
            names.insert(number & 0x7fff, (need.file.as_str(), version.name.as_str()));
        }
    }
    names
}

fn version_numbers<'a>(dynamic: &Dynamic<'a>, count: u64) -> Result<&'a [u8], Error> {
    let Some(address) = dynamic.value(VERSYM) else {
        return Ok(&[]);
    };
    let offset = dynamic.offset("the version table", address)?;
    take(dynamic.words(), "the version table", offset, count * 2)
}

/// `DT_HASH` says the count outright: it has one chain entry a symbol.
fn hashed(dynamic: &Dynamic<'_>, machine: Machine) -> Result<u64, Error> {
    let Some(address) = dynamic.value(HASH) else {
        return Ok(0);
    };
    let offset = dynamic.offset("the hash table", address)?;
    let words = dynamic.words();
    // 64-bit s390 is the odd one out: its hash words have eight bytes.
    let wide = machine == Machine::S390x && words.wide;
    let size = if wide { 8 } else { 4 };
    let raw = Words {
        bytes: take(words, "the hash table", offset, 2 * size)?,
        ..words
    };
    Ok(if wide {
        raw.u64(8)
    } else {
        raw.u32(4).map(u64::from)
    }
    .unwrap_or_default())
}

/// `DT_GNU_HASH` says it indirectly: the chain of the highest bucket ends at the last symbol.
fn gnu_hashed(dynamic: &Dynamic<'_>) -> Result<u64, Error> {
    let Some(address) = dynamic.value(GNU_HASH) else {
        return Ok(0);
    };
    let structure = "the GNU hash table";
    let (offset, room) = dynamic.extent(structure, address)?;
    let words = Words {
        bytes: take(dynamic.words(), structure, offset, room)?,
        ..dynamic.words()
    };
    let truncated = |expected| Error::Truncated {
        structure,
        offset,
        expected,
        got: room,
    };
    let field = |at: u64| words.u32(at).map(u64::from).ok_or(truncated(at + 4));
    let (buckets, first, bloom) = (field(0)?, field(4)?, field(8)?);
    let chains = 16 + bloom * words.word_size() + buckets * 4;
    if chains > room {
        return Err(truncated(chains));
    }
    let mut last = 0;
    for bucket in 0..buckets {
        last = last.max(field(16 + bloom * words.word_size() + bucket * 4)?);
    }
    if last < first {
        return Ok(first);
    }
    // Each word of a chain is one symbol's hash; the lowest bit marks the chain's end.
    while field(chains + (last - first) * 4)? & 1 == 0 {
        last += 1;
    }
    Ok(last + 1)
}

/// One more than the highest symbol that a relocation names.
fn relocated(dynamic: &Dynamic<'_>) -> Result<u64, Error> {
    const RELA_TAG: u64 = RELA;
    let plt_addends = dynamic.value(PLTREL) == Some(RELA_TAG);
    let tables = [
        (RELA, RELASZ, true),
        (REL, RELSZ, false),
        (JMPREL, PLTRELSZ, plt_addends),
    ];
    let mut count = 0;
    for (tag, size, addends) in tables {
        let (Some(address), Some(size)) = (dynamic.value(tag), dynamic.value(size)) else {
            continue;
        };
        if size > 0 {
            count = count.max(highest(dynamic, address, size, addends)?);
        }
    }
    Ok(count)
}

fn highest(dynamic: &Dynamic<'_>, address: u64, size: u64, addends: bool) -> Result<u64, Error> {
    let structure = "the relocations";
    let offset = dynamic.offset(structure, address)?;
    let words = Words {
        bytes: take(dynamic.words(), structure, offset, size)?,
        ..dynamic.words()
    };
    let word = words.word_size();
    let entry = word * if addends { 3 } else { 2 };
    let mut highest = 0;
    for index in 0..size / entry {
        let info = words.word(index * entry + word).unwrap_or_default();
        highest = highest.max(if words.wide { info >> 32 } else { info >> 8 });
    }
    Ok(if highest == 0 { 0 } else { highest + 1 })
}

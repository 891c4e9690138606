//! The relocations: which symbols they name, and what for.
//!
//! A symbol that no relocation names is one that the loader never looks up.

use std::collections::BTreeSet;

use super::dynamic::{Dynamic, JMPREL, PLTREL, PLTRELSZ, REL, RELA, RELASZ, RELSZ};
use super::{Error, Machine, take};
use crate::bytes::Words;

/// What the relocations of an object want of one of its symbols.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Uses {
    /// Its bytes, to be copied into the program.
    pub(crate) copy: bool,
    /// Its address, in data: an address in another object's procedure linkage table will do.
    pub(crate) data: bool,
    /// The definition itself, at start: thread-local variables, and slots outside of `DT_JMPREL`.
    pub(crate) definition: bool,
    /// The definition, in a slot of `DT_JMPREL`: at the first call, if the object is bound lazily.
    pub(crate) call: bool,
    /// The module or the place of a thread-local variable.
    pub(crate) thread_local: bool,
}

impl Uses {
    pub(crate) fn any(self) -> bool {
        self != Self::default()
    }
}

/// One table of relocations.
pub(super) struct Table<'a> {
    words: Words<'a>,
    addends: bool,
    /// It is `DT_JMPREL`.
    lazy: bool,
}

/// The tables as the loader takes them.
pub(super) fn tables<'a>(dynamic: &Dynamic<'a>) -> Result<Vec<Table<'a>>, Error> {
    let place = |tag, size| Some((dynamic.value(tag)?, dynamic.value(size)?));
    let lazy = place(JMPREL, PLTRELSZ);
    let lazy_addends = dynamic.value(PLTREL) == Some(RELA);
    let mut tables = Vec::new();
    for (tag, size, addends) in [(RELA, RELASZ, true), (REL, RELSZ, false)] {
        let Some((address, mut size)) = place(tag, size) else {
            continue;
        };
        // Some linkers count the lazy ones among the others; the loader takes them out.
        if let Some((start, length)) = lazy.filter(|_| lazy_addends == addends)
            && start.checked_add(length) == address.checked_add(size)
        {
            size = size.saturating_sub(length);
        }
        tables.extend(table(dynamic, address, size, addends, false)?);
    }
    if let Some((address, size)) = lazy {
        tables.extend(table(dynamic, address, size, lazy_addends, true)?);
    }
    Ok(tables)
}

fn table<'a>(
    dynamic: &Dynamic<'a>,
    address: u64,
    size: u64,
    addends: bool,
    lazy: bool,
) -> Result<Option<Table<'a>>, Error> {
    if size == 0 {
        return Ok(None);
    }
    let structure = "the relocations";
    let offset = dynamic.offset(structure, address)?;
    let words = Words {
        bytes: take(dynamic.words(), structure, offset, size)?,
        trace: None,
        ..dynamic.words()
    };
    Ok(Some(Table {
        words,
        addends,
        lazy,
    }))
}

impl<'a> Table<'a> {
    /// The symbol's index and the relocation's type.
    fn entries(&self) -> impl Iterator<Item = (u64, u64)> + use<'a> {
        let words = self.words;
        let size = if words.wide { 8 } else { 4 };
        let entry = if self.addends { 3 * size } else { 2 * size };
        words.bytes.chunks_exact(entry).map(move |raw| {
            let raw = Words {
                bytes: raw,
                ..words
            };
            let info = raw.word(raw.word_size()).unwrap_or_default();
            if raw.wide {
                (info >> 32, info & 0xffff_ffff)
            } else {
                (info >> 8, info & 0xff)
            }
        })
    }
}

/// The numbers of the types that are used, in order.
pub(super) fn types(tables: &[Table<'_>]) -> BTreeSet<u64> {
    let entries = tables.iter().flat_map(Table::entries);
    entries.map(|(_, number)| number).collect()
}

/// One more than the highest symbol that a relocation names.
pub(super) fn count(tables: &[Table<'_>]) -> u64 {
    let symbols = tables.iter().flat_map(Table::entries);
    match symbols.map(|(symbol, _)| symbol).max() {
        None | Some(0) => 0,
        Some(highest) => highest + 1,
    }
}

/// The uses of each symbol, by its index.
pub(super) fn uses(tables: &[Table<'_>], machine: Machine, count: u64) -> Vec<Uses> {
    let mut uses = vec![Uses::default(); usize::try_from(count).unwrap_or_default()];
    let types = Types::of(machine);
    for table in tables {
        for (symbol, number) in table.entries().filter(|entry| entry.0 != 0) {
            let Some(uses) = usize::try_from(symbol)
                .ok()
                .and_then(|symbol| uses.get_mut(symbol))
            else {
                continue;
            };
            types.note(number, table.lazy, uses);
        }
    }
    uses
}

/// The symbol of the first relocation that wants the place of one of the file's own thread-local variables as it is before
/// any thread starts (the initial-exec model); one without a symbol is its own.
pub(super) fn initial_exec(
    tables: &[Table<'_>],
    machine: Machine,
    is_own: impl Fn(u64) -> bool,
) -> Option<u64> {
    let wanted = places_before_start(machine);
    let entries = tables.iter().flat_map(Table::entries);
    let mut wanted = entries.filter(|(_, number)| wanted.contains(number));
    let (symbol, _) = wanted.find(|(symbol, _)| *symbol == 0 || is_own(*symbol))?;
    Some(symbol)
}

/// `R_*_TPOFF` and the like of a machine.
fn places_before_start(machine: Machine) -> &'static [u64] {
    match machine {
        Machine::X86_64 => &[18],
        Machine::Aarch64 => &[1030],
        Machine::Arm => &[19],
        Machine::I386 => &[14, 37],
        Machine::Riscv64 => &[10, 11],
        Machine::Ppc64le => &[73],
        Machine::S390x => &[56],
        Machine::Other(_) => &[],
    }
}

/// The numbers of a machine's relocations that are told apart. Each of the rest puts an address into data.
struct Types {
    copy: u64,
    slot: u64,
    /// Those without a symbol.
    relative: &'static [u64],
    thread_local: &'static [u64],
}

impl Types {
    fn of(machine: Machine) -> Self {
        let (copy, slot, relative, thread_local): (u64, u64, &[u64], &[u64]) = match machine {
            Machine::X86_64 => (5, 7, &[8, 37, 38], &[16, 17, 18, 36]),
            Machine::Aarch64 => (1024, 1026, &[1027, 1032], &[1028, 1029, 1030, 1031]),
            Machine::Arm => (20, 22, &[23, 160], &[13, 17, 18, 19]),
            Machine::I386 => (5, 7, &[8, 42], &[14, 35, 36, 37, 41]),
            Machine::Riscv64 => (4, 5, &[3, 58], &[6, 7, 8, 9, 10, 11, 12]),
            Machine::Ppc64le => (19, 21, &[22, 248], &[68, 73, 78]),
            Machine::S390x => (9, 11, &[12, 61], &[54, 55, 56]),
            Machine::Other(_) => (u64::MAX, u64::MAX, &[], &[]),
        };
        Self {
            copy,
            slot,
            relative,
            thread_local,
        }
    }

    fn note(&self, number: u64, lazy: bool, uses: &mut Uses) {
        if number == 0 || self.relative.contains(&number) {
            return;
        }
        if number == self.slot {
            uses.call |= lazy;
            uses.definition |= !lazy;
        } else if self.thread_local.contains(&number) {
            uses.definition = true;
            uses.thread_local = true;
        } else if number == self.copy {
            uses.copy = true;
        } else {
            uses.data = true;
        }
    }
}

//! The dynamic symbols as a loader goes through them: found by name in the hash tables, and those
//! that the relocations want. Names are borrowed from the file; nothing is copied or sorted.
//!
//! Which definition answers which request is the loader's rule, and not known here.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use super::dynamic::Dynamic;
use super::hash::{HashTable, Name, Work};
use super::relocations::{self, Uses};
use super::symbols::Table;
use super::{ByteOrder, Class, ElfFacts, Error, Machine, versions};
use crate::bytes::Words;

const STB_LOCAL: u8 = 0;
const STB_GLOBAL: u8 = 1;
const STB_WEAK: u8 = 2;
const STB_GNU_UNIQUE: u8 = 10;
const STT_TLS: u8 = 6;
/// NOTYPE, OBJECT, FUNC, COMMON, TLS and GNU_IFUNC; the rest defines neither code nor data.
const STT_GNU_IFUNC: u8 = 10;
const DEFINING_TYPES: [u8; 6] = [0, 1, 2, 5, STT_TLS, STT_GNU_IFUNC];
const STV_INTERNAL: u8 = 1;
const STV_HIDDEN: u8 = 2;
const SHN_UNDEF: u16 = 0;
const SHN_ABS: u16 = 0xfff1;

/// The dynamic symbols of one file.
pub(crate) struct DynamicSymbols<'a> {
    machine: Machine,
    table: Table<'a>,
    hash: Option<HashTable<'a>>,
    relocations: Vec<relocations::Table<'a>>,
    uses: OnceCell<Vec<Uses>>,
    names: &'a [u8],
    versions: BTreeMap<u16, Version>,
    /// There is a record of a version, without which glibc does not look at `DT_VERSYM`.
    counts_versions: bool,
    /// The highest number of such a record; glibc's table of them ends there.
    highest_version: u16,
}

/// One symbol of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    index: u64,
    name: u32,
    info: u8,
    other: u8,
    section: u16,
    value: u64,
}

/// A version that a symbol may have: one that is asked of a file, or one that is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    pub(crate) name: String,
    /// The file that it is asked of; `None` for one that is defined.
    pub(crate) file: Option<String>,
    /// The highest bit of `vna_other`: no definition without a version will do.
    pub(crate) exactly: bool,
}

impl<'a> DynamicSymbols<'a> {
    /// Reads the tables of the file whose facts these are; `None` when it has no dynamic symbols.
    pub(crate) fn read(bytes: &'a [u8], facts: &ElfFacts) -> Result<Option<Self>, Error> {
        let words = Words {
            bytes,
            wide: facts.class == Class::Elf64,
            little: facts.byte_order == ByteOrder::Little,
        };
        let Some(dynamic) = Dynamic::read(words, &facts.segments)? else {
            return Ok(None);
        };
        let Some(table) = Table::read(&dynamic, facts.symbol_count)? else {
            return Ok(None);
        };
        let mut symbols = Self {
            machine: facts.machine,
            table,
            hash: HashTable::read(&dynamic, facts.machine)?,
            relocations: relocations::tables(&dynamic)?,
            uses: OnceCell::new(),
            names: dynamic.strings_table(),
            versions: BTreeMap::new(),
            counts_versions: false,
            highest_version: 0,
        };
        symbols.take_versions(&dynamic)?;
        Ok(Some(symbols))
    }

    fn take_versions(&mut self, dynamic: &Dynamic<'_>) -> Result<(), Error> {
        for need in versions::needs(dynamic)? {
            for (number, version) in need.versions {
                self.count_version(number);
                let version = Version {
                    name: version.name,
                    file: Some(need.file.clone()),
                    exactly: number & 0x8000 != 0,
                };
                dynamic.charge(need.file.len())?;
                self.versions.insert(number & 0x7fff, version);
            }
        }
        for definition in versions::definitions(dynamic)?.unwrap_or_default() {
            self.count_version(definition.number);
            if !definition.base {
                let version = Version {
                    name: definition.name,
                    file: None,
                    exactly: false,
                };
                self.versions.insert(definition.number & 0x7fff, version);
            }
        }
        Ok(())
    }

    fn count_version(&mut self, number: u16) {
        self.counts_versions |= number & 0x7fff != 0;
        self.highest_version = self.highest_version.max(number & 0x7fff);
    }

    /// Whether `DT_VERSYM` gives the symbol a number beyond all records, where glibc reads on behind its table, or that
    /// of a version that is not the default one and has no record.
    pub(crate) fn is_of_no_record(&self, symbol: &Symbol) -> bool {
        let number = self.table.number(symbol.index);
        number.is_some_and(|number| {
            let hidden = number & 0x8000 != 0 && !self.versions.contains_key(&(number & 0x7fff));
            hidden || number & 0x7fff > self.highest_version
        })
    }

    /// Whether there are records of versions and no `DT_VERSYM`.
    pub(crate) fn has_records_without_numbers(&self) -> bool {
        self.counts_versions && !self.table.has_numbers()
    }

    /// What the relocations want of each symbol, by its index.
    pub(crate) fn uses(&self) -> &[Uses] {
        self.uses
            .get_or_init(|| relocations::uses(&self.relocations, self.machine, self.table.count))
    }

    /// The numbers of the relocations' types.
    pub(crate) fn relocation_types(&self) -> BTreeSet<u64> {
        relocations::types(&self.relocations)
    }

    /// There is a table that leads from names to symbols.
    pub(crate) fn has_hash(&self) -> bool {
        self.hash.is_some()
    }

    pub(crate) fn symbol(&self, index: u64) -> Option<Symbol> {
        let raw = self.table.entry(index)?;
        let (value, info, section) = if raw.wide { (8, 4, 6) } else { (4, 12, 14) };
        Some(Symbol {
            index,
            name: raw.u32(0)?,
            info: raw.u8(info)?,
            other: raw.u8(info + 1)?,
            section: raw.u16(section)?,
            value: raw.word(value)?,
        })
    }

    /// The symbol's name; `None` when it is outside of the string table.
    pub(crate) fn name(&self, symbol: &Symbol) -> Option<&'a [u8]> {
        let rest = self.names.get(usize::try_from(symbol.name).ok()?..)?;
        rest.get(..memchr::memchr(0, rest)?)
    }

    /// The symbols of this name that the hash table leads to, defined or not.
    pub(crate) fn named<'t>(
        &'t self,
        name: Name<'t>,
        work: &'t Work,
    ) -> impl Iterator<Item = Symbol> + 't {
        let candidates = self
            .hash
            .iter()
            .flat_map(move |hash| hash.candidates(&name, work));
        let symbols = candidates.filter_map(|index| self.symbol(index));
        symbols.filter(move |symbol| {
            work.spend(name.bytes.len() as u64 / 8) && self.is_called(symbol, name.bytes)
        })
    }

    fn is_called(&self, symbol: &Symbol, name: &[u8]) -> bool {
        let start = usize::try_from(symbol.name).unwrap_or(usize::MAX);
        let rest = self.names.get(start..).unwrap_or_default();
        rest.strip_prefix(name)
            .is_some_and(|rest| rest.first() == Some(&0))
    }

    /// What `DT_VERSYM` says of the symbol, its highest bit (not the default) included. `None` when the
    /// file says nothing of versions.
    pub(crate) fn version_number(&self, symbol: &Symbol) -> Option<u16> {
        self.table
            .number(symbol.index)
            .filter(|_| self.counts_versions)
    }

    /// The highest bit of what `DT_VERSYM` says, whether the file tells of versions or not: not the default.
    pub(crate) fn is_marked_hidden(&self, symbol: &Symbol) -> bool {
        let number = self.table.number(symbol.index);
        number.is_some_and(|number| number & 0x8000 != 0)
    }

    /// The version that the symbol has by name.
    pub(crate) fn version(&self, symbol: &Symbol) -> Option<&Version> {
        self.versions.get(&(self.version_number(symbol)? & 0x7fff))
    }
}

impl Symbol {
    pub(crate) fn is_undefined(&self) -> bool {
        self.section == SHN_UNDEF
    }

    pub(crate) fn is_local(&self) -> bool {
        self.info >> 4 == STB_LOCAL
    }

    pub(crate) fn is_weak(&self) -> bool {
        self.info >> 4 == STB_WEAK
    }

    /// A binding by which other files may have it.
    pub(crate) fn is_shared(&self) -> bool {
        [STB_GLOBAL, STB_WEAK, STB_GNU_UNIQUE].contains(&(self.info >> 4))
    }

    /// Its visibility is hidden or internal: no other file has it, and nobody looks for it.
    pub(crate) fn is_private(&self) -> bool {
        [STV_INTERNAL, STV_HIDDEN].contains(&(self.other & 3))
    }

    /// It is a thread-local variable.
    pub(crate) fn is_thread_local(&self) -> bool {
        self.info & 0xf == STT_TLS
    }

    /// Its value is the function that chooses the function (`STT_GNU_IFUNC`).
    pub(crate) fn is_indirect(&self) -> bool {
        self.info & 0xf == STT_GNU_IFUNC
    }

    /// `st_value` is zero.
    pub(crate) fn is_at_zero(&self) -> bool {
        self.value == 0
    }

    /// It stands for code or data; an undefined one with a value is an entry of a linkage table.
    pub(crate) fn has_a_value(&self) -> bool {
        let kind = self.info & 0xf;
        let placed = self.value != 0 || self.section == SHN_ABS || kind == STT_TLS;
        placed && DEFINING_TYPES.contains(&kind)
    }
}

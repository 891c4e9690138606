//! The dynamic symbols as a loader goes through them: found by name in the hash tables, and those
//! that the relocations want. They are taken out of the file: it may be forgotten, and is many times larger.
//!
//! Which definition answers which request is the loader's rule, and not known here.

use std::collections::BTreeSet;

use super::dynamic::Dynamic;
use super::hash::{HashTable, Name, Work};
use super::relocations::{self, Uses};
use super::symbols::Table;
use super::{ByteOrder, Class, ElfFacts, Error, versions};
use crate::bytes::{Trace, Words};

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
pub(crate) struct DynamicSymbols {
    entries: Box<[Symbol]>,
    /// The symbols that relocations name, in the table's order.
    wanted: Box<[Place]>,
    relocation_types: BTreeSet<u64>,
    initial_exec: Option<u64>,
    hash: Option<HashTable>,
    ends: bool,
    names: Box<[u8]>,
    /// By their numbers.
    versions: Vec<Option<Box<Version>>>,
    /// There is a `DT_VERSYM`.
    has_numbers: bool,
    /// There is a record of a version, without which glibc does not look at `DT_VERSYM`.
    counts_versions: bool,
    /// The highest number of such a record; glibc's table of them ends there.
    highest_version: u16,
}

/// A symbol that relocations name: its index, and what was found out of its name.
struct Place {
    index: u32,
    uses: Uses,
    /// How long the name is, and its hash; `None` when it is outside of the string table.
    name: Option<(u32, u32)>,
}

/// A symbol that relocations name, and what for.
#[derive(Clone, Copy)]
pub(crate) struct Wish<'s> {
    pub(crate) symbol: &'s Symbol,
    pub(crate) uses: Uses,
    /// `None` when it is outside of the string table.
    pub(crate) name: Option<Name<'s>>,
}

/// One symbol of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbol {
    name: u32,
    section: u16,
    /// What `DT_VERSYM` has for it, where there is one.
    number: u16,
    info: u8,
    other: u8,
    /// `st_value` is zero.
    at_zero: bool,
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

impl DynamicSymbols {
    /// Reads the tables of the file whose facts these are; `None` when it has no dynamic symbols.
    pub(crate) fn read(bytes: &[u8], facts: &ElfFacts) -> Result<Option<Self>, Error> {
        Self::trace(bytes, facts, None)
    }

    /// The same, noting what is read.
    pub(crate) fn trace(
        bytes: &[u8],
        facts: &ElfFacts,
        trace: Option<&Trace>,
    ) -> Result<Option<Self>, Error> {
        let words = Words {
            bytes,
            wide: facts.class == Class::Elf64,
            little: facts.byte_order == ByteOrder::Little,
            trace,
        };
        let Some(dynamic) = Dynamic::read(words, &facts.segments)? else {
            return Ok(None);
        };
        let Some(table) = Table::read(&dynamic, facts.symbol_count)? else {
            return Ok(None);
        };
        let relocations = relocations::tables(&dynamic)?;
        let hash = HashTable::read(&dynamic, facts.machine)?;
        let mut symbols = Self {
            entries: (0..table.count)
                .map_while(|index| Symbol::read(&table, index))
                .collect(),
            wanted: Box::default(),
            relocation_types: relocations::types(&relocations),
            initial_exec: None,
            ends: hash.as_ref().is_none_or(HashTable::ends),
            hash,
            names: dynamic.strings_table().into(),
            versions: Vec::new(),
            has_numbers: table.has_numbers(),
            counts_versions: false,
            highest_version: 0,
        };
        symbols.take_versions(&dynamic)?;
        let is_own = |index| symbols.entry(index).is_some_and(|own| !own.is_undefined());
        if facts.has_tls {
            symbols.initial_exec = relocations::initial_exec(&relocations, facts.machine, is_own);
        }
        symbols.wanted =
            symbols.places(&relocations::uses(&relocations, facts.machine, table.count));
        Ok(Some(symbols))
    }

    fn entry(&self, index: u64) -> Option<&Symbol> {
        self.entries.get(usize::try_from(index).ok()?)
    }

    fn places(&self, uses: &[Uses]) -> Box<[Place]> {
        let wanted = (0..).zip(&self.entries).zip(uses.iter().copied());
        let wanted = wanted.filter(|(_, uses)| uses.any());
        let places = wanted.map(|((index, symbol), uses)| {
            let bytes = self.name(symbol);
            let length = bytes.and_then(|bytes| u32::try_from(bytes.len()).ok());
            Place {
                index,
                uses,
                name: length.zip(bytes.map(|bytes| Name::new(bytes).hash())),
            }
        });
        places.collect()
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
                self.put_version(number, version);
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
                self.put_version(definition.number, version);
            }
        }
        Ok(())
    }

    fn put_version(&mut self, number: u16, version: Version) {
        let number = usize::from(number & 0x7fff);
        if self.versions.len() <= number {
            self.versions.resize_with(number + 1, || None);
        }
        if let Some(place) = self.versions.get_mut(number) {
            *place = Some(Box::new(version));
        }
    }

    fn version_of(&self, number: u16) -> Option<&Version> {
        self.versions.get(usize::from(number & 0x7fff))?.as_deref()
    }

    fn count_version(&mut self, number: u16) {
        self.counts_versions |= number & 0x7fff != 0;
        self.highest_version = self.highest_version.max(number & 0x7fff);
    }

    /// Whether `DT_VERSYM` gives the symbol a number beyond all records, where glibc reads on behind its table, or that
    /// of a version that is not the default one and has no record.
    pub(crate) fn is_of_no_record(&self, symbol: &Symbol) -> bool {
        let (hidden, number) = (symbol.number & 0x8000 != 0, symbol.number & 0x7fff);
        let unknown = hidden && self.version_of(number).is_none();
        self.has_numbers && (unknown || number > self.highest_version)
    }

    /// Whether there are records of versions and no `DT_VERSYM`.
    pub(crate) fn has_records_without_numbers(&self) -> bool {
        self.counts_versions && !self.has_numbers
    }

    /// The symbols that relocations name, in the table's order.
    pub(crate) fn wanted(&self) -> impl Iterator<Item = Wish<'_>> {
        self.wanted_where(|_| true)
    }

    /// Those of them whose name has a key that `is_meant`.
    pub(crate) fn wanted_where(
        &self,
        is_meant: impl Fn(u32) -> bool,
    ) -> impl Iterator<Item = Wish<'_>> {
        let is_meant = move |place: &&Place| {
            let name = place.name.map(|(_, hash)| Name::of_hash(&[], hash));
            name.is_none_or(|name| is_meant(name.key()))
        };
        self.wanted.iter().filter(is_meant).filter_map(|place| {
            let symbol = self.entries.get(usize::try_from(place.index).ok()?)?;
            Some(Wish {
                symbol,
                uses: place.uses,
                name: self.known_name(symbol, place.name),
            })
        })
    }

    fn known_name(&self, symbol: &Symbol, known: Option<(u32, u32)>) -> Option<Name<'_>> {
        let (length, hash) = known?;
        let start = usize::try_from(symbol.name).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        Some(Name::of_hash(self.names.get(start..end)?, hash))
    }

    /// The keys of the names of all symbols that may answer a request.
    pub(crate) fn answering(&self) -> impl Iterator<Item = u32> {
        let keys = self.hash.as_ref().and_then(HashTable::keys);
        // Where the table has no keys, the names have them.
        let named: &[Symbol] = match keys {
            Some(_) => &[],
            None => &self.entries,
        };
        let symbol = |index: u64| self.entry(index);
        let keys = keys.into_iter().flatten();
        let keys = keys.filter(move |(index, _)| symbol(*index).is_some_and(Symbol::has_a_value));
        let named = named.iter().filter(|symbol| symbol.has_a_value());
        let named = named.filter_map(|symbol| self.name(symbol));
        let named = named.map(|bytes| Name::new(bytes).key());
        keys.map(|(_, key)| key).chain(named)
    }

    /// The numbers of the relocations' types.
    pub(crate) fn relocation_types(&self) -> &BTreeSet<u64> {
        &self.relocation_types
    }

    /// The first of the file's own thread-local variables that a relocation wants in the block that every thread has from
    /// its start (the initial-exec model); empty for one without a name.
    pub(crate) fn initial_exec(&self) -> Option<&[u8]> {
        let symbol = self.entry(self.initial_exec?);
        Some(
            symbol
                .and_then(|symbol| self.name(symbol))
                .unwrap_or_default(),
        )
    }

    /// There is a table that leads from names to symbols.
    pub(crate) fn has_hash(&self) -> bool {
        self.hash.is_some()
    }

    /// Whether looking a name up comes to an end.
    pub(crate) fn ends(&self) -> bool {
        self.ends
    }

    /// The symbol's name; `None` when it is outside of the string table.
    pub(crate) fn name(&self, symbol: &Symbol) -> Option<&[u8]> {
        let rest = self.names.get(usize::try_from(symbol.name).ok()?..)?;
        rest.get(..memchr::memchr(0, rest)?)
    }

    /// The symbols of this name that the hash table leads to, defined or not.
    pub(crate) fn named<'t>(
        &'t self,
        name: Name<'t>,
        work: &'t Work,
    ) -> impl Iterator<Item = &'t Symbol> + 't {
        let candidates = self
            .hash
            .iter()
            .flat_map(move |hash| hash.candidates(&name, work));
        let symbols = candidates.filter_map(|index| self.entry(index));
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
        (self.has_numbers && self.counts_versions).then_some(symbol.number)
    }

    /// The highest bit of what `DT_VERSYM` says, whether the file tells of versions or not: not the default.
    pub(crate) fn is_marked_hidden(&self, symbol: &Symbol) -> bool {
        self.has_numbers && symbol.number & 0x8000 != 0
    }

    /// The version that the symbol has by name.
    pub(crate) fn version(&self, symbol: &Symbol) -> Option<&Version> {
        self.version_of(self.version_number(symbol)?)
    }
}

impl Symbol {
    fn read(table: &Table<'_>, index: u64) -> Option<Symbol> {
        let raw = table.entry(index)?;
        let (value, info, section) = if raw.wide { (8, 4, 6) } else { (4, 12, 14) };
        Some(Symbol {
            name: raw.u32(0)?,
            section: raw.u16(section)?,
            number: table.number(index).unwrap_or_default(),
            info: raw.u8(info)?,
            other: raw.u8(info + 1)?,
            at_zero: raw.word(value)? == 0,
        })
    }

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
        self.at_zero
    }

    /// It stands for code or data; an undefined one with a value is an entry of a linkage table.
    pub(crate) fn has_a_value(&self) -> bool {
        let kind = self.info & 0xf;
        let placed = !self.at_zero || self.section == SHN_ABS || kind == STT_TLS;
        placed && DEFINING_TYPES.contains(&kind)
    }
}

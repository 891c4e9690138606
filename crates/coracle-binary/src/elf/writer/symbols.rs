//! Symbols, their hash tables and the relocations that name them.

use super::{BASE, Elf, Strings, Writer, hash_of};

/// A symbol that the file defines.
#[derive(Clone)]
pub(crate) struct Export {
    pub(crate) name: String,
    /// What `DT_VERSYM` says: 1 is no version, the first version of the file's own that is not its name is 2.
    pub(crate) number: u16,
    /// Binding (the upper half) and type.
    pub(crate) info: u8,
    /// Visibility.
    pub(crate) other: u8,
    pub(crate) section: u16,
    pub(crate) value: u64,
}

/// A relocation by the name of its symbol.
#[derive(Clone)]
pub(crate) struct Relocation {
    pub(crate) symbol: String,
    pub(crate) kind: u32,
    /// In `DT_JMPREL`.
    pub(crate) lazy: bool,
}

impl Export {
    /// A function for everybody.
    pub(crate) fn function(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            number: 1,
            info: 0x12,
            other: 0,
            section: 7,
            value: BASE,
        }
    }

    pub(crate) fn numbered(name: &str, number: u16) -> Self {
        Self {
            number,
            ..Self::function(name)
        }
    }
}

impl Elf {
    pub(crate) fn exporting(mut self, export: Export) -> Self {
        self.exports.push(export);
        self
    }

    /// An undefined symbol, and a relocation that names it.
    pub(crate) fn wanting(
        mut self,
        name: &str,
        version: Option<u16>,
        kind: u32,
        lazy: bool,
    ) -> Self {
        self.imports.push((name.to_owned(), false, version));
        self.relocating(name, kind, lazy)
    }

    pub(crate) fn relocating(mut self, name: &str, kind: u32, lazy: bool) -> Self {
        self.relocations.push(Relocation {
            symbol: name.to_owned(),
            kind,
            lazy,
        });
        self
    }

    /// The number of the first version that is asked of another file: behind those that are defined.
    pub(super) fn first_needed(&self) -> u16 {
        let defined = self.definitions.as_ref().map_or(0, Vec::len);
        u16::try_from(defined.max(1) + 1).unwrap()
    }

    pub(super) fn symbols(
        &self,
        writer: &mut Writer,
        table: &mut Strings,
        tags: &mut Vec<(u64, u64)>,
    ) {
        let first_needed = self.first_needed();
        let imports = self.imports.iter().map(|(name, weak, version)| Export {
            name: name.clone(),
            number: version.map_or(1, |version| version + first_needed),
            info: if *weak { 0x22 } else { 0x12 },
            other: 0,
            section: 0,
            value: 0,
        });
        let all: Vec<Export> = imports.chain(self.exports.iter().cloned()).collect();
        let mut symbols = writer.empty();
        symbols.bytes = vec![0; if self.wide { 24 } else { 16 }];
        let mut numbers = writer.empty();
        numbers.u16(0);
        for symbol in &all {
            symbols.u32(u32::try_from(table.add(&symbol.name)).unwrap());
            if self.wide {
                symbols.bytes.extend([symbol.info, symbol.other]);
                symbols.u16(symbol.section);
                symbols.word(symbol.value);
                symbols.word(0);
            } else {
                symbols.word(symbol.value);
                symbols.u32(0);
                symbols.bytes.extend([symbol.info, symbol.other]);
                symbols.u16(symbol.section);
            }
            numbers.u16(symbol.number);
        }
        let (tag, hash) = if self.gnu_hash {
            (0x6fff_fef5, self.gnu(writer))
        } else {
            (4, system(writer, &all))
        };
        // As linkers do: numbers only where there are versions that they can mean.
        let versions = self.definitions.is_some() || !self.needs.is_empty();
        let numbers = versions.then_some((0x6fff_fff0, numbers.bytes));
        let tables = [(6, symbols.bytes), (tag, hash)].into_iter();
        for (tag, bytes) in tables.chain(numbers) {
            tags.push((tag, BASE + writer.block(&bytes).0));
        }
        self.relocation_tables(writer, &all, tags);
    }

    /// One bucket, in which the defined symbols are, behind a filter that lets all names through.
    fn gnu(&self, writer: &Writer) -> Vec<u8> {
        let first = u32::try_from(self.imports.len() + 1).unwrap();
        let mut hash = writer.empty();
        for word in [1, first, 1, 6] {
            hash.u32(word);
        }
        hash.word(if self.wide { u64::MAX } else { 0xffff_ffff });
        hash.u32(if self.exports.is_empty() { 0 } else { first });
        for (index, export) in self.exports.iter().enumerate() {
            let own = export.name.bytes().fold(5381_u32, |hash, byte| {
                hash.wrapping_mul(33).wrapping_add(byte.into())
            });
            let last = index + 1 == self.exports.len();
            hash.u32(if last { own | 1 } else { own & !1 });
        }
        hash.bytes
    }

    fn relocation_tables(&self, writer: &mut Writer, all: &[Export], tags: &mut Vec<(u64, u64)>) {
        for lazy in [false, true] {
            let mut out = writer.empty();
            for relocation in self.relocations.iter().filter(|one| one.lazy == lazy) {
                let named = |symbol: &Export| symbol.name == relocation.symbol;
                let index = all.iter().position(named).unwrap() as u64 + 1;
                out.word(BASE);
                out.word(if self.wide {
                    (index << 32) | u64::from(relocation.kind)
                } else {
                    (index << 8) | u64::from(relocation.kind)
                });
                if self.wide {
                    out.word(0);
                }
            }
            if out.bytes.is_empty() {
                continue;
            }
            let (address, size) = writer.block(&out.bytes);
            let (table, length) = match (lazy, self.wide) {
                (true, _) => (23, 2),
                (false, true) => (7, 8),
                (false, false) => (17, 18),
            };
            tags.extend([(table, BASE + address), (length, size)]);
            if lazy {
                tags.push((20, if self.wide { 7 } else { 17 }));
            }
        }
    }
}

/// Four buckets, whose chains lead through the symbols in their order.
fn system(writer: &Writer, all: &[Export]) -> Vec<u8> {
    const BUCKETS: u32 = 4;
    let mut hash = writer.empty();
    hash.u32(BUCKETS);
    hash.u32(u32::try_from(all.len() + 1).unwrap());
    let indexes = |bucket: u32| {
        let here = move |symbol: &Export| hash_of(&symbol.name) % BUCKETS == bucket;
        let indexed = (1_u32..).zip(all);
        indexed.filter_map(move |(index, symbol)| here(symbol).then_some(index))
    };
    for bucket in 0..BUCKETS {
        hash.u32(indexes(bucket).next().unwrap_or(0));
    }
    hash.u32(0);
    for (index, symbol) in (1_u32..).zip(all) {
        let bucket = hash_of(&symbol.name) % BUCKETS;
        hash.u32(indexes(bucket).find(|next| *next > index).unwrap_or(0));
    }
    hash.bytes
}

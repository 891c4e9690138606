//! The hash tables of the dynamic symbols: how many symbols there are, and which may have a name.
//!
//! The loader finds a definition through these tables only. With both it uses the GNU one.

use std::cell::Cell;

use super::dynamic::{Dynamic, GNU_HASH, HASH};
use super::{Error, Machine, take, take_room};
use crate::bytes::Words;

/// A name to be looked up, with the hash that nearly every file is looked up by.
#[derive(Clone, Copy)]
pub(crate) struct Name<'n> {
    pub(crate) bytes: &'n [u8],
    gnu: u32,
}

impl<'n> Name<'n> {
    pub(crate) fn new(bytes: &'n [u8]) -> Self {
        let gnu = bytes.iter().fold(5381_u32, |hash, byte| {
            hash.wrapping_mul(33).wrapping_add((*byte).into())
        });
        Self { bytes, gnu }
    }

    /// A name whose hash is known.
    pub(crate) fn of_hash(bytes: &'n [u8], hash: u32) -> Self {
        Self { bytes, gnu: hash }
    }

    pub(crate) fn hash(&self) -> u32 {
        self.gnu
    }

    /// What of the hash a GNU table keeps: names of different keys are never taken for each other.
    pub(crate) fn key(&self) -> u32 {
        key(self.gnu)
    }
}

/// The lowest bit of a hash marks the end of a chain in a table.
fn key(hash: u32) -> u32 {
    hash | 1
}

/// The hash of `DT_HASH`, and of the names of versions.
pub(super) fn system_hash(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |hash, byte| {
        let hash = (hash << 4_u32).wrapping_add((*byte).into());
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

/// How much may still be done: chains may be made long, and circles, by a hostile file.
pub(crate) struct Work {
    left: Cell<u64>,
}

impl Work {
    pub(crate) fn new(limit: u64) -> Self {
        Self {
            left: Cell::new(limit),
        }
    }

    /// Takes some of what is left; `false` when there is not that much.
    pub(crate) fn spend(&self, amount: u64) -> bool {
        let left = self.left.get().checked_sub(amount);
        self.left.set(left.unwrap_or_default());
        left.is_some()
    }

    pub(crate) fn exhausted(&self) -> bool {
        self.left.get() == 0
    }
}

/// The table that the loader uses, taken out of the file.
pub(super) enum HashTable {
    Gnu(GnuTable),
    SystemV(SystemVTable),
}

impl HashTable {
    pub(super) fn read(dynamic: &Dynamic<'_>, machine: Machine) -> Result<Option<Self>, Error> {
        if let Some(table) = Gnu::read(dynamic)? {
            return Ok(Some(Self::Gnu(table.taken()?)));
        }
        Ok(SystemV::read(dynamic, machine)?.map(|table| Self::SystemV(table.taken())))
    }

    /// Whether every chain ends, and the chains are not much longer than there are symbols: a hostile table may lead in
    /// circles. Those of a GNU table end with it.
    pub(super) fn ends(&self) -> bool {
        match self {
            Self::Gnu(_) => true,
            Self::SystemV(table) => table.ends(),
        }
    }

    /// The symbols that it leads to, each with the key of the names that do, where the table itself has them.
    pub(super) fn keys(&self) -> Option<impl Iterator<Item = (u64, u32)>> {
        match self {
            Self::SystemV(_) => None,
            Self::Gnu(table) => {
                let hashes = table.chains.iter().map(|hash| key(*hash));
                Some((table.first..).zip(hashes))
            }
        }
    }

    /// The indexes of the symbols that may have this name.
    pub(super) fn candidates<'t>(&'t self, name: &Name<'_>, work: &'t Work) -> Candidates<'t> {
        let (hash, first) = match self {
            Self::Gnu(table) => (name.gnu, table.first_of(name.gnu)),
            Self::SystemV(table) => {
                let hash = system_hash(name.bytes);
                (hash, table.first_of(hash))
            }
        };
        Candidates {
            table: self,
            hash,
            at: first.filter(|_| work.spend(1)),
            work,
        }
    }
}

/// A walk along one chain.
pub(super) struct Candidates<'t> {
    table: &'t HashTable,
    hash: u32,
    at: Option<u64>,
    work: &'t Work,
}

impl Iterator for Candidates<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        loop {
            let index = self.at.take().filter(|_| self.work.spend(1))?;
            match self.table {
                HashTable::SystemV(table) => {
                    self.at = table.after(index);
                    return Some(index);
                }
                HashTable::Gnu(table) => {
                    let hash = table.chain(index)?;
                    // The lowest bit marks the chain's end.
                    self.at = (hash & 1 == 0).then_some(index + 1);
                    if (hash ^ self.hash) >> 1 == 0 {
                        return Some(index);
                    }
                }
            }
        }
    }
}

/// `DT_GNU_HASH`: a Bloom filter, buckets, and chains of the hashes themselves.
pub(super) struct Gnu<'a> {
    words: Words<'a>,
    offset: u64,
    buckets: u64,
    /// The first symbol that is in the table.
    first: u64,
    bloom: u64,
    shift: u32,
}

const GNU: &str = "the GNU hash table";

impl<'a> Gnu<'a> {
    fn read(dynamic: &Dynamic<'a>) -> Result<Option<Self>, Error> {
        let Some(address) = dynamic.value(GNU_HASH) else {
            return Ok(None);
        };
        let (offset, room) = dynamic.extent(GNU, address)?;
        let words = Words {
            bytes: take_room(dynamic.words(), GNU, offset, room)?,
            ..dynamic.words()
        };
        let mut table = Self {
            words,
            offset,
            buckets: 0,
            first: 0,
            bloom: 0,
            shift: 0,
        };
        table.buckets = table.field(0)?.into();
        table.first = table.field(4)?.into();
        table.bloom = table.field(8)?.into();
        table.shift = table.field(12)?;
        if table.chains() > room {
            return Err(table.truncated(table.chains()));
        }
        Ok(Some(table))
    }

    /// The chain of the highest bucket ends at the last symbol.
    fn count(&self) -> Result<u64, Error> {
        let mut last = 0;
        for bucket in 0..self.buckets {
            last = last.max(self.field(self.bucket(bucket))?.into());
        }
        if last < self.first {
            return Ok(self.first);
        }
        while self.field(self.chains() + (last - self.first) * 4)? & 1 == 0 {
            last += 1;
        }
        Ok(last + 1)
    }

    /// The table as numbers. No chain leads beyond the last symbol: each that is entered before it ends there.
    fn taken(&self) -> Result<GnuTable, Error> {
        let filter =
            (0..self.bloom).map_while(|at| self.words.word(16 + at * self.words.word_size()));
        let buckets = (0..self.buckets).map_while(|number| self.words.u32(self.bucket(number)));
        let length = self.count()?.saturating_sub(self.first);
        let chains = (0..length).map_while(|inside| self.words.u32(self.chains() + inside * 4));
        Ok(GnuTable {
            word_bits: self.words.word_size() * 8,
            shift: self.shift,
            first: self.first,
            filter: filter.collect(),
            buckets: buckets.collect(),
            chains: chains.collect(),
        })
    }

    fn bucket(&self, number: u64) -> u64 {
        16 + self.bloom * self.words.word_size() + number * 4
    }

    /// Where the chains begin: behind the buckets.
    fn chains(&self) -> u64 {
        self.bucket(self.buckets)
    }

    fn field(&self, at: u64) -> Result<u32, Error> {
        self.words.u32(at).ok_or(self.truncated(at + 4))
    }

    fn truncated(&self, expected: u64) -> Error {
        Error::Truncated {
            structure: GNU,
            offset: self.offset,
            expected,
            got: self.words.length(),
        }
    }
}

/// `DT_GNU_HASH` taken out of the file.
pub(super) struct GnuTable {
    word_bits: u64,
    shift: u32,
    first: u64,
    filter: Box<[u64]>,
    buckets: Box<[u32]>,
    chains: Box<[u32]>,
}

impl GnuTable {
    fn first_of(&self, hash: u32) -> Option<u64> {
        let bits = self.word_bits;
        let last = (self.filter.len() as u64).checked_sub(1)?;
        let filter = *at(&self.filter, (u64::from(hash) / bits) & last)?;
        let bit = |hash: u32| (filter >> (u64::from(hash) % bits)) & 1;
        let second = hash.checked_shr(self.shift).unwrap_or_default();
        if bit(hash) & bit(second) == 0 {
            return None;
        }
        let bucket = u64::from(hash).checked_rem(self.buckets.len() as u64)?;
        let first = *at(&self.buckets, bucket)?;
        (first != 0).then_some(first.into())
    }

    fn chain(&self, index: u64) -> Option<u32> {
        at(&self.chains, index.checked_sub(self.first)?).copied()
    }
}

/// The entry with a number.
fn at<T>(entries: &[T], number: u64) -> Option<&T> {
    entries.get(usize::try_from(number).ok()?)
}

/// `DT_HASH`: buckets, and one chain entry a symbol.
pub(super) struct SystemV<'a> {
    words: Words<'a>,
    /// The size of one entry: 64-bit s390 is the odd one out with eight bytes.
    entry: u64,
    buckets: u64,
    chains: u64,
}

impl<'a> SystemV<'a> {
    fn read(dynamic: &Dynamic<'a>, machine: Machine) -> Result<Option<Self>, Error> {
        let Some(address) = dynamic.value(HASH) else {
            return Ok(None);
        };
        let structure = "the hash table";
        let (offset, room) = dynamic.extent(structure, address)?;
        let words = dynamic.words();
        let entry = if machine == Machine::S390x && words.wide {
            8
        } else {
            4
        };
        take(words, structure, offset, 2 * entry)?;
        let mut table = Self {
            words: Words {
                bytes: take_room(words, structure, offset, room)?,
                ..words
            },
            entry,
            buckets: 0,
            chains: 0,
        };
        table.buckets = table.entry(0).unwrap_or_default();
        table.chains = table.entry(1).unwrap_or_default();
        Ok(Some(table))
    }

    /// The table as numbers.
    fn taken(&self) -> SystemVTable {
        let places = (2..)
            .take(usize::try_from(self.buckets.saturating_add(self.chains)).unwrap_or(usize::MAX));
        SystemVTable {
            buckets: self.buckets,
            entries: places.map_while(|number| self.entry(number)).collect(),
        }
    }

    fn entry(&self, number: u64) -> Option<u64> {
        let at = number.checked_mul(self.entry)?;
        if self.entry == 8 {
            self.words.u64(at)
        } else {
            self.words.u32(at).map(u64::from)
        }
    }
}

/// `DT_HASH` taken out of the file: the buckets, and behind them the chains.
pub(super) struct SystemVTable {
    buckets: u64,
    entries: Box<[u64]>,
}

impl SystemVTable {
    fn first_of(&self, hash: u32) -> Option<u64> {
        let bucket = u64::from(hash).checked_rem(self.buckets)?;
        at(&self.entries, bucket)
            .copied()
            .filter(|first| *first != 0)
    }

    fn ends(&self) -> bool {
        let work = Work::new(4 * self.entries.len() as u64 + 1);
        let buckets = usize::try_from(self.buckets).unwrap_or(usize::MAX);
        for first in self.entries.iter().take(buckets).copied() {
            let mut next = Some(first).filter(|first| *first != 0);
            while let Some(index) = next.filter(|_| work.spend(1)) {
                next = self.after(index);
            }
        }
        !work.exhausted()
    }

    fn after(&self, index: u64) -> Option<u64> {
        let next = at(&self.entries, self.buckets.checked_add(index)?);
        next.copied().filter(|next| *next != 0)
    }
}

/// How many symbols the hash tables reach, index 0 included.
pub(super) fn count(dynamic: &Dynamic<'_>, machine: Machine) -> Result<u64, Error> {
    let outright = SystemV::read(dynamic, machine)?.map_or(0, |table| table.chains);
    let indirectly = Gnu::read(dynamic)?.map_or(Ok(0), |table| table.count())?;
    Ok(outright.max(indirectly))
}

//! Which libraries of a tree have a symbol of a name, and which want one: by the hashes of names, so that a library
//! that is told to have a symbol may have another one. What is not told it does not have.

use std::collections::{HashMap, HashSet};

use foldhash::fast::RandomState;

use crate::elf::DynamicSymbols;

/// Numbers of libraries by hash.
#[derive(Default)]
struct ByHash {
    /// The newest entry of a hash.
    newest: HashMap<u32, u32, RandomState>,
    /// A library, and the entry before it that has the same hash.
    entries: Vec<(u32, Option<u32>)>,
}

impl ByHash {
    fn add(&mut self, hash: u32, library: u32) {
        let Ok(number) = u32::try_from(self.entries.len()) else {
            return;
        };
        let before = self.newest.insert(hash, number);
        self.entries.push((library, before));
    }

    fn libraries(&self, hash: u32) -> impl Iterator<Item = u32> {
        let mut next = self.newest.get(&hash).copied();
        std::iter::from_fn(move || {
            let place = usize::try_from(next?).ok()?;
            let (library, before) = *self.entries.get(place)?;
            next = before;
            Some(library)
        })
    }
}

/// The libraries that were seen so far, by number.
#[derive(Default)]
pub(super) struct Index {
    having: ByHash,
    wanting: ByHash,
    /// For each library those that have something it wants, a bit each.
    answering: Vec<Vec<u64>>,
}

impl Index {
    /// Takes the next library in; gives its number.
    pub(super) fn add(&mut self, symbols: &DynamicSymbols) -> Option<u32> {
        let new = u32::try_from(self.answering.len()).ok()?;
        self.answering.push(Vec::new());
        let Self {
            having,
            wanting,
            answering,
        } = self;
        for hash in each_once(symbols.answering()) {
            having.add(hash, new);
            for library in wanting.libraries(hash) {
                set(answering, library, new);
            }
        }
        let wishes = symbols.wanted().filter_map(|wish| wish.name);
        for hash in each_once(wishes.map(|name| name.hash())) {
            wanting.add(hash, new);
            for library in having.libraries(hash) {
                set(answering, new, library);
            }
        }
        Some(new)
    }

    /// The libraries that may have a symbol whose name has this hash.
    pub(super) fn having(&self, hash: u32) -> impl Iterator<Item = u32> {
        self.having.libraries(hash)
    }

    /// Whether a library may have something that another one wants.
    pub(super) fn answers(&self, wanting: u32, having: u32) -> bool {
        let place = place(wanting);
        let bits = place.and_then(|place| self.answering.get(place));
        let word = bits.and_then(|bits| bits.get(usize::try_from(having / 64).ok()?));
        word.is_some_and(|word| word >> (having % 64) & 1 != 0)
    }
}

/// A hostile file may have one name a million times.
fn each_once(hashes: impl Iterator<Item = u32>) -> HashSet<u32, RandomState> {
    hashes.collect()
}

fn place(library: u32) -> Option<usize> {
    usize::try_from(library).ok()
}

fn set(answering: &mut [Vec<u64>], wanting: u32, having: u32) {
    let (Some(row), Some(word)) = (place(wanting), place(having / 64)) else {
        return;
    };
    let Some(bits) = answering.get_mut(row) else {
        return;
    };
    if bits.len() <= word {
        bits.resize(word + 1, 0);
    }
    if let Some(bits) = bits.get_mut(word) {
        *bits |= 1 << (having % 64);
    }
}

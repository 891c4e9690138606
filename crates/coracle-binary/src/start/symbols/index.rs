//! Which libraries of a tree have a symbol of a name, and which want one: by the keys of names, so that a library
//! that is told to have a symbol may have another one. What is not told it does not have.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use crate::elf::DynamicSymbols;

/// No entry.
const NONE: u32 = u32::MAX;

/// Numbers of libraries by key.
#[derive(Default)]
struct ByKey {
    /// The newest entry of a key.
    newest: HashMap<u32, u32, RandomState>,
    /// A library, and the entry before it that has the same key.
    entries: Vec<(u32, u32)>,
}

impl ByKey {
    /// Adds the newest library; `false` where it has the key already: a hostile file may have one name a million times.
    fn add(&mut self, key: u32, library: u32) -> bool {
        let Some(number) = u32::try_from(self.entries.len())
            .ok()
            .filter(|number| *number != NONE)
        else {
            return false;
        };
        let newest = self.newest.entry(key).or_insert(NONE);
        let known = usize::try_from(*newest).ok();
        let known = known.and_then(|place| self.entries.get(place));
        if known.is_some_and(|(known, _)| *known == library) {
            return false;
        }
        self.entries.push((library, *newest));
        *newest = number;
        true
    }

    fn libraries(&self, key: u32) -> impl Iterator<Item = u32> {
        let mut next = self.newest.get(&key).copied().unwrap_or(NONE);
        std::iter::from_fn(move || {
            let (library, before) = *self.entries.get(usize::try_from(next).ok()?)?;
            next = before;
            Some(library)
        })
    }
}

/// The libraries that were seen so far, by number.
#[derive(Default)]
pub(super) struct Index {
    having: ByKey,
    wanting: ByKey,
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
        for key in symbols.answering() {
            if having.add(key, new) {
                for library in wanting.libraries(key) {
                    set(answering, library, new);
                }
            }
        }
        let wishes = symbols.wanted().filter_map(|wish| wish.name);
        for key in wishes.map(|name| name.key()) {
            if wanting.add(key, new) {
                for library in having.libraries(key) {
                    set(answering, new, library);
                }
            }
        }
        Some(new)
    }

    /// The libraries that may have a symbol whose name has this key.
    pub(super) fn having(&self, key: u32) -> impl Iterator<Item = u32> {
        self.having.libraries(key)
    }

    /// The libraries that want one.
    pub(super) fn wanting(&self, key: u32) -> impl Iterator<Item = u32> {
        self.wanting.libraries(key)
    }

    /// Whether a library may have something that another one wants.
    pub(super) fn answers(&self, wanting: u32, having: u32) -> bool {
        let place = place(wanting);
        let bits = place.and_then(|place| self.answering.get(place));
        let word = bits.and_then(|bits| bits.get(usize::try_from(having / 64).ok()?));
        word.is_some_and(|word| word >> (having % 64) & 1 != 0)
    }
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

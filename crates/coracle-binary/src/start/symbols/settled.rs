//! What was settled for one program and holds for the next that loads the same libraries.
//!
//! Only libraries that have a symbol of a name can answer for it. Where all that a library wants was found among those
//! that can answer, it is found wherever the same ones are loaded in the same order. The program itself is asked before
//! them, and is another one each time: what it may answer is looked up anew.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use foldhash::fast::RandomState;

use super::index::Index;
use super::{Party, Role, Rules, Search, depends};
use crate::elf::{DynamicSymbols, Name, Work};

/// What was settled in one tree.
#[derive(Default)]
pub(in crate::start) struct Settled {
    seen: RwLock<Seen>,
    outcomes: RwLock<HashMap<Scope, Option<Found>, RandomState>>,
    #[cfg(test)]
    forgets: bool,
}

/// The libraries that were loaded so far.
#[derive(Default)]
struct Seen {
    numbers: HashMap<Library, u32, RandomState>,
    index: Index,
}

/// A library as the search sees it: the table of its file, and its names.
#[derive(PartialEq, Eq, Hash)]
struct Library {
    /// Where its symbols are in memory. They stay there as long as the tree's files are known.
    symbols: usize,
    path: String,
    names: Vec<String>,
}

/// Who wants, by which rules, and who can answer, in the order of the search.
#[derive(PartialEq, Eq, Hash)]
struct Scope {
    rules: u64,
    lazy: bool,
    wants: u32,
    asked: Vec<u32>,
}

/// All that a library wants was found.
#[derive(Clone)]
struct Found {
    checked: usize,
    /// The libraries to whose indirect functions it is bound at start: it must depend on them.
    indirect: Arc<[u32]>,
}

/// The objects of one program, with what is known of them.
pub(super) struct Known<'k> {
    settled: &'k Settled,
    parties: &'k [Party<'k>],
    rules: &'k dyn Rules,
    key: u64,
    seen: RwLockReadGuard<'k, Seen>,
    /// The numbers of the parties, by their places; none has the program, and what is not asked.
    numbers: Vec<Option<u32>>,
    /// The places of the libraries.
    places: Places,
    program: &'k Party<'k>,
    /// The keys of the names that the program may have an answer to.
    keys: HashSet<u32, RandomState>,
    /// Whether a party, by its place, wants one of those.
    asks_program: Vec<bool>,
    /// What may still be done for this program.
    work: &'k Work,
}

/// The places of one program's libraries, by their numbers.
struct Places(Vec<u32>);

impl Places {
    /// No place.
    const NONE: u32 = u32::MAX;

    fn of(numbers: &[Option<u32>]) -> Self {
        let mut places = Vec::new();
        for (place, number) in (0..).zip(numbers) {
            let Some(number) = number.and_then(|number| usize::try_from(number).ok()) else {
                continue;
            };
            if places.len() <= number {
                places.resize(number + 1, Self::NONE);
            }
            if let Some(there) = places.get_mut(number) {
                *there = place;
            }
        }
        Self(places)
    }

    fn get(&self, number: u32) -> Option<usize> {
        let place = *self.0.get(usize::try_from(number).ok()?)?;
        usize::try_from(place).ok().filter(|_| place != Self::NONE)
    }
}

impl Settled {
    #[cfg(test)]
    pub(in crate::start) fn without_memory() -> Self {
        Self {
            forgets: true,
            ..Self::default()
        }
    }

    /// What is known of the objects of one program; `None` where the loader's answers depend on more than is compared, and
    /// where looking up in one of them may not end.
    pub(super) fn of<'k>(
        &'k self,
        parties: &'k [Party<'k>],
        rules: &'k dyn Rules,
        work: &'k Work,
    ) -> Option<Known<'k>> {
        #[cfg(test)]
        if self.forgets {
            return None;
        }
        let key = rules.key()?;
        let mut symbols = parties.iter().filter_map(|party| party.symbols.as_ref());
        if !symbols.all(|symbols| symbols.ends()) {
            return None;
        }
        let numbers: Vec<Option<u32>> = parties.iter().map(|party| self.number(party)).collect();
        // It comes first.
        let program = parties
            .first()
            .filter(|party| party.role == Role::Program)?;
        let symbols = program.symbols.as_deref();
        let keys = symbols.into_iter().flat_map(DynamicSymbols::answering);
        let mut known = Known {
            settled: self,
            parties,
            rules,
            key,
            seen: self.seen.read().unwrap_or_else(PoisonError::into_inner),
            places: Places::of(&numbers),
            numbers,
            keys: keys.collect(),
            asks_program: vec![false; parties.len()],
            program,
            work,
        };
        known.note_asking();
        Some(known)
    }

    fn number(&self, party: &Party<'_>) -> Option<u32> {
        let is_asked = match party.role {
            Role::Program => false,
            Role::Library => true,
            Role::Loader { searched } => searched,
        };
        let symbols = party.symbols.as_ref().filter(|_| is_asked)?;
        let mut names = party.names.to_vec();
        names.sort_unstable();
        names.dedup();
        let library = Library {
            symbols: Arc::as_ptr(symbols).addr(),
            path: party.path.to_owned(),
            names,
        };
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let known = seen.numbers.get(&library).copied();
        drop(seen);
        known.or_else(|| {
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            let Seen { numbers, index } = &mut *seen;
            let known = numbers.get(&library).copied();
            let number = known.or_else(|| index.add(symbols))?;
            numbers.insert(library, number);
            Some(number)
        })
    }
}

impl<'k> Known<'k> {
    fn note_asking(&mut self) {
        for key in &self.keys {
            for number in self.seen.index.wanting(*key) {
                let place = self.places.get(number);
                if let Some(asks) = place.and_then(|place| self.asks_program.get_mut(place)) {
                    *asks = true;
                }
            }
        }
    }

    /// The objects that may have a symbol of this name, in the order of the search.
    pub(super) fn having(&self, name: Name<'_>) -> impl Iterator<Item = &'k Party<'k>> {
        let program = Some(self.program).filter(|_| self.keys.contains(&name.key()));
        let libraries = self.seen.index.having(name.key());
        let mut places = libraries.filter_map(|number| self.places.get(number));
        // Most names are had by one library.
        let first = places.next();
        let mut more: Vec<usize> = places.collect();
        let only = first.filter(|_| more.is_empty());
        if !more.is_empty() {
            more.extend(first);
            more.sort_unstable();
        }
        let libraries = only.into_iter().chain(more);
        let libraries = libraries.filter_map(|place| self.parties.get(place));
        program.into_iter().chain(libraries)
    }

    /// How many symbols of a library were looked up, when all are found and nothing else is to be said.
    pub(super) fn all_found(&self, place: usize) -> Option<usize> {
        let party = self.parties.get(place)?;
        let wants = self.numbers.get(place).copied().flatten();
        let wants = wants.filter(|_| party.role == Role::Library)?;
        let asked = self.numbers.iter().copied().flatten();
        let asked: Vec<u32> = asked
            .filter(|number| self.seen.index.answers(wants, *number))
            .collect();
        let scope = Scope {
            rules: self.key,
            lazy: self.rules.is_lazy(party.facts),
            wants,
            asked,
        };
        let outcomes = self.settled.outcomes.read();
        let known = outcomes
            .unwrap_or_else(PoisonError::into_inner)
            .get(&scope)
            .cloned();
        let found = known.unwrap_or_else(|| {
            let found = self.look_up(party);
            if self.work.exhausted() {
                return None;
            }
            let outcomes = self.settled.outcomes.write();
            let mut outcomes = outcomes.unwrap_or_else(PoisonError::into_inner);
            outcomes.insert(scope, found.clone());
            found
        })?;
        let is_bound_in_order = found.indirect.iter().all(|number| {
            let definer = self.places.get(*number);
            let definer = definer.and_then(|place| self.parties.get(place));
            definer.is_some_and(|definer| depends(party, definer, self.parties))
        });
        let asks_program = self.asks_program.get(place).copied() == Some(true);
        let is_the_same =
            is_bound_in_order && (!asks_program || self.program_changes_nothing(party));
        is_the_same.then_some(found.checked)
    }

    /// Looks all up that a library wants, in libraries; `None` when something is missing or to be said.
    fn look_up(&self, party: &'k Party<'k>) -> Option<Found> {
        let search = self.search(party, false)?;
        let mut checked = 0;
        let missing = search.run(None, &mut checked);
        if !missing.is_empty() || self.work.exhausted() || search.loose_version().is_some() {
            return None;
        }
        let indirect = search.indirect.take();
        let number = |definer: &Party<'_>| {
            let mut parties = self.parties.iter().zip(&self.numbers);
            let (_, number) = parties.find(|(party, _)| std::ptr::eq(*party, definer))?;
            *number
        };
        let indirect = indirect.into_iter().map(|(_, definer)| number(definer));
        Some(Found {
            checked,
            indirect: indirect.collect::<Option<_>>()?,
        })
    }

    /// Whether what a library wants is found when the program, too, is asked for it.
    fn program_changes_nothing(&self, party: &'k Party<'k>) -> bool {
        let Some(search) = self.search(party, true) else {
            return false;
        };
        let mut shared = search.symbols.wanted_where(|key| self.keys.contains(&key));
        let missing = shared.any(|wish| {
            self.rules.must_be_found(wish.symbol, wish.uses) && search.find(&wish).is_some()
        });
        !missing && !self.work.exhausted() && search.too_early().is_none()
    }

    fn search<'s>(&'s self, party: &'s Party<'k>, asks_program: bool) -> Option<Search<'s>> {
        Some(Search {
            known: Some(self),
            asks_program,
            parties: self.parties,
            rules: self.rules,
            party,
            symbols: party.symbols.as_ref()?,
            work: self.work,
            indirect: RefCell::new(Vec::new()),
        })
    }
}

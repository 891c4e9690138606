//! What was read of a tree's files, once each, however many programs load them, and on however many threads.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::identity::{self, Loader, Release};
use super::room::{Content, Room};
use super::symbols::Settled;
use super::tree::FileTree;
use crate::elf::{self, DynamicSymbols, ElfFacts, Machine};

/// The facts of a file, or why there are none.
pub(super) type FactsOf = Result<Arc<ElfFacts>, elf::Error>;
/// The dynamic symbols of a file, where it has any.
pub(super) type SymbolsOf = Result<Option<Arc<DynamicSymbols>>, elf::Error>;

/// Answers by key, each found once: who asks while it is being found waits for it.
struct Known<K, T>(RwLock<HashMap<K, Arc<OnceLock<T>>>>);

impl<K, T> Default for Known<K, T> {
    fn default() -> Self {
        Self(RwLock::new(HashMap::new()))
    }
}

impl<K: Eq + Hash, T: Clone> Known<K, T> {
    fn get<Q>(&self, key: &Q, find: impl FnOnce() -> T) -> T
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ToOwned<Owned = K> + ?Sized,
    {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = known.get(key).cloned();
        drop(known);
        let place = place.unwrap_or_else(|| {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key.to_owned()).or_default())
        });
        place.get_or_init(find).clone()
    }

    /// The answer, where it was found before.
    fn found<Q>(&self, key: &Q) -> Option<T>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.get(key)?.get().cloned()
    }
}

/// A tree with what was read from it so far. Paths are without links. A file's bytes are not kept: they are many times
/// what was read of them.
pub(super) struct Files<'a> {
    pub(super) tree: &'a dyn FileTree,
    facts: Known<String, FactsOf>,
    of_machines: Known<Machine, Arc<OfMachine>>,
    symbols: Known<String, SymbolsOf>,
    loaders: Known<String, Arc<Loader>>,
    releases: Known<String, Option<Release>>,
    caches: Known<String, Arc<[u8]>>,
    mentions: Known<String, Arc<Mentioned>>,
    pub(super) settled: Settled,
    room: Arc<Room>,
    /// Files that were read last, each to be asked for once more.
    left: Mutex<Vec<(String, Content<'a>)>>,
}

/// As many as there are threads, mostly.
const LEFT: usize = 4;

/// What the files of a tree are to one machine.
#[derive(Default)]
pub(super) struct OfMachine {
    mapped: Known<String, FactsOf>,
    usable: Known<String, Option<Arc<ElfFacts>>>,
}

impl OfMachine {
    /// The facts of a file as a kernel maps it.
    pub(super) fn mapped(&self, file: &str, read: impl FnOnce() -> FactsOf) -> FactsOf {
        self.mapped.get(file, read)
    }

    /// The facts of a file that glibc's loader maps as a library; why it refuses one is looked at each time.
    pub(super) fn usable<E>(
        &self,
        file: &str,
        check: impl Fn() -> Result<Arc<ElfFacts>, E>,
    ) -> Result<Arc<ElfFacts>, E> {
        let usable = self.usable.get(file, || check().ok());
        usable.map_or_else(check, Ok)
    }
}

/// What the data of a file that may open others says of them.
pub(super) struct Mentioned {
    pub(super) names: Vec<String>,
    pub(super) known: Vec<String>,
}

impl<'a> Files<'a> {
    pub(super) fn new(tree: &'a dyn FileTree) -> Self {
        Self {
            tree,
            facts: Known::default(),
            of_machines: Known::default(),
            symbols: Known::default(),
            loaders: Known::default(),
            releases: Known::default(),
            caches: Known::default(),
            mentions: Known::default(),
            settled: Settled::default(),
            room: Arc::default(),
            left: Mutex::default(),
        }
    }

    /// The bytes of a file; none when the tree gives none.
    pub(super) fn read(&self, file: &str) -> Content<'a> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let at = left.iter().position(|(known, _)| known == file);
        let content = at.map(|at| left.remove(at).1);
        drop(left);
        content.unwrap_or_else(|| self.room.read(self.tree, file))
    }

    /// Leaves the bytes of a file here for whoever reads it next.
    pub(super) fn leave(&self, file: &str, content: Content<'a>) {
        if content.is_large() {
            return;
        }
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = (left.len() >= LEFT).then(|| left.remove(0));
        left.push((file.to_owned(), content));
        drop(left);
        drop(oldest);
    }

    /// The facts of a file; `read` reads them from its bytes.
    pub(super) fn facts(
        &self,
        file: &str,
        read: impl FnOnce() -> Result<ElfFacts, elf::Error>,
    ) -> FactsOf {
        self.facts.get(file, || read().map(Arc::new))
    }

    /// What was read of files for one machine.
    pub(super) fn of_machine(&self, machine: Machine) -> Arc<OfMachine> {
        self.of_machines.get(&machine, Arc::default)
    }

    /// The dynamic symbols of a file; `read` reads them from its bytes.
    pub(super) fn symbols(
        &self,
        file: &str,
        read: impl FnOnce() -> Result<Option<DynamicSymbols>, elf::Error>,
    ) -> SymbolsOf {
        self.symbols.get(file, || Ok(read()?.map(Arc::new)))
    }

    /// The same of a file that nothing else loads: they are not kept.
    pub(super) fn symbols_once(
        &self,
        file: &str,
        read: impl FnOnce() -> Result<Option<DynamicSymbols>, elf::Error>,
    ) -> SymbolsOf {
        let known = self.symbols.found(file);
        known.unwrap_or_else(|| Ok(read()?.map(Arc::new)))
    }

    /// Which loader a file is whose facts these are.
    pub(super) fn loader(&self, file: &str, facts: &ElfFacts) -> Arc<Loader> {
        self.loaders.get(file, || {
            let content = self.read(file);
            Arc::new(identity::of(file, &content, facts))
        })
    }

    /// Which glibc a libc.so.6 is of, as far as it says so.
    pub(super) fn libc_release(&self, file: &str) -> Option<Release> {
        self.releases.get(file, || {
            let content = self.read(file);
            identity::release(&content, identity::LIBC_BANNER)
        })
    }

    /// The bytes of a loader's cache.
    pub(super) fn cache(&self, file: &str) -> Arc<[u8]> {
        self.caches.get(file, || {
            let content = self.read(file);
            Arc::from(&*content)
        })
    }

    /// What a file's data says of others.
    pub(super) fn mentions(&self, file: &str, read: impl FnOnce() -> Mentioned) -> Arc<Mentioned> {
        self.mentions.get(file, || Arc::new(read()))
    }
}

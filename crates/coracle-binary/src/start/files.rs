//! What was read of a tree's files, once each, however many programs load them.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::identity::{self, Loader, Release};
use super::tree::FileTree;
use crate::elf::{self, DynamicSymbols, ElfFacts};

/// The facts of a file, or why there are none.
pub(super) type FactsOf = Result<Rc<ElfFacts>, elf::Error>;

/// Answers by file, given for each once.
struct Known<T>(RefCell<HashMap<String, T>>);

impl<T: Clone> Known<T> {
    fn new() -> Self {
        Self(RefCell::new(HashMap::new()))
    }

    fn get(&self, file: &str, find: impl FnOnce() -> T) -> T {
        if let Some(known) = self.0.borrow().get(file) {
            return known.clone();
        }
        let found = find();
        self.0.borrow_mut().insert(file.to_owned(), found.clone());
        found
    }
}

/// A tree with what was read from it so far. Paths are without links.
pub(super) struct Files<'a> {
    pub(super) tree: &'a dyn FileTree,
    facts: Known<FactsOf>,
    symbols: Known<Option<Rc<DynamicSymbols<'a>>>>,
    loaders: Known<Rc<Loader>>,
    releases: Known<Option<Release>>,
    mentions: Known<Rc<Mentioned>>,
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
            facts: Known::new(),
            symbols: Known::new(),
            loaders: Known::new(),
            releases: Known::new(),
            mentions: Known::new(),
        }
    }

    /// The facts of a file; `read` reads them from its bytes.
    pub(super) fn facts(
        &self,
        file: &str,
        read: impl FnOnce() -> Result<ElfFacts, elf::Error>,
    ) -> FactsOf {
        self.facts.get(file, || read().map(Rc::new))
    }

    /// The dynamic symbols of a file whose facts these are. A tree that lends its bytes has them read once; of another
    /// one they are read from `bytes` each time.
    pub(super) fn symbols<'p>(
        &self,
        file: &str,
        facts: &ElfFacts,
        bytes: &'p [u8],
    ) -> Result<Option<Rc<DynamicSymbols<'p>>>, elf::Error>
    where
        'a: 'p,
    {
        if let Some(known) = self.symbols.0.borrow().get(file) {
            return Ok(known.clone());
        }
        if let Some(Cow::Borrowed(lent)) = self.tree.content(file) {
            let read = DynamicSymbols::read(lent, facts)?.map(Rc::new);
            return Ok(self.symbols.get(file, || read));
        }
        Ok(DynamicSymbols::read(bytes, facts)?.map(Rc::new))
    }

    /// Which loader a file is.
    pub(super) fn loader(&self, file: &str, bytes: &[u8], facts: &ElfFacts) -> Rc<Loader> {
        self.loaders
            .get(file, || Rc::new(identity::of(file, bytes, facts)))
    }

    /// Which glibc a libc.so.6 is of, as far as it says so.
    pub(super) fn libc_release(&self, file: &str) -> Option<Release> {
        self.releases.get(file, || {
            let content = self.tree.content(file).unwrap_or_default();
            identity::release(&content, "GNU C Library (")
        })
    }

    /// What a file's data says of others.
    pub(super) fn mentions(&self, file: &str, read: impl FnOnce() -> Mentioned) -> Rc<Mentioned> {
        self.mentions.get(file, || Rc::new(read()))
    }
}

//! What go itself says a program is made of, where its sources are not all here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::{Imported, Link, NEED_CGO, Walk};
use crate::answer::Answer;
use crate::go::modules::Origin;

/// A package that go lists for a program, in a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// Path and version of its module, the version empty for those that are built; `None` for Go's own library.
    pub module: Option<(String, String)>,
    /// Whether a file of it that is built uses `C`.
    pub uses_c: bool,
    /// Whether none of its files is built: whoever imports it does not build.
    pub is_empty: bool,
    /// What it imports.
    pub imports: BTreeSet<String>,
}

/// By import path.
pub type Listing = BTreeMap<String, Listed>;

impl Walk {
    /// The same, where go itself says what the program is made of: nothing is unknown any more, and packages from elsewhere
    /// are among it with what they import.
    #[must_use]
    pub fn decided_by(mut self, program: &str, listing: &Listing) -> Walk {
        let mut before = std::mem::take(&mut self.packages);
        let parents = parents(program, listing);
        let place = |parent: &str, import: &str| {
            let package = before.get(parent)?.package.as_ref()?;
            let imports = package.imports();
            Some(imports.get(import)?.1.place.clone())
        };
        let chain = |path: &str| -> Vec<Link> {
            let mut chain = Vec::new();
            let mut at = path;
            loop {
                let parent = parents.get(at).copied().flatten();
                chain.push(Link {
                    import_path: at.to_owned(),
                    place: parent.and_then(|parent| place(parent, at)),
                });
                let Some(parent) = parent else { break };
                at = parent;
            }
            chain.reverse();
            chain
        };
        let chains: BTreeMap<&str, Vec<Link>> =
            parents.keys().map(|path| (*path, chain(path))).collect();
        for (path, chain) in chains {
            let Some(listed) = listing.get(path) else {
                continue;
            };
            let origin = || match &listed.module {
                None => Origin::Standard,
                Some((module, version)) => Origin::Elsewhere {
                    module: Some(module.clone()),
                    version: Some(version.clone()).filter(|version| !version.is_empty()),
                },
            };
            let (origin, package) = match before.remove(path) {
                Some(known) if known.package.is_some() => (known.origin, known.package),
                _ => (origin(), None),
            };
            let uses_c = match origin {
                Origin::Standard => NEED_CGO.contains(&path).into(),
                _ => listed.uses_c.into(),
            };
            let imported = Imported {
                import_path: path.to_owned(),
                origin,
                is_imported: Answer::Yes,
                chain,
                package,
                uses_c,
            };
            self.packages.insert(path.to_owned(), imported);
        }
        self.is_whole = true;
        self
    }
}

/// By whom each package is imported first; breadth first and by name, so that chains are shortest and the same each time.
fn parents<'a>(program: &str, listing: &'a Listing) -> BTreeMap<&'a str, Option<&'a str>> {
    let mut parents = BTreeMap::new();
    let mut waiting = VecDeque::new();
    if let Some((program, _)) = listing.get_key_value(program) {
        parents.insert(program.as_str(), None);
        waiting.push_back(program.as_str());
    }
    while let Some(path) = waiting.pop_front() {
        let imports = listing.get(path).map(|listed| &listed.imports);
        for import in imports.into_iter().flatten() {
            if let Some((import, _)) = listing.get_key_value(import)
                && !parents.contains_key(import.as_str())
            {
                parents.insert(import, Some(path));
                waiting.push_back(import);
            }
        }
    }
    parents
}

//! The repository's files as the readers of Cargo's and Go's graphs ask for them. Texts that the lint does not read are
//! names only.

use std::borrow::Cow;
use std::collections::BTreeSet;

use coracle_graph::{Entry, Files};

use crate::repository::Repository;

impl Files for Repository {
    fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.source(path).map(|source| Cow::Borrowed(source.text()))
    }

    fn list(&self, folder: &str) -> Vec<Entry> {
        let skipped = match folder {
            "" => 0,
            folder => folder.len() + 1,
        };
        let names = self.below(folder).filter_map(|(path, _)| {
            let rest = path.get(skipped..)?;
            Some(match rest.split_once('/') {
                Some((name, _)) => (name, true),
                None => (rest, false),
            })
        });
        let names: BTreeSet<(&str, bool)> = names.collect();
        let entries = names.into_iter().map(|(name, is_folder)| Entry {
            name: name.to_owned(),
            is_folder,
        });
        entries.collect()
    }
}

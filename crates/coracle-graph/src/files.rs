//! A repository's files as this crate sees them: the caller says where they come from.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The files of a repository. Paths are relative to its root, with `/` between names, without `.` and `..`; the root itself
/// is the empty path.
pub trait Files {
    /// The text of a file; `None` where there is none, or none that can be read as UTF-8.
    fn text(&self, path: &str) -> Option<Cow<'_, str>>;

    /// What is directly in a folder, in any order; nothing where there is no such folder. Links are what they point to, or are
    /// left out.
    fn list(&self, folder: &str) -> Vec<Entry>;
}

/// A name in a folder.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name, without the folder.
    pub name: String,
    /// Whether it is a folder itself.
    pub is_folder: bool,
}

/// Texts by their paths; folders are there because files are in them.
impl Files for BTreeMap<String, String> {
    fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        self.get(path).map(|text| Cow::Borrowed(text.as_str()))
    }

    fn list(&self, folder: &str) -> Vec<Entry> {
        let prefix = match folder {
            "" => String::new(),
            folder => format!("{folder}/"),
        };
        let below = self
            .range(prefix.clone()..)
            .map_while(|(path, _)| path.strip_prefix(&prefix));
        let entries: BTreeSet<Entry> = below
            .map(|rest| match rest.split_once('/') {
                Some((name, _)) => (name, true),
                None => (rest, false),
            })
            .map(|(name, is_folder)| Entry {
                name: name.to_owned(),
                is_folder,
            })
            .collect();
        entries.into_iter().collect()
    }
}

/// The entries by name.
pub(crate) fn sorted(files: &dyn Files, folder: &str) -> Vec<Entry> {
    let mut entries = files.list(folder);
    entries.sort();
    entries
}

/// Whether a file of this path is there, readable or not.
pub(crate) fn has_file(files: &dyn Files, path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    files
        .list(folder)
        .iter()
        .any(|entry| entry.name == name && !entry.is_folder)
}

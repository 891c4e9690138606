//! Puts entries in the one order that a layer has, adds the parents that nobody named, and refuses what no file system could
//! hold. Directories come before what is in them; hard links come last, because their targets must be there first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::{Entry, EntryKind};

/// What is wrong with the entries of a layer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// The path is not relative and plain.
    #[error("the path `{}` cannot be in a layer: {reason}", path.escape_debug())]
    Path {
        /// As given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two entries have one path and are not the same directory.
    #[error("the path `{}` is in the layer twice: as {first} and as {second}", path.escape_debug())]
    Twice {
        /// The path.
        path: String,
        /// What one of them is.
        first: String,
        /// What the other one is.
        second: String,
    },
    /// Something lies below what is not a directory.
    #[error("the path `{}` is below `{}`, which is {kind}", path.escape_debug(), parent.escape_debug())]
    NotDirectory {
        /// The lower path.
        path: String,
        /// The upper path.
        parent: String,
        /// What the upper one is.
        kind: String,
    },
    /// A hard link to something that is not a file of this layer.
    #[error("the hard link `{}` leads to `{}`, which is not a file of the same layer", path.escape_debug(), target.escape_debug())]
    HardLink {
        /// The link.
        path: String,
        /// Where it leads.
        target: String,
    },
    /// The mode has bits that are no permissions.
    #[error("expected at most 0o7777 as mode of `{}`, got {mode:#o}", path.escape_debug())]
    Mode {
        /// The path.
        path: String,
        /// As given.
        mode: u32,
    },
}

impl TreeError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Twice { .. } => {
                Some("take one of the two files out, or give it another path".to_owned())
            }
            Self::NotDirectory { parent, kind, .. } if kind.starts_with("a symbolic link") => {
                Some(format!("put the file where `{parent}` leads"))
            }
            _ => None,
        }
    }
}

/// Orders the entries for writing. Parents that are missing become directories `0755` of root's, last changed at
/// `parents_mtime`.
pub(super) fn arrange(
    entries: &[Entry],
    parents_mtime: i64,
) -> Result<Vec<Cow<'_, Entry>>, TreeError> {
    let mut tree: BTreeMap<&str, Cow<'_, Entry>> = BTreeMap::new();
    for entry in entries {
        check_path(&entry.path)?;
        if entry.mode > 0o7777 {
            let (path, mode) = (entry.path.clone(), entry.mode);
            return Err(TreeError::Mode { path, mode });
        }
        match tree.get(entry.path.as_str()) {
            Some(other) if entry.kind != EntryKind::Directory || **other != *entry => {
                return Err(twice(entry, other));
            }
            Some(_) => {}
            None => {
                tree.insert(&entry.path, Cow::Borrowed(entry));
            }
        }
    }
    for entry in entries {
        add_parents(&mut tree, entry, parents_mtime)?;
    }
    for entry in entries {
        check_hard_link(&tree, entry)?;
    }
    let (links, others): (Vec<_>, Vec<_>) = tree
        .into_values()
        .partition(|entry| matches!(entry.kind, EntryKind::HardLink(_)));
    Ok(others.into_iter().chain(links).collect())
}

fn add_parents<'a>(
    tree: &mut BTreeMap<&'a str, Cow<'a, Entry>>,
    entry: &'a Entry,
    mtime: i64,
) -> Result<(), TreeError> {
    let mut path = entry.path.as_str();
    while let Some((parent, _)) = path.rsplit_once('/') {
        path = parent;
        match tree.get(parent).map(|found| &found.kind) {
            // Whoever put it there has seen to its own parents, or will.
            Some(EntryKind::Directory) => return Ok(()),
            Some(kind) => {
                return Err(TreeError::NotDirectory {
                    path: entry.path.clone(),
                    parent: parent.to_owned(),
                    kind: describe(kind),
                });
            }
            None => {
                let directory = Entry::directory(parent, mtime);
                tree.insert(parent, Cow::Owned(directory));
            }
        }
    }
    Ok(())
}

fn check_hard_link(tree: &BTreeMap<&str, Cow<'_, Entry>>, entry: &Entry) -> Result<(), TreeError> {
    let EntryKind::HardLink(target) = &entry.kind else {
        return Ok(());
    };
    match tree.get(target.as_str()).map(|found| &found.kind) {
        Some(EntryKind::File(_)) => Ok(()),
        _ => Err(TreeError::HardLink {
            path: entry.path.clone(),
            target: target.clone(),
        }),
    }
}

fn check_path(path: &str) -> Result<(), TreeError> {
    let wrong = |reason| {
        let path = path.to_owned();
        Err(TreeError::Path { path, reason })
    };
    if path.starts_with('/') {
        return wrong("it must not begin with `/`");
    }
    if path.contains('\0') {
        return wrong("it has a NUL in it");
    }
    for component in path.split('/') {
        match component {
            "" => return wrong("it has an empty component"),
            "." | ".." => return wrong("it has a component `.` or `..`"),
            _ if component.starts_with(".wh.") => {
                return wrong("container runtimes take names that begin with `.wh.` as deletions");
            }
            _ if component.len() > 255 => {
                return wrong("it has a component of more than 255 bytes");
            }
            _ => {}
        }
    }
    Ok(())
}

fn twice(entry: &Entry, other: &Entry) -> TreeError {
    // Two directories differ in their metadata alone: then that is what must be shown.
    let metadata = |entry: &Entry| match entry.kind {
        EntryKind::Directory => {
            let Entry {
                mode,
                uid,
                gid,
                mtime,
                ..
            } = entry;
            format!("a directory {mode:04o} {uid}:{gid} of time {mtime}")
        }
        _ => describe(&entry.kind),
    };
    let (mut first, mut second) = (metadata(other), metadata(entry));
    // The message must not depend on the order of the entries.
    if first > second {
        std::mem::swap(&mut first, &mut second);
    }
    let path = entry.path.clone();
    TreeError::Twice {
        path,
        first,
        second,
    }
}

fn describe(kind: &EntryKind) -> String {
    match kind {
        EntryKind::Directory => "a directory".to_owned(),
        EntryKind::File(content) => format!("a file of {} bytes", content.length()),
        EntryKind::Symlink(target) => format!("a symbolic link to `{target}`"),
        EntryKind::HardLink(target) => format!("a hard link to `{target}`"),
    }
}

//! Names out of a tar, kept inside the root as the runtimes keep them, with a note of what had to be done.

use std::fmt;

use serde::{Deserialize, Serialize};
use tar::EntryType;

use super::header::{Raw, malformed};
use super::{ReadEntry, ReadError, ReadKind};

/// What was done to a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Adjustment {
    /// It began with `/`, which was taken off.
    Absolute,
    /// It had `..` in it, which was followed, but never above the root.
    Parent,
    /// It was not UTF-8; the wrong bytes became U+FFFD.
    NotUtf8,
}

impl fmt::Display for Adjustment {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Absolute => "the name was absolute",
            Self::Parent => "the name had `..` in it",
            Self::NotUtf8 => "the name was not UTF-8",
        })
    }
}

/// An entry with names that can be relied on.
pub(super) fn clean(raw: Raw) -> Result<ReadEntry, ReadError> {
    let mut adjustments = Vec::new();
    let path = inside(&text(&raw.path, &mut adjustments), &mut adjustments);
    if raw.extended.sparse || raw.kind.is_gnu_sparse() {
        return Err(ReadError::Sparse { path });
    }
    let kind = match raw.kind {
        EntryType::Directory => ReadKind::Directory,
        EntryType::Regular => ReadKind::File { length: raw.size },
        EntryType::Symlink => ReadKind::Symlink(text(&raw.link, &mut adjustments)),
        EntryType::Link => {
            let target = text(&raw.link, &mut adjustments);
            ReadKind::HardLink(inside(&target, &mut adjustments))
        }
        EntryType::Char | EntryType::Block | EntryType::Fifo => ReadKind::Other,
        other => {
            let reason = format!(
                "entries of type `{}` are not supported",
                other.as_byte().escape_ascii()
            );
            return Err(malformed(raw.position, &reason));
        }
    };
    adjustments.sort_unstable();
    adjustments.dedup();
    Ok(ReadEntry {
        path,
        kind,
        mode: raw.mode,
        uid: raw.uid,
        gid: raw.gid,
        mtime: raw.mtime,
        xattrs: raw.extended.xattrs,
        adjustments,
    })
}

fn text(bytes: &[u8], adjustments: &mut Vec<Adjustment>) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => {
            adjustments.push(Adjustment::NotUtf8);
            String::from_utf8_lossy(bytes).into_owned()
        }
    }
}

/// Resolves `.` and `..` without ever leaving the root. A leading `./` is how most tars are written, and no adjustment.
fn inside(name: &str, adjustments: &mut Vec<Adjustment>) -> String {
    if name.starts_with('/') {
        adjustments.push(Adjustment::Absolute);
    }
    let mut components: Vec<&str> = Vec::new();
    for component in name.split('/') {
        match component {
            "" | "." => {}
            ".." => {
                adjustments.push(Adjustment::Parent);
                components.pop();
            }
            other => components.push(other),
        }
    }
    components.join("/")
}

//! The file tree that a proof looks at, and paths through it as the kernel walks them.

use std::borrow::Cow;

use super::User;
use super::permissions::{self, Access};

/// The kernel follows at most this many links in one path.
const LINKS_LIMIT: usize = 40;
/// `PATH_MAX`, its NUL included.
const PATH_LIMIT: usize = 4096;
/// `NAME_MAX`.
const NAME_LIMIT: usize = 255;

/// A root filesystem to look at. Paths are absolute and normalised (`/`, `/usr/bin/env`): no `.`, no `..`, no
/// doubled or trailing slash.
pub trait FileTree: Sync {
    /// What is at the path itself, no link followed anywhere; `None` when nothing is.
    fn node(&self, path: &str) -> Option<Node>;

    /// Whether executing the file at the path gives capabilities (`security.capability`).
    fn gives_capabilities(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// The bytes of the regular file at the path; `None` when there is none.
    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>>;

    /// The same, read into `room` where they are read: memory that was used before and is wanted no more.
    fn content_in(&self, path: &str, room: Vec<u8>) -> Option<Cow<'_, [u8]>> {
        let _ = room;
        self.content(path)
    }
}

/// One entry of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The twelve permission bits.
    pub mode: u32,
    /// The owner's number.
    pub uid: u32,
    /// The group's number.
    pub gid: u32,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NodeKind {
    /// A regular file.
    File {
        /// Its length in bytes.
        size: u64,
    },
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink {
        /// Where it leads, as written.
        target: String,
    },
    /// A device, a socket, a pipe.
    Other,
}

/// A path that was followed to its end.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The path without any link in it.
    pub(super) path: String,
    pub(super) node: Node,
}

/// Why a path leads nowhere, as the kernel would say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PathError {
    /// ENOENT, and the first path that is not there.
    Missing(String),
    /// ENOTDIR
    NotADirectory(String),
    /// EACCES: the directory may not be searched.
    Denied(String),
    /// ELOOP
    Loop,
    /// ENAMETOOLONG
    TooLong,
}

impl PathError {
    /// The text that goes with the error number.
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Missing(_) => "no such file or directory",
            Self::NotADirectory(_) => "not a directory",
            Self::Denied(_) => "permission denied",
            Self::Loop => "too many levels of symbolic links",
            Self::TooLong => "file name too long",
        }
    }
}

/// Follows `path` (relative to `working_directory` unless absolute) as the kernel does for `user`.
pub(super) fn resolve(
    tree: &dyn FileTree,
    user: &User,
    working_directory: &str,
    path: &str,
) -> Result<Resolved, PathError> {
    // The kernel is never given a zero byte: where one is in a path, nothing is there.
    if path.is_empty() || path.contains('\0') {
        return Err(PathError::Missing(path.to_owned()));
    }
    if path.len() >= PATH_LIMIT {
        return Err(PathError::TooLong);
    }
    let mut walk = Walk {
        tree,
        user,
        at: String::new(),
        node: None,
        links: 0,
    };
    if !path.starts_with('/') {
        walk.follow(working_directory)?;
    }
    walk.follow(path)?;
    let path = if walk.at.is_empty() {
        "/".to_owned()
    } else {
        walk.at
    };
    let node = walk.node.or_else(|| tree.node(&path)).unwrap_or(ROOT);
    Ok(Resolved { path, node })
}

/// What a tree that does not describe its root is taken to have there.
const ROOT: Node = Node {
    kind: NodeKind::Directory,
    mode: 0o755,
    uid: 0,
    gid: 0,
};

struct Walk<'a> {
    tree: &'a dyn FileTree,
    user: &'a User,
    /// Where we stand, without a trailing slash: empty at the root.
    at: String,
    node: Option<Node>,
    links: usize,
}

impl Walk<'_> {
    fn follow(&mut self, path: &str) -> Result<(), PathError> {
        // What is still to be walked, the next component last.
        let mut rest: Vec<String> = Vec::new();
        self.push(&mut rest, path);
        while let Some(component) = rest.pop() {
            self.search()?;
            match component.as_str() {
                "" | "." => continue,
                ".." => {
                    let end = self.at.rfind('/').unwrap_or_default();
                    self.at.truncate(end);
                    self.node = None;
                    continue;
                }
                name if name.len() > NAME_LIMIT => return Err(PathError::TooLong),
                _ => {}
            }
            let next = format!("{}/{component}", self.at);
            let Some(node) = self.tree.node(&next) else {
                return Err(PathError::Missing(next));
            };
            if let NodeKind::Symlink { target } = &node.kind {
                self.links += 1;
                if self.links > LINKS_LIMIT {
                    return Err(PathError::Loop);
                }
                if target.is_empty() || rest.len() > PATH_LIMIT {
                    return Err(PathError::Missing(next));
                }
                self.push(&mut rest, &target.clone());
                continue;
            }
            self.at = next;
            self.node = Some(node);
        }
        Ok(())
    }

    fn push(&mut self, rest: &mut Vec<String>, path: &str) {
        if path.starts_with('/') {
            self.at.clear();
            self.node = None;
        }
        rest.extend(path.split('/').rev().map(str::to_owned));
    }

    /// To look a name up, where we stand must be a directory that the user may search.
    fn search(&mut self) -> Result<(), PathError> {
        let here = if self.at.is_empty() { "/" } else { &self.at };
        let node = match &self.node {
            Some(node) => node.clone(),
            None => self.tree.node(here).unwrap_or(ROOT),
        };
        if node.kind != NodeKind::Directory {
            return Err(PathError::NotADirectory(here.to_owned()));
        }
        if !permissions::may(self.user, &node, Access::Execute) {
            return Err(PathError::Denied(here.to_owned()));
        }
        self.node = Some(node);
        Ok(())
    }
}

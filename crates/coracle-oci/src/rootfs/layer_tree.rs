//! One layer as a tree of its own: what a runtime's directory for it holds after unpacking, deletions kept apart.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use super::{AdjustedName, Node, NodeKind, RootFilesystemError, merge};
use crate::digest::Digest;
use crate::layer::{LayerReader, Limits, ReadEntry, ReadKind};

/// As many as Go's `securejoin` and the kernel's own limit times six.
const MOST_LINKS: usize = 255;

/// One layer by itself. It can be kept and laid again into other images, at any place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerTree<C> {
    layer: usize,
    pub(super) nodes: BTreeMap<String, LayerNode<C>>,
    /// Paths that are deleted from the layers below.
    pub(super) deleted: BTreeSet<String>,
    /// Directories whose lower content is hidden.
    pub(super) opaque: BTreeSet<String>,
    pub(super) adjusted: Vec<AdjustedName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LayerNode<C> {
    pub(super) node: Node<C>,
    /// A directory that only exists because something in it is named.
    pub(super) implied: bool,
}

/// What is kept of a file, whose content the reader gives. What it leaves unread is skipped.
pub type Keep<'k, C> = &'k mut dyn FnMut(&ReadEntry, &mut dyn Read) -> io::Result<C>;

impl<C: Clone> LayerTree<C> {
    /// Reads a layer to its end; gives its diff ID, and takes what it cost off the limits.
    ///
    /// # Errors
    /// When it cannot be read, is no layer, or has paths that cannot be unpacked.
    pub fn read<R: Read>(
        layer: usize,
        reader: R,
        media_type: &str,
        left: &mut Limits,
        keep: Keep<'_, C>,
    ) -> Result<(Self, Digest), RootFilesystemError> {
        let unreadable = |source| RootFilesystemError::Read { layer, source };
        let mut tree = Self {
            layer,
            nodes: BTreeMap::new(),
            deleted: BTreeSet::new(),
            opaque: BTreeSet::new(),
            adjusted: Vec::new(),
        };
        let mut reader = LayerReader::new(reader, media_type, *left).map_err(unreadable)?;
        while let Some(entry) = reader.next_entry().map_err(unreadable)? {
            left.entries = left.entries.saturating_sub(1);
            let content = match entry.kind {
                ReadKind::File { .. } => {
                    let kept = keep(&entry, &mut reader);
                    Some(kept.map_err(|error| unreadable(error.into()))?)
                }
                _ => None,
            };
            tree.add(entry, content)?;
        }
        let (diff_id, size) = reader.finish().map_err(unreadable)?;
        left.bytes = left.bytes.saturating_sub(size);
        Ok((tree, diff_id))
    }

    /// Changes what was kept of each file.
    pub fn change(&mut self, change: &mut dyn FnMut(&mut C)) {
        for node in self.nodes.values_mut() {
            if let NodeKind::File { content } = &mut node.node.kind {
                change(content);
            }
        }
    }

    /// The same layer at another place of an image.
    #[must_use]
    pub fn at(mut self, layer: usize) -> Self {
        self.layer = layer;
        for node in self.nodes.values_mut() {
            node.node.layer = layer;
        }
        for adjusted in &mut self.adjusted {
            adjusted.layer = layer;
        }
        self
    }

    fn add(&mut self, entry: ReadEntry, content: Option<C>) -> Result<(), RootFilesystemError> {
        for adjustment in &entry.adjustments {
            self.adjusted.push(AdjustedName {
                layer: self.layer,
                path: entry.path.clone(),
                adjustment: *adjustment,
            });
        }
        if entry.path.is_empty() {
            return self.add_root(entry);
        }
        let (parent, name) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        let parent = self.resolve(parent, &entry.path)?;
        self.imply(&parent, &entry.path)?;
        if let Some(deleted) = name.strip_prefix(".wh.") {
            return self.delete(&parent, deleted, &entry.path);
        }
        let path = join(&parent, name);
        let kind = match entry.kind {
            ReadKind::Directory => NodeKind::Directory,
            ReadKind::File { .. } => match content {
                Some(content) => NodeKind::File { content },
                None => NodeKind::Other,
            },
            ReadKind::Symlink(target) => NodeKind::Symlink(target),
            ReadKind::HardLink(target) => return self.link(path, &target, &entry.path),
            ReadKind::Other => NodeKind::Other,
        };
        let node = Node {
            kind,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            mtime: entry.mtime,
            xattrs: entry.xattrs,
            layer: self.layer,
        };
        self.put(path, node);
        Ok(())
    }

    /// An entry for the root itself says what its metadata is.
    fn add_root(&mut self, entry: ReadEntry) -> Result<(), RootFilesystemError> {
        if entry.kind != ReadKind::Directory {
            return Err(self.cannot("", "the root must be a directory"));
        }
        let node = Node {
            kind: NodeKind::Directory,
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            mtime: entry.mtime,
            xattrs: entry.xattrs,
            layer: self.layer,
        };
        self.nodes.insert(
            String::new(),
            LayerNode {
                node,
                implied: false,
            },
        );
        Ok(())
    }

    /// A later entry of the same layer replaces an earlier one, and only a directory over a directory keeps what is in it.
    fn put(&mut self, path: String, node: Node<C>) {
        if !matches!(node.kind, NodeKind::Directory) {
            merge::remove_below(&mut self.nodes, &path);
        }
        self.nodes.insert(
            path,
            LayerNode {
                node,
                implied: false,
            },
        );
    }

    fn link(&mut self, path: String, target: &str, named: &str) -> Result<(), RootFilesystemError> {
        let (parent, name) = target.rsplit_once('/').unwrap_or(("", target));
        let found = join(&self.resolve(parent, named)?, name);
        if found == path {
            return Err(self.cannot(named, "it is a hard link to itself"));
        }
        match self.nodes.get(&found) {
            Some(LayerNode { node, .. }) if !matches!(node.kind, NodeKind::Directory) => {
                let node = node.clone();
                self.put(path, node);
                Ok(())
            }
            _ => {
                let reason =
                    format!("it is a hard link to `{target}`, which is no file of the same layer");
                Err(self.cannot(named, &reason))
            }
        }
    }

    /// Whiteouts (layer.md § Whiteouts). Names `.wh..wh.…` other than the opaque marker are leavings of aufs.
    fn delete(&mut self, parent: &str, name: &str, named: &str) -> Result<(), RootFilesystemError> {
        match name {
            ".wh..opq" => drop(self.opaque.insert(parent.to_owned())),
            "" | "." | ".." => {
                return Err(self.cannot(named, "it deletes nothing that can have a name"));
            }
            other if other.starts_with(".wh.") => {}
            other => drop(self.deleted.insert(join(parent, other))),
        }
        Ok(())
    }

    /// Makes the directories above a path that nobody has named yet, the root first.
    fn imply(&mut self, directory: &str, named: &str) -> Result<(), RootFilesystemError> {
        let ends = directory.match_indices('/').map(|(end, _)| end);
        for end in [0].into_iter().chain(ends).chain([directory.len()]) {
            let path = directory.get(..end).unwrap_or_default();
            match self.nodes.get(path).map(|found| &found.node.kind) {
                Some(NodeKind::Directory) => {}
                Some(_) => return Err(self.cannot(named, &format!("`{path}` is not a directory"))),
                None => {
                    let node = Node {
                        kind: NodeKind::Directory,
                        mode: 0o755,
                        uid: 0,
                        gid: 0,
                        mtime: 0,
                        xattrs: BTreeMap::new(),
                        layer: self.layer,
                    };
                    self.nodes.insert(
                        path.to_owned(),
                        LayerNode {
                            node,
                            implied: true,
                        },
                    );
                }
            }
        }
        Ok(())
    }

    /// Follows symbolic links in a directory's path, inside this layer and never above the root.
    fn resolve(&self, directory: &str, named: &str) -> Result<String, RootFilesystemError> {
        let mut left: Vec<String> = directory.split('/').rev().map(str::to_owned).collect();
        let mut resolved = String::new();
        let mut links = 0;
        while let Some(component) = left.pop() {
            match component.as_str() {
                "" | "." => continue,
                ".." => {
                    let end = resolved.rfind('/').unwrap_or(0);
                    resolved.truncate(end);
                    continue;
                }
                _ => {}
            }
            let path = join(&resolved, &component);
            match self.nodes.get(&path).map(|found| &found.node.kind) {
                Some(NodeKind::Symlink(target)) => {
                    links += 1;
                    if links > MOST_LINKS || target.len() > 4096 {
                        return Err(
                            self.cannot(named, "there are too many symbolic links above it")
                        );
                    }
                    if target.starts_with('/') {
                        resolved.clear();
                    }
                    left.extend(target.split('/').rev().map(str::to_owned));
                }
                _ => resolved = path,
            }
        }
        Ok(resolved)
    }

    fn cannot(&self, path: &str, reason: &str) -> RootFilesystemError {
        RootFilesystemError::Unpack {
            layer: self.layer,
            path: path.to_owned(),
            reason: reason.to_owned(),
        }
    }
}

fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

//! Trees in memory, for the tests of what is said of images.

use std::collections::BTreeMap;
use std::sync::Arc;

use coracle_oci::rootfs::{Node, NodeKind, RootFilesystem};

use super::kept::Kept;
use super::tree::Tree;

/// A tree that is being made; folders appear with what is in them.
#[derive(Default)]
pub(super) struct Made {
    files: RootFilesystem<Kept>,
}

impl Made {
    pub(super) fn file(&mut self, path: &str, text: &str) -> &mut Self {
        self.with_mode(path, text.as_bytes(), 0o644)
    }

    /// A file that begins as ELF files do and that nobody can read.
    pub(super) fn elf(&mut self, path: &str, length: usize) -> &mut Self {
        let mut bytes = b"\x7fELF".to_vec();
        bytes.resize(length, 0);
        self.with_mode(path, &bytes, 0o755)
    }

    pub(super) fn with_mode(&mut self, path: &str, bytes: &[u8], mode: u32) -> &mut Self {
        let content = Kept::Whole(Arc::from(bytes));
        self.put(path, NodeKind::File { content }, mode)
    }

    pub(super) fn folder(&mut self, path: &str, mode: u32) -> &mut Self {
        self.put(path, NodeKind::Directory, mode)
    }

    pub(super) fn link(&mut self, path: &str, target: &str) -> &mut Self {
        self.put(path, NodeKind::Symlink(target.to_owned()), 0o777)
    }

    pub(super) fn tree(self) -> Tree {
        Tree { files: self.files }
    }

    fn put(&mut self, path: &str, kind: NodeKind<Kept>, mode: u32) -> &mut Self {
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            if self.files.get(folder).is_none() {
                self.files
                    .put(folder.to_owned(), node(NodeKind::Directory, 0o755));
            }
        }
        self.files.put(path.to_owned(), node(kind, mode));
        self
    }
}

fn node(kind: NodeKind<Kept>, mode: u32) -> Node<Kept> {
    Node {
        kind,
        mode,
        uid: 0,
        gid: 0,
        mtime: 0,
        xattrs: BTreeMap::new(),
        layer: 0,
    }
}

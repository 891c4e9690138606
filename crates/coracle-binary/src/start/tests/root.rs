//! A folder of the disk as a tree, for the tests over real files.

use std::borrow::Cow;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::PathBuf;

use crate::start::{FileTree, Node, NodeKind};

/// Read lazily: a root has tens of thousands of files, and a proof looks at some hundred.
pub(super) struct Root(pub(super) PathBuf);

impl Root {
    fn path(&self, path: &str) -> PathBuf {
        self.0.join(path.trim_start_matches('/'))
    }
}

impl FileTree for Root {
    fn node(&self, path: &str) -> Option<Node> {
        let path = self.path(path);
        let data = std::fs::symlink_metadata(&path).ok()?;
        let kind = if data.is_symlink() {
            NodeKind::Symlink {
                target: std::fs::read_link(&path).ok()?.to_str()?.to_owned(),
            }
        } else if data.is_dir() {
            NodeKind::Directory
        } else if data.is_file() {
            NodeKind::File { size: data.len() }
        } else {
            NodeKind::Other
        };
        Some(Node {
            kind,
            mode: data.permissions().mode() & 0o7777,
            uid: data.uid(),
            gid: data.gid(),
        })
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        std::fs::read(self.path(path)).ok().map(Cow::Owned)
    }
}

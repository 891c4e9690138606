//! A merged image as the start-proof sees it.

use std::borrow::Cow;

use coracle_binary::start::{FileTree, Node, NodeKind};
use coracle_oci::{RootFilesystem, rootfs};

/// The root folder, which no layer need name; runtimes make it like this.
const ROOT: Node = Node {
    kind: NodeKind::Directory,
    mode: 0o755,
    uid: 0,
    gid: 0,
};

/// What the layers come to.
pub(super) struct Merged(pub(super) RootFilesystem);

impl FileTree for Merged {
    fn node(&self, path: &str) -> Option<Node> {
        node(&self.0, path, |content| content.len() as u64)
    }

    fn gives_capabilities(&self, path: &str) -> bool {
        gives_capabilities(&self.0, path)
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        match &self.0.get(path.trim_start_matches('/'))?.kind {
            rootfs::NodeKind::File { content } => Some(Cow::Borrowed(content)),
            _ => None,
        }
    }
}

/// What is at a path of merged layers, whatever is kept of their files; `length` says how many bytes a file has.
pub(crate) fn node<C>(
    files: &RootFilesystem<C>,
    path: &str,
    length: impl Fn(&C) -> u64,
) -> Option<Node> {
    let path = path.trim_start_matches('/');
    if path.is_empty() {
        return Some(ROOT);
    }
    let node = files.get(path)?;
    let kind = match &node.kind {
        rootfs::NodeKind::Directory => NodeKind::Directory,
        rootfs::NodeKind::File { content } => NodeKind::File {
            size: length(content),
        },
        rootfs::NodeKind::Symlink(target) => NodeKind::Symlink {
            target: target.clone(),
        },
        rootfs::NodeKind::Other => NodeKind::Other,
    };
    Some(Node {
        kind,
        mode: node.mode,
        uid: u32::try_from(node.uid).unwrap_or(u32::MAX),
        gid: u32::try_from(node.gid).unwrap_or(u32::MAX),
    })
}

/// Whether executing what is at a path of merged layers gives capabilities.
pub(crate) fn gives_capabilities<C>(files: &RootFilesystem<C>, path: &str) -> bool {
    let node = files.get(path.trim_start_matches('/'));
    node.is_some_and(|node| node.xattrs.contains_key("security.capability"))
}

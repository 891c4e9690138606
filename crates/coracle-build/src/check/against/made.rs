//! The trees that a program is proven in: one of the files that a build would ship, and others' with the program put in.

use std::collections::BTreeMap;
use std::sync::Arc;

use coracle_oci::layer::{Content, Entry, EntryKind};
use coracle_oci::rootfs::{Node, NodeKind, RootFilesystem};

use super::super::kept::Kept;
use super::super::tree::Tree;
use super::program::Program;
use crate::resolve::Rootfs;

/// What a build would ship, in memory: as its layers would unpack.
pub(super) fn of_rootfs(rootfs: &Rootfs, program: &Program) -> Tree {
    let mut tree = Tree {
        files: RootFilesystem::default(),
    };
    for (path, file) in &rootfs.files {
        if let Some(kind) = kind(&file.entry, rootfs, program) {
            put(&mut tree, path, kind, &file.entry);
        }
    }
    tree
}

/// Nothing but the program.
pub(super) fn alone(program: &Program) -> Tree {
    let mut tree = Tree {
        files: RootFilesystem::default(),
    };
    add(program, &mut tree);
    tree
}

/// Puts the program where images of ours have it, executable for everybody.
pub(super) fn add(program: &Program, tree: &mut Tree) {
    let path = program.inside();
    let path = path.trim_start_matches('/');
    let entry = Entry {
        path: path.to_owned(),
        kind: EntryKind::Directory,
        mode: 0o755,
        uid: 0,
        gid: 0,
        mtime: 0,
    };
    put(tree, path, whole(&program.content), &entry);
}

fn whole(bytes: &Arc<[u8]>) -> NodeKind<Kept> {
    let content = Kept::Whole(Arc::clone(bytes));
    NodeKind::File { content }
}

/// What is at a path; nothing where a hard link leads to no file.
fn kind(entry: &Entry, rootfs: &Rootfs, program: &Program) -> Option<NodeKind<Kept>> {
    Some(match &entry.kind {
        EntryKind::Directory => NodeKind::Directory,
        EntryKind::Symlink(target) => NodeKind::Symlink(target.clone()),
        EntryKind::File(Content::Bytes(bytes)) => whole(bytes),
        // The program itself, which was read already.
        EntryKind::File(Content::File { path, .. }) if *path == program.path => {
            whole(&program.content)
        }
        EntryKind::File(Content::File { path, length }) => NodeKind::File {
            content: Kept::OnDisk {
                path: path.clone(),
                length: *length,
            },
        },
        EntryKind::HardLink(target) => {
            let file = rootfs.files.get(target.trim_start_matches('/'))?;
            return match file.entry.kind {
                EntryKind::HardLink(_) => None,
                _ => kind(&file.entry, rootfs, program),
            };
        }
    })
}

/// With the folders that lead there, where they are not there yet.
fn put(tree: &mut Tree, path: &str, kind: NodeKind<Kept>, like: &Entry) {
    for (at, _) in path.match_indices('/') {
        let folder = path.get(..at).unwrap_or_default();
        let there = tree.files.get(folder);
        if !there.is_some_and(|node| matches!(node.kind, NodeKind::Directory)) {
            let folder = folder.to_owned();
            tree.files
                .put(folder, node(NodeKind::Directory, 0o755, (0, 0)));
        }
    }
    let owner = (like.uid, like.gid);
    tree.files
        .put(path.to_owned(), node(kind, like.mode & 0o7777, owner));
}

fn node(kind: NodeKind<Kept>, mode: u32, (uid, gid): (u64, u64)) -> Node<Kept> {
    Node {
        kind,
        mode,
        uid,
        gid,
        mtime: 0,
        xattrs: BTreeMap::new(),
        layer: 0,
    }
}

//! A file tree in memory: Debian in little, as the start-proof sees it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use coracle_binary::start::{FileTree, Node, NodeKind};

/// A small program that needs [`LIBRARY`] and a C library.
pub const PROGRAM: &[u8] = include_bytes!("../root/program.elf");
/// A small library, `libfoo.so.1`.
pub const LIBRARY: &[u8] = include_bytes!("../root/library.elf");
const LIBC: &[u8] = include_bytes!("../root/libc.elf");
const LOADER: &[u8] = include_bytes!("../root/loader.elf");

/// Paths and what is at them. Folders appear with the files in them.
#[derive(Debug, Clone, Default)]
pub struct Root<'a> {
    nodes: BTreeMap<String, (Node, Cow<'a, [u8]>)>,
}

impl<'a> Root<'a> {
    /// A loader, a C library and `/app/worker`, which needs `libfoo.so.1`; that one is in no folder yet.
    pub fn debian() -> Self {
        let mut root = Self::default();
        root.link("/lib", "usr/lib");
        root.link("/lib64", "usr/lib64");
        root.link(
            "/usr/lib64/ld-linux-x86-64.so.2",
            "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        );
        root.file("/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", LOADER);
        root.file("/usr/lib/x86_64-linux-gnu/libc.so.6", LIBC);
        root.file("/app/worker", PROGRAM);
        root
    }

    /// A file that everybody may read and execute.
    pub fn file(&mut self, path: &str, bytes: &'a [u8]) {
        self.file_with_mode(path, bytes, 0o755);
    }

    /// A file of root's with these permissions.
    pub fn file_with_mode(&mut self, path: &str, bytes: &'a [u8], mode: u32) {
        let size = bytes.len() as u64;
        self.put(path, NodeKind::File { size }, mode, Cow::Borrowed(bytes));
    }

    /// A symbolic link.
    pub fn link(&mut self, path: &str, target: &str) {
        let target = target.to_owned();
        let kind = NodeKind::Symlink { target };
        self.put(path, kind, 0o777, Cow::Borrowed(&[]));
    }

    /// Whether a file is at the path itself.
    pub fn holds(&self, path: &str) -> bool {
        self.content(path).is_some()
    }

    fn put(&mut self, path: &str, kind: NodeKind, mode: u32, bytes: Cow<'a, [u8]>) {
        for (at, _) in path.match_indices('/') {
            let folder = if at == 0 {
                "/"
            } else {
                path.get(..at).unwrap_or_default()
            };
            let node = node(NodeKind::Directory, 0o755);
            self.nodes
                .entry(folder.to_owned())
                .or_insert((node, Cow::Borrowed(&[])));
        }
        self.nodes
            .insert(path.to_owned(), (node(kind, mode), bytes));
    }
}

fn node(kind: NodeKind, mode: u32) -> Node {
    let (uid, gid) = (0, 0);
    Node {
        kind,
        mode,
        uid,
        gid,
    }
}

impl FileTree for Root<'_> {
    fn node(&self, path: &str) -> Option<Node> {
        let plain = path.starts_with('/') && !path.contains("//") && !path.contains('\0');
        let steps = path.split('/').all(|part| part != "." && part != "..");
        assert!(plain && steps, "the proof asks for the path {path:?}");
        self.nodes.get(path).map(|(node, _)| node.clone())
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let (node, bytes) = self.nodes.get(path)?;
        matches!(node.kind, NodeKind::File { .. }).then(|| Cow::Borrowed(bytes.as_ref()))
    }
}

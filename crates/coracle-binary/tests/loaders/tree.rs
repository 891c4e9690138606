//! A folder as the proof sees it: what is where is read at once, what is in it when it is asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use coracle_binary::start::{FileTree, Node, NodeKind};

/// A root on the disk, which must not change while it is looked at.
pub(crate) struct Folder {
    root: PathBuf,
    nodes: BTreeMap<String, (Node, OnceLock<Vec<u8>>)>,
}

impl Folder {
    pub(crate) fn read(root: &Path) -> Self {
        let mut folder = Self {
            root: root.to_owned(),
            nodes: BTreeMap::new(),
        };
        folder.walk("");
        folder
    }

    fn walk(&mut self, below: &str) {
        for entry in fs::read_dir(self.root.join(below.trim_start_matches('/'))).unwrap() {
            let entry = entry.unwrap();
            // A name that is not UTF-8 is no library's.
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{below}/{name}");
            let data = entry.metadata().unwrap();
            let kind = if data.is_dir() {
                NodeKind::Directory
            } else if data.is_symlink() {
                let target = fs::read_link(entry.path()).unwrap();
                NodeKind::Symlink {
                    target: target.to_string_lossy().into_owned(),
                }
            } else if data.is_file() {
                NodeKind::File { size: data.len() }
            } else {
                NodeKind::Other
            };
            let is_directory = kind == NodeKind::Directory;
            let node = Node {
                kind,
                mode: data.mode() & 0o7777,
                uid: data.uid(),
                gid: data.gid(),
            };
            self.nodes.insert(path.clone(), (node, OnceLock::new()));
            if is_directory && path != "/proc" && path != "/dev" {
                self.walk(&path);
            }
        }
    }

    /// The paths of all regular files.
    pub(crate) fn files(&self) -> impl Iterator<Item = &str> {
        let paths = self.nodes.iter();
        paths
            .filter(|(_, (node, _))| matches!(node.kind, NodeKind::File { .. }))
            .map(|(path, _)| path.as_str())
    }

    /// The paths of all regular files that someone may execute.
    pub(crate) fn executables(&self) -> impl Iterator<Item = &str> {
        let executable =
            |node: &Node| matches!(node.kind, NodeKind::File { .. }) && node.mode & 0o111 != 0;
        let paths = self.nodes.iter();
        paths
            .filter(move |(_, (node, _))| executable(node))
            .map(|(path, _)| path.as_str())
    }
}

impl FileTree for Folder {
    fn node(&self, path: &str) -> Option<Node> {
        self.nodes.get(path).map(|(node, _)| node.clone())
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let (node, content) = self.nodes.get(path)?;
        if !matches!(node.kind, NodeKind::File { .. }) {
            return None;
        }
        let read = || fs::read(self.root.join(path.trim_start_matches('/'))).unwrap_or_default();
        Some(Cow::Borrowed(content.get_or_init(read)))
    }
}

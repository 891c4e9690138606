//! What is looked at as a tree: the layers of an image merged, or a folder that is a root filesystem.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use coracle_binary::start::{FileTree, Node};
use coracle_oci::layer::{Limits, ReadEntry};
use coracle_oci::rootfs::{self, LayerTree, RootFilesystem};

use super::Error;
use super::kept::Kept;
use super::known::Known;
use crate::event::{Event, Observer};
use crate::images::{Image, Opened};
use crate::prove::merged;

/// Everything at every path, and of each file what is kept of it.
pub(super) struct Tree {
    pub(super) files: RootFilesystem<Kept>,
}

impl Tree {
    /// Reads the layers of an image that are not known yet, and merges all.
    pub(super) fn of_image(
        image: &Image,
        opened: &Opened<'_>,
        known: &Known<'_>,
        observer: Observer<'_>,
    ) -> Result<Tree, Error> {
        let mut files = RootFilesystem::default();
        let mut left = Limits::default();
        for (number, layer) in image.layers.iter().enumerate() {
            if let Some(tree) = known.layer(layer) {
                files.lay(tree.at(number));
                continue;
            }
            observer(&Event::Fetching {
                what: layer.to_string(),
                size: Some(layer.size),
            });
            let reader = opened.layer(layer)?;
            let unwritable = |source| Error::Unwritable {
                layer: layer.to_string(),
                source,
            };
            let mut shelf = known.shelf().map_err(unwritable)?;
            let mut keep = |entry: &ReadEntry, reader: &mut dyn io::Read| {
                Kept::of(entry, reader).and_then(|kept| shelf.put(kept))
            };
            let read = LayerTree::read(number, reader, &layer.media_type, &mut left, &mut keep);
            let unreadable = |source| Error::Layer {
                layer: layer.to_string(),
                source,
            };
            let (tree, diff_id) = read.map_err(unreadable)?;
            if diff_id != layer.diff_id {
                return Err(unreadable(rootfs::RootFilesystemError::DiffId {
                    layer: number,
                    expected: layer.diff_id,
                    got: diff_id,
                }));
            }
            known.keep(layer, &tree, shelf).map_err(unwritable)?;
            files.lay(tree);
        }
        Ok(Tree { files })
    }

    /// Looks at a folder as at one layer; files are read when they are asked for.
    pub(super) fn of_folder(folder: &Path) -> Result<Tree, Error> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| Error::Folder { path, source }
        };
        let mut files = RootFilesystem::default();
        let mut waiting: Vec<(PathBuf, String)> = vec![(folder.to_owned(), String::new())];
        while let Some((place, path)) = waiting.pop() {
            for entry in fs::read_dir(&place).map_err(failed(&place))? {
                let entry = entry.map_err(failed(&place))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = match path.as_str() {
                    "" => name,
                    parent => format!("{parent}/{name}"),
                };
                let node = node_of(&entry.path()).map_err(failed(&entry.path()))?;
                // A folder of another file system (/proc, a mount) is of the root as it is.
                if matches!(node.kind, rootfs::NodeKind::Directory) {
                    waiting.push((entry.path(), path.clone()));
                }
                files.put(path, node);
            }
        }
        Ok(Tree { files })
    }

    /// What was kept of the regular file at a path.
    pub(super) fn kept(&self, path: &str) -> Option<&Kept> {
        match &self.files.get(path.trim_start_matches('/'))?.kind {
            rootfs::NodeKind::File { content } => Some(content),
            _ => None,
        }
    }

    /// Whether the file at a path is a program, a library or a script that may be started.
    pub(super) fn is_code(&self, path: &str) -> bool {
        let is_executable = |node: &rootfs::Node<Kept>| node.mode & 0o111 != 0;
        let may_start = self.files.get(path).is_some_and(is_executable);
        self.kept(path)
            .is_some_and(|kept| kept.is_elf() || may_start && kept.is_script())
    }

    /// The regular files, by their paths from the root.
    pub(super) fn regular(&self) -> impl Iterator<Item = (&str, &Kept, &rootfs::Node<Kept>)> {
        self.files
            .iter()
            .filter_map(|(path, node)| match &node.kind {
                rootfs::NodeKind::File { content } => Some((path, content, node)),
                _ => None,
            })
    }
}

fn node_of(path: &Path) -> io::Result<rootfs::Node<Kept>> {
    let data = fs::symlink_metadata(path)?;
    let kind = if data.is_symlink() {
        let target = fs::read_link(path)?;
        rootfs::NodeKind::Symlink(target.to_string_lossy().into_owned())
    } else if data.is_dir() {
        rootfs::NodeKind::Directory
    } else if data.is_file() {
        rootfs::NodeKind::File {
            content: Kept::OnDisk {
                path: path.to_owned(),
                length: data.len(),
            },
        }
    } else {
        rootfs::NodeKind::Other
    };
    Ok(rootfs::Node {
        kind,
        mode: data.mode() & 0o7777,
        uid: data.uid().into(),
        gid: data.gid().into(),
        mtime: data.mtime(),
        xattrs: std::collections::BTreeMap::new(),
        layer: 0,
    })
}

impl FileTree for Tree {
    fn node(&self, path: &str) -> Option<Node> {
        merged::node(&self.files, path, Kept::length)
    }

    fn gives_capabilities(&self, path: &str) -> bool {
        merged::gives_capabilities(&self.files, path)
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.content_in(path, Vec::new())
    }

    fn content_in(&self, path: &str, room: Vec<u8>) -> Option<Cow<'_, [u8]>> {
        match &self.files.get(path.trim_start_matches('/'))?.kind {
            rootfs::NodeKind::File { content } => content.content(room),
            _ => None,
        }
    }
}

//! Files of two images side by side. Of an ordinary file an image keeps its length and no content, so what is said of two
//! of them is one of three things, in the order of the rules of [`compare`].

use std::fs::File;
use std::io::{self, BufRead as _, BufReader};
use std::path::Path;

use coracle_binary::start::FileTree as _;
use coracle_oci::rootfs::{Node, NodeKind};

use super::super::kept::Kept;
use super::super::tree::Tree;
use super::Seen;

/// The kernel follows at most this many links in one path.
const LINKS_LIMIT: usize = 40;

/// What is at a path, and is no folder.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    node: &'a Node<Kept>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(node: &'a Node<Kept>) -> Option<Entry<'a>> {
        (!matches!(node.kind, NodeKind::Directory)).then_some(Entry { node })
    }

    /// In bytes; what is no regular file weighs nothing.
    pub(crate) fn size(&self) -> u64 {
        match &self.node.kind {
            NodeKind::File { content } => content.length(),
            _ => 0,
        }
    }

    /// Which layer it is of, from the lowest.
    pub(crate) fn layer(&self) -> usize {
        self.node.layer
    }
}

/// Whether two files are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sameness {
    Same,
    Changed,
    /// Nothing that is known of them differs, and the content of one cannot be read.
    Perhaps,
}

/// Compares what is at the same path of two images:
///
/// 1. Files of a layer that both have are the same.
/// 2. Where kind, mode, owner, attributes, a link's target or the length differ, they are not.
/// 3. Else their content decides, by its SHA-256.
/// 4. Of what cannot be read it cannot be said.
pub(crate) fn compare(old: (&Seen, &Entry<'_>), new: (&Seen, &Entry<'_>)) -> Sameness {
    let layer = |(seen, entry): (&Seen, &Entry<'_>)| seen.layer(entry).map(|layer| layer.diff_id);
    if layer(old).is_some() && layer(old) == layer(new) {
        return Sameness::Same;
    }
    let (old, new) = (old.1.node, new.1.node);
    let about = |node: &Node<Kept>| (node.mode, node.uid, node.gid, node.xattrs.clone());
    if about(old) != about(new) {
        return Sameness::Changed;
    }
    let content = match (&old.kind, &new.kind) {
        (NodeKind::File { content: old }, NodeKind::File { content: new }) => {
            compare_content(old, new)
        }
        (NodeKind::Symlink(old), NodeKind::Symlink(new)) => Some(old == new),
        (NodeKind::Other, NodeKind::Other) => Some(true),
        _ => Some(false),
    };
    match content {
        Some(true) => Sameness::Same,
        Some(false) => Sameness::Changed,
        None => Sameness::Perhaps,
    }
}

/// Whether the content is the same, as far as it can be said.
fn compare_content(old: &Kept, new: &Kept) -> Option<bool> {
    if old.length() != new.length() {
        return Some(false);
    }
    match (old, new) {
        (Kept::Whole(old), Kept::Whole(new)) => Some(old == new),
        (Kept::OnDisk { path: old, .. }, Kept::OnDisk { path: new, .. }) => {
            // A file that cannot be read is not known to be the same.
            is_same_on_disk(old, new).ok()
        }
        _ if old.length() == 0 => Some(true),
        (old, new) => Some(old.sum()? == new.sum()?),
    }
}

fn is_same_on_disk(old: &Path, new: &Path) -> io::Result<bool> {
    let mut old = BufReader::new(File::open(old)?);
    let mut new = BufReader::new(File::open(new)?);
    loop {
        let (one, other) = (old.fill_buf()?, new.fill_buf()?);
        let length = one.len().min(other.len());
        if length == 0 {
            return Ok(one.len() == other.len());
        }
        if one.get(..length) != other.get(..length) {
            return Ok(false);
        }
        old.consume(length);
        new.consume(length);
    }
}

/// Follows links to where a path leads in the tree.
pub(super) fn real(tree: &Tree, path: &str) -> Option<String> {
    let mut waiting: Vec<String> = path.split('/').rev().map(str::to_owned).collect();
    let mut done: Vec<String> = Vec::new();
    let mut links = 0;
    while let Some(name) = waiting.pop() {
        match name.as_str() {
            "" | "." => continue,
            ".." => {
                done.pop();
                continue;
            }
            _ => done.push(name),
        }
        let node = tree.node(&format!("/{}", done.join("/")))?;
        if let coracle_binary::start::NodeKind::Symlink { target } = node.kind {
            links += 1;
            if links > LINKS_LIMIT {
                return None;
            }
            done.pop();
            if target.starts_with('/') {
                done.clear();
            }
            waiting.extend(target.split('/').rev().map(str::to_owned));
        }
    }
    Some(done.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_folders_are_compared_byte_by_byte() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, content: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, content).unwrap();
            let length = content.len() as u64;
            Kept::OnDisk { path, length }
        };
        let mut long = vec![7; 100_000];
        let (one, same) = (put("one", &long), put("same", &long));
        long[99_999] = 8;
        let other = put("other", &long);
        assert_eq!(compare_content(&one, &same), Some(true));
        assert_eq!(compare_content(&one, &other), Some(false));
        assert_eq!(compare_content(&one, &put("short", b"7")), Some(false));
        std::fs::remove_file(folder.path().join("same")).unwrap();
        assert_eq!(compare_content(&one, &same), None);
    }
}

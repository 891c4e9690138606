//! Layers: what a proof reads back of them.

use std::io::Read as _;

use coracle_oci::digest::Digest;
use coracle_oci::layer::{Content, Entry, EntryKind, LayerReader, Limits, ReadKind, write_tar};
use coracle_oci::{RootFilesystem, media_type, rootfs};

/// More than an input can hold honestly, and little enough for a fuzzer.
const LIMITS: Limits = Limits {
    bytes: 8 << 20,
    entries: 4096,
};

/// A layer, as a tar and as a gzipped one: entry by entry, and merged over itself. What was merged is written and read again
/// as the same tree.
pub fn tar(bytes: &[u8]) {
    for media_type in [media_type::LAYER, media_type::LAYER_GZIP] {
        if let Some(diff_id) = walk(bytes, media_type) {
            let layers = [(bytes, media_type, diff_id), (bytes, media_type, diff_id)];
            let twice = RootFilesystem::read(layers, LIMITS);
            let once = RootFilesystem::read([(bytes, media_type, diff_id)], LIMITS);
            if let Ok(root) = &once {
                again(root);
            }
            // The second layer has the same paths, so only the limits can stand in its way.
            let _ = twice;
        }
    }
}

/// Goes through the entries as a runtime would; gives the diff ID of a layer that could be read to its end.
fn walk(bytes: &[u8], media_type: &str) -> Option<Digest> {
    let mut reader = LayerReader::new(bytes, media_type, LIMITS).ok()?;
    while let Some(entry) = reader.next_entry().ok()? {
        let inside = |path: &str| path.is_empty() || plain(path);
        assert!(inside(&entry.path), "{:?} leaves the root", entry.path);
        match entry.kind {
            ReadKind::File { length } => {
                let copied =
                    std::io::copy(&mut reader.by_ref().take(u64::MAX), &mut std::io::sink());
                assert!(copied.ok()? == length, "a file is not as long as it says");
            }
            ReadKind::HardLink(target) => assert!(inside(&target), "{target:?} leaves the root"),
            ReadKind::Directory | ReadKind::Symlink(_) | ReadKind::Other => {}
        }
    }
    let (diff_id, size) = reader.finish().ok()?;
    assert!(size <= LIMITS.bytes);
    Some(diff_id)
}

fn plain(path: &str) -> bool {
    path.split('/')
        .all(|part| !part.is_empty() && part != "." && part != "..")
}

/// Writes the tree as a layer of ours and reads that.
fn again(root: &RootFilesystem) {
    let Some(entries) = root
        .iter()
        .map(|(path, node)| entry(path, node))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let mut written = Vec::new();
    // A path that we do not write (too long, a zero byte, a whiteout's name) is refused, which is well.
    if write_tar(&entries, 0, &mut written).is_err() {
        return;
    }
    let layer = (&written[..], media_type::LAYER, Digest::of(&written));
    let limits = Limits {
        bytes: 64 << 20,
        entries: 1 << 20,
    };
    let read = match RootFilesystem::read([layer], limits) {
        Ok(read) => read,
        Err(error) => panic!("what was written cannot be read: {error}"),
    };
    for (path, node) in root.iter().filter(|(path, _)| !path.is_empty()) {
        let found = read
            .get(path)
            .map(|found| (&found.kind, found.mode, found.uid, found.gid, found.mtime));
        let expected = (&node.kind, node.mode, node.uid, node.gid, node.mtime);
        assert!(
            found == Some(expected),
            "{path:?} is {found:?}, expected {expected:?}"
        );
    }
    let count = |root: &RootFilesystem| root.iter().filter(|(path, _)| !path.is_empty()).count();
    assert_eq!(count(&read), count(root));
}

/// As we would write it; nothing for what we never write.
fn entry(path: &str, node: &rootfs::Node) -> Option<Entry> {
    let kind = match &node.kind {
        rootfs::NodeKind::Directory => EntryKind::Directory,
        rootfs::NodeKind::File { content } => EntryKind::File(Content::Bytes(content.clone())),
        rootfs::NodeKind::Symlink(target) => EntryKind::Symlink(target.clone()),
        rootfs::NodeKind::Other => return None,
    };
    let is_written = !path.is_empty() && node.xattrs.is_empty();
    is_written.then(|| Entry {
        path: path.to_owned(),
        kind,
        mode: node.mode,
        uid: node.uid,
        gid: node.gid,
        mtime: node.mtime,
    })
}

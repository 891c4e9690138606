//! Memory that files are read into, used again: new memory costs more than reading does.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

use super::tree::{FileTree, NodeKind};

/// How much of it is kept while nobody wants it.
const KEPT: usize = 32 << 20;
/// A file of more than this has memory of its own, and all that is kept is given up before: there is hardly another one.
const LARGE: u64 = 32 << 20;

/// Memory that is wanted no more.
#[derive(Default)]
pub(super) struct Room(Mutex<Vec<Vec<u8>>>);

/// The bytes of a file, lent or read.
#[derive(Default)]
pub(super) struct Content<'a> {
    bytes: Cow<'a, [u8]>,
    room: Arc<Room>,
}

impl Room {
    /// The bytes of a file of the tree; none when it gives none.
    pub(super) fn read<'a>(self: &Arc<Self>, tree: &'a dyn FileTree, file: &str) -> Content<'a> {
        let is_large = matches!(
            tree.node(file).map(|node| node.kind),
            Some(NodeKind::File { size }) if size > LARGE
        );
        let mut pieces = self.pieces();
        if is_large {
            pieces.clear();
        }
        let free = pieces.pop().unwrap_or_default();
        drop(pieces);
        Content {
            bytes: tree.content_in(file, free).unwrap_or_default(),
            room: Arc::clone(self),
        }
    }

    fn pieces(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Content<'_> {
    /// Whether its memory is its own.
    pub(super) fn is_large(&self) -> bool {
        matches!(&self.bytes, Cow::Owned(bytes) if bytes.capacity() as u64 > LARGE)
    }
}

impl Deref for Content<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Content<'_> {
    fn drop(&mut self) {
        let Cow::Owned(bytes) = std::mem::take(&mut self.bytes) else {
            return;
        };
        if bytes.capacity() as u64 > LARGE {
            return;
        }
        // The largest piece is the next to be used.
        let mut pieces = self.room.pieces();
        let kept: usize = pieces.iter().map(Vec::capacity).sum();
        if kept.saturating_add(bytes.capacity()) <= KEPT {
            let at = pieces.partition_point(|piece| piece.capacity() <= bytes.capacity());
            pieces.insert(at, bytes);
        }
    }
}

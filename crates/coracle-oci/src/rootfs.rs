//! The file tree that an image's layers make, merged as overlayfs merges them and read back by digest. In memory: for proofs,
//! not for starting. What a path means to a program (links followed) is not decided here.
//!
//! Each layer becomes a tree of its own first, as the runtimes unpack it into a directory of its own: symbolic links in front
//! of a name are followed inside that layer only. Then it is laid over what is below (image-spec, layer.md).

mod layer_tree;
mod merge;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::config::ImageConfig;
use crate::digest::Digest;
use crate::layer::{Adjustment, Limits, ReadEntry, ReadError};
use crate::manifest::Manifest;
use crate::store::{Store, StoreError};

pub use layer_tree::{Keep, LayerTree};

/// Everything at every path, after all layers; of each file what was kept of it, which is all of it unless the reader
/// chose otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootFilesystem<C = Arc<[u8]>> {
    nodes: BTreeMap<String, Node<C>>,
    adjusted: Vec<AdjustedName>,
}

/// What is at one path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node<C = Arc<[u8]>> {
    /// What it is.
    pub kind: NodeKind<C>,
    /// Permissions, set-user-ID, set-group-ID and sticky.
    pub mode: u32,
    /// Owner, by number.
    pub uid: u64,
    /// Group, by number.
    pub gid: u64,
    /// Seconds since 1970.
    pub mtime: i64,
    /// Extended attributes, such as `security.capability`.
    pub xattrs: BTreeMap<String, Vec<u8>>,
    /// The layer it comes from, counted from 0 at the bottom; for a directory the top one that names it.
    pub layer: usize,
}

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeKind<C = Arc<[u8]>> {
    /// A directory.
    Directory,
    /// A regular file. Hard links share their content.
    File {
        /// What was kept of it.
        content: C,
    },
    /// A symbolic link and its target, as it is written.
    Symlink(String),
    /// A device or named pipe.
    Other,
}

/// A name that a layer should not have had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AdjustedName {
    /// The layer, counted from 0.
    pub layer: usize,
    /// What the name became.
    pub path: String,
    /// What was done to it.
    pub adjustment: Adjustment,
}

/// Why layers could not be made into a file tree.
#[derive(Debug, thiserror::Error)]
pub enum RootFilesystemError {
    /// A layer could not be read.
    #[error("layer {layer} could not be read")]
    Read {
        /// Counted from 0.
        layer: usize,
        /// Why.
        #[source]
        source: ReadError,
    },
    /// A layer is not the one that the configuration means.
    #[error("expected layer {layer} to hold {expected} uncompressed, got {got}")]
    DiffId {
        /// Counted from 0.
        layer: usize,
        /// What the configuration says.
        expected: Digest,
        /// What the layer holds.
        got: Digest,
    },
    /// The manifest and the configuration disagree.
    #[error("expected as many diff IDs as layers, got {diff_ids} for {layers}")]
    Count {
        /// Of the manifest.
        layers: usize,
        /// Of the configuration.
        diff_ids: usize,
    },
    /// A layer has a path that cannot be unpacked.
    #[error("layer {layer} has `{path}`, which cannot be unpacked: {reason}")]
    Unpack {
        /// Counted from 0.
        layer: usize,
        /// In the layer.
        path: String,
        /// Why not.
        reason: String,
    },
    /// A layer is not in the store, or not as it should be.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RootFilesystemError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } => source.hint(),
            Self::Store(error) => error.hint(),
            Self::DiffId { .. } | Self::Count { .. } => {
                Some("the image was put together wrongly: make it again".to_owned())
            }
            Self::Unpack { .. } => None,
        }
    }
}

impl<C> Default for RootFilesystem<C> {
    fn default() -> Self {
        Self {
            nodes: BTreeMap::new(),
            adjusted: Vec::new(),
        }
    }
}

impl RootFilesystem {
    /// Merges layers, bottom first, each with its media type and the diff ID that it must have. The limits are for all layers
    /// together.
    pub fn read<R: Read, M: AsRef<str>>(
        layers: impl IntoIterator<Item = (R, M, Digest)>,
        limits: Limits,
    ) -> Result<Self, RootFilesystemError> {
        let mut root = Self::default();
        let mut left = limits;
        for (layer, (reader, media_type, expected)) in layers.into_iter().enumerate() {
            root.add_layer(layer, reader, media_type.as_ref(), expected, &mut left)?;
        }
        Ok(root)
    }

    /// Merges the layers of an image that is in the store; their digests are verified, compressed and uncompressed.
    pub fn from_store(
        store: &Store,
        manifest: &Manifest,
        config: &ImageConfig,
        limits: Limits,
    ) -> Result<Self, RootFilesystemError> {
        let diff_ids = &config.rootfs.diff_ids;
        if diff_ids.len() != manifest.layers.len() {
            return Err(RootFilesystemError::Count {
                layers: manifest.layers.len(),
                diff_ids: diff_ids.len(),
            });
        }
        let mut root = Self::default();
        let mut left = limits;
        for (layer, (descriptor, diff_id)) in manifest.layers.iter().zip(diff_ids).enumerate() {
            let blob = store.open_blob(descriptor)?;
            root.add_layer(layer, blob, &descriptor.media_type, *diff_id, &mut left)?;
        }
        Ok(root)
    }

    fn add_layer<R: Read>(
        &mut self,
        layer: usize,
        reader: R,
        media_type: &str,
        expected: Digest,
        left: &mut Limits,
    ) -> Result<(), RootFilesystemError> {
        let (tree, got) = LayerTree::read(layer, reader, media_type, left, &mut whole)?;
        if got != expected {
            return Err(RootFilesystemError::DiffId {
                layer,
                expected,
                got,
            });
        }
        self.lay(tree);
        Ok(())
    }
}

/// Keeps all of a file.
fn whole(_: &ReadEntry, reader: &mut dyn Read) -> io::Result<Arc<[u8]>> {
    let mut content = Vec::new();
    reader.read_to_end(&mut content)?;
    Ok(Arc::from(content))
}

impl<C> RootFilesystem<C> {
    /// Lays the next layer over those that are there.
    pub fn lay(&mut self, tree: LayerTree<C>) {
        self.adjusted.extend(tree.adjusted.iter().cloned());
        merge::lay_over(&mut self.nodes, tree);
    }

    /// Puts something at a path, as it is; its parents are the caller's business.
    pub fn put(&mut self, path: String, node: Node<C>) {
        self.nodes.insert(path, node);
    }

    /// What is at this path, written without slashes at its ends; the root is the empty path. Links are not followed.
    pub fn get(&self, path: &str) -> Option<&Node<C>> {
        self.nodes.get(path)
    }

    /// All paths in order, parents before what is in them.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node<C>)> {
        self.nodes.iter().map(|(path, node)| (path.as_str(), node))
    }

    /// What is directly in the directory of this path: names and nodes in order.
    pub fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Node<C>)> {
        let prefix = if path.is_empty() {
            String::new()
        } else {
            format!("{path}/")
        };
        let length = prefix.len();
        merge::below(&self.nodes, path)
            .filter_map(move |(path, node)| Some((path.get(length..)?, node)))
            .filter(|(name, _)| !name.contains('/'))
    }

    /// How many paths there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is nothing at all.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Names that the layers should not have had, in order.
    pub fn adjusted_names(&self) -> &[AdjustedName] {
        &self.adjusted
    }
}

#[cfg(test)]
mod tests;

//! What hangs under a root, read from the source. Nothing is asked of a registry here.

use std::collections::BTreeSet;
use std::io::Read;

use coracle_oci::manifest::MOST_BYTES;
use coracle_oci::media_type::{Kind, classify, is_nondistributable};
use coracle_oci::{Descriptor, Digest, Index, Manifest};

use crate::Error;
use crate::source::BlobSource;

/// Deeper than anybody nests indexes.
const MOST_LEVELS: usize = 8;

/// A manifest or index.
pub(super) struct Node {
    pub(super) descriptor: Descriptor,
    pub(super) bytes: Vec<u8>,
    /// Config and layers; none for an index.
    blobs: Vec<Descriptor>,
}

/// All manifests, each once, children before parents: the root is the last.
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
}

impl Graph {
    pub(super) fn read(root: &Descriptor, source: &dyn BlobSource) -> Result<Graph, Error> {
        let mut graph = Graph { nodes: Vec::new() };
        graph.add(root, source, &mut BTreeSet::new(), 0)?;
        Ok(graph)
    }

    /// The blobs of these, each once.
    pub(super) fn blobs<'a>(&self, nodes: impl Iterator<Item = &'a Node>) -> Vec<Descriptor> {
        let mut seen = BTreeSet::new();
        let blobs = nodes.flat_map(|node| &node.blobs);
        blobs
            .filter(|blob| seen.insert(blob.digest))
            .cloned()
            .collect()
    }

    fn add(
        &mut self,
        descriptor: &Descriptor,
        source: &dyn BlobSource,
        seen: &mut BTreeSet<Digest>,
        level: usize,
    ) -> Result<(), Error> {
        let digest = descriptor.digest;
        if !seen.insert(digest) {
            return Ok(());
        }
        if level > MOST_LEVELS {
            let reason = format!("it is nested more than {MOST_LEVELS} deep");
            return Err(Error::Content { digest, reason });
        }
        let bytes = read(descriptor, source)?;
        let record = |source| Error::Record { digest, source };
        let mut blobs = Vec::new();
        match classify(&descriptor.media_type) {
            Kind::Index => {
                for child in Index::from_bytes(&bytes).map_err(record)?.manifests {
                    self.add(&child, source, seen, level + 1)?;
                }
            }
            Kind::Manifest => {
                let manifest = Manifest::from_bytes(&bytes).map_err(record)?;
                let layers = manifest
                    .layers
                    .into_iter()
                    .filter(|layer| !is_nondistributable(&layer.media_type));
                blobs.push(manifest.config);
                blobs.extend(layers);
            }
            Kind::Config | Kind::Layer(_) | Kind::Other => {
                let reason = format!(
                    "{} is not the type of a manifest or index",
                    descriptor.media_type
                );
                return Err(Error::Content { digest, reason });
            }
        }
        self.nodes.push(Node {
            descriptor: descriptor.clone(),
            bytes,
            blobs,
        });
        Ok(())
    }
}

/// A manifest's bytes, which are what the descriptor says.
fn read(descriptor: &Descriptor, source: &dyn BlobSource) -> Result<Vec<u8>, Error> {
    let digest = descriptor.digest;
    let failed = |source| Error::Source { digest, source };
    let mut bytes = Vec::new();
    let reader = source.open(descriptor).map_err(failed)?;
    reader
        .take(MOST_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let got = Digest::of(&bytes);
    if length > MOST_BYTES {
        let reason = format!("a manifest has at most {MOST_BYTES} bytes");
        return Err(Error::Content { digest, reason });
    }
    if got != digest || length != descriptor.size {
        let reason = format!(
            "expected {digest} over {} bytes, got {got} over {length} bytes",
            descriptor.size
        );
        return Err(Error::Content { digest, reason });
    }
    Ok(bytes)
}

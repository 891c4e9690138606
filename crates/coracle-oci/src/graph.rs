//! Which content needs which: an index its manifests, a manifest its config and layers. Referrers point the other way and are
//! not followed.

use std::collections::BTreeSet;

use crate::descriptor::Descriptor;
use crate::digest::Digest;
use crate::manifest::{Index, MOST_BYTES, Manifest};
use crate::media_type::{Kind, classify, is_nondistributable};
use crate::record::RecordError;
use crate::store::{Store, StoreError};

/// Indexes in indexes, this deep; nobody needs more than two.
const DEEPEST: usize = 8;

/// Why the content below some root could not be listed.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// Something below it is missing or damaged.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is not the record that its media type says.
    #[error("{digest} could not be read")]
    Record {
        /// Which content.
        digest: Digest,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// Indexes in indexes without end.
    #[error("expected at most {DEEPEST} image indexes in each other, got more below {digest}")]
    Deep {
        /// The one that is too deep.
        digest: Digest,
    },
}

impl GraphError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Store(error) => error.hint(),
            Self::Record { source, .. } => source.hint(),
            Self::Deep { .. } => None,
        }
    }
}

/// What this content needs directly: in the order of the record, configs before layers. Content that is neither index nor
/// manifest needs nothing.
pub fn children(media_type: &str, bytes: &[u8]) -> Result<Vec<Descriptor>, RecordError> {
    match classify(media_type) {
        Kind::Index => Ok(Index::from_bytes(bytes)?.manifests),
        Kind::Manifest => {
            let Manifest { config, layers, .. } = Manifest::from_bytes(bytes)?;
            Ok(std::iter::once(config).chain(layers).collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// Everything that this content needs, and itself last: children come before what needs them, each once. This is the order in
/// which content can be published. Layers that registries do not hold are left out where the store has not got them.
pub fn reachable(store: &Store, root: &Descriptor) -> Result<Vec<Descriptor>, GraphError> {
    let mut found = Vec::new();
    visit(store, root, DEEPEST, &mut BTreeSet::new(), &mut found)?;
    Ok(found)
}

fn visit(
    store: &Store,
    descriptor: &Descriptor,
    depth: usize,
    seen: &mut BTreeSet<Digest>,
    found: &mut Vec<Descriptor>,
) -> Result<(), GraphError> {
    let digest = descriptor.digest;
    if !seen.insert(digest) {
        return Ok(());
    }
    if matches!(
        classify(&descriptor.media_type),
        Kind::Index | Kind::Manifest
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(GraphError::Deep { digest });
        };
        let bytes = store.read(descriptor, MOST_BYTES)?;
        let needed = children(&descriptor.media_type, &bytes)
            .map_err(|source| GraphError::Record { digest, source })?;
        for child in needed {
            visit(store, &child, depth, seen, found)?;
        }
    } else if !store.contains(descriptor)? {
        if is_nondistributable(&descriptor.media_type) {
            return Ok(());
        }
        // Says whether it is missing or damaged.
        store.open_blob(descriptor)?;
    }
    found.push(descriptor.clone());
    Ok(())
}

#[cfg(test)]
mod tests;

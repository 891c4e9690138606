//! What was kept of layers that were read before, in a folder of the local store: a layer is fetched and read once.
//!
//! ```text
//! STORE/known-layers/2/sha256-….layer     a LayerTree as postcard, named by the digest of the packed layer
//! ```

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use coracle_oci::rootfs::LayerTree;
use coracle_oci::{Digest, Store};
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use crate::images::Layer;

/// Raised whenever what is kept of a file changes.
const VERSION: &str = "known-layers/2";

/// Layers that were read before.
pub(super) struct Known {
    folder: Option<PathBuf>,
}

/// One of them, as it is written down.
#[derive(Serialize, Deserialize)]
struct Written<T> {
    diff_id: String,
    tree: T,
}

impl Known {
    /// Those that the store has.
    pub(super) fn of(store: &Store) -> Known {
        Known {
            folder: Some(store.root().join(VERSION)),
        }
    }

    /// What was kept of a layer, if it was read before. A file that cannot be read is as good as none.
    pub(super) fn layer(&self, layer: &Layer) -> Option<LayerTree<Kept>> {
        let bytes = fs::read(self.place(layer)?).ok()?;
        let written: Written<LayerTree<Kept>> = postcard::from_bytes(&bytes).ok()?;
        (written.diff_id == layer.diff_id.to_string()).then_some(written.tree)
    }

    /// Writes down what was kept of a layer. Where that cannot be done the layer is read again next time.
    pub(super) fn keep(&self, layer: &Layer, tree: &LayerTree<Kept>) {
        let written = Written {
            diff_id: layer.diff_id.to_string(),
            tree,
        };
        if let (Some(place), Ok(bytes)) = (self.place(layer), postcard::to_stdvec(&written)) {
            let _ = write(&place, &bytes);
        }
    }

    fn place(&self, layer: &Layer) -> Option<PathBuf> {
        let (kind, digest): (&str, &Digest) = match layer.digest() {
            Some(digest) => ("sha256", digest),
            None => ("diff", &layer.diff_id),
        };
        let name = format!("{kind}-{}.layer", digest.hex());
        self.folder.as_ref().map(|folder| folder.join(name))
    }
}

/// Whole or not at all.
fn write(place: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = place.parent().unwrap_or(place);
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(place)?;
    Ok(())
}

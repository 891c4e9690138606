//! What was kept of layers that were read before, in a folder of the local store: a layer is fetched and read once, and all
//! of an image is proven once.
//!
//! ```text
//! STORE/known-layers/4/sha256-….layer     a shelf with a LayerTree as its index, named by the digest of the packed layer
//! STORE/known-layers/4/….proofs           what was found of all programs and libraries, named by what was asked of what by
//!                                         which build of this program
//! ```

use std::fs;
use std::io;
use std::path::PathBuf;

use coracle_binary::start::Launch;
use coracle_oci::Digest;
use coracle_oci::rootfs::LayerTree;
use serde::{Deserialize, Serialize};

use super::kept::Kept;
use super::shelf::{self, Shelf};
use super::{Others, World};
use crate::images::{Image, Layer};
use crate::whole;

/// Raised whenever what is kept of a file changes.
const VERSION: &str = "known-layers/4";

/// Layers that were read before.
pub(super) struct Known<'w> {
    folder: PathBuf,
    build: Option<&'w str>,
}

/// One of them, as it is written down.
#[derive(Serialize, Deserialize)]
struct Written<T> {
    diff_id: String,
    tree: T,
}

impl<'w> Known<'w> {
    /// Those that the store has.
    pub(super) fn of(world: &World<'w>) -> Known<'w> {
        Known {
            folder: world.store.root().join(VERSION),
            build: world.build,
        }
    }

    /// What this build of the program found when the same was asked of the same image, else what it finds now.
    pub(super) fn others(
        &self,
        image: &Image,
        launch: &Launch,
        find: impl FnOnce() -> Others,
    ) -> Others {
        let layers: Vec<String> = image
            .layers
            .iter()
            .map(|layer| layer.diff_id.hex())
            .collect();
        let place = self.build.map(|build| {
            let question = format!("{build}\n{}\n{launch:?}", layers.join(" "));
            let digest = Digest::of(question.as_bytes());
            self.folder.join(format!("{}.proofs", digest.hex()))
        });
        let known = place.as_ref().and_then(|place| fs::read(place).ok());
        if let Some(known) = known.and_then(|bytes| postcard::from_bytes(&bytes).ok()) {
            return known;
        }
        let others = find();
        if let (Some(place), Ok(bytes)) = (place, postcard::to_stdvec(&others)) {
            // Where it cannot be written down it is found again next time.
            let _ = whole::write(&place, &bytes, whole::PRIVATE);
        }
        others
    }

    /// What was kept of a layer, if it was read before. A file that cannot be read is as good as none.
    pub(super) fn layer(&self, layer: &Layer) -> Option<LayerTree<Kept>> {
        let (written, file) = shelf::open::<Written<LayerTree<Kept>>>(&self.place(layer))?;
        let mut tree = written.tree;
        tree.change(&mut |kept: &mut Kept| kept.lies_in(&file));
        (written.diff_id == layer.diff_id.to_string()).then_some(tree)
    }

    /// Where to put what is kept of a layer while it is read.
    pub(super) fn shelf(&self) -> io::Result<Shelf> {
        Shelf::new(&self.folder)
    }

    /// Writes down what was kept of a layer.
    pub(super) fn keep(
        &self,
        layer: &Layer,
        tree: &LayerTree<Kept>,
        shelf: Shelf,
    ) -> io::Result<()> {
        let written = Written {
            diff_id: layer.diff_id.to_string(),
            tree,
        };
        shelf.close(&written, &self.place(layer))
    }

    fn place(&self, layer: &Layer) -> PathBuf {
        let (kind, digest): (&str, &Digest) = match layer.digest() {
            Some(digest) => ("sha256", digest),
            None => ("diff", &layer.diff_id),
        };
        self.folder.join(format!("{kind}-{}.layer", digest.hex()))
    }
}

//! Layers that need not be compressed again: a note in the store says which blob a tar becomes.
//!
//! The key is the digest of the tar itself (the diff ID) with the compressor and its level, so that a layer out of the
//! cache has the bytes that it would have without. Making the tar and hashing it costs a tenth of compressing it.
//!
//! ```text
//! STORE/notes/layer-1.<hex>    DIGEST SIZE UNCOMPRESSED-SIZE
//! ```

use std::io;

use coracle_distro::Keep as _;
use coracle_oci::digest::HashingWriter;
use coracle_oci::layer::{COMPRESSOR, Compression, Entry, Layer, write_layer, write_tar};
use coracle_oci::{Descriptor, Digest, Store, media_type};

use super::{Error, NamedLayer};
use crate::keep::StoreKeep;
use crate::resolve::Origin;

/// gzip's usual level: what every registry and runtime reads.
const LEVEL: u32 = 6;

/// Writes layers into a store, or finds them there.
pub(super) struct Writer<'a> {
    store: &'a Store,
    threads: usize,
}

impl<'a> Writer<'a> {
    pub(super) fn new(store: &'a Store, threads: usize) -> Writer<'a> {
        Writer { store, threads }
    }

    /// The layer of these entries; all its folders get the time `folders`.
    pub(super) fn write(
        &self,
        origins: &[&Origin],
        mut entries: Vec<Entry>,
        folders: i64,
    ) -> Result<NamedLayer, Error> {
        for folder in entries.iter_mut().filter(|entry| super::is_folder(entry)) {
            folder.mtime = folders;
        }
        let named = |layer| NamedLayer::new(layer, origins);
        let failed = |source| Error::Layer {
            what: super::names(origins).join(", "),
            source,
        };
        let keep = StoreKeep::new(self.store);
        let mut hashing = HashingWriter::new(io::sink());
        write_tar(&entries, folders, &mut hashing).map_err(failed)?;
        let (_, diff_id, _) = hashing.finish();
        let key = key(&diff_id);
        if let Some(layer) = self.noted(&keep, &key, diff_id) {
            return Ok(named(layer));
        }
        let compression = Compression::Gzip { level: LEVEL };
        let layer = write_layer(&entries, folders, compression, self.threads, self.store);
        let layer = layer.map_err(failed)?;
        // A program that changed between the two passes has another digest: its note would lie.
        if layer.diff_id == diff_id {
            keep.set_note(&key, text(&layer).as_bytes())
                .map_err(|source| Error::Note { source })?;
        }
        Ok(named(layer))
    }

    /// The noted layer, if its blob is still there and whole; whoever reads it verifies it.
    fn noted(&self, keep: &StoreKeep<'_>, key: &str, diff_id: Digest) -> Option<Layer> {
        let note = String::from_utf8(keep.note(key).ok()??).ok()?;
        let mut words = note.split_whitespace();
        let digest: Digest = words.next()?.parse().ok()?;
        let size: u64 = words.next()?.parse().ok()?;
        let uncompressed_size: u64 = words.next()?.parse().ok()?;
        let descriptor = Descriptor::new(media_type::LAYER_GZIP, digest, size);
        let is_there = self.store.contains(&descriptor).ok()?;
        is_there.then_some(Layer {
            descriptor,
            diff_id,
            uncompressed_size,
        })
    }
}

fn key(diff_id: &Digest) -> String {
    let words = format!("{diff_id}\n{COMPRESSOR}\nlevel {LEVEL}\n");
    format!("layer-1.{}", Digest::of(words.as_bytes()).hex())
}

fn text(layer: &Layer) -> String {
    let Descriptor { digest, size, .. } = &layer.descriptor;
    format!("{digest} {size} {}\n", layer.uncompressed_size)
}

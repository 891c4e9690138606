//! Layers: entries in, a deterministic tar blob out; and back again. Which files belong into a layer is not decided here.
//!
//! ```text
//!  entries ─► tree (sorted, parents added) ─► tar ─► gzip in parallel blocks ─► store
//!                                              └─► diff ID                       └─► digest
//! ```

mod entry;
mod gzip;
mod read;
mod tar;
mod tree;
mod write;

pub use entry::{Content, Entry, EntryKind};
pub use gzip::COMPRESSOR;
pub use read::{Adjustment, LayerReader, Limits, ReadEntry, ReadError, ReadKind};
pub use tree::TreeError;
pub use write::{Compression, Layer, LayerError, write_layer, write_tar};

#[cfg(test)]
mod tests;

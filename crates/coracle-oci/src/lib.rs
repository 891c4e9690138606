//! The OCI specifications as types: digests, references, platforms, descriptors, manifests, indexes and configs;
//! deterministic layers; the local store, which is an OCI layout; and the file tree that an image's layers make.
//!
//! There is no network, no process and no clock in here: bytes and paths come in, blobs and records go out.
//!
//! ```text
//!  entries ─► layer ─► store ─► layout            what coracle-build assembles
//!                        └────► rootfs            what it proves, read back by digest
//!  archive ──────────────────► rootfs            what others made, for a check
//!  digest · reference · platform · media_type · descriptor · manifest · config · validate · graph    the nouns
//! ```

pub mod archive;
pub mod config;
pub mod descriptor;
pub mod digest;
pub mod graph;
pub mod layer;
pub mod layout;
pub mod manifest;
pub mod media_type;
pub mod platform;
pub mod record;
pub mod reference;
pub mod rootfs;
pub mod store;
pub mod validate;

pub use archive::Archive;
pub use config::ImageConfig;
pub use descriptor::Descriptor;
pub use digest::Digest;
pub use manifest::{Index, Manifest};
pub use platform::Platform;
pub use reference::{Reference, Repository};

pub use rootfs::RootFilesystem;
pub use store::Store;

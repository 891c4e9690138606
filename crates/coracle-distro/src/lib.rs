//! Package archives: signed indexes, version order, soname → package, header → package,
//! unpacking, sysroots, lock records.
//!
//! Everything that knows Debian is here. Nothing here decides what an image holds, opens a
//! connection (see [`fetch::Fetch`]), knows where files are kept (see [`keep::Keep`]), prints, reads
//! the environment or looks at the clock: those come in as arguments.
//!
//! ```text
//!  InRelease ─► signature ─► release ─► Packages by hash ─► index ────────────────┐
//!                               └─────► Contents by hash ─► sonames, development ─┼─► Archive ─► Pin ─► Deb ─► sysroot
//!  coracle.lock ─► lock ──────────────────────────────────────────────────────────┘
//! ```
//! Each arrow is a check: a file is used only when the record to its left names its digest, and the
//! leftmost is used only when a trusted key signed it.

pub mod archive;
pub mod deb;
pub mod development;
pub mod digest;
pub mod fetch;
pub mod index;
pub mod keep;
pub mod keys;
pub mod lock;
mod names;
pub mod release;
pub mod signature;
pub mod solve;
pub mod sonames;
pub mod sources;
pub mod suite;
pub mod sysroot;
pub mod version;
mod xz;

pub use archive::{Archive, ArchiveEvent, Error, Opening, ReleaseUsed};
pub use deb::{Deb, FileKind, PackageFile, Script};
pub use development::{DevelopmentFile, Owners};
pub use digest::Sha256;
pub use fetch::{Fetch, FetchError};
pub use index::Package;
pub use keep::Keep;
pub use lock::{Lock, Pin, ReleasePin, Section};
pub use sources::Sources;
pub use suite::{Architecture, ArchiveId, ArchiveName, Suite};
pub use version::Version;

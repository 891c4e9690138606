//! How coracle's tests fake the world, and how they start the real one.
//!
//! Fakes: `registry` (in memory, with faults), `archive` (a little signed Debian archive). Real parts, on loopback and
//! stopped when dropped: `container` (umoci and runc), `engine` (Docker's, with BuildKit), `tls`, `dns`, `overlay` (the kernel
//! merging layers). `command` runs programs hermetically, `http` asks them, `picture` makes what they are sent. `reach` says how far a program comes in a root, `agreement` compares us with
//! the programs that decide.
//!
//! Unpublished. It may start processes, read the environment and look at the clock; nothing that ships may use it.

pub mod agreement;
pub mod archive;
pub mod bare;
pub mod buildkit;
pub mod command;
pub mod container;
pub mod dns;
pub mod engine;
pub mod http;
pub mod overlay;
pub mod picture;
pub mod reach;
pub mod registry;
pub mod tls;

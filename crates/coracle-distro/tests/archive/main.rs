//! The archive against a little signed one: what it answers, what it refuses, what it needs no
//! network for; and, under `cargo xtask test`, against Debian's own.
#![expect(
    clippy::unwrap_used,
    reason = "functions that serve tests only are tests, too"
)]

mod closure;
mod development;
mod locked;
mod network;
mod opened;
mod real;
mod refused;
mod sysroot;
mod world;

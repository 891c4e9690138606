//! The archive against a little signed one: what it answers, what it refuses, what it needs no
//! network for; and, under `cargo xtask test`, against Debian's own.

mod locked;
mod opened;
mod real;
mod refused;
mod world;

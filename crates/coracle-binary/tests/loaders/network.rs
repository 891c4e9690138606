//! What needs the Debian archive.

mod mutation;
mod opened;
mod truth;

//! What needs the Debian archive.

mod mutation;
mod truth;

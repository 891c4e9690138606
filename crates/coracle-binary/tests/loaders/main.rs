//! The proof against the kernel and the loaders themselves: programs of hundreds of packages, in whole roots and in
//! broken ones, each judged by the proof and really started.
//!
//! ```text
//! archive ─► roots ─► truth      every program of a root: does it start, and did we say so?
//!               ├───► opened     every library: does a program open it, and did we say so?
//!               └───► mutation   a program with its libraries, changed in one place: does the verdict turn with it?
//! agreement                      when the two accounts agree, and on the reason
//! ```
//!
//! `CORACLE_FULL=1` asks for all of it; without it a sample runs, chosen by `CORACLE_SEED`.
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "the oracle is other programs, a real archive, and a run's own settings; functions that serve tests only are \
              tests, too"
)]

mod agreement;
mod archive;
mod case;
mod chance;
mod network;
mod roots;
mod tree;

//! Debian's own archive and the programs that decide: apt and dpkg. Whether we come to the same, over a seeded sample
//! or (`CORACLE_FULL=1`) over hundreds of packages of both suites.
#![expect(
    clippy::unwrap_used,
    reason = "functions that serve tests only are tests, too"
)]

mod network;

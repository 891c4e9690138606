//! The whole line, as users meet it: the program is run, what it prints is a snapshot, what it makes is started.
//!
//! `archive` and `commands` need no network and no root. What is in `network` has real parts at both ends (crates,
//! Go modules, Debian's archive, root, runc, a registry) and is run by `cargo xtask test`, which installs them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test's helper cannot do ends the test"
)]

#[path = "suite/archive.rs"]
mod archive;
#[path = "suite/commands.rs"]
mod commands;
#[path = "suite/network/mod.rs"]
mod network;
#[path = "suite/support.rs"]
mod support;

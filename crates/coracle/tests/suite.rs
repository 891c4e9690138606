//! The whole line, as users meet it: the program is run, what it prints is a snapshot, what it makes is started.
//!
//! What is in `network` has real parts at both ends (crates, Go modules, Debian's archive, root, runc, a registry) and
//! is run by `cargo xtask test`, which installs them. The rest needs no network and no root.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "what a test's helper cannot do ends the test"
)]

#[path = "suite/against.rs"]
mod against;
#[path = "suite/archive.rs"]
mod archive;
#[path = "suite/commands.rs"]
mod commands;
#[path = "suite/dockerfiles.rs"]
mod dockerfiles;
#[path = "suite/ejected.rs"]
mod ejected;
#[path = "suite/ejected_github.rs"]
mod ejected_github;
#[path = "suite/explained.rs"]
mod explained;
#[path = "suite/files.rs"]
mod files;
#[path = "suite/joined.rs"]
mod joined;
#[path = "suite/linted.rs"]
mod linted;
#[path = "suite/looked.rs"]
mod looked;
#[path = "suite/network/mod.rs"]
mod network;
#[path = "suite/own.rs"]
mod own;
#[path = "suite/placed.rs"]
mod placed;
#[path = "suite/platforms.rs"]
mod platforms;
#[path = "suite/prebuilt.rs"]
mod prebuilt;
#[path = "suite/resolved.rs"]
mod resolved;
#[path = "suite/selection.rs"]
mod selection;
#[path = "suite/support.rs"]
mod support;

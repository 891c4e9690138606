//! The whole line, as users meet it: the program is run, what it prints is a snapshot, what it makes is started.
//!
//! `archive` and `commands` need no network and no root. The others have real parts at both ends (network, root, runc,
//! a registry) and are run by `cargo xtask test`, which installs them.

#[path = "suite/archive.rs"]
mod archive;
#[path = "suite/commands.rs"]
mod commands;
#[path = "suite/examples.rs"]
mod examples;
#[path = "suite/readme.rs"]
mod readme;
#[path = "suite/refused.rs"]
mod refused;
#[path = "suite/registry.rs"]
mod registry;
#[path = "suite/reproducible.rs"]
mod reproducible;
#[path = "suite/support.rs"]
mod support;

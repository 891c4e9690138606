//! The whole line with real parts at both ends: sources in, started containers out.
//!
//! Every test here needs something of the machine (network, root, runc, a registry) and is run by `cargo xtask test`,
//! which installs it and passes the built program in `CORACLE_BIN`.

#[path = "real/examples.rs"]
mod examples;
#[path = "real/readme.rs"]
mod readme;
#[path = "real/refused.rs"]
mod refused;
#[path = "real/registry.rs"]
mod registry;
#[path = "real/reproducible.rs"]
mod reproducible;
#[path = "real/support.rs"]
mod support;

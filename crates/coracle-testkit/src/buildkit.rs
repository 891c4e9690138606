//! BuildKit's own daemon and client (`buildkitd`, `buildctl`: Go modules that `cargo xtask test` compiles), and docker.io as
//! they see it: a registry on loopback with images that are made here.
//!
//! ```text
//!  mirror    docker-registry, which stands for docker.io; what it holds is kept between runs
//!    frontend  docker/dockerfile:1, built by coracle from BuildKit's module
//!    bases     debian:SUITE-slim, rust:VERSION-SUITE, golang:VERSION-SUITE, by mmdebstrap and this machine's toolchains
//!  daemon    buildkitd on a unix socket, runc, the host's network; stopped when dropped
//!  build     one build by buildctl, and what it printed
//!  forward   one TCP address for several daemons
//! ```
//! Needs root.

mod bases;
mod build;
mod daemon;
mod forward;
mod frontend;
mod image;
mod mirror;
mod surroundings;

pub use self::bases::Base;
pub use self::build::{Build, Built, Output};
pub use self::daemon::Buildkit;
pub use self::forward::Forward;
pub use self::mirror::Mirror;

use std::path::PathBuf;

/// What the harness itself is made with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// The program coracle, which builds the frontend.
    pub coracle: PathBuf,
    /// A folder that is kept between runs.
    pub cache: PathBuf,
}

//! cargo and go: what they build and how to tell them.
//!
//! [`discover()`] finds the programs of a repository, [`select`] picks those that were asked for,
//! [`go::graph`] and [`rust::native`] read what a program pulls in, [`compile()`] has the user's own
//! cargo or go build it, and [`git`] tells which commit last touched its sources.
//!
//! **It trusts the checkout.** cargo and go run what the repository tells them to: configuration
//! files, pinned toolchains, build scripts, procedural macros. Nothing here makes a repository
//! safe that is not; whoever would not run `cargo build` or `go build` in it must not call this.
//!
//! Nothing here knows about packages of a distribution, images or registries, nor prints or reads
//! the environment: what of it matters is handed in with [`Toolchain`].

pub mod compile;
pub mod discover;
pub mod git;
pub mod go;
mod go_list;
pub mod native;
pub mod origin;
pub mod pkg_config;
pub mod probe;
mod project;
pub mod rust;
pub mod select;
pub mod sysroot;
mod toolchain;

pub use compile::{
    Artifact, BackEnd, CompileEvent, CompileRequest, CpuFlag, Target, Tool, Wanted, compile,
    needed, prebuilt,
};
pub use discover::discover;
pub use git::Commit;
pub use go::{CgoFinding, CgoPackage};
pub use native::{BuildFile, Native, NativeNeed};
pub use project::{
    GoProgram, Inputs, Language, LeftOut, PrebuiltProgram, Program, Project, RustProgram,
};
pub use sysroot::Sysroot;
pub use toolchain::{SccacheWish, Toolchain};

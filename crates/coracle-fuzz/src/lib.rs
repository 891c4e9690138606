//! What hostile input may not do to the readers: one function a format, which takes any bytes and panics when a reader
//! misbehaves.
//!
//! A reader may refuse; it may not panic, and where there is a second reader, or a writer, the two agree. That it neither
//! hangs nor takes memory without bound is seen by whoever calls: libFuzzer, through the targets in `fuzz/`, with the limits
//! that `cargo xtask fuzz` sets; and this crate's test, which runs what was found before (`fuzz/found/TARGET/`) with every
//! `cargo test`.
//!
//! Only public functions of the other crates are called: what they hold together inside is reached through them.

mod agreement;
mod binaries;
mod documents;
mod graphs;
mod images;
mod packages;
mod pkg_config;
mod recipes;
mod root;
mod tar;
mod workflows;
mod yaml;

#[cfg(test)]
mod tests;

pub use binaries::{elf, go_build_info, loader_cache, start};
pub use documents::{document, ignore, shell};
pub use graphs::{cargo_manifest, go_source};
pub use images::{archive, records};
pub use packages::{deb, lock, packages, release};
pub use pkg_config::pkg_config;
pub use recipes::{bake, compose, dockerfile};
pub use root::{LIBRARY, PROGRAM, Root};
pub use tar::tar;
pub use workflows::workflow;
pub use yaml::yaml;

/// A format, and the function that takes its bytes.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// As the fuzz target and its folders are called.
    pub name: &'static str,
    /// Panics when a reader misbehaves.
    pub run: fn(&[u8]),
}

/// All of them, by name.
pub const TARGETS: [Target; 22] = [
    target("archive", archive),
    target("bake", bake),
    target("cargo_manifest", cargo_manifest),
    target("compose", compose),
    target("deb", deb),
    target("dockerfile", dockerfile),
    target("document", document),
    target("elf", elf),
    target("go_build_info", go_build_info),
    target("go_source", go_source),
    target("ignore", ignore),
    target("loader_cache", loader_cache),
    target("lock", lock),
    target("packages", packages),
    target("pkg_config", pkg_config),
    target("records", records),
    target("release", release),
    target("shell", shell),
    target("start", start),
    target("tar", tar),
    target("workflow", workflow),
    target("yaml", yaml),
];

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

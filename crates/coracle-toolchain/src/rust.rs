//! What a Rust program links to from outside of Rust, as its dependencies declare it.
//!
//! A crate with a `links` key stands for a native library: a system one (`openssl-sys`), a bundled
//! one (`libsqlite3-sys` with `bundled`), or C of its own that is linked in (`ring`). Which of these
//! it was is told by the build, see [`crate::Artifact::linked_libraries`].

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Node, Package, PackageId};

use crate::probe::{self, process_hint};
use crate::project::RustProgram;
use crate::toolchain::Toolchain;

/// A crate that links to something native.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The crate.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Its `links` key.
    pub links: String,
}

/// Why the dependencies cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The host's target triple is not known.
    #[error(transparent)]
    Probe(#[from] probe::Error),
    /// cargo failed.
    #[error("cannot list what {package} depends on")]
    Ask {
        /// The package.
        package: String,
        /// Why.
        source: coracle_process::Error,
    },
    /// cargo's answer is not understood.
    #[error("cannot understand what cargo says of {package}")]
    Answer {
        /// The package.
        package: String,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Probe(error) => error.hint(),
            Error::Ask { source, .. } => process_hint("cargo", source).or_else(|| {
                let coracle_process::Error::Failed { tail, .. } = source else {
                    return None;
                };
                is_locked_refusal(tail).then(|| LOCK_HINT.to_owned())
            }),
            Error::Answer { .. } => {
                Some("is this cargo much older or newer than coracle?".to_owned())
            }
        }
    }
}

/// What to do about a lock that is missing or behind.
pub(crate) const LOCK_HINT: &str =
    "run `cargo update --workspace` (or any cargo build) in the workspace and commit Cargo.lock";

/// Whether cargo says that it would have to write `Cargo.lock`.
pub(crate) fn is_locked_refusal(text: &str) -> bool {
    text.contains("--locked was passed")
        || text.contains("the lock file") && text.contains("--locked")
}

/// The crates with a `links` key among what a program is linked from, by name: normal dependencies
/// for the host's platform, without those of build scripts and procedural macros.
///
/// # Errors
/// See [`Error`]. Crates that are not there are downloaded, as cargo does.
pub fn links(
    program: &RustProgram,
    features: &[String],
    toolchain: &Toolchain,
) -> Result<Vec<Link>, Error> {
    let host = probe::rustc(toolchain, &program.workspace_root)?.host;
    let options = [
        "metadata",
        "--locked",
        "--format-version=1",
        "--color=never",
        "--filter-platform",
        &host,
    ];
    let mut cargo = toolchain
        .cargo()
        .args(options)
        .arg("--manifest-path")
        .arg(&program.manifest);
    if !features.is_empty() {
        cargo = cargo.arg("--features").arg(features.join(","));
    }
    if toolchain.offline {
        cargo = cargo.arg("--offline");
    }
    let package = program.package.clone();
    let output = match cargo.directory(&program.workspace_root).output() {
        Ok(output) => output,
        Err(source) => return Err(Error::Ask { package, source }),
    };
    let metadata = serde_json::from_slice(&output.stdout);
    Ok(links_of(
        &program.package_id,
        &metadata.map_err(|source| Error::Answer { package, source })?,
    ))
}

fn links_of(package_id: &str, metadata: &Metadata) -> Vec<Link> {
    let nodes: BTreeMap<&PackageId, &Node> = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| (&node.id, node))
        .collect();
    let packages: BTreeMap<&PackageId, &Package> = metadata
        .packages
        .iter()
        .map(|package| (&package.id, package))
        .collect();
    let start = packages.keys().copied().find(|id| id.repr == package_id);
    let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
    let mut links = BTreeSet::new();
    let mut waiting: Vec<&PackageId> = start.into_iter().collect();
    while let Some(id) = waiting.pop() {
        let Some(package) = packages
            .get(id)
            .filter(|package| seen.insert(id) && !is_macro(package))
        else {
            continue;
        };
        if let Some(key) = &package.links {
            links.insert(Link {
                package: package.name.to_string(),
                version: package.version.to_string(),
                links: key.clone(),
            });
        }
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        let normal = dependencies.filter(|dependency| {
            dependency.dep_kinds.is_empty()
                || dependency
                    .dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
        });
        waiting.extend(normal.map(|dependency| &dependency.pkg));
    }
    links.into_iter().collect()
}

fn is_macro(package: &Package) -> bool {
    package.targets.iter().any(|target| target.is_proc_macro())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn package(name: &str, links: Option<&str>, kind: &str) -> Value {
        json!({
            "name": name, "version": "1.0.0", "id": name, "dependencies": [], "features": {}, "links": links,
            "manifest_path": "/p/Cargo.toml", "targets": [{ "name": name, "kind": [kind], "src_path": "/p/lib.rs" }],
        })
    }

    fn node(id: &str, dependencies: &[(&str, Value)]) -> Value {
        let dependency = |(id, kind): &(&str, Value)| json!({ "name": id, "pkg": id, "dep_kinds": [{ "kind": kind, "target": null }] });
        let names: Vec<&str> = dependencies.iter().map(|(id, _)| *id).collect();
        let dependencies: Vec<Value> = dependencies.iter().map(dependency).collect();
        json!({ "id": id, "deps": dependencies, "dependencies": names, "features": [] })
    }

    #[test]
    fn only_what_is_linked_into_the_program_counts() {
        let normal = || Value::Null;
        let metadata = json!({
            "packages": [
                package("worker", None, "bin"), package("tls", None, "lib"), package("ring", Some("ring_core"), "lib"),
                package("zstd-sys", Some("zstd"), "lib"), package("derive", None, "proc-macro"),
                package("git2", Some("git2"), "lib"), package("unused", Some("unused"), "lib"),
            ],
            "workspace_members": ["worker"], "workspace_default_members": ["worker"],
            "workspace_root": "/p", "target_directory": "/p/target", "version": 1,
            "resolve": { "root": null, "nodes": [
                node("worker", &[("tls", normal()), ("derive", normal()), ("zstd-sys", json!("build"))]),
                node("tls", &[("ring", normal())]), node("derive", &[("git2", normal())]),
                node("ring", &[]), node("zstd-sys", &[]), node("git2", &[]), node("unused", &[]),
            ] },
        });
        let metadata: Metadata = serde_json::from_value(metadata).unwrap();
        let links: Vec<String> = links_of("worker", &metadata)
            .into_iter()
            .map(|link| link.links)
            .collect();
        assert_eq!(links, ["ring_core"]);
        assert_eq!(links_of("stranger", &metadata), []);
    }

    #[test]
    fn cargo_s_refusals_to_write_the_lock_are_known() {
        assert!(is_locked_refusal(
            "error: cannot create the lock file /w/Cargo.lock because --locked was passed to prevent this"
        ));
        assert!(is_locked_refusal(
            "error: the lock file /w/Cargo.lock needs to be updated but --locked was passed to prevent this"
        ));
        assert!(!is_locked_refusal("error: could not compile `worker`"));
    }
}

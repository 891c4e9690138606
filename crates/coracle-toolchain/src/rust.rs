//! What a Rust program needs from outside of Rust, as its dependencies declare it.
//!
//! A crate with a `links` key stands for a native library: a system one (`openssl-sys`), a copy that it brings
//! (`libsqlite3-sys` with `bundled`), or C of its own (`ring`). Only crates that ask pkg-config are asked about up
//! front; what the others look for is seen when they do not find it. Which of these it was in the end is told by the
//! build, see [`crate::Artifact::linked`].

mod crates;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Node, Package, PackageId};

use self::crates::Copy;
use crate::native::{BuildFile, Native, NativeNeed};
use crate::probe::{self, process_hint};
use crate::project::RustProgram;
use crate::toolchain::Toolchain;

/// Which features a program is built with, as cargo is told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Features {
    /// On top of the default ones.
    pub on: Vec<String>,
    /// All of them.
    pub all: bool,
    /// Without the default ones.
    pub no_default: bool,
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

/// What the crates among a program's dependencies need of the system: normal dependencies for the host's platform,
/// without those of build scripts and procedural macros. With `bundled`, crates that bring a copy keep it.
///
/// # Errors
/// See [`Error`]. Crates that are not there are downloaded, as cargo does.
pub fn native(
    program: &RustProgram,
    features: &Features,
    bundled: bool,
    toolchain: &Toolchain,
) -> Result<Native, Error> {
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
    if !features.on.is_empty() {
        cargo = cargo.arg("--features").arg(features.on.join(","));
    }
    for (wanted, flag) in [
        (features.all, "--all-features"),
        (features.no_default, "--no-default-features"),
        (toolchain.offline, "--offline"),
    ] {
        cargo = if wanted { cargo.arg(flag) } else { cargo };
    }
    let package = program.package.clone();
    let output = match cargo.directory(&program.workspace_root).output() {
        Ok(output) => output,
        Err(source) => return Err(Error::Ask { package, source }),
    };
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|source| Error::Answer { package, source })?;
    Ok(Graph::new(&metadata).native(&program.package_id, bundled))
}

/// The resolved dependencies, by id.
struct Graph<'a> {
    nodes: BTreeMap<&'a PackageId, &'a Node>,
    packages: BTreeMap<&'a PackageId, &'a Package>,
}

impl<'a> Graph<'a> {
    fn new(metadata: &'a Metadata) -> Graph<'a> {
        let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
        let packages = metadata.packages.iter();
        Graph {
            nodes: nodes.map(|node| (&node.id, node)).collect(),
            packages: packages.map(|package| (&package.id, package)).collect(),
        }
    }

    fn native(&self, package_id: &str, bundled: bool) -> Native {
        let mut native = Native::default();
        for (package, node) in self.linked(package_id) {
            let builders = self.of_kind(node, DependencyKind::Build);
            let builders: BTreeSet<&str> = builders.map(|package| package.name.as_str()).collect();
            if builders.contains("bindgen") && native.needs_libclang.is_none() {
                native.needs_libclang = Some(called(package));
            }
            let asks = builders.contains("pkg-config") || builders.contains("system-deps");
            if asks {
                add(package, &node.features, bundled, &mut native);
            }
        }
        native.needs.sort();
        native
    }

    /// The packages that are linked into a program, with their nodes.
    fn linked(&self, package_id: &str) -> Vec<(&'a Package, &'a Node)> {
        let start = self.packages.keys().find(|id| id.repr == package_id);
        let mut waiting: Vec<&PackageId> = start.into_iter().copied().collect();
        let mut seen: BTreeSet<&PackageId> = BTreeSet::new();
        let mut linked = Vec::new();
        while let Some(id) = waiting.pop() {
            let (Some(package), Some(node)) = (self.packages.get(id), self.nodes.get(id)) else {
                continue;
            };
            if is_macro(package) || !seen.insert(id) {
                continue;
            }
            linked.push((*package, *node));
            let normal = self.of_kind(node, DependencyKind::Normal);
            waiting.extend(normal.map(|package| &package.id));
        }
        linked
    }

    fn of_kind(
        &self,
        node: &'a Node,
        kind: DependencyKind,
    ) -> impl Iterator<Item = &'a Package> + '_ {
        let is_kind = move |dependency: &&cargo_metadata::NodeDep| {
            let mut kinds = dependency.dep_kinds.iter();
            (dependency.dep_kinds.is_empty() && kind == DependencyKind::Normal)
                || kinds.any(|found| found.kind == kind)
        };
        let dependencies = node.deps.iter().filter(is_kind);
        dependencies.filter_map(|dependency| self.packages.get(&dependency.pkg).copied())
    }
}

/// What a crate that asks pkg-config is expected to ask.
fn add(
    package: &Package,
    features: &[cargo_metadata::FeatureName],
    bundled: bool,
    native: &mut Native,
) {
    let features: Vec<String> = features.iter().map(ToString::to_string).collect();
    let known = crates::known(&package.name);
    let modules: Vec<String> = match known {
        Some(known) => known
            .modules
            .iter()
            .map(|name| (*name).to_owned())
            .collect(),
        None => guesses(package),
    };
    if let Some(known) = known.filter(|known| known.has_copy(&features)) {
        if bundled {
            native.bundled.push((called(package), modules.join(" or ")));
            // The crate of this name obeys it: <https://docs.rs/pkg-config>.
            let own = modules
                .iter()
                .map(|module| format!("{}_NO_PKG_CONFIG", shouted(module)));
            let own = own.filter(|_| known.copy == Copy::WhenNotFound);
            native
                .variables
                .extend(own.map(|name| (name, "1".to_owned())));
            return;
        }
        let prefer = known.prefer.map(|name| (name.to_owned(), "1".to_owned()));
        native.variables.extend(prefer);
    }
    let by = called(package);
    let declared = system_dependencies(package);
    if declared.is_empty() && !modules.is_empty() {
        let any_of = modules.into_iter().map(BuildFile::PkgConfig).collect();
        native.needs.push(NativeNeed { by, any_of });
        return;
    }
    native
        .needs
        .extend(declared.into_iter().map(|module| NativeNeed {
            by: by.clone(),
            any_of: vec![BuildFile::PkgConfig(module)],
        }));
}

/// `openssl-sys 0.9.118`.
fn called(package: &Package) -> String {
    format!("{} {}", package.name, package.version)
}

/// A module's name as the crate `pkg-config` puts it into names of variables.
fn shouted(module: &str) -> String {
    module.to_uppercase().replace('-', "_")
}

/// The likeliest modules of a crate that says `links = "key"`.
fn guesses(package: &Package) -> Vec<String> {
    let Some(key) = &package.links else {
        return Vec::new();
    };
    vec![key.clone(), format!("lib{key}")]
}

/// `[package.metadata.system-deps]`: a table of modules, whose key is the module's name unless it says another.
fn system_dependencies(package: &Package) -> Vec<String> {
    let table = package
        .metadata
        .get("system-deps")
        .and_then(|table| table.as_object());
    let required = table.into_iter().flatten().filter(|(_, value)| {
        let is_optional = value.get("optional").and_then(serde_json::Value::as_bool) == Some(true);
        !is_optional && value.get("feature").is_none()
    });
    let name = |(key, value): (&String, &serde_json::Value)| {
        let name = value.get("name").and_then(serde_json::Value::as_str);
        name.unwrap_or(key).to_owned()
    };
    required.map(name).collect()
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

    fn metadata(packages: &[Value], nodes: &[Value]) -> Metadata {
        let text = json!({
            "packages": packages, "workspace_members": ["worker"], "workspace_default_members": ["worker"],
            "workspace_root": "/p", "target_directory": "/p/target", "version": 1,
            "resolve": { "root": null, "nodes": nodes },
        });
        serde_json::from_value(text).unwrap()
    }

    fn module(name: &str) -> BuildFile {
        BuildFile::PkgConfig(name.to_owned())
    }

    #[test]
    fn only_what_is_linked_into_the_program_and_asks_pkg_config_counts() {
        let (normal, build) = (|| Value::Null, || json!("build"));
        let packages = [
            package("worker", None, "bin"),
            package("tls", None, "lib"),
            package("ring", Some("ring_core"), "lib"),
            package("foo-sys", Some("foo"), "lib"),
            package("derive", None, "proc-macro"),
            package("openssl-sys", Some("openssl"), "lib"),
            package("pkg-config", None, "lib"),
            package("libz-sys", Some("z"), "lib"),
        ];
        let asking = [("pkg-config", build())];
        let nodes = [
            node(
                "worker",
                &[
                    ("tls", normal()),
                    ("derive", normal()),
                    ("libz-sys", build()),
                ],
            ),
            node("tls", &[("ring", normal()), ("foo-sys", normal())]),
            node("derive", &[("openssl-sys", normal())]),
            node("ring", &[]),
            node("foo-sys", &asking),
            node("openssl-sys", &asking),
            node("libz-sys", &asking),
            node("pkg-config", &[]),
        ];
        let metadata = metadata(&packages, &nodes);
        let native = Graph::new(&metadata).native("worker", false);
        let need = NativeNeed {
            by: "foo-sys 1.0.0".to_owned(),
            any_of: vec![module("foo"), module("libfoo")],
        };
        assert_eq!(native.needs, [need]);
        assert_eq!(
            Graph::new(&metadata).native("stranger", false),
            Native::default()
        );
    }

    fn with_sqlite(features: &[&str], bundled: bool) -> Native {
        let mut sqlite = node(
            "libsqlite3-sys",
            &[("pkg-config", json!("build")), ("bindgen", json!("build"))],
        );
        sqlite["features"] = json!(features);
        let packages = [
            package("worker", None, "bin"),
            package("libsqlite3-sys", Some("sqlite3"), "lib"),
            package("pkg-config", None, "lib"),
            package("bindgen", None, "lib"),
        ];
        let nodes = [
            node("worker", &[("libsqlite3-sys", Value::Null)]),
            sqlite,
            node("pkg-config", &[]),
            node("bindgen", &[]),
        ];
        Graph::new(&metadata(&packages, &nodes)).native("worker", bundled)
    }

    #[test]
    fn a_crate_with_a_copy_of_a_library_is_told_to_take_the_system_s() {
        let native = with_sqlite(&["bundled"], false);
        assert_eq!(native.needs[0].any_of, [module("sqlite3")]);
        let variable = ("LIBSQLITE3_SYS_USE_PKG_CONFIG".to_owned(), "1".to_owned());
        assert_eq!(native.variables, BTreeMap::from([variable]));
        assert_eq!(
            native.needs_libclang.as_deref(),
            Some("libsqlite3-sys 1.0.0")
        );
        assert!(with_sqlite(&[], false).variables.is_empty());
    }

    #[test]
    fn with_bundled_a_crate_keeps_its_copy_and_one_without_a_copy_still_asks() {
        let native = with_sqlite(&["bundled"], true);
        assert_eq!((native.needs.len(), native.variables.len()), (0, 0));
        let copy = ("libsqlite3-sys 1.0.0".to_owned(), "sqlite3".to_owned());
        assert_eq!(native.bundled, [copy]);
        assert_eq!(with_sqlite(&[], true).needs.len(), 1);
    }

    #[test]
    fn declared_system_dependencies_win_over_guesses() {
        let mut package = package("gtk-sys", Some("gtk-3"), "lib");
        package["metadata"] = json!({ "system-deps": {
            "gtk+-3.0": { "version": "3.22" },
            "gdk": { "name": "gdk-3.0", "version": "3.22" },
            "extra": { "version": "1", "optional": true },
        } });
        let package: Package = serde_json::from_value(package).unwrap();
        let mut found = system_dependencies(&package);
        found.sort();
        assert_eq!(found, ["gdk-3.0", "gtk+-3.0"]);
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

//! What a Rust program needs from outside of Rust, as its dependencies declare it.
//!
//! A crate with a `links` key stands for a native library: a system one (`openssl-sys`), a copy that it brings
//! (`libsqlite3-sys` with `bundled`), or C of its own (`ring`). Only crates that ask pkg-config are asked about up
//! front; what the others look for is seen when they do not find it. Which of these it was in the end is told by the
//! build, see [`crate::Artifact::linked`].

mod crates;
mod origin;
#[cfg(test)]
mod tests;
pub mod tree;

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, Node, Package, PackageId};

use self::crates::Copy;
pub use self::origin::origins;
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
    let metadata = ask(program, features, &host, toolchain)?;
    Ok(Graph::new(&metadata).native(&program.package_id, bundled))
}

/// What cargo says of a program's dependencies, resolved for a target.
fn ask(
    program: &RustProgram,
    features: &Features,
    triple: &str,
    toolchain: &Toolchain,
) -> Result<Metadata, Error> {
    let options = [
        "metadata",
        "--locked",
        "--format-version=1",
        "--color=never",
        "--filter-platform",
        triple,
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
    serde_json::from_slice(&output.stdout).map_err(|source| Error::Answer { package, source })
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
            let own = own.chain(known.keep().map(str::to_owned));
            let own = own.map(|name| (name, "1".to_owned()));
            native.variables.extend(own);
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

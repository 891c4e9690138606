//! What a Go program pulls in, and whether that needs cgo.
//!
//! The import graph decides, never the build: a package with a `!cgo` stub compiles with
//! `CGO_ENABLED=0` and dies at its first call. The graph is asked for with `CGO_ENABLED=1`, because
//! go hides every cgo file otherwise, and without cgo's default for a foreign architecture.

mod chain;
pub mod listed;
mod origin;
#[cfg(test)]
mod tests;

use coracle_process::Program;
use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use self::origin::origins;
use crate::compile::Target;
use crate::go_list;
use crate::native::{self, BuildFile, Native, NativeNeed};
use crate::probe::{is_stale_module, process_hint};
use crate::project::GoProgram;
use crate::toolchain::Toolchain;

/// Standard packages that use cgo when it is on and do the same without: the resolver, the user
/// database, and what cgo itself stands on.
const DO_WITHOUT: [&str; 3] = ["net", "os/user", "runtime/cgo"];

/// What the import graph of a program says of cgo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CgoFinding {
    /// Whether the program must be built with `CGO_ENABLED=1`.
    pub needs_cgo: bool,
    /// A shortest import chain from the program to a package that imports "C" (of several, the
    /// first by name); `None` when cgo is not needed.
    pub chain: Option<Vec<String>>,
    /// Every package that needs cgo, by import path.
    pub packages: Vec<CgoPackage>,
    /// Standard packages that would use cgo and do without: no reason to need it.
    pub standard_only: Vec<String>,
}

/// A package that imports "C".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CgoPackage {
    /// Its import path.
    pub import_path: String,
    /// What its `#cgo pkg-config:` lines name.
    pub pkg_config: Vec<String>,
    /// Its `#cgo LDFLAGS:` lines.
    pub ldflags: Vec<String>,
}

impl CgoFinding {
    /// What the packages that import "C" ask of the system, as their `#cgo` lines say.
    pub fn native(&self) -> Native {
        let mut needs = Vec::new();
        for package in &self.packages {
            let modules = package
                .pkg_config
                .iter()
                .filter(|word| !word.starts_with('-'));
            let modules = modules.map(|module| BuildFile::PkgConfig(module.clone()));
            let libraries = native::libraries_in(package.ldflags.iter().map(String::as_str));
            needs.extend(modules.chain(libraries).map(|file| NativeNeed {
                by: package.import_path.clone(),
                any_of: vec![file],
            }));
        }
        needs.sort();
        needs.dedup();
        Native {
            needs,
            ..Native::default()
        }
    }
}

/// Why the import graph cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// go failed.
    #[error("cannot list what {import_path} imports")]
    Ask {
        /// The program.
        import_path: String,
        /// Why.
        source: coracle_process::Error,
    },
    /// go's answer is not understood.
    #[error("cannot understand what go says of {import_path}")]
    Answer {
        /// The program.
        import_path: String,
        /// Why.
        source: serde_json::Error,
    },
    /// go does not find all of it.
    #[error("{import_path} is not listed whole: {reason}")]
    Incomplete {
        /// The program.
        import_path: String,
        /// What go says of it.
        reason: String,
    },
}

impl Error {
    fn of(import_path: &str, error: go_list::Error) -> Error {
        let import_path = import_path.to_owned();
        match error {
            go_list::Error::Process(source) => Error::Ask {
                import_path,
                source,
            },
            go_list::Error::Answer(source) => Error::Answer {
                import_path,
                source,
            },
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Ask { source, .. } => process_hint("go", source).or_else(|| module_hint(source)),
            Error::Answer { .. } => Some("is this go much older or newer than coracle?".to_owned()),
            Error::Incomplete { .. } => {
                Some("run `go mod download` in the module once with the network".to_owned())
            }
        }
    }
}

/// What helps when go refuses because `go.mod` or `go.sum` are behind, or the network is off.
fn module_hint(error: &coracle_process::Error) -> Option<String> {
    let coracle_process::Error::Failed { tail, .. } = error else {
        return None;
    };
    if is_stale_module(tail) {
        return Some("run `go mod tidy` in the module and commit go.mod and go.sum".to_owned());
    }
    let offline = tail.contains("GOPROXY=off");
    offline.then(|| {
        "run `go mod download` in the module once with the network, or leave out --offline"
            .to_owned()
    })
}

/// Reads the import graph of a program for the host's platform, with these build tags.
///
/// # Errors
/// See [`Error`]. Modules that are not there are downloaded, as go does.
pub fn graph(
    program: &GoProgram,
    tags: &[String],
    toolchain: &Toolchain,
) -> Result<CgoFinding, Error> {
    let go = match Target::host() {
        Ok(host) => go_for(host, true, toolchain),
        Err(_) => toolchain.go().env("CGO_ENABLED", "1"),
    };
    let nodes: Vec<Node> = ask(go, program, tags, FIELDS)?;
    Ok(finding(&program.import_path, &nodes))
}

/// go, told what it is to look for.
fn go_for(target: Target, cgo: bool, toolchain: &Toolchain) -> Program {
    let go = toolchain
        .go()
        .env("CGO_ENABLED", if cgo { "1" } else { "0" })
        .env("GOOS", "linux")
        .env("GOARCH", target.go_architecture());
    match target {
        Target::LinuxArmV7 => go.env("GOARM", "7"),
        Target::LinuxAmd64 | Target::LinuxArm64 => go,
    }
}

fn ask<T: DeserializeOwned>(
    go: Program,
    program: &GoProgram,
    tags: &[String],
    fields: &str,
) -> Result<Vec<T>, Error> {
    let tags = format!("-tags={}", tags.join(","));
    let mut options = vec!["-deps", fields];
    if tags != "-tags=" {
        options.push(&tags);
    }
    let packages = go_list::ask(
        go,
        &program.module_directory,
        &options,
        &[&program.import_path],
    );
    packages.map_err(|error| Error::of(&program.import_path, error))
}

/// The fields that are read, as `go list` is told.
const FIELDS: &str = "-json=ImportPath,Standard,CgoFiles,SwigFiles,SwigCXXFiles,CgoPkgConfig,CgoLDFLAGS,Imports,ImportMap,Module";

/// One package of the graph; fields that go leaves out are empty.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Node {
    import_path: String,
    standard: bool,
    cgo_files: Vec<String>,
    swig_files: Vec<String>,
    #[serde(rename = "SwigCXXFiles")]
    swig_cxx_files: Vec<String>,
    cgo_pkg_config: Vec<String>,
    #[serde(rename = "CgoLDFLAGS")]
    cgo_ldflags: Vec<String>,
    imports: Vec<String>,
    import_map: std::collections::BTreeMap<String, String>,
    module: Module,
}

/// The module that a package is of; go says none of its own library.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Module {
    path: String,
    version: String,
}

impl Node {
    fn uses_cgo(&self) -> bool {
        !(self.cgo_files.is_empty() && self.swig_files.is_empty() && self.swig_cxx_files.is_empty())
    }

    fn does_without(&self) -> bool {
        self.standard && DO_WITHOUT.contains(&self.import_path.as_str())
    }
}

fn finding(main: &str, graph: &[Node]) -> CgoFinding {
    let (mut standard_only, needing): (Vec<&Node>, Vec<&Node>) = graph
        .iter()
        .filter(|node| node.uses_cgo())
        .partition(|node| node.does_without());
    standard_only.sort_by_key(|node| &node.import_path);
    let mut packages: Vec<CgoPackage> = needing
        .into_iter()
        .map(|node| CgoPackage {
            import_path: node.import_path.clone(),
            pkg_config: node.cgo_pkg_config.clone(),
            ldflags: node.cgo_ldflags.clone(),
        })
        .collect();
    packages.sort_by(|one, other| one.import_path.cmp(&other.import_path));
    let ends: Vec<&str> = packages
        .iter()
        .map(|package| package.import_path.as_str())
        .collect();
    CgoFinding {
        needs_cgo: !packages.is_empty(),
        chain: chain::shortest(main, &ends, graph),
        standard_only: standard_only
            .into_iter()
            .map(|node| node.import_path.clone())
            .collect(),
        packages,
    }
}

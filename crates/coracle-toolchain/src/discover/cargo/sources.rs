//! Which folders of a workspace a package is built from: its own and those of the path
//! dependencies it reaches. Build scripts may read more; what they read is not known before they run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, Package};

use super::directory;
use crate::project::Inputs;
use crate::toolchain::Toolchain;

/// Packages by folder; those outside the workspace are read when they are reached.
pub(super) struct Packages<'a> {
    toolchain: &'a Toolchain,
    by_directory: BTreeMap<PathBuf, Option<Package>>,
    /// Folders that stand in for packages of a registry (`[patch]`), which no dependency names.
    patches: Vec<PathBuf>,
}

impl<'a> Packages<'a> {
    pub(super) fn new(metadata: &Metadata, toolchain: &'a Toolchain) -> Self {
        let packages = metadata.packages.iter();
        Packages {
            toolchain,
            by_directory: packages
                .map(|package| (directory(package), Some(package.clone())))
                .collect(),
            patches: patches(metadata.workspace_root.as_std_path()),
        }
    }

    /// The folders that `package` is built from.
    pub(super) fn of(&mut self, package: &Package) -> Sources {
        let mut folders = BTreeSet::new();
        let mut waiting = vec![directory(package)];
        waiting.extend(self.patches.iter().cloned());
        while let Some(folder) = waiting.pop() {
            if !folders.insert(folder.clone()) {
                continue;
            }
            let Some(package) = self.package(folder) else {
                continue;
            };
            let dependencies = package.dependencies.iter();
            let built =
                dependencies.filter(|dependency| dependency.kind != DependencyKind::Development);
            waiting.extend(
                built
                    .filter_map(|dependency| dependency.path.clone())
                    .map(|path| path.into_std_path_buf()),
            );
        }
        Sources { folders }
    }

    /// A package that cannot be read is still a source; cargo will say what is wrong with it.
    fn package(&mut self, folder: PathBuf) -> Option<&Package> {
        let toolchain = self.toolchain;
        let read = |folder: &PathBuf| {
            let metadata = super::metadata(folder, toolchain).ok()?;
            metadata
                .packages
                .into_iter()
                .find(|package| directory(package) == *folder)
        };
        self.by_directory
            .entry(folder)
            .or_insert_with_key(read)
            .as_ref()
    }
}

/// The folders that the workspace's manifest puts in the place of other packages.
fn patches(workspace_root: &Path) -> Vec<PathBuf> {
    let manifest = fs::read_to_string(workspace_root.join("Cargo.toml")).unwrap_or_default();
    let Ok(manifest) = manifest.parse::<toml::Table>() else {
        return Vec::new();
    };
    let table = |name: &str| {
        manifest
            .get(name)
            .and_then(toml::Value::as_table)
            .into_iter()
            .flatten()
    };
    let patched = table("patch")
        .filter_map(|(_, packages)| packages.as_table())
        .flatten();
    let paths = patched
        .chain(table("replace"))
        .filter_map(|(_, package)| package.get("path")?.as_str());
    // `..` is resolved as cargo does, by name and not through links.
    paths
        .map(|path| normalised(&workspace_root.join(path)))
        .collect()
}

fn normalised(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// What one package is built from. Paths are absolute.
pub(super) struct Sources {
    folders: BTreeSet<PathBuf>,
}

/// What applies to a whole workspace, besides its manifest.
const WORKSPACE_FILES: [&str; 4] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "rust-toolchain",
];
/// cargo's own settings, which count for every folder below.
const CONFIGURATION: [&str; 2] = [".cargo/config.toml", ".cargo/config"];

impl Sources {
    /// The folders that are not below the workspace's own.
    pub(super) fn outside(&self, metadata: &Metadata) -> Vec<PathBuf> {
        let inside = |folder: &&PathBuf| !folder.starts_with(metadata.workspace_root.as_std_path());
        self.folders.iter().filter(inside).cloned().collect()
    }

    /// The folders, the workspace's files, and what of other members lies below the folders.
    pub(super) fn inputs(&self, metadata: &Metadata, root: &Path) -> Inputs {
        let workspace_root = metadata.workspace_root.as_std_path();
        let mut inputs = Inputs {
            trees: self.folders.clone(),
            files: WORKSPACE_FILES
                .iter()
                .map(|name| workspace_root.join(name))
                .collect(),
            ..Inputs::default()
        };
        let within = workspace_root
            .ancestors()
            .take_while(|folder| folder.starts_with(root));
        for folder in within.chain([workspace_root]) {
            inputs
                .files
                .extend(CONFIGURATION.iter().map(|name| folder.join(name)));
        }
        for package in &metadata.packages {
            inputs.except(&directory(package));
        }
        inputs.except(metadata.target_directory.as_std_path());
        inputs
            .except
            .retain(|folder| self.folders.iter().any(|tree| folder.starts_with(tree)));
        inputs
    }
}

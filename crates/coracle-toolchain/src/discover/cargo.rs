//! Asks cargo for the binaries of the workspaces that the walk saw.

mod features;
mod sources;

use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, Package, Target};

use self::sources::Packages;
use super::walk::Survey;
use super::{Error, Found, rule, shown};
use crate::project::{Language, LeftOut, Program, RustProgram, relative};
use crate::toolchain::Toolchain;

/// Adds every binary of the workspaces under `root`.
pub(super) fn programs(
    root: &Path,
    survey: &Survey,
    toolchain: &Toolchain,
    found: &mut Found,
) -> Result<(), Error> {
    let mut workspaces: Vec<PathBuf> = Vec::new();
    for folder in &survey.cargo {
        if found.described.contains(folder) {
            continue;
        }
        if let Some(outer) = workspaces.iter().find(|outer| folder.starts_with(outer)) {
            found.left_out.push(LeftOut {
                path: shown(root, folder),
                name: folder
                    .file_name()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned(),
                reason: format!("no member of the Cargo workspace in {}", shown(root, outer)),
            });
            continue;
        }
        let metadata = metadata(folder, toolchain)?;
        let workspace_root = metadata.workspace_root.clone().into_std_path_buf();
        found.described.push(workspace_root.clone());
        found
            .described
            .extend(metadata.packages.iter().map(directory));
        workspaces.push(workspace_root);
        Workspace::new(root, metadata, toolchain).add(found);
    }
    Ok(())
}

/// What cargo says of the workspace of the package in `folder`; nothing is resolved or downloaded.
fn metadata(folder: &Path, toolchain: &Toolchain) -> Result<Metadata, Error> {
    let path = folder.join("Cargo.toml");
    let mut cargo = toolchain.cargo().directory(folder);
    cargo = cargo.args([
        "metadata",
        "--no-deps",
        "--format-version=1",
        "--color=never",
    ]);
    if toolchain.offline {
        cargo = cargo.arg("--offline");
    }
    cargo = cargo.arg("--manifest-path");
    let output = cargo.arg(&path).output().map_err(|source| Error::Ask {
        tool: "cargo",
        path: path.clone(),
        source,
    })?;
    serde_json::from_slice(&output.stdout).map_err(|source| Error::Answer {
        tool: "cargo",
        path,
        source,
    })
}

/// The folder of a package.
fn directory(package: &Package) -> PathBuf {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// One workspace, seen from the folder that is looked at.
struct Workspace<'a> {
    root: &'a Path,
    metadata: Metadata,
    packages: Packages<'a>,
}

impl<'a> Workspace<'a> {
    fn new(root: &'a Path, metadata: Metadata, toolchain: &'a Toolchain) -> Self {
        let packages = Packages::new(&metadata, toolchain);
        Workspace {
            root,
            metadata,
            packages,
        }
    }

    fn add(mut self, found: &mut Found) {
        for package in self.in_scope() {
            let sources = self.packages.of(&package);
            let inputs = sources
                .inputs(&self.metadata, self.root)
                .relative_to(self.root);
            for target in package.targets.iter().filter(|target| target.is_bin()) {
                let language = Language::Rust(self.rust_program(
                    &package,
                    target,
                    &sources.outside(&self.metadata),
                ));
                let program = described(&package, target, language, inputs.clone());
                let path = shown(self.root, target.src_path.as_std_path());
                found.add(program, path, self.reason(&package, target));
            }
        }
    }

    /// The members under the folder that is looked at; when that is a folder inside a member, this one.
    fn in_scope(&self) -> Vec<Package> {
        let packages = &self.metadata.packages;
        let mut under: Vec<Package> = packages
            .iter()
            .filter(|package| directory(package).starts_with(self.root))
            .cloned()
            .collect();
        if under.is_empty() {
            let around = packages
                .iter()
                .filter(|package| self.root.starts_with(directory(package)));
            under.extend(
                around
                    .max_by_key(|package| package.manifest_path.as_str().len())
                    .cloned(),
            );
        }
        under.sort_by(|one, other| one.manifest_path.cmp(&other.manifest_path));
        under
    }

    /// Why a binary is no service, when it is none.
    fn reason(&self, package: &Package, target: &Target) -> Option<String> {
        let directory = directory(package);
        let within = relative(&directory, target.src_path.as_std_path());
        rule::reason(&relative(self.root, &directory))
            .or_else(|| {
                (*package.name == "xtask").then(|| "in a package called `xtask`".to_owned())
            })
            .or_else(|| {
                rule::excluded(&within).and_then(|(name, folder)| source_folder(&name, &folder))
            })
            .or_else(|| {
                self.is_left_out_member(package)
                    .then(|| "not among the workspace's default-members".to_owned())
            })
            .or_else(|| features::missing(package, target))
    }

    /// Default members count where the whole workspace is looked at; in a member's folder it is the
    /// member that is meant, as with cargo itself.
    fn is_left_out_member(&self, package: &Package) -> bool {
        let members = &self.metadata.workspace_default_members;
        let whole = self
            .metadata
            .workspace_root
            .as_std_path()
            .starts_with(self.root);
        whole && members.is_available() && !members.contains(&package.id)
    }

    fn rust_program(&self, package: &Package, target: &Target, outside: &[PathBuf]) -> RustProgram {
        RustProgram {
            manifest: package.manifest_path.clone().into_std_path_buf(),
            workspace_root: self.metadata.workspace_root.clone().into_std_path_buf(),
            package: package.name.to_string(),
            package_id: package.id.repr.clone(),
            bin: target.name.clone(),
            package_directory: directory(package),
            required_features: target.required_features.clone(),
            edition: target.edition.as_str().to_owned(),
            target_directory: self.metadata.target_directory.clone().into_std_path_buf(),
            build_directory: self
                .metadata
                .build_directory
                .clone()
                .map(|path| path.into_std_path_buf()),
            outside_directories: outside.to_vec(),
        }
    }
}

/// Within a package only its own kinds of folders count: `src/bin/tools/main.rs` is a binary like others.
fn source_folder(name: &str, folder: &Path) -> Option<String> {
    let is_first = folder.components().count() == 1;
    is_first.then(|| format!("in a folder called `{name}`"))
}

fn described(
    package: &Package,
    target: &Target,
    language: Language,
    inputs: crate::project::Inputs,
) -> Program {
    Program {
        name: target.name.clone(),
        package: package.name.to_string(),
        version: Some(package.version.to_string()),
        description: package.description.as_deref().map(one_line),
        license: package.license.clone(),
        homepage: package.homepage.clone(),
        repository: package.repository.clone(),
        authors: package.authors.clone(),
        language,
        inputs,
    }
}

/// Manifests break long descriptions into lines; a label is one.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

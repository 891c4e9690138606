//! What a repository holds, as cargo and go describe it: programs, their sources, and what is no
//! service. Records only; `discover` makes them.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

/// The programs of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    /// The folder that was looked at, absolute. [`Inputs`] are relative to it.
    pub root: PathBuf,
    /// The programs that are services by the rule, by name and package.
    pub programs: Vec<Program>,
    /// What the rule leaves out, each with the reason, by path and name.
    pub left_out: Vec<LeftOut>,
    /// Those of the left out that could be built: `select` finds them for who names them.
    pub left_out_programs: Vec<Program>,
}

/// Something that looks like a program and is no service.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut {
    /// The file or folder, relative to the root.
    pub path: String,
    /// The program's name, or the folder's.
    pub name: String,
    /// Why, as a phrase: "in a folder called `tools`".
    pub reason: String,
}

/// One program that cargo or go can build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The binary's file name.
    pub name: String,
    /// The cargo package's name, or the Go import path.
    pub package: String,
    /// The version in the manifest; Go has none.
    pub version: Option<String>,
    /// What it is, in the manifest's words.
    pub description: Option<String>,
    /// SPDX expression.
    pub license: Option<String>,
    /// Where it lives.
    pub homepage: Option<String>,
    /// Where its source lives.
    pub repository: Option<String>,
    /// Who wrote it, in the manifest's words.
    pub authors: Vec<String>,
    /// What builds it, and how to name it there.
    pub language: Language,
    /// What it is made from.
    pub inputs: Inputs,
}

impl Program {
    /// A program of this name that something else compiled, and of which nothing else is known.
    pub fn prebuilt(name: &str, path: &Path, root: &Path) -> Program {
        let inputs = Inputs {
            files: [relative(root, path)].into(),
            ..Inputs::default()
        };
        Program {
            name: name.to_owned(),
            package: relative(root, path).display().to_string(),
            version: None,
            description: None,
            license: None,
            homepage: None,
            repository: None,
            authors: Vec::new(),
            language: Language::Prebuilt(PrebuiltProgram {
                path: path.to_owned(),
            }),
            inputs,
        }
    }

    /// The same program, compiled elsewhere: what its manifest says of it stays true.
    #[must_use]
    pub fn compiled_elsewhere(self, path: &Path, root: &Path) -> Program {
        let prebuilt = Program::prebuilt(&self.name, path, root);
        Program {
            language: prebuilt.language,
            inputs: prebuilt.inputs,
            ..self
        }
    }

    /// The folder that it is built in here where nobody says otherwise; what was compiled elsewhere has none.
    pub fn build_directory(&self) -> Option<PathBuf> {
        match &self.language {
            Language::Rust(program) => Some(program.own_directory()),
            Language::Go(program) => Some(program.own_directory()),
            Language::Prebuilt(_) => None,
        }
    }

    /// The name that is never ambiguous: `package:bin`.
    pub fn full_name(&self) -> String {
        format!("{}:{}", self.package, self.name)
    }
}

/// What builds a program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// cargo.
    Rust(RustProgram),
    /// go.
    Go(GoProgram),
    /// Nobody here: it was compiled elsewhere.
    Prebuilt(PrebuiltProgram),
}

impl Language {
    /// `rust`, `go` or `prebuilt`.
    pub fn name(&self) -> &'static str {
        match self {
            Language::Rust(_) => "rust",
            Language::Go(_) => "go",
            Language::Prebuilt(_) => "prebuilt",
        }
    }
}

/// A binary target of a cargo package. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RustProgram {
    /// The package's `Cargo.toml`.
    pub manifest: PathBuf,
    /// The folder of the workspace's `Cargo.toml`.
    pub workspace_root: PathBuf,
    /// The package's name.
    pub package: String,
    /// The package as cargo names it without doubt (`path+file:///…#name@version`).
    pub package_id: String,
    /// The binary target.
    pub bin: String,
    /// The package's folder.
    pub package_directory: PathBuf,
    /// Features that the target cannot be built without.
    pub required_features: Vec<String>,
    /// `2021`, `2024`, …
    pub edition: String,
    /// Where the user's cargo would build.
    pub target_directory: PathBuf,
    /// Where the user's cargo would keep what is between, when that is elsewhere.
    pub build_directory: Option<PathBuf>,
    /// Packages outside the workspace's folder that it is built from, by path.
    pub outside_directories: Vec<PathBuf>,
}

impl RustProgram {
    /// Our folder in the user's target folder.
    pub(crate) fn own_directory(&self) -> PathBuf {
        self.target_directory.join("coracle")
    }
}

/// A Go `package main`. Paths are absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoProgram {
    /// The folder of `go.mod`.
    pub module_directory: PathBuf,
    /// The module's path.
    pub module_path: String,
    /// The package's import path.
    pub import_path: String,
    /// The package's folder.
    pub directory: PathBuf,
}

impl GoProgram {
    /// Our folder in the module's.
    pub(crate) fn own_directory(&self) -> PathBuf {
        self.module_directory.join("target/coracle")
    }
}

/// A file that something else compiled. The path is absolute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrebuiltProgram {
    /// The file.
    pub path: PathBuf,
}

/// A file at the top of a tree or folder that coracle itself writes: it tells nothing of the program.
pub(crate) const OWN: &str = "coracle.lock";

/// What of a repository a program is made from: paths relative to [`Project::root`], which may
/// begin with `..`. Never the folders of other services.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inputs {
    /// Folders with everything under them.
    pub trees: BTreeSet<PathBuf>,
    /// Folders with only the files directly in them.
    pub folders: BTreeSet<PathBuf>,
    /// Files, whether they exist or not.
    pub files: BTreeSet<PathBuf>,
    /// What is under one of the trees or folders and does not belong to it.
    pub except: BTreeSet<PathBuf>,
}

/// Which versions of dependencies are taken: what counts is which they are, and that is known without these.
const LOCKS: [&str; 3] = ["Cargo.lock", "go.sum", "go.work.sum"];

impl Inputs {
    /// The manifests and settings among the files, and those of the packages whose folders are trees; not the locks. Whether
    /// they are there is not known.
    pub fn manifests(&self) -> BTreeSet<PathBuf> {
        let is_lock = |path: &PathBuf| LOCKS.iter().any(|name| path.ends_with(name));
        let files = self.files.iter().filter(|path| !is_lock(path)).cloned();
        let manifests = self.trees.iter().map(|tree| tree.join("Cargo.toml"));
        files.chain(manifests).collect()
    }

    /// Adds what else goes into an image: a file, or a folder with everything under it. Both paths are absolute.
    pub fn add(&mut self, root: &Path, path: &Path, is_folder: bool) {
        let path = relative(root, path);
        let apart = |other: &PathBuf| !(other.starts_with(&path) || path.starts_with(other));
        // What coracle writes itself stays out, wherever it lies.
        self.except
            .retain(|other| apart(other) || other.ends_with(OWN));
        if is_folder {
            self.except.insert(path.join(OWN));
            self.trees.insert(path);
        } else {
            self.files.insert(path);
        }
    }
}

/// The path from the folder `root` to `path`, both absolute; empty when they are the same.
pub(crate) fn relative(root: &Path, path: &Path) -> PathBuf {
    let shared = root
        .components()
        .zip(path.components())
        .take_while(|(one, other)| one == other)
        .count();
    let up = root.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(path.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths_go_up_and_down() {
        let check = |path: &str, expected: &str| {
            assert_eq!(
                relative(Path::new("/a/b"), Path::new(path)),
                Path::new(expected)
            )
        };
        check("/a/b", "");
        check("/a/b/c/d", "c/d");
        check("/a/c", "../c");
        check("/x", "../../x");
    }

    #[test]
    fn manifests_are_those_of_packages_and_workspaces_without_locks() {
        let inputs = Inputs {
            trees: ["api", "service"].map(PathBuf::from).into(),
            files: ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"]
                .map(PathBuf::from)
                .into(),
            ..Inputs::default()
        };
        let expected = [
            ".cargo/config.toml",
            "Cargo.toml",
            "api/Cargo.toml",
            "service/Cargo.toml",
        ];
        assert_eq!(inputs.manifests(), expected.map(PathBuf::from).into());
    }

    #[test]
    fn an_added_folder_is_no_longer_left_out_and_its_lock_is() {
        let mut inputs = Inputs {
            trees: [PathBuf::new()].into(),
            except: ["coracle.lock", "other", "data/inner"]
                .map(PathBuf::from)
                .into(),
            ..Inputs::default()
        };
        inputs.add(Path::new("/r"), Path::new("/r/data"), true);
        inputs.add(Path::new("/r"), Path::new("/r/other/file"), false);
        let expected = ["coracle.lock", "data/coracle.lock"].map(PathBuf::from);
        assert_eq!(inputs.except, expected.into());
        assert_eq!(inputs.trees, ["", "data"].map(PathBuf::from).into());
        assert_eq!(inputs.files, [PathBuf::from("other/file")].into());
    }
}

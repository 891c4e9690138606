//! A Cargo workspace: which packages are its members, which of them by default, and which other folders they are built from.

mod find;
mod vendored;

use std::collections::BTreeMap;

use super::Error;
use super::configuration::{self, Configuration};
use super::lock::{self, Lock};
use super::manifest::{self, Inheritance, Manifest, Source};
use super::targets::{self, Binary, Library};
use crate::files::Files;
use crate::path::{self, in_folder};
use crate::place::Place;

/// A workspace, or a package that is alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workspace {
    /// The folder of its own manifest.
    pub root: String,
    /// Its own manifest.
    pub manifest: Manifest,
    /// The members, and the packages of this repository that they are built from, by folder.
    pub packages: Vec<Package>,
    /// `Cargo.lock`, where there is one that can be read.
    pub lock: Option<Lock>,
    /// Cargo's configuration that holds in the root, outer files first.
    pub configuration: Vec<Configuration>,
    /// What cargo would refuse, or what could not be read: answers are less certain by it.
    pub problems: Vec<Problem>,
    /// Manifests of packages from elsewhere that lie in the repository (`cargo vendor`), by index in the lock.
    pub(super) vendored: BTreeMap<usize, Vendored>,
}

/// A package of this repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its manifest, with what it inherits.
    pub manifest: Manifest,
    /// Whether the workspace has it as a member; else it is a dependency by path.
    pub is_member: bool,
    /// Whether cargo builds it where nobody names packages.
    pub is_default: bool,
    /// Its programs, by name.
    pub binaries: Vec<Binary>,
    /// Its library.
    pub library: Option<Library>,
    /// The path of its build script.
    pub build_script: Option<String>,
}

/// The manifest of a package from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Vendored {
    pub(super) manifest: Manifest,
    pub(super) is_macro: bool,
}

/// Something that is not as cargo wants it, or that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What, as a phrase.
    pub message: String,
}

impl Workspace {
    /// Reads the workspace whose own manifest is in `root`.
    ///
    /// # Errors
    /// Where that manifest is not there or is no TOML. What is wrong with members is among the problems.
    pub fn read(files: &dyn Files, root: &str) -> Result<Workspace, Error> {
        let file = in_folder(root, "Cargo.toml");
        let text = files
            .text(&file)
            .ok_or_else(|| Error::NotThere { file: file.clone() })?;
        let manifest = manifest::read(&file, &text, None)?;
        let mut problems = Vec::new();
        let packages = find::packages(files, &manifest, &mut problems);
        let lock = locked(files, root, &mut problems);
        let configuration = configuration::files(files, root, &mut problems);
        let vendored = match &lock {
            Some(lock) => vendored::manifests(files, lock, &configuration),
            None => BTreeMap::new(),
        };
        Ok(Workspace {
            root: root.to_owned(),
            manifest,
            packages,
            lock,
            configuration,
            problems,
            vendored,
        })
    }

    /// The member with this name.
    pub fn member(&self, name: &str) -> Option<&Package> {
        self.packages
            .iter()
            .find(|package| package.is_member && package.name == name)
    }

    /// The members' programs, by package and name.
    pub fn binaries(&self) -> impl Iterator<Item = (&Package, &Binary)> {
        let members = self.packages.iter().filter(|package| package.is_member);
        members.flat_map(|package| package.binaries.iter().map(move |binary| (package, binary)))
    }

    /// The version of the dependency resolver: 1, 2 or 3.
    pub fn resolver(&self) -> u32 {
        let package = self.manifest.package.as_ref();
        let said = (self.manifest.workspace.as_ref())
            .and_then(|workspace| workspace.resolver.as_ref())
            .or_else(|| package.and_then(|package| package.resolver.as_ref()));
        if let Some(number) = said.and_then(|said| said.value.parse().ok()) {
            return number;
        }
        let edition = package.and_then(|package| package.edition.as_ref());
        match edition.map(|edition| edition.value.as_str()) {
            None | Some("2015" | "2018") => 1,
            Some("2021") => 2,
            Some(_) => 3,
        }
    }

    /// Folders outside the workspace's own that its members are built from.
    pub fn outside_folders(&self) -> Vec<&str> {
        let folders = self
            .packages
            .iter()
            .map(|package| package.manifest.folder.as_str());
        folders
            .filter(|folder| path::below(&self.root, folder).is_none())
            .collect()
    }

    /// What the workspace's manifest says of a profile: its own table, then those that it inherits from, nearest first.
    /// `release` and `dev` are at the end of each chain, if they are there. Cargo's configuration and the environment may
    /// say otherwise, see [`Configuration::profiles`].
    pub fn profile(&self, name: &str) -> Vec<&manifest::Profile> {
        let mut chain = Vec::new();
        let mut seen = Vec::new();
        let mut name = name;
        while !seen.contains(&name) {
            seen.push(name);
            let Some(profile) = self.manifest.profiles.get(name) else {
                break;
            };
            chain.push(profile);
            match &profile.inherits {
                Some(inherits) => name = &inherits.value,
                None => break,
            }
        }
        chain
    }
}

fn locked(files: &dyn Files, root: &str, problems: &mut Vec<Problem>) -> Option<Lock> {
    let file = in_folder(root, "Cargo.lock");
    let text = files.text(&file)?;
    match lock::read(&file, &text) {
        Ok(lock) => Some(lock),
        Err(error) => {
            problems.push(error.into_problem());
            None
        }
    }
}

/// Reads the manifest in a folder, as a member or a dependency of the workspace.
fn package(
    files: &dyn Files,
    folder: &str,
    inherited: Option<&Inheritance>,
) -> Result<Option<Package>, Error> {
    let file = in_folder(folder, "Cargo.toml");
    let text = files
        .text(&file)
        .ok_or_else(|| Error::NotThere { file: file.clone() })?;
    let manifest = manifest::read(&file, &text, inherited)?;
    Ok(described(files, manifest))
}

fn described(files: &dyn Files, manifest: Manifest) -> Option<Package> {
    let name = manifest.package.as_ref()?.name.value.clone();
    Some(Package {
        name,
        is_member: false,
        is_default: false,
        binaries: targets::binaries(&manifest, files),
        library: targets::library(&manifest, files),
        build_script: targets::build_script(&manifest, files),
        manifest,
    })
}

impl Package {
    /// The folders that it depends on by path, with where that is said.
    fn folders(&self) -> impl Iterator<Item = (&str, &Place)> {
        let dependencies = self.manifest.dependencies.iter();
        dependencies.filter_map(|dependency| match &dependency.source {
            Source::Folder(folder) => Some((folder.as_str(), &dependency.place)),
            _ => None,
        })
    }

    /// What the library is: a procedural macro is in no program.
    pub fn is_macro(&self) -> bool {
        self.library
            .as_ref()
            .is_some_and(|library| library.is_macro)
    }
}

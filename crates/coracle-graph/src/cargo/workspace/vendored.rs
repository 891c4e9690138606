//! Packages from elsewhere whose sources lie in the repository, as `cargo vendor` puts them there.

use std::collections::BTreeMap;

use super::Vendored;
use crate::cargo::configuration::Configuration;
use crate::cargo::lock::{Lock, LockedPackage};
use crate::cargo::{manifest, targets};
use crate::files::Files;
use crate::path::in_folder;

/// The manifests of those packages of the lock that are there, by their index.
pub(super) fn manifests(
    files: &dyn Files,
    lock: &Lock,
    configuration: &[Configuration],
) -> BTreeMap<usize, Vendored> {
    let folders: Vec<&str> = configuration
        .iter()
        .flat_map(|file| &file.vendor_folders)
        .map(|folder| folder.value.as_str())
        .collect();
    let packages = lock.packages.iter().enumerate();
    packages
        .filter(|(_, package)| package.source.is_some())
        .filter_map(|(index, package)| {
            let found = folders
                .iter()
                .find_map(|folder| find(files, folder, package));
            Some((index, found?))
        })
        .collect()
}

/// In a folder of its name, which has the version where there are several.
fn find(files: &dyn Files, folder: &str, package: &LockedPackage) -> Option<Vendored> {
    let with_version = format!("{}-{}", package.name, package.version);
    [package.name.clone(), with_version]
        .iter()
        .find_map(|name| {
            let file = in_folder(&in_folder(folder, name), "Cargo.toml");
            let manifest = manifest::read(&file, &files.text(&file)?, None).ok()?;
            let version = manifest.package.as_ref()?.version.as_ref()?;
            (version.value == package.version).then(|| Vendored {
                is_macro: targets::library(&manifest, files)
                    .is_some_and(|library| library.is_macro),
                manifest,
            })
        })
}

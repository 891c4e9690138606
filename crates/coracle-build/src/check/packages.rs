//! What an image says that it is made of: its release, and its packages with the files that each brought.
//!
//! Read are the databases of dpkg (whole ones, and the records that images without a package manager have), of apk and of
//! rpm. One of rpm's that cannot be read is told.

mod apk;
mod dpkg;
mod rpm;

use std::collections::HashMap;

use coracle_oci::rootfs::NodeKind;

use super::folders::Folders;
use super::kept::Kept;
use super::tree::Tree;

/// What an image is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// The release of a distribution that it says it is.
    pub release: Option<Release>,
    /// Its packages, by name.
    pub packages: Vec<Package>,
    /// Databases of packages that are there and cannot be read.
    pub unread: Vec<String>,
}

/// What `/etc/os-release` says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// `debian`.
    pub id: String,
    /// `12`.
    pub version: Option<String>,
    /// `bookworm`.
    pub codename: Option<String>,
}

/// One package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The regular files that it brought and that are there, links of folders followed: `usr/bin/env`.
    pub files: Vec<String>,
    /// What those weigh, in bytes.
    pub bytes: u64,
    /// What must be installed with it: packages, or what packages provide; of alternatives each.
    pub depends: Vec<String>,
    /// What it stands in for.
    pub provides: Vec<String>,
}

impl Contents {
    /// Reads what the files of a tree say.
    pub(super) fn of(tree: &Tree) -> Contents {
        let mut folders = Folders::of(&tree.files);
        let mut packages = dpkg::packages(tree, &folders);
        packages.extend(apk::packages(&folders));
        let mut unread = Vec::new();
        match rpm::packages(&folders) {
            rpm::Read::None => {}
            rpm::Read::Packages(more) => packages.extend(more),
            rpm::Read::Unreadable(place) => unread.push(format!("/{place}")),
        }
        for package in &mut packages {
            let mut files: Vec<String> = package
                .files
                .iter()
                .filter_map(|path| folders.real(path))
                .filter(|path| regular(tree, path).is_some())
                .collect();
            files.sort();
            files.dedup();
            let lengths = files.iter().filter_map(|path| regular(tree, path));
            package.bytes = lengths.map(Kept::length).sum();
            package.files = files;
        }
        packages.sort_by(|one, other| one.name.cmp(&other.name));
        Contents {
            release: release(&folders),
            packages,
            unread,
        }
    }

    /// Which package brought a file, by the file's path.
    pub(super) fn owners(&self) -> HashMap<&str, &Package> {
        self.packages
            .iter()
            .flat_map(|package| {
                let files = package.files.iter();
                files.map(move |file| (file.as_str(), package))
            })
            .collect()
    }
}

fn regular<'a>(tree: &'a Tree, path: &str) -> Option<&'a Kept> {
    match &tree.files.get(path)?.kind {
        NodeKind::File { content } => Some(content),
        _ => None,
    }
}

fn release(folders: &Folders<'_>) -> Option<Release> {
    let places = ["etc/os-release", "usr/lib/os-release"];
    let text = places.iter().find_map(|place| folders.text(place))?;
    let value = |key: &str| {
        let mut lines = text.lines().filter_map(|line| line.trim().split_once('='));
        let (_, value) = lines.find(|(name, _)| *name == key)?;
        let value = value.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    Some(Release {
        id: value("ID")?,
        version: value("VERSION_ID"),
        codename: value("VERSION_CODENAME"),
    })
}

#[cfg(test)]
mod tests;

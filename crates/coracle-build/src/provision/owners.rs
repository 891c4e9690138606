//! Who holds what: development files in the archive, and shared libraries in a sysroot.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_distro::development::DevelopmentFile;
use coracle_distro::{Architecture, Archive, Deb};
use coracle_toolchain::BuildFile;

use super::Error;
use crate::whole;

/// The packages of a suite that hold a file: the best candidates, all equally good.
///
/// # Errors
/// When the archive's index cannot be read.
pub fn of(archive: &Archive<'_>, file: &BuildFile) -> Result<Vec<String>, Error> {
    let wanted = match file {
        BuildFile::PkgConfig(module) => DevelopmentFile::PkgConfig(module.clone()),
        BuildFile::Library(name) => DevelopmentFile::Library(name.clone()),
        // `<iostream>`: only C++'s own headers have no extension.
        BuildFile::Header(path) if !path.contains('.') && !path.contains('/') => {
            let version = archive.gcc_version();
            return Ok(version
                .map(|version| format!("libstdc++-{version}-dev"))
                .into_iter()
                .collect());
        }
        BuildFile::Header(path) => DevelopmentFile::Header(path.clone()),
    };
    let found = archive.owners_of_development_files(&[wanted]);
    let found = found.map_err(|source| Error::Index {
        file: file.clone(),
        source: Box::new(source),
    })?;
    Ok(found
        .into_iter()
        .next()
        .map(|owners| owners.packages)
        .unwrap_or_default())
}

/// The shared libraries of a sysroot, by file name, and the package that each is of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Libraries(BTreeMap<String, String>);

impl Libraries {
    /// The package of a library.
    pub fn package(&self, soname: &str) -> Option<&str> {
        self.0.get(soname).map(String::as_str)
    }

    pub(super) fn of(debs: &[Deb], architecture: Architecture) -> Libraries {
        let directories = architecture.loader_directories();
        let mut libraries = BTreeMap::new();
        for deb in debs {
            for file in &deb.files {
                let Some((directory, name)) = file.path.rsplit_once('/') else {
                    continue;
                };
                // A name that ends in .so is for linking, and a -dev package's.
                if name.contains(".so.") && directories.iter().any(|known| known == directory) {
                    libraries.insert(name.to_owned(), deb.name().to_owned());
                }
            }
        }
        Libraries(libraries)
    }

    /// Written beside the sysroot, before it, so that it is there when the sysroot is.
    pub(super) fn write(&self, sysroot: &Path) -> Result<(), Error> {
        let text: String = self
            .0
            .iter()
            .map(|(name, package)| format!("{name} {package}\n"))
            .collect();
        let path = beside(sysroot);
        let disk = |source| Error::Disk {
            path: path.clone(),
            source,
        };
        whole::write(&path, text.as_bytes(), whole::PRIVATE).map_err(disk)
    }

    /// Whether the list of a sysroot's libraries is there.
    pub(super) fn are_listed(sysroot: &Path) -> bool {
        beside(sysroot).is_file()
    }

    pub(super) fn read(sysroot: &Path) -> Result<Libraries, Error> {
        let path = beside(sysroot);
        let text = std::fs::read_to_string(&path).map_err(|source| Error::Disk { path, source })?;
        let entry = |line: &str| {
            let (name, package) = line.split_once(' ')?;
            Some((name.to_owned(), package.to_owned()))
        };
        Ok(Libraries(text.lines().filter_map(entry).collect()))
    }
}

fn beside(sysroot: &Path) -> PathBuf {
    sysroot.with_extension("libraries")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_libraries_reads_back_as_it_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let sysroot = folder.path().join("key");
        let entry = ("libssl.so.3".to_owned(), "libssl3t64".to_owned());
        let libraries = Libraries([entry].into());
        libraries.write(&sysroot).unwrap();
        let read = Libraries::read(&sysroot).unwrap();
        assert_eq!(read, libraries);
        assert_eq!(read.package("libssl.so.3"), Some("libssl3t64"));
        assert_eq!(read.package("libz.so.1"), None);
    }
}

//! From a soname to the file that the loader opens, among the files of the chosen packages, and on to what it needs.

use coracle_binary::elf::ElfFacts;
use coracle_distro::PackageFile;
use coracle_distro::deb::FileKind;

use super::super::needs::Need;
use super::{Error, Library, Search};

impl Search<'_> {
    /// A library by name; `folders` are those that the one who needs it names (RPATH, RUNPATH).
    pub(super) fn soname(
        &mut self,
        soname: &str,
        chain: &[String],
        folders: &[String],
    ) -> Result<(), Error> {
        if self.provided.contains(soname) {
            return Ok(());
        }
        // By the folders too: one who names none may not find what another does.
        if !self.seen.insert(format!("{soname} {}", folders.join(":"))) {
            return Ok(());
        }
        if self.holder(soname, folders).is_none() {
            match self.owner(soname, folders)? {
                Some(package) => {
                    let reason = self.reason(soname, chain);
                    self.package(&package, &reason)?;
                }
                None => {
                    let later = (soname.to_owned(), chain.to_vec());
                    self.alternatives.push(later);
                    return Ok(());
                }
            }
        }
        self.opened(soname, chain, folders)
    }

    /// Reads the library that the loader finds under this name, which must be there by now, and asks for its needs.
    pub(super) fn opened(
        &mut self,
        soname: &str,
        chain: &[String],
        folders: &[String],
    ) -> Result<(), Error> {
        match self.holder(soname, folders) {
            Some((package, file)) => {
                let (package, file) = (package.to_owned(), file.clone());
                self.read(soname, chain, (&package, &file))
            }
            None => self.none(soname, chain),
        }
    }

    /// Whether a library that no package has stops the build: not where a copied file may be it, which is for the
    /// proof to tell.
    pub(super) fn none(&self, soname: &str, chain: &[String]) -> Result<(), Error> {
        match self.opened.get(soname) {
            Some(true) => Ok(()),
            _ => Err(self.no_owner(soname, chain)),
        }
    }

    /// Reads a library, and asks for its needs.
    pub(super) fn read(
        &mut self,
        soname: &str,
        chain: &[String],
        (package, file): (&str, &PackageFile),
    ) -> Result<(), Error> {
        let FileKind::File(bytes) = &file.kind else {
            return Ok(());
        };
        let facts = ElfFacts::read(bytes).map_err(|source| Error::Library {
            path: file.path.clone(),
            package: package.to_owned(),
            source,
        })?;
        let (package, path) = (package.to_owned(), file.path.clone());
        if let [_program] = chain {
            self.imply(&package, soname);
        }
        let mut chain = chain.to_vec();
        chain.push(self.called(soname, &chain));
        let folders = search_folders(&facts, &path);
        for name in &facts.needed {
            self.waiting.push_back(Need::Soname {
                name: name.clone(),
                chain: chain.clone(),
                folders: folders.clone(),
            });
        }
        self.libraries.push(Library {
            soname: soname.to_owned(),
            package,
            facts,
        });
        Ok(())
    }

    /// Whether a library of this name was opened meanwhile, for one who knew where it is.
    pub(super) fn has(&self, soname: &str) -> bool {
        self.libraries
            .iter()
            .any(|library| library.soname == soname)
    }

    /// The chosen package and the regular file that the loader finds under this soname.
    fn holder(&self, soname: &str, folders: &[String]) -> Option<(&str, &PackageFile)> {
        let system = self.world.archive.architecture().loader_directories();
        let mut folders = folders.iter().chain(&system);
        folders.find_map(|folder| self.regular_file(&format!("{folder}/{soname}"), 0))
    }

    /// Follows links between the chosen packages' files, as far as a loader would.
    pub(super) fn regular_file(&self, path: &str, depth: usize) -> Option<(&str, &PackageFile)> {
        if depth > 8 {
            return None;
        }
        if let Some(link) = self.links.iter().find(|link| link.path == path) {
            return self.regular_file(&resolve_link(path, &link.target), depth + 1);
        }
        let (package, file) = self.packages.iter().find_map(|(name, chosen)| {
            let file = chosen.deb.file(path)?;
            chosen.is_in_image().then_some((name.as_str(), file))
        })?;
        match &file.kind {
            FileKind::File(_) => Some((package, file)),
            FileKind::Symlink(target) => self.regular_file(&resolve_link(path, target), depth + 1),
            FileKind::HardLink(target) => self.regular_file(target, depth + 1),
            FileKind::Directory => None,
        }
    }
}

/// The folders that an object at `path` has searched before the system's, as paths of packages are written. What
/// inherits an RPATH is not followed: Debian's own libraries have none.
pub(super) fn search_folders(facts: &ElfFacts, path: &str) -> Vec<String> {
    let written = facts.runpath.as_ref().or(facts.rpath.as_ref());
    let home = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folders = written.map(|written| written.split(':'));
    let origin = format!("/{home}");
    let folder = |folder: &str| {
        let folder = folder
            .replace("${ORIGIN}", &origin)
            .replace("$ORIGIN", &origin);
        folder.starts_with('/').then(|| resolve_link("", &folder))
    };
    folders.into_iter().flatten().filter_map(folder).collect()
}

/// The path that a link at `path` points to, relative to the root, without `.` and `..`.
fn resolve_link(path: &str, target: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = match target.strip_prefix('/') {
        Some(_) => Vec::new(),
        None => folder.split('/').collect(),
    };
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    // Packages' paths are merged-/usr: what a link still calls /lib is under usr/.
    match parts.first() {
        Some(&("lib" | "lib64" | "bin" | "sbin")) => format!("usr/{}", parts.join("/")),
        _ => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_resolved_as_on_a_merged_usr() {
        let check = |path, target, expected| assert_eq!(resolve_link(path, target), expected);
        check("usr/lib/x/liba.so", "liba.so.1", "usr/lib/x/liba.so.1");
        check(
            "usr/lib/x/liba.so",
            "blas/../liba.so.1",
            "usr/lib/x/liba.so.1",
        );
        check(
            "usr/lib/x/liba.so",
            "/lib/x/liba.so.1",
            "usr/lib/x/liba.so.1",
        );
        check("etc/a", "../../../b", "b");
        check("", "/usr/lib/x/./samba/", "usr/lib/x/samba");
    }
}

//! Which package holds a library: one that is pinned, else what the archive's index of sonames says.

use super::{Error, Search};

impl Search<'_> {
    /// The package that holds a library where the loader looks, or in a folder that who needs it names.
    pub(super) fn owner(&self, soname: &str, folders: &[String]) -> Result<Option<String>, Error> {
        // What was compiled against is known without looking.
        if let Some(package) = self.world.libraries.package(soname) {
            return Ok(Some(package.to_owned()));
        }
        if let Some(pinned) = self.pinned_owner(soname, folders)? {
            return Ok(Some(pinned));
        }
        let system = self.world.archive.architecture().loader_directories();
        for folder in folders {
            let inner = system
                .iter()
                .find_map(|home| folder.strip_prefix(home.as_str())?.strip_prefix('/'));
            let Some(inner) = inner.filter(|inner| !inner.contains('/')) else {
                continue;
            };
            if let Some(owner) = self.indexed(&format!("{inner}/{soname}"))? {
                return Ok(Some(owner));
            }
        }
        self.indexed(soname)
    }

    /// Looked at before the index, which is large to fetch: a lock that is whole answers everything.
    fn pinned_owner(&self, soname: &str, folders: &[String]) -> Result<Option<String>, Error> {
        let system = self.world.archive.architecture().loader_directories();
        let mut pins: Vec<_> = self
            .world
            .pinned
            .iter()
            .filter(|pin| !self.packages.contains_key(&pin.name))
            .collect();
        // libssl.so.3 is more likely in libssl3t64 than in base-files.
        pins.sort_by_key(|pin| std::cmp::Reverse(in_common(&pin.name, soname)));
        for pin in pins {
            let deb = self.fetch(pin)?;
            let mut folders = folders.iter().chain(&system);
            if folders.any(|folder| deb.file(&format!("{folder}/{soname}")).is_some()) {
                return Ok(Some(pin.name.clone()));
            }
        }
        Ok(None)
    }

    fn indexed(&self, library: &str) -> Result<Option<String>, Error> {
        let owners = self.world.archive.owners_of_soname(library);
        let owners = owners.map_err(|source| Error::Owners {
            soname: library.to_owned(),
            source: Box::new(source),
        })?;
        Ok(owners.into_iter().next())
    }

    pub(super) fn no_owner(&self, soname: &str, chain: &[String]) -> Error {
        Error::NoOwner {
            soname: soname.to_owned(),
            suite: self.world.archive.suite().to_string(),
            chain: chain.to_vec(),
            is_opened: self.is_opened(soname, chain),
        }
    }
}

/// How many letters two names begin with in common.
fn in_common(one: &str, other: &str) -> usize {
    let pairs = one.bytes().zip(other.bytes());
    pairs.take_while(|(one, other)| one == other).count()
}

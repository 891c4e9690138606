//! From a lock's row to its bytes, with a signed index between them; and from sonames to packages.

use std::io::Read;

use super::read::Wanted;
use super::{Archive, Error, Part};
use crate::digest::Verify;
use crate::index::{Index, Mention};
use crate::release::File;
use crate::sonames::Sonames;
use crate::suite::ArchiveName;
use crate::{Deb, Package, Pin, Version, deb};

/// The stanza that says the same as the row.
pub(super) fn find<'i>(index: &'i Index, pin: &Pin) -> Option<&'i Package> {
    same_version(index, pin)
        .find(|package| package.sha256 == pin.sha256 && package.size == pin.size)
}

fn same_version<'i>(index: &'i Index, pin: &Pin) -> impl Iterator<Item = &'i Package> {
    let same = |package: &&Package| {
        package.version.as_str() == pin.version.as_str() && package.architecture == pin.architecture
    };
    index.named(&pin.name).iter().filter(same)
}

impl Archive<'_> {
    /// The signed stanza that says what a lock's row says: name, version, architecture, digest, size.
    /// A row is never believed without one.
    pub fn pinned(&self, pin: &Pin) -> Result<&Package, Error> {
        self.vouching(pin).map(|(_, package)| package)
    }

    fn vouching(&self, pin: &Pin) -> Result<(&Part, &Package), Error> {
        let parts = || self.parts.iter().chain(&self.pinned);
        if let Some(found) = parts().find_map(|part| Some((part, find(&part.index, pin)?))) {
            return Ok(found);
        }
        let differing = parts()
            .filter(|part| part.id.name == pin.archive)
            .find_map(|part| same_version(&part.index, pin).next());
        let pin = Box::new(pin.clone());
        Err(match differing {
            Some(package) => Error::PinDiffers {
                pin,
                signed: Box::new(package.pin()),
            },
            None => Error::NotVouched { pin },
        })
    }

    /// A package of exactly this version, as this archive's architecture has it.
    pub fn of_version(&self, name: &str, version: &Version) -> Option<&Package> {
        let same = |package: &&Package| package.version.as_str() == version.as_str();
        let mut parts = self.parts.iter();
        parts.find_map(|part| part.index.named(name).iter().find(same))
    }

    /// Every version of a name in the archives and, where the lock needs them, the kept releases;
    /// one package a version, main's before its copies.
    pub(crate) fn versions(&self, name: &str) -> Vec<&Package> {
        let mut versions: Vec<&Package> = Vec::new();
        for package in self
            .parts
            .iter()
            .chain(&self.pinned)
            .flat_map(|part| part.index.named(name))
        {
            if !versions
                .iter()
                .any(|known| known.version.as_str() == package.version.as_str())
            {
                versions.push(package);
            }
        }
        versions
    }

    /// The names of all packages, some more than once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| part.index.names())
    }

    /// Where a name is mentioned first: in which archive and where there.
    pub(crate) fn first_mention(&self, name: &str) -> Option<(usize, Mention)> {
        let mut parts = self.parts.iter().enumerate();
        parts.find_map(|(place, part)| Some((place, part.index.first_mention(name)?)))
    }

    /// Every package, of any version, that provides a name.
    pub(crate) fn providing(&self, name: &str) -> Vec<&Package> {
        self.parts
            .iter()
            .flat_map(|part| part.index.providers(name))
            .collect()
    }

    /// The package of a row (or of [`Package::pin`]): from the store, else from the archive, held to
    /// the signed index either way.
    pub fn fetch(&self, pin: &Pin) -> Result<Deb, Error> {
        let fetched = self.fetch_bytes(pin)?;
        let deb = Deb::read(fetched.bytes.as_slice());
        fetched.held_to_its_stanza(deb)
    }

    /// The .deb of a row, verified.
    pub(super) fn fetch_bytes(&self, pin: &Pin) -> Result<Fetched<'_>, Error> {
        let (part, package) = self.vouching(pin)?;
        let what = format!("{} {}", package.name, package.version);
        let file = File {
            sha256: package.sha256,
            size: package.size,
        };
        // The stanza's path and not the row's: only the stanza is signed.
        let urls = part
            .roots
            .iter()
            .map(|root| pool_url(root, &package.path))
            .collect();
        let from = self.opening.fetch_and_keep(&Wanted {
            what: &what,
            file,
            urls,
        })?;
        // A kept copy is verified each time: the store is a cache and no authority.
        let mut verified = Verify::new(from, file.sha256, file.size);
        let mut bytes = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0).min(1 << 28));
        verified
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Keep {
                what: what.clone(),
                source,
            })?;
        Ok(Fetched {
            package,
            what,
            bytes,
        })
    }

    /// Main's soname index: the note, or made of Contents and noted.
    pub(super) fn read_sonames(&self) -> Result<Sonames, Error> {
        let Some(part) = self
            .parts
            .iter()
            .find(|part| part.id.name == ArchiveName::Main)
        else {
            return Ok(Sonames::default());
        };
        let list = self.opening.architecture.as_str();
        let contents = self.contents(list).ok_or_else(|| Error::NotListed {
            archive: part.id.to_string(),
            url: part
                .used
                .url
                .clone()
                .unwrap_or_else(|| "the store".to_owned()),
            path: format!("{}/Contents-{list}.gz", part.id.directory),
        })?;
        // The number is the form of the note: a change of the rules must not read old notes.
        let key = format!("sonames-2.{}", contents.file.sha256);
        if let Some(text) = self
            .opening
            .note(&key)?
            .and_then(|note| String::from_utf8(note).ok())
        {
            return Ok(Sonames::from_note(&text));
        }
        // What a build would look for lies in the same list, which is read only once.
        let (sonames, development) = self.read_contents(&contents, false)?;
        self.opening.set_note(&key, sonames.to_note().as_bytes())?;
        self.opening
            .set_note(&contents.development_key(), &development)?;
        Ok(sonames)
    }
}

/// A .deb whose digest is right.
pub(super) struct Fetched<'a> {
    package: &'a Package,
    /// For messages.
    pub(super) what: String,
    pub(super) bytes: Vec<u8>,
}

impl Fetched<'_> {
    /// What was read of it, if it is the package that its stanza says.
    pub(super) fn held_to_its_stanza(&self, deb: Result<Deb, deb::Error>) -> Result<Deb, Error> {
        let Fetched { package, what, .. } = self;
        let what = what.clone();
        let deb = deb.map_err(|source| Error::Deb { what, source })?;
        if is_of(&deb, package) {
            return Ok(deb);
        }
        let got = (deb.name(), deb.version(), deb.architecture());
        Err(Error::OtherPackage {
            expected: format!(
                "{} {} {}",
                package.name, package.version, package.architecture
            ),
            got: format!("{} {} {}", got.0, got.1, got.2),
            path: package.path.clone(),
        })
    }
}

/// Whether a .deb is the package of this stanza.
pub(super) fn is_of(deb: &Deb, package: &Package) -> bool {
    deb.name() == package.name
        && deb.version() == package.version.as_str()
        && deb.architecture() == package.architecture
}

/// The URL of a pool path. Of the letters that an index may hold, these two mean something
/// else to some servers; a file's path is taken as it is.
fn pool_url(root: &str, path: &str) -> String {
    let root = root.trim_end_matches('/');
    if root.starts_with("file:") {
        return format!("{root}/{path}");
    }
    format!("{root}/{}", path.replace('%', "%25").replace('+', "%2b"))
}

//! A Packages index: its stanzas, found by name, by what they provide, or by a pin.
//!
//! Of seventy thousand stanzas a run looks at a hundred: an index that was checked when it was fetched is only cut into
//! stanzas and names, and a stanza is read when somebody asks for it.

mod mention;
mod stanza;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use deb822_fast::borrowed::iter_paragraphs_borrowed;
use memchr::memmem;

use crate::lock::Pin;
use crate::suite::ArchiveName;
use crate::version::{self, RelationError};
use crate::{Sha256, Version};
pub(crate) use mention::Mention;
use stanza::Draft;

/// One package of one archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// `libc6`.
    pub name: String,
    /// Its Debian version.
    pub version: Version,
    /// `amd64` or `all`.
    pub architecture: String,
    /// The source package's name, which is its own where the stanza names none.
    pub source: String,
    /// Where it lies under the archive's root.
    pub path: String,
    /// The digest of the .deb.
    pub sha256: Sha256,
    /// The size of the .deb in bytes.
    pub size: u64,
    /// `libs`, `libdevel`.
    pub section: String,
    /// `required`, `important`, `standard`, `optional`, `extra`.
    pub priority: String,
    /// Whether it is always present on a Debian system.
    pub essential: bool,
    /// `same`, `foreign`, `allowed`, or empty.
    pub multi_arch: String,
    /// `Depends:` as written.
    pub depends: String,
    /// `Pre-Depends:` as written.
    pub pre_depends: String,
    /// `Provides:` as written.
    pub provides: String,
    /// `Conflicts:` as written.
    pub conflicts: String,
    /// `Breaks:` as written.
    pub breaks: String,
    /// The archive that lists it.
    pub archive: ArchiveName,
}

impl Package {
    /// The row that the lock keeps of it.
    pub fn pin(&self) -> Pin {
        Pin {
            name: self.name.clone(),
            version: self.version.clone(),
            architecture: self.architecture.clone(),
            path: self.path.clone(),
            sha256: self.sha256,
            size: self.size,
            archive: self.archive,
        }
    }

    /// The names that it provides, without their versions; what cannot be read provides nothing.
    pub fn provided(&self) -> Vec<String> {
        let relations = version::parse_relations(&self.provides).unwrap_or_default();
        let names = relations.into_iter().flatten();
        names.map(|relation| relation.name).collect()
    }

    /// `Pre-Depends` and `Depends`, read.
    pub fn dependencies(&self) -> Result<Vec<version::Alternatives>, RelationError> {
        let mut all = version::parse_relations(&self.pre_depends)?;
        all.extend(version::parse_relations(&self.depends)?);
        Ok(all)
    }
}

/// Why an index could not be read, though its digest is right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stanza {stanza}{}: {problem}", if package.is_empty() { String::new() } else { format!(" ({package})") })]
pub struct Error {
    /// Counted from 1.
    pub stanza: usize,
    /// The package, where the stanza names one.
    pub package: String,
    /// What is wrong.
    pub problem: String,
}

/// The stanzas of one Packages file.
#[derive(Debug)]
pub struct Index {
    text: Vec<u8>,
    archive: ArchiveName,
    /// By name.
    names: Vec<Name>,
    providers: OnceLock<HashMap<String, Vec<usize>>>,
}

/// A name and the stanzas that have it.
#[derive(Debug)]
struct Name {
    name: Range<usize>,
    stanzas: Vec<Range<usize>>,
    /// By version, once they are read.
    packages: OnceLock<Vec<Package>>,
}

impl Index {
    /// Reads the text of a Packages file, every stanza of it.
    pub fn read(text: &str, archive: ArchiveName) -> Result<Index, Error> {
        for (place, stanza) in iter_paragraphs_borrowed(text).enumerate() {
            let fail = |package: String, problem: String| Error {
                stanza: place + 1,
                package,
                problem,
            };
            let stanza = stanza.map_err(|error| fail(String::new(), error.to_string()))?;
            let draft = Draft::read(&stanza);
            // Most are right, so the name is looked for again only when one is not.
            let package = draft.package(archive);
            let name = || stanza.get_single("Package").unwrap_or_default().to_owned();
            package.map_err(|problem| fail(name(), problem))?;
        }
        Ok(Index::checked(text.as_bytes().to_vec(), archive))
    }

    /// Takes a text that [`Index::read`] has accepted before.
    pub(crate) fn checked(text: Vec<u8>, archive: ArchiveName) -> Index {
        let mut stanzas: Vec<(Range<usize>, Range<usize>)> = stanzas(&text)
            .filter_map(|stanza| Some((name_of(&text, &stanza)?, stanza)))
            .collect();
        // Nearly in order already, which sorting makes use of.
        stanzas
            .sort_by(|(left, _), (right, _)| text.get(left.clone()).cmp(&text.get(right.clone())));
        let mut names: Vec<Name> = Vec::with_capacity(stanzas.len());
        for (name, stanza) in stanzas {
            match names.last_mut() {
                Some(last) if text.get(last.name.clone()) == text.get(name.clone()) => {
                    last.stanzas.push(stanza);
                }
                _ => names.push(Name {
                    name,
                    stanzas: vec![stanza],
                    packages: OnceLock::new(),
                }),
            }
        }
        Index {
            text,
            archive,
            names,
            providers: OnceLock::new(),
        }
    }

    /// Every name, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| self.words(&name.name))
    }

    /// Every version of this name, the oldest first.
    pub fn named(&self, name: &str) -> &[Package] {
        let found = self
            .names
            .binary_search_by(|known| self.words(&known.name).cmp(name));
        let found = found.ok().and_then(|place| self.names.get(place));
        found.map(|found| self.packages(found)).unwrap_or_default()
    }

    /// The packages whose `Provides` names this, by name.
    pub fn providers(&self, name: &str) -> impl Iterator<Item = &Package> {
        let provides = move |package: &&Package| {
            package.provides.contains(name) && package.provided().iter().any(|known| known == name)
        };
        let places = self
            .providers
            .get_or_init(|| self.collect_providers())
            .get(name);
        let names = places.into_iter().flatten();
        names
            .filter_map(|place| self.names.get(*place))
            .flat_map(|name| self.packages(name))
            .filter(provides)
    }

    fn packages<'a>(&'a self, name: &'a Name) -> &'a [Package] {
        name.packages.get_or_init(|| {
            let stanzas = name.stanzas.iter();
            let mut packages: Vec<Package> =
                stanzas.filter_map(|stanza| self.package(stanza)).collect();
            packages.sort_by(|left, right| left.version.cmp(&right.version));
            packages
        })
    }

    /// A stanza, which was right when the text was checked.
    fn package(&self, stanza: &Range<usize>) -> Option<Package> {
        let stanza = iter_paragraphs_borrowed(self.words(stanza)).next()?.ok()?;
        Draft::read(&stanza).package(self.archive).ok()
    }

    fn words(&self, range: &Range<usize>) -> &str {
        let bytes = self.text.get(range.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    fn collect_providers(&self) -> HashMap<String, Vec<usize>> {
        let field = memmem::Finder::new("\nProvides:");
        let mut providers: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, name) in self.names.iter().enumerate() {
            let text = |stanza: &Range<usize>| self.text.get(stanza.clone()).unwrap_or_default();
            let mut stanzas = name.stanzas.iter();
            if !stanzas.any(|stanza| field.find(text(stanza)).is_some()) {
                continue;
            }
            for provided in self.packages(name).iter().flat_map(Package::provided) {
                let places = providers.entry(provided).or_default();
                if places.last() != Some(&place) {
                    places.push(place);
                }
            }
        }
        providers
    }
}

/// The stanzas of a text: what is between empty lines.
fn stanzas(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut ends = memmem::find_iter(text, b"\n\n").map(|end| end + 1);
    let mut begin = 0;
    let mut ended = false;
    std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let end = ends.next().unwrap_or_else(|| {
            ended = true;
            text.len()
        });
        let stanza = begin..end;
        begin = end;
        Some(stanza)
    })
}

/// Where a stanza has its name: nearly always in the first line.
fn name_of(text: &[u8], stanza: &Range<usize>) -> Option<Range<usize>> {
    const FIELD: &[u8] = b"Package: ";
    let bytes = text.get(stanza.clone())?;
    let blank = bytes.iter().take_while(|byte| **byte == b'\n').count();
    let field = match bytes.get(blank..)?.starts_with(FIELD) {
        true => blank,
        false => memmem::find(bytes, b"\nPackage: ")? + 1,
    };
    let begin = field + FIELD.len();
    let rest = bytes.get(begin..)?;
    let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let begin = stanza.start + begin;
    Some(begin..begin + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza(name: &str, version: &str, more: &str) -> String {
        format!(
            "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/main/{name}_{version}.deb\n\
             Size: 3\nSHA256: {}\n{more}\n",
            Sha256::of(version.as_bytes())
        )
    }

    fn read(text: &str) -> Result<Index, Error> {
        Index::read(text, ArchiveName::Main)
    }

    #[test]
    fn versions_of_a_name_stand_in_order() {
        let text = stanza("b", "1.10", "").replace("Package: b\n", "Package: bb\n")
            + &stanza("aa", "1", "")
            + &stanza("bb", "1.9", "");
        let index = read(&text).unwrap();
        let versions: Vec<_> = index
            .named("bb")
            .iter()
            .map(|package| package.version.as_str())
            .collect();
        assert_eq!(versions, ["1.9", "1.10"]);
        assert!(index.named("b").is_empty() && index.named("zz").is_empty());
    }

    #[test]
    fn providers_are_found_by_what_they_provide() {
        let text = stanza("mawk", "1", "Provides: awk, x (= 1)\n")
            + &stanza("gawk", "1", "Provides: awk\n");
        let index = read(&text).unwrap();
        let names: Vec<_> = index
            .providers("awk")
            .map(|package| package.name.as_str())
            .collect();
        assert_eq!(names, ["gawk", "mawk"]);
        assert_eq!(index.providers("x").count(), 1);
    }

    #[test]
    fn a_wrong_stanza_is_named() {
        let cases = [
            stanza("aa", "1", "").replace("Size: 3", "Size: x"),
            stanza("aa", "1", "") + &stanza("bb", "1", "").replace("pool/main", "../main"),
            stanza("aa", "1", "").replace("SHA256", "MD5sum"),
            "Package\n".to_owned(),
        ];
        let problems: Vec<_> = cases
            .iter()
            .map(|text| read(text).unwrap_err().to_string())
            .collect();
        insta::assert_snapshot!(problems.join("\n"), @r#"
        stanza 1 (aa): its Size is not a number
        stanza 2 (bb): its Filename is "../main/bb_1.deb", expected pool/….deb
        stanza 1 (aa): it has no SHA256
        stanza 1: Unexpected token: Package
        "#);
    }

    #[test]
    fn a_stanza_is_found_wherever_its_name_stands() {
        let text = "\n\n".to_owned()
            + &stanza("bb", "1", "")
            + "\n\n"
            + &stanza("aa", "1", "").replace("Package: aa\nVersion: 1", "Version: 1\nPackage: aa");
        let index = read(&text).unwrap();
        assert_eq!(index.names().collect::<Vec<_>>(), ["aa", "bb"]);
        assert_eq!(index.named("aa").len(), 1);
        assert_eq!(index.named("bb").len(), 1);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(Package: |Version: |[a-z0-9: \n\t#é]){0,40}") {
            let _ = read(&text);
        }
    }
}

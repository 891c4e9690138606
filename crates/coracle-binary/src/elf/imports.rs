//! The undefined dynamic symbols of one file, in little space: a root filesystem has millions of them.

use std::collections::HashMap;
use std::fmt;

use super::hash::Name;

/// A symbol that another file must define.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import<'f> {
    /// The symbol's name.
    pub name: &'f str,
    /// The version asked for, such as `GLIBC_2.34`; `None` when the symbol has none.
    pub version: Option<&'f str>,
    /// The file that the version is asked of.
    pub file: Option<&'f str>,
    /// `STB_WEAK`: it may be missing.
    pub weak: bool,
}

/// All of them, in the order of the symbol table.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Imports {
    /// Their names, and those of versions and files, one behind the other.
    text: Box<str>,
    /// The hashes of their names, by which one is found.
    hashes: Box<[u32]>,
    entries: Box<[Entry]>,
    versions: Box<[Version]>,
}

/// A part of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    name: Span,
    version: Option<u16>,
    weak: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    name: Span,
    file: Span,
}

impl Imports {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Import<'_>> {
        self.entries.iter().map(|entry| self.import(entry))
    }

    /// Whether a symbol of this name is among them, whatever its version.
    pub fn has(&self, name: &str) -> bool {
        let hash = Name::new(name.as_bytes()).hash();
        // Hardly any question is about a symbol that is there.
        self.hashes.contains(&hash)
            && self
                .entries
                .iter()
                .any(|entry| self.text(entry.name) == name)
    }

    fn import(&self, entry: &Entry) -> Import<'_> {
        let version = entry
            .version
            .and_then(|number| self.versions.get(usize::from(number)));
        Import {
            name: self.text(entry.name),
            version: version.map(|version| self.text(version.name)),
            file: version.map(|version| self.text(version.file)),
            weak: entry.weak,
        }
    }

    fn text(&self, Span { start, end }: Span) -> &str {
        let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        range
            .and_then(|(start, end)| self.text.get(start..end))
            .unwrap_or_default()
    }
}

impl fmt::Debug for Imports {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_list().entries(self.iter()).finish()
    }
}

impl<'f> FromIterator<Import<'f>> for Imports {
    fn from_iter<I: IntoIterator<Item = Import<'f>>>(imports: I) -> Self {
        let mut collected = Collected::default();
        let mut known = HashMap::new();
        for import in imports {
            let asked = import.version.zip(import.file);
            let version = asked.and_then(|(version, file)| {
                *known
                    .entry((version, file))
                    .or_insert_with(|| collected.version(version, file))
            });
            collected.add(import.name, version, import.weak);
        }
        collected.done()
    }
}

/// Imports while they are read.
#[derive(Default)]
pub(super) struct Collected {
    text: String,
    hashes: Vec<u32>,
    entries: Vec<Entry>,
    versions: Vec<Version>,
}

impl Collected {
    /// Takes a version in that symbols may have; gives its number.
    pub(super) fn version(&mut self, name: &str, file: &str) -> Option<u16> {
        let number = u16::try_from(self.versions.len()).ok()?;
        let version = Version {
            name: self.put(name)?,
            file: self.put(file)?,
        };
        self.versions.push(version);
        Some(number)
    }

    /// Takes a symbol in; `None` when there is no more room for its name.
    pub(super) fn add(&mut self, name: &str, version: Option<u16>, weak: bool) -> Option<()> {
        let entry = Entry {
            name: self.put(name)?,
            version,
            weak,
        };
        self.hashes.push(Name::new(name.as_bytes()).hash());
        self.entries.push(entry);
        Some(())
    }

    pub(super) fn done(self) -> Imports {
        Imports {
            text: self.text.into(),
            hashes: self.hashes.into(),
            entries: self.entries.into(),
            versions: self.versions.into(),
        }
    }

    fn put(&mut self, text: &str) -> Option<Span> {
        let start = u32::try_from(self.text.len()).ok()?;
        let end = start.checked_add(u32::try_from(text.len()).ok()?)?;
        self.text.push_str(text);
        Some(Span { start, end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_in_its_order() {
        let import = |name, version: Option<&'static str>, weak| Import {
            name,
            version,
            file: version.map(|_| "libc.so.6"),
            weak,
        };
        let given = [
            import("write", Some("GLIBC_2.2.5"), false),
            import("maybe", None, true),
            import("memcpy", Some("GLIBC_2.14"), false),
            import("memcpy", Some("GLIBC_2.2.5"), false),
        ];
        let imports: Imports = given.into_iter().collect();
        assert_eq!(imports.iter().collect::<Vec<_>>(), given);
        assert_eq!(imports.versions.len(), 2);
        assert!(imports.has("maybe") && imports.has("memcpy"));
        assert!(!imports.has("mem") && !imports.has("") && !imports.has("GLIBC_2.14"));
        assert_eq!(Imports::default().iter().count(), 0);
    }

    #[test]
    fn a_name_of_the_same_hash_is_another_name() {
        let (one, other) = ("aB", "b!");
        let hash = |name: &str| Name::new(name.as_bytes()).hash();
        assert_eq!(hash(one), hash(other));
        let import = Import {
            name: one,
            version: None,
            file: None,
            weak: false,
        };
        let imports: Imports = [import].into_iter().collect();
        assert!(imports.has(one) && !imports.has(other));
    }
}

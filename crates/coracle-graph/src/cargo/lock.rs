//! `Cargo.lock`, of each of its versions: which packages there are, and which name which.

use super::Error;
use super::text::{self, Item, Table};
use crate::place::Place;

/// A `Cargo.lock`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lock {
    /// Its path.
    pub file: String,
    /// The version that it says, or that its form shows: 1 to 4.
    pub version: u32,
    /// The packages, in the file's order.
    pub packages: Vec<LockedPackage>,
}

/// A package of a lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from (`registry+…`, `git+…`); packages of this repository have none.
    pub source: Option<String>,
    /// What it depends on: normal, build and target-specific dependencies alike, and those that some feature of some member
    /// switches on; those for tests, too, of packages of this repository. Indexes into [`Lock::packages`].
    pub dependencies: Vec<usize>,
    /// Where its name stands.
    pub place: Place,
}

/// Reads a lock.
///
/// # Errors
/// Where it is no TOML.
pub fn read(file: &str, text: &str) -> Result<Lock, Error> {
    text::read(file, text, lock)
}

fn lock(table: Table<'_>) -> Lock {
    let listed = table.get("package").map(Item::list).unwrap_or_default();
    // Before 2018 the root stood apart.
    let tables: Vec<Table<'_>> = table
        .table("root")
        .into_iter()
        .chain(listed.into_iter().filter_map(Item::table))
        .collect();
    let read: Vec<(LockedPackage, Vec<String>)> = tables.into_iter().filter_map(package).collect();
    let said = table.get("version").and_then(Item::scalar);
    let said = said.and_then(|version| version.value.parse().ok());
    let has_long_names = read
        .iter()
        .any(|(_, dependencies)| dependencies.iter().any(|name| name.contains(" (registry+")));
    let shown = if table.table("metadata").is_some() || has_long_names {
        1
    } else {
        2
    };
    let (mut packages, names): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    let edges: Vec<Vec<usize>> = names
        .iter()
        .map(|names| {
            names
                .iter()
                .filter_map(|name| find(&packages, name))
                .collect()
        })
        .collect();
    for (package, edges) in packages.iter_mut().zip(edges) {
        package.dependencies = edges;
    }
    Lock {
        file: table.file().to_owned(),
        version: said.unwrap_or(shown),
        packages,
    }
}

fn package(table: Table<'_>) -> Option<(LockedPackage, Vec<String>)> {
    let name = table.text("name")?;
    let package = LockedPackage {
        name: name.value,
        version: table.text("version")?.value,
        source: table.text("source").map(|text| text.value),
        dependencies: Vec::new(),
        place: name.place,
    };
    let names = table.get("dependencies").map(Item::texts);
    let names = names.unwrap_or_default().into_iter();
    Some((package, names.map(|text| text.value).collect()))
}

/// `NAME`, `NAME VERSION` or `NAME VERSION (SOURCE)`: as much as is needed to tell it apart.
fn find(packages: &[LockedPackage], words: &str) -> Option<usize> {
    let mut words = words.splitn(3, ' ');
    let name = words.next()?;
    let version = words.next();
    let source = words
        .next()
        .map(|source| source.trim_start_matches('(').trim_end_matches(')'));
    packages.iter().position(|package| {
        package.name == name
            && version.is_none_or(|version| package.version == version)
            && source.is_none_or(|source| same_source(package.source.as_deref(), source))
    })
}

/// A git source has its commit behind `#` in the package and, since version 2, not where it is named.
fn same_source(package: Option<&str>, named: &str) -> bool {
    let without_commit = |source: &str| source.split('#').next().unwrap_or_default().to_owned();
    package
        .is_some_and(|package| package == named || without_commit(package) == without_commit(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(text: &str) -> (u32, Vec<(String, Vec<String>)>) {
        let lock = read("Cargo.lock", text).unwrap();
        let called = |index: &usize| {
            let package = &lock.packages[*index];
            format!("{} {}", package.name, package.version)
        };
        let of = |package: &LockedPackage| {
            let edges = package.dependencies.iter().map(called).collect();
            (package.name.clone(), edges)
        };
        (lock.version, lock.packages.iter().map(of).collect())
    }

    #[test]
    fn the_first_version_names_everything_in_full() {
        let (version, edges) = edges(
            "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\n \"b 2.0.0 (registry+https://example.invalid/index)\",\n]\n\
             [[package]]\nname = \"b\"\nversion = \"1.0.0\"\nsource = \"registry+https://example.invalid/index\"\n\
             [[package]]\nname = \"b\"\nversion = \"2.0.0\"\nsource = \"registry+https://example.invalid/index\"\n\
             [metadata]\n\"checksum b 2.0.0 (registry+https://example.invalid/index)\" = \"00\"\n",
        );
        assert_eq!(version, 1);
        assert_eq!(edges[0], ("a".to_owned(), vec!["b 2.0.0".to_owned()]));
    }

    #[test]
    fn later_versions_name_what_tells_apart() {
        let (version, edges) = edges(
            "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\ndependencies = [\"b 0.2.0\", \"c\", \"d 1.0.0 (git+https://example.invalid/d)\"]\n\
             [[package]]\nname = \"b\"\nversion = \"0.1.0\"\n[[package]]\nname = \"b\"\nversion = \"0.2.0\"\n[[package]]\nname = \"c\"\nversion = \"3.0.0\"\n\
             [[package]]\nname = \"d\"\nversion = \"1.0.0\"\nsource = \"registry+x\"\n\
             [[package]]\nname = \"d\"\nversion = \"1.0.0\"\nsource = \"git+https://example.invalid/d#0123\"\n",
        );
        assert_eq!(version, 4);
        assert_eq!(edges[0].1, ["b 0.2.0", "c 3.0.0", "d 1.0.0"]);
        let lock_index = edges.len() - 1;
        assert_eq!(edges[lock_index].0, "d");
    }
}

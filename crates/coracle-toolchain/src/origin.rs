//! What a program's source is made of: which crate or Go package uses which, and which of them stand for native libraries.
//! It answers by which way one comes from the program to any of them.
//!
//! [`crate::rust::origins`] and [`crate::go::origins`] read it; nothing is compiled for it.

mod ways;

use std::collections::{BTreeMap, BTreeSet};

use crate::native::BuildFile;

/// A crate, or a package of Go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Package {
    /// `openssl-sys 0.9.118`, or a Go package's import path.
    pub name: String,
    /// The native library that a crate stands for, alone among all crates: `links = "openssl"`.
    pub links: Option<String>,
    /// What it asks of the system, as far as it declares that.
    pub asks: Vec<BuildFile>,
    /// Whether it calls C itself: `import "C"`.
    pub cgo: bool,
    /// The packages whose code is used with its own.
    pub uses: BTreeSet<String>,
    /// The packages that run when it is compiled: of build scripts, and procedural macros.
    pub compiled_with: BTreeSet<String>,
}

impl Package {
    /// Its name without a version.
    pub fn plain_name(&self) -> &str {
        plain(&self.name)
    }
}

/// What a program's source is made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    main: String,
    packages: BTreeMap<String, Package>,
}

/// How one comes from the program to a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// The shortest way, of several the first by name: from the program's own package to the one in question.
    pub steps: Vec<String>,
    /// How many other ways there are.
    pub others: u64,
    /// Whether the package only runs when the program is compiled: nothing of it is in the program.
    pub only_compiling: bool,
}

impl Origins {
    /// A program whose own package is called `main`, and all packages.
    pub fn new(main: String, packages: impl IntoIterator<Item = Package>) -> Origins {
        let named = |package: Package| (package.name.clone(), package);
        Origins {
            main,
            packages: packages.into_iter().map(named).collect(),
        }
    }

    /// The package of the program itself.
    pub fn main(&self) -> &str {
        &self.main
    }

    /// All of them, by name.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.values()
    }

    /// The package of exactly this name.
    pub fn package(&self, name: &str) -> Option<&Package> {
        self.packages.get(name)
    }

    /// The packages that somebody means who writes this: `openssl-sys`, `openssl-sys@0.9.118`, an import path, or the end of one.
    pub fn meant(&self, written: &str) -> Vec<&Package> {
        let whole = written.replacen('@', " ", 1);
        let is_named = |package: &&Package| package.name == whole || package.plain_name() == whole;
        let named: Vec<&Package> = self.packages().filter(is_named).collect();
        if !named.is_empty() {
            return named;
        }
        // The crate `foo-bar` is `foo_bar` in source.
        let dashed = |name: &str| name.replace('_', "-");
        let end = format!("/{written}");
        let is_alike = |package: &&Package| {
            let name = package.plain_name();
            name.ends_with(&end) || (!name.contains('/') && dashed(name) == dashed(&whole))
        };
        self.packages().filter(is_alike).collect()
    }

    /// The way to a package; `None` when there is none.
    pub fn way(&self, name: &str) -> Option<Way> {
        let linked = |package: &'_ Package| package.uses.clone();
        let compiled = |package: &'_ Package| &package.uses | &package.compiled_with;
        let way = |only_compiling, next: &dyn Fn(&Package) -> BTreeSet<String>| {
            let steps = ways::shortest(self, name, next)?;
            let others = ways::count(self, name, next).saturating_sub(1);
            Some(Way {
                steps,
                others,
                only_compiling,
            })
        };
        way(false, &linked).or_else(|| way(true, &compiled))
    }

    /// The package and all that it uses, whose code is in the program.
    pub fn used_by(&self, name: &str) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut waiting: Vec<&Package> = self.package(name).into_iter().collect();
        while let Some(package) = waiting.pop() {
            if found.insert(package.name.as_str()) {
                waiting.extend(package.uses.iter().filter_map(|name| self.package(name)));
            }
        }
        found
    }
}

fn plain(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(packages: &[(&str, &[&str], &[&str])]) -> Origins {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let package = |(name, uses, compiled_with): &(&str, &[&str], &[&str])| Package {
            name: (*name).to_owned(),
            uses: owned(uses),
            compiled_with: owned(compiled_with),
            ..Package::default()
        };
        Origins::new(packages[0].0.to_owned(), packages.iter().map(package))
    }

    fn shop() -> Origins {
        graph(&[
            (
                "api 0.1.0",
                &["http 1.0.0", "tls 0.2.1", "zip 3.0.0"],
                &["derive 1.0.0"],
            ),
            ("http 1.0.0", &["tls 0.2.1"], &[]),
            ("tls 0.2.1", &["openssl 0.10.1", "openssl-sys 0.9.1"], &[]),
            ("openssl 0.10.1", &["openssl-sys 0.9.1"], &["derive 1.0.0"]),
            ("openssl-sys 0.9.1", &[], &["cc 1.2.3"]),
            ("zip 3.0.0", &[], &[]),
            ("derive 1.0.0", &["quote 1.0.1"], &[]),
            ("quote 1.0.1", &[], &[]),
            ("cc 1.2.3", &[], &[]),
            ("lonely 1.0.0", &[], &[]),
        ])
    }

    #[test]
    fn the_way_is_the_shortest_and_the_others_are_counted() {
        let way = shop().way("openssl-sys 0.9.1").unwrap();
        assert_eq!(way.steps, ["api 0.1.0", "tls 0.2.1", "openssl-sys 0.9.1"]);
        // Through http, through openssl, and through both.
        assert_eq!((way.others, way.only_compiling), (3, false));
        assert_eq!(shop().way("api 0.1.0").unwrap().steps, ["api 0.1.0"]);
        assert_eq!(shop().way("lonely 1.0.0"), None);
    }

    #[test]
    fn what_only_runs_while_compiling_is_told_apart() {
        let way = shop().way("quote 1.0.1").unwrap();
        assert_eq!(way.steps, ["api 0.1.0", "derive 1.0.0", "quote 1.0.1"]);
        assert!(way.only_compiling);
    }

    #[test]
    fn a_package_is_meant_by_its_name_with_or_without_its_version() {
        let names = |origins: &Origins, written: &str| -> Vec<String> {
            let meant = origins.meant(written);
            meant.iter().map(|package| package.name.clone()).collect()
        };
        for written in [
            "openssl-sys",
            "openssl-sys@0.9.1",
            "openssl-sys 0.9.1",
            "openssl_sys",
        ] {
            assert_eq!(names(&shop(), written), ["openssl-sys 0.9.1"], "{written}");
        }
        assert_eq!(names(&shop(), "openssl-sys@1.0.0"), [""; 0]);
        assert_eq!(names(&shop(), "sys"), [""; 0]);
        let go = graph(&[
            ("m/cmd/server", &["m/internal/webp"], &[]),
            ("m/internal/webp", &[], &[]),
        ]);
        for written in ["m/internal/webp", "internal/webp", "webp"] {
            assert_eq!(names(&go, written), ["m/internal/webp"], "{written}");
        }
    }

    #[test]
    fn what_a_package_uses_is_itself_and_all_below_it() {
        let expected = ["openssl 0.10.1", "openssl-sys 0.9.1", "tls 0.2.1"];
        assert_eq!(shop().used_by("tls 0.2.1"), expected.into());
        assert_eq!(shop().used_by("nothing"), BTreeSet::new());
    }

    #[test]
    fn packages_that_use_each_other_in_a_circle_end() {
        let round = graph(&[
            ("a", &["b"], &[]),
            ("b", &["c"], &[]),
            ("c", &["b", "d"], &[]),
            ("d", &[], &[]),
        ]);
        let way = round.way("d").unwrap();
        assert_eq!((way.steps.len(), way.others), (4, 0));
        assert_eq!(round.used_by("b").len(), 3);
    }

    #[test]
    fn more_ways_than_a_number_can_say_are_the_largest_number() {
        let names: Vec<[String; 3]> = (0..70)
            .map(|level| ["", "a", "b"].map(|side| format!("n{level:02}{side}")))
            .collect();
        let mut packages = Vec::new();
        let mut add = |name: &str, uses: &[&String]| {
            packages.push(Package {
                name: name.to_owned(),
                uses: uses.iter().map(|name| (*name).clone()).collect(),
                ..Package::default()
            });
        };
        for pair in names.windows(2) {
            let [[from, left, right], [to, ..]] = [&pair[0], &pair[1]];
            add(from, &[left, right]);
            add(left, &[to]);
            add(right, &[to]);
        }
        add("n69", &[]);
        let origins = Origins::new("n00".to_owned(), packages);
        assert_eq!(origins.way("n69").unwrap().others, u64::MAX - 1);
    }
}

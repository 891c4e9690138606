//! Which packages a program is made of, and through which.
//!
//! ```text
//!  lock + manifests ─► nodes ─► features, from what is built ─► packages, from the program
//! ```
//!
//! Both are walked twice: once over what is certain, once over what is possible. Of a package whose manifest is here, each
//! dependency's kind, target and features are known; of one from elsewhere only what the lock says it may depend on. What the
//! first walk reaches is in the program, what not even the second reaches is not, and the rest is not known.

mod features;
mod nodes;
mod reach;

use std::collections::{BTreeMap, BTreeSet};

use super::targets::Binary;
use super::workspace::{Package, Workspace};
use crate::answer::Answer;
use crate::place::Place;

/// How cargo is told to build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Question {
    /// `-p`: the members that are built; the default members where nobody says. Features are joined over all of them.
    pub packages: Vec<String>,
    /// `--workspace`.
    pub workspace: bool,
    /// `--features`, each by itself; `PACKAGE/FEATURE` is one of that member.
    pub features: Vec<String>,
    /// `--all-features`.
    pub all_features: bool,
    /// `--no-default-features`.
    pub no_default_features: bool,
    /// The target triple. Without it, what is only for some targets is not known.
    pub target: Option<String>,
}

/// The packages that a program is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Those that are, and those that may be, by name and version; the program's own is the first of its chain. Procedural
    /// macros are in no program; those from elsewhere are not told from other packages.
    pub packages: Vec<LinkedPackage>,
    /// Why there may be others, where there may be.
    pub open: Option<String>,
}

/// What cargo says of a program: names and versions of the packages that it is made of, with all features that each is built
/// with.
pub type Built = BTreeMap<(String, String), BTreeSet<String>>;

/// A package of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedPackage {
    /// Its name.
    pub name: String,
    /// Its version; `None` where there is no lock that tells.
    pub version: Option<String>,
    /// Where it comes from, in the lock's words; `None` for packages of this repository.
    pub source: Option<String>,
    /// The folder of its manifest, where that is in this repository.
    pub folder: Option<String>,
    /// Whether it is in the program: yes, or not known.
    pub is_linked: Answer,
    /// A shortest chain from the program's package to it, both among it.
    pub chain: Vec<Link>,
    /// Features that are certainly on, as asked by packages whose manifests are here; `default` among them.
    pub features: BTreeSet<String>,
    /// Whether these are all: else others may switch on more.
    pub are_all_features: bool,
}

/// A package of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Option<String>,
    /// Where the package before it names it: in a manifest; else in the lock, where it stands itself. `None` for the first.
    pub place: Option<Place>,
}

impl Linked {
    /// Whether a package of this name is in the program.
    pub fn has(&self, name: &str) -> Answer {
        let named = self.named(name).map(|package| package.is_linked.clone());
        let none = match &self.open {
            Some(because) => Answer::unknown(because),
            None => Answer::No,
        };
        named.fold(none, Answer::or)
    }

    /// Whether nothing of it is unknown.
    pub fn is_decided(&self) -> bool {
        self.open.is_none()
            && self
                .packages
                .iter()
                .all(|package| package.is_linked.is_yes())
    }

    /// The same, where cargo itself says what the program is made of, its own package among it.
    #[must_use]
    pub fn decided_by(mut self, built: &Built) -> Linked {
        let named = |package: &LinkedPackage| {
            let version = package.version.clone().unwrap_or_default();
            (package.name.clone(), version)
        };
        let here: BTreeSet<(String, String)> = self.packages.iter().map(named).collect();
        self.packages.retain(|package| {
            // Without a version it may be any of its name.
            package.is_linked.is_yes() || built.contains_key(&named(package))
        });
        for package in &mut self.packages {
            package.is_linked = Answer::Yes;
            if let Some(features) = built.get(&named(package)) {
                package.features.clone_from(features);
                package.are_all_features = true;
            }
        }
        let others = built
            .iter()
            .filter(|(package, _)| !here.contains(package))
            .map(|((name, version), features)| LinkedPackage {
                name: name.clone(),
                version: Some(version.clone()),
                source: None,
                folder: None,
                is_linked: Answer::Yes,
                chain: vec![Link {
                    name: name.clone(),
                    version: Some(version.clone()),
                    place: None,
                }],
                features: features.clone(),
                are_all_features: true,
            });
        self.packages.extend(others);
        self.open = None;
        self
    }

    /// The packages of this name, certain and possible ones.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a LinkedPackage> {
        let packages = self.packages.iter();
        packages.filter(move |package| package.name == name)
    }
}

impl Workspace {
    /// What the programs of a member are made of. All programs of a package share its dependencies.
    pub fn linked(&self, package: &Package, question: &Question) -> Linked {
        let nodes = nodes::Nodes::new(self);
        let roots = self.selected(package, question);
        let certain = features::Features::new(self, &nodes, &roots, question, false);
        let possible = features::Features::new(self, &nodes, &roots, question, true);
        let Some(root) = nodes.of_folder(&package.manifest.folder) else {
            return Linked {
                packages: Vec::new(),
                open: Some(format!("{} is no package of this workspace", package.name)),
            };
        };
        reach::linked(&nodes, root, &certain, &possible)
    }

    /// The features that a program needs and that are not on, so that cargo leaves it out (or refuses it, by name).
    pub fn missing_features(
        &self,
        package: &Package,
        binary: &Binary,
        question: &Question,
    ) -> Vec<String> {
        let linked = self.linked(package, question);
        let on = linked
            .packages
            .into_iter()
            .find(|linked| linked.folder.as_ref() == Some(&package.manifest.folder));
        let on = on.map(|linked| linked.features).unwrap_or_default();
        let required = binary.required_features.iter();
        required
            .filter(|feature| !on.contains(*feature))
            .cloned()
            .collect()
    }

    /// The members that are built at once, the program's own in any case.
    fn selected<'a>(&'a self, package: &'a Package, question: &Question) -> Vec<&'a Package> {
        let is_selected = |other: &&Package| {
            let by_name = question.packages.contains(&other.name);
            let by_itself =
                question.packages.is_empty() && (question.workspace || other.is_default);
            other.is_member && (by_name || by_itself || question.workspace)
                || other.manifest.folder == package.manifest.folder
        };
        self.packages.iter().filter(is_selected).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str, is_linked: Answer) -> LinkedPackage {
        LinkedPackage {
            name: name.to_owned(),
            version: Some(version.to_owned()),
            source: None,
            folder: None,
            is_linked,
            chain: Vec::new(),
            features: BTreeSet::new(),
            are_all_features: true,
        }
    }

    #[test]
    fn what_cargo_says_leaves_nothing_unknown() {
        let unknown = || Answer::unknown("the lock does not tell");
        let linked = Linked {
            packages: vec![
                package("api", "0.1.0", Answer::Yes),
                package("tls", "1.0.0", unknown()),
                package("tls", "2.0.0", unknown()),
            ],
            open: Some("there is no lock".to_owned()),
        };
        assert!(!linked.is_decided());
        let said = [
            ("api", "0.1.0", ""),
            ("tls", "2.0.0", "vendored"),
            ("log", "0.4.1", "std"),
        ];
        let said = said.map(|(name, version, feature)| {
            let features = BTreeSet::from([feature.to_owned()]);
            ((name.to_owned(), version.to_owned()), features)
        });
        let linked = linked.decided_by(&BTreeMap::from(said));
        assert!(linked.is_decided());
        let versions: Vec<_> = linked
            .named("tls")
            .map(|one| one.version.as_deref())
            .collect();
        assert_eq!(versions, [Some("2.0.0")]);
        let features = |name: &str| {
            let package = linked.named(name).next().unwrap();
            (
                package.features.first().unwrap().clone(),
                package.are_all_features,
            )
        };
        assert_eq!(features("tls"), ("vendored".to_owned(), true));
        assert_eq!(features("log"), ("std".to_owned(), true));
        assert!(linked.has("log").is_yes() && linked.has("openssl-sys").is_no());
    }
}

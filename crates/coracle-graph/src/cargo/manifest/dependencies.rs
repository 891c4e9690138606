//! The dependencies that a manifest declares, with what they inherit from the workspace.

use std::collections::BTreeMap;

use super::is_inherited;
use crate::cargo::text::{Item, Table};
use crate::path;
use crate::place::Place;

/// A dependency as declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// What it is called here.
    pub name: String,
    /// The package's own name.
    pub package: String,
    /// For what.
    pub kind: Kind,
    /// The target it is for: a triple, or `cfg(…)`.
    pub target: Option<String>,
    /// Only there when a feature asks for it.
    pub optional: bool,
    /// Whether its default features are asked for.
    pub default_features: bool,
    /// The features that are asked for.
    pub features: Vec<String>,
    /// `version`.
    pub requirement: Option<String>,
    /// Where it comes from.
    pub source: Source,
    /// Where its name stands.
    pub place: Place,
}

/// What a dependency is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The program.
    Normal,
    /// The build script.
    Build,
    /// Tests, examples and benchmarks.
    Development,
}

/// Where a dependency comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The default registry, or another one.
    Registry,
    /// A git repository.
    Git(String),
    /// A folder of this repository.
    Folder(String),
    /// A folder that is not in this repository, as the manifest says it.
    Outside(String),
}

const TABLES: [([&str; 2], Kind); 3] = [
    (["dependencies", "dependencies"], Kind::Normal),
    (["build-dependencies", "build_dependencies"], Kind::Build),
    (["dev-dependencies", "dev_dependencies"], Kind::Development),
];

/// All dependencies of a manifest.
pub(super) fn all(
    table: Table<'_>,
    folder: &str,
    inherited: &BTreeMap<String, Dependency>,
) -> Vec<Dependency> {
    let mut all = Vec::new();
    let mut add = |table: Table<'_>, target: Option<&str>| {
        for (names, kind) in TABLES {
            let items = table.either(names).and_then(Item::table).map(Table::items);
            for (name, item) in items.unwrap_or_default() {
                let mut dependency = if is_inherited(item) {
                    with_own(name, item, inherited.get(name))
                } else {
                    one(name, item, folder)
                };
                dependency.kind = kind;
                dependency.target = target.map(str::to_owned);
                all.push(dependency);
            }
        }
    };
    add(table, None);
    let targets = table.table("target").map(Table::items).unwrap_or_default();
    for (target, item) in targets {
        if let Some(table) = item.table() {
            add(table, Some(target));
        }
    }
    all
}

/// `[workspace.dependencies]`.
pub(super) fn of_workspace(table: Table<'_>, folder: &str) -> BTreeMap<String, Dependency> {
    let items = table.table("dependencies").map(Table::items);
    let items = items.unwrap_or_default().into_iter();
    items
        .map(|(name, item)| (name.to_owned(), one(name, item, folder)))
        .collect()
}

/// The folders that `[patch]` and `[replace]` name.
pub(super) fn patched(table: Table<'_>, folder: &str) -> Vec<String> {
    let patches = table.table("patch").map(Table::items).unwrap_or_default();
    let tables = patches.into_iter().filter_map(|(_, item)| item.table());
    let items = tables.chain(table.table("replace")).flat_map(Table::items);
    let folders = items.filter_map(|(_, item)| {
        let path = item.table()?.text("path")?;
        path::join(folder, &path.value)
    });
    folders.collect()
}

fn one(name: &str, item: Item<'_>, folder: &str) -> Dependency {
    let mut dependency = Dependency {
        name: name.to_owned(),
        package: name.to_owned(),
        kind: Kind::Normal,
        target: None,
        optional: false,
        default_features: true,
        features: Vec::new(),
        requirement: item.text().map(|text| text.value),
        source: Source::Registry,
        place: item.name_place(),
    };
    let Some(table) = item.table() else {
        return dependency;
    };
    let text = |name: &str| table.text(name).map(|text| text.value);
    dependency.package = text("package").unwrap_or(dependency.package);
    dependency.requirement = text("version");
    dependency.optional = flag(table, ["optional", "optional"]).unwrap_or(false);
    dependency.default_features = default_features(table).unwrap_or(true);
    dependency.features = features(table);
    dependency.source = match (text("path"), text("git")) {
        (Some(path), _) => match path::join(folder, &path) {
            Some(folder) => Source::Folder(folder),
            None => Source::Outside(path),
        },
        (None, Some(url)) => Source::Git(url),
        (None, None) => Source::Registry,
    };
    dependency
}

/// What the workspace says, with what the member adds to it.
fn with_own(name: &str, item: Item<'_>, inherited: Option<&Dependency>) -> Dependency {
    let own = one(name, item, "");
    let Some(inherited) = inherited else {
        return own;
    };
    let mut dependency = inherited.clone();
    dependency.name = own.name;
    dependency.place = own.place;
    dependency.optional = own.optional;
    dependency.features.extend(own.features);
    // A member can only switch them on again: `false` here and not there says nothing, except that a new edition refuses it.
    let asked = item.table().and_then(default_features) == Some(true);
    dependency.default_features = dependency.default_features || asked;
    dependency
}

fn default_features(table: Table<'_>) -> Option<bool> {
    flag(table, ["default-features", "default_features"])
}

fn flag(table: Table<'_>, names: [&str; 2]) -> Option<bool> {
    table.either(names).and_then(Item::flag)
}

fn features(table: Table<'_>) -> Vec<String> {
    let texts = table.get("features").map(Item::texts).unwrap_or_default();
    texts.into_iter().map(|text| text.value).collect()
}

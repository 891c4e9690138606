//! One `Cargo.toml`: its package, workspace, dependencies, features and profiles, inherited values filled in.

mod dependencies;

use std::collections::BTreeMap;

pub use self::dependencies::{Dependency, Kind, Source};
use super::Error;
use super::targets::{self, Targets};
use super::text::{self, Item, Table};
use crate::path;
use crate::place::{Place, Placed};

/// A `Cargo.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// Its path.
    pub file: String,
    /// The folder it is in.
    pub folder: String,
    /// `[package]`; a workspace's own manifest may have none.
    pub package: Option<Package>,
    /// `[workspace]`.
    pub workspace: Option<WorkspaceTable>,
    /// The dependencies of all kinds and targets.
    pub dependencies: Vec<Dependency>,
    /// `[features]`: what each switches on. Optional dependencies that are features by their name alone are not among them.
    pub features: BTreeMap<String, Placed<Vec<String>>>,
    /// `[profile.NAME]`; only the workspace's own manifest's count.
    pub profiles: BTreeMap<String, Profile>,
    /// Folders that `[patch]` and `[replace]` put in other packages' places.
    pub patched: Vec<String>,
    /// What `[lib]`, `[[bin]]` and `[package]` say of the targets.
    pub(super) targets: Targets,
}

/// `[package]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// `name`.
    pub name: Placed<String>,
    /// `version`; cargo takes 0.0.0 where there is none.
    pub version: Option<Placed<String>>,
    /// `edition`; cargo takes 2015 where there is none.
    pub edition: Option<Placed<String>>,
    /// `rust-version`.
    pub rust_version: Option<Placed<String>>,
    /// `links`: the native library that the build script stands for.
    pub links: Option<Placed<String>>,
    /// `default-run`.
    pub default_run: Option<Placed<String>>,
    /// `workspace`: where the workspace is, from the package's folder.
    pub workspace: Option<Placed<String>>,
    /// `resolver`.
    pub resolver: Option<Placed<String>>,
}

/// `[workspace]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WorkspaceTable {
    /// `members`, with their wildcards.
    pub members: Vec<Placed<String>>,
    /// `default-members`; `None` where it is not there.
    pub default_members: Option<Vec<Placed<String>>>,
    /// `exclude`.
    pub exclude: Vec<Placed<String>>,
    /// `resolver`.
    pub resolver: Option<Placed<String>>,
    pub(super) inheritance: Inheritance,
}

/// What members take with `NAME.workspace = true`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cargo) struct Inheritance {
    package: BTreeMap<String, Placed<String>>,
    dependencies: BTreeMap<String, Dependency>,
}

/// `[profile.NAME]`: what changes the program's file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// `inherits`.
    pub inherits: Option<Placed<String>>,
    /// `strip`: `none`, `debuginfo`, `symbols`, `true` or `false`.
    pub strip: Option<Placed<String>>,
    /// `lto`: `true`, `false`, `thin`, `fat` or `off`.
    pub lto: Option<Placed<String>>,
    /// `panic`: `unwind` or `abort`.
    pub panic: Option<Placed<String>>,
    /// `codegen-units`.
    pub codegen_units: Option<Placed<String>>,
    /// `opt-level`.
    pub opt_level: Option<Placed<String>>,
    /// `debug`.
    pub debug: Option<Placed<String>>,
}

/// Reads a manifest; what it inherits comes from `workspace`, or from itself where it is the workspace's.
pub(super) fn read(
    file: &str,
    text: &str,
    workspace: Option<&Inheritance>,
) -> Result<Manifest, Error> {
    text::read(file, text, |table| manifest(table, workspace))
}

fn manifest(table: Table<'_>, workspace: Option<&Inheritance>) -> Manifest {
    let file = table.file().to_owned();
    let folder = path::parent(&file).unwrap_or_default().to_owned();
    let own = table
        .table("workspace")
        .map(|table| workspace_table(table, &folder));
    let none = Inheritance::default();
    let own_inheritance = own.as_ref().map(|table| &table.inheritance);
    let inherited = own_inheritance.or(workspace).unwrap_or(&none);
    let package_table = table.either(["package", "project"]).and_then(Item::table);
    Manifest {
        package: package_table.and_then(|table| package(table, inherited)),
        dependencies: dependencies::all(table, &folder, &inherited.dependencies),
        features: table.table("features").map(features).unwrap_or_default(),
        profiles: profiles(table),
        patched: dependencies::patched(table, &folder),
        targets: targets::declared(table),
        workspace: own,
        folder,
        file,
    }
}

fn workspace_table(table: Table<'_>, folder: &str) -> WorkspaceTable {
    let texts = |name: &str| table.get(name).map(Item::texts);
    let package = table.table("package").map(Table::items).unwrap_or_default();
    WorkspaceTable {
        members: texts("members").unwrap_or_default(),
        default_members: texts("default-members"),
        exclude: texts("exclude").unwrap_or_default(),
        resolver: table.text("resolver"),
        inheritance: Inheritance {
            package: package
                .into_iter()
                .filter_map(|(name, item)| Some((name.to_owned(), item.text()?)))
                .collect(),
            dependencies: dependencies::of_workspace(table, folder),
        },
    }
}

fn package(table: Table<'_>, inherited: &Inheritance) -> Option<Package> {
    let value = |name: &str| {
        let item = table.get(name)?;
        if let Some(text) = item.text() {
            return Some(text);
        }
        is_inherited(item).then(|| inherited.package.get(name).cloned())?
    };
    Some(Package {
        name: table.text("name")?,
        version: value("version"),
        edition: value("edition"),
        rust_version: value("rust-version"),
        links: table.text("links"),
        default_run: table.text("default-run"),
        workspace: table.text("workspace"),
        resolver: table.text("resolver"),
    })
}

/// `NAME.workspace = true`.
fn is_inherited(item: Item<'_>) -> bool {
    item.table()
        .and_then(|table| table.get("workspace"))
        .and_then(Item::flag)
        == Some(true)
}

fn features(table: Table<'_>) -> BTreeMap<String, Placed<Vec<String>>> {
    let of = |item: Item<'_>| {
        let words = item.texts().into_iter().map(|word| word.value).collect();
        Placed::new(words, item.name_place())
    };
    let items = table.items().into_iter();
    items
        .map(|(name, item)| (name.to_owned(), of(item)))
        .collect()
}

/// The profiles of a manifest, or of cargo's configuration.
pub(super) fn profiles(table: Table<'_>) -> BTreeMap<String, Profile> {
    let items = table.table("profile").map(Table::items).unwrap_or_default();
    let named = items
        .into_iter()
        .filter_map(|(name, item)| Some((name.to_owned(), profile(item.table()?))));
    named.collect()
}

fn profile(table: Table<'_>) -> Profile {
    let scalar = |name: &str| table.get(name).and_then(Item::scalar);
    Profile {
        inherits: scalar("inherits"),
        strip: scalar("strip"),
        lto: scalar("lto"),
        panic: scalar("panic"),
        codegen_units: scalar("codegen-units"),
        opt_level: scalar("opt-level"),
        debug: scalar("debug"),
    }
}

impl Manifest {
    /// Where the package's name stands, else the file's beginning.
    pub fn place(&self) -> Place {
        match &self.package {
            Some(package) => package.name.place.clone(),
            None => Place::new(&self.file, 0..0),
        }
    }
}

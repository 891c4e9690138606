//! The programs, the library and the build script of a package: what its manifest declares, and what lies where cargo looks.

use super::manifest::Manifest;
use super::text::{Item, Table};
use crate::files::{Files, has_file, sorted};
use crate::path::{in_folder, join};
use crate::place::{Place, Placed};

/// What a manifest says of targets, before the files are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Targets {
    autobins: Option<bool>,
    bins: Vec<DeclaredBinary>,
    library: Option<DeclaredLibrary>,
    build: Option<DeclaredBuild>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct DeclaredBinary {
    name: Placed<String>,
    path: Option<String>,
    required_features: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct DeclaredLibrary {
    name: Option<String>,
    path: Option<String>,
    is_macro: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum DeclaredBuild {
    None,
    Path(String),
}

/// A program of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binary {
    /// Its file name.
    pub name: String,
    /// Its main source file; whether it is there is not looked at where the manifest names it.
    pub source: String,
    /// Features without which cargo leaves it out.
    pub required_features: Vec<String>,
    /// Where it is declared: its name in `[[bin]]`, else the package's.
    pub place: Place,
}

/// A package's library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Library {
    /// Its name in the code.
    pub name: String,
    /// Its main source file.
    pub source: String,
    /// Whether it is a procedural macro, which is in no program.
    pub is_macro: bool,
}

/// What is declared.
pub(super) fn declared(table: Table<'_>) -> Targets {
    let package = table.either(["package", "project"]).and_then(Item::table);
    let bins = table.get("bin").map(Item::list).unwrap_or_default();
    let library = table.table("lib").map(|table| {
        let kinds = table.either(["crate-type", "crate_type"]);
        let kinds = kinds.map(Item::texts).unwrap_or_default();
        let flag = table
            .either(["proc-macro", "proc_macro"])
            .and_then(Item::flag);
        DeclaredLibrary {
            name: table.text("name").map(|text| text.value),
            path: table.text("path").map(|text| text.value),
            is_macro: flag == Some(true) || kinds.iter().any(|kind| kind.value == "proc-macro"),
        }
    });
    let build = package.and_then(|table| table.get("build"));
    Targets {
        autobins: package
            .and_then(|table| table.get("autobins"))
            .and_then(Item::flag),
        bins: bins.into_iter().filter_map(binary).collect(),
        library,
        build: build.and_then(|item| match (item.text(), item.flag()) {
            (Some(text), _) => Some(DeclaredBuild::Path(text.value)),
            (None, Some(false)) => Some(DeclaredBuild::None),
            (None, _) => None,
        }),
    }
}

fn binary(item: Item<'_>) -> Option<DeclaredBinary> {
    let table = item.table()?;
    let required = table.either(["required-features", "required_features"]);
    let required = required.map(Item::texts).unwrap_or_default();
    Some(DeclaredBinary {
        name: table.text("name")?,
        path: table.text("path").map(|text| text.value),
        required_features: required.into_iter().map(|text| text.value).collect(),
    })
}

/// The programs of a package, by name.
pub(super) fn binaries(manifest: &Manifest, files: &dyn Files) -> Vec<Binary> {
    let Some(package) = &manifest.package else {
        return Vec::new();
    };
    let inferred = inferred(manifest, &package.name.value, files);
    let declared = &manifest.targets.bins;
    let mut binaries: Vec<Binary> = declared
        .iter()
        .filter_map(|binary| from_declared(binary, manifest, &inferred))
        .collect();
    let is_old = package
        .edition
        .as_ref()
        .is_none_or(|edition| edition.value == "2015");
    let automatic = manifest.targets.autobins;
    if automatic.unwrap_or(!is_old || declared.is_empty()) {
        let is_new = |(name, source): &&(String, String)| {
            binaries
                .iter()
                .all(|binary| binary.name != *name && binary.source != *source)
        };
        let new: Vec<Binary> = inferred
            .iter()
            .filter(is_new)
            .map(|(name, source)| Binary {
                name: name.clone(),
                source: source.clone(),
                required_features: Vec::new(),
                place: package.name.place.clone(),
            })
            .collect();
        binaries.extend(new);
    }
    binaries.sort_by(|one, other| one.name.cmp(&other.name));
    binaries
}

fn from_declared(
    binary: &DeclaredBinary,
    manifest: &Manifest,
    inferred: &[(String, String)],
) -> Option<Binary> {
    let source = match &binary.path {
        Some(path) => join(&manifest.folder, path)?,
        None => {
            let by_name = inferred.iter().find(|(name, _)| *name == binary.name.value);
            match by_name {
                Some((_, source)) => source.clone(),
                None => in_folder(
                    &manifest.folder,
                    &format!("src/bin/{}.rs", binary.name.value),
                ),
            }
        }
    };
    Some(Binary {
        name: binary.name.value.clone(),
        source,
        required_features: binary.required_features.clone(),
        place: binary.name.place.clone(),
    })
}

/// Names and sources where cargo looks by itself.
fn inferred(manifest: &Manifest, package: &str, files: &dyn Files) -> Vec<(String, String)> {
    let mut inferred = Vec::new();
    let main = in_folder(&manifest.folder, "src/main.rs");
    if has_file(files, &main) {
        inferred.push((package.to_owned(), main));
    }
    let folder = in_folder(&manifest.folder, "src/bin");
    for entry in sorted(files, &folder) {
        let path = in_folder(&folder, &entry.name);
        if entry.name.starts_with('.') {
            continue;
        }
        if entry.is_folder {
            let main = in_folder(&path, "main.rs");
            if has_file(files, &main) {
                inferred.push((entry.name, main));
            }
        } else if let Some(name) = entry.name.strip_suffix(".rs") {
            inferred.push((name.to_owned(), path));
        }
    }
    inferred
}

/// The library of a package.
pub(super) fn library(manifest: &Manifest, files: &dyn Files) -> Option<Library> {
    let package = manifest.package.as_ref()?;
    let usual = in_folder(&manifest.folder, "src/lib.rs");
    let declared = manifest.targets.library.as_ref();
    let source = match declared.and_then(|library| library.path.as_ref()) {
        Some(path) => join(&manifest.folder, path)?,
        None if declared.is_some() || has_file(files, &usual) => usual,
        None => return None,
    };
    let name = declared.and_then(|library| library.name.clone());
    Some(Library {
        name: name.unwrap_or_else(|| package.name.value.replace('-', "_")),
        source,
        is_macro: declared.is_some_and(|library| library.is_macro),
    })
}

/// The build script of a package.
pub(super) fn build_script(manifest: &Manifest, files: &dyn Files) -> Option<String> {
    match &manifest.targets.build {
        Some(DeclaredBuild::None) => None,
        Some(DeclaredBuild::Path(path)) => join(&manifest.folder, path),
        None => {
            let usual = in_folder(&manifest.folder, "build.rs");
            has_file(files, &usual).then_some(usual)
        }
    }
}

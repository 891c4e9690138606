//! What was to be linked, compared with what the program needs: a library that became a part of the program gets no
//! update with the suite, and nobody would know.

use std::path::Path;

use coracle_binary::elf::ElfFacts;
use coracle_binary::inspect::Facts;
use coracle_toolchain::compile::{Kind, Linked};
use coracle_toolchain::{Artifact, BuildFile, NativeNeed, Sysroot};

use crate::plan::ServicePlan;
use crate::provision::Provision;

/// What should be said of libraries that are not linked as the suite has them.
pub(super) fn notes(
    service: &ServicePlan,
    artifact: &Artifact,
    facts: &Facts,
    (sysroot, provision): (&Sysroot, &Provision<'_>),
) -> Vec<String> {
    let mut notes = Vec::new();
    for linked in artifact.linked.iter().chain(&declared(service)) {
        let found = find(linked, facts, sysroot);
        let copy = match found {
            Found::Shared => continue,
            // `bundled = true` asked for that.
            Found::OwnCopy if service.settings.bundled => continue,
            // C of a crate's own is no copy of anything: by custom a crate that binds a library says so in its name.
            Found::OwnCopy if !linked.by.contains("-sys ") => continue,
            Found::OwnCopy | Found::StaticOfSuite => {
                let file = BuildFile::Library(linked.name.clone());
                // Without the archive's list there is nothing to say, and the program is there.
                provision.holders(&file).unwrap_or_default()
            }
        };
        if let Some(package) = copy.first() {
            notes.push(note(linked, package, found == Found::OwnCopy));
        }
    }
    notes.sort();
    notes.dedup();
    notes
}

fn note(linked: &Linked, package: &str, own: bool) -> String {
    let Linked { by, name, .. } = linked;
    let whose = if own { "its own copy of" } else { "the static" };
    format!("{by} links {whose} lib{name} into the program: updates of {package} do not reach it")
}

/// Go tells no build script's words: its `#cgo` lines are what there is.
fn declared(service: &ServicePlan) -> Vec<Linked> {
    let libraries = |need: &NativeNeed| {
        let linked = |file: &BuildFile| match file {
            BuildFile::Library(name) => Some(Linked {
                by: need.by.clone(),
                name: name.clone(),
                kind: Kind::Shared,
                folders: Vec::new(),
            }),
            _ => None,
        };
        need.any_of.iter().filter_map(linked).collect::<Vec<_>>()
    };
    service.native.needs.iter().flat_map(libraries).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// The suite's shared library, or nothing of it was used.
    Shared,
    /// The suite's library, as a part of the program.
    StaticOfSuite,
    /// A copy that the crate brings.
    OwnCopy,
}

fn find(linked: &Linked, facts: &Facts, sysroot: &Sysroot) -> Found {
    let file = |folder: &Path, ending: &str| {
        let path = folder.join(format!("lib{}.{ending}", linked.name));
        path.is_file().then_some(path)
    };
    let libraries = sysroot.libraries();
    let shared = file(&libraries, "so");
    if shared.is_some_and(|path| needs(&path, facts)) {
        return Found::Shared;
    }
    let outside = linked
        .folders
        .iter()
        .filter(|folder| !sysroot.holds(folder));
    let has_own = outside
        .into_iter()
        .any(|folder| file(folder, "a").is_some());
    if linked.kind == Kind::Static || has_own {
        return if has_own || file(&libraries, "a").is_none() {
            Found::OwnCopy
        } else {
            Found::StaticOfSuite
        };
    }
    let is_only_static = file(&libraries, "so").is_none() && file(&libraries, "a").is_some();
    if is_only_static {
        Found::StaticOfSuite
    } else {
        Found::Shared
    }
}

/// Whether the program needs the shared library that the linker finds at this path.
fn needs(path: &Path, facts: &Facts) -> bool {
    let soname = || ElfFacts::read(&std::fs::read(path).ok()?).ok()?.soname;
    soname().is_some_and(|soname| facts.elf.needed.contains(&soname))
}

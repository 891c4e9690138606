//! Finds the members of a workspace, and the other packages of the repository that they are built from.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use glob::Pattern;

use super::{Package, Problem, described, package};
use crate::cargo::Error;
use crate::cargo::manifest::{self, Inheritance, Manifest, WorkspaceTable};
use crate::files::{Files, sorted};
use crate::path::{self, in_folder, join};
use crate::place::{Place, Placed};

/// The packages, by folder.
pub(super) fn packages(
    files: &dyn Files,
    root: &Manifest,
    problems: &mut Vec<Problem>,
) -> Vec<Package> {
    let mut search = Search {
        files,
        root,
        problems,
        waiting: VecDeque::new(),
        tried: BTreeSet::new(),
        found: BTreeMap::new(),
    };
    search.begin();
    search.follow();
    let defaults = search.defaults();
    for folder in defaults {
        if let Some(package) = search.found.get_mut(&folder) {
            package.is_default = package.is_member;
        }
    }
    search.found.into_values().collect()
}

struct Search<'a> {
    files: &'a dyn Files,
    root: &'a Manifest,
    problems: &'a mut Vec<Problem>,
    /// Folders to look at, whether they are members, and who says so.
    waiting: VecDeque<(String, bool, Place)>,
    tried: BTreeSet<(String, bool)>,
    found: BTreeMap<String, Package>,
}

impl Search<'_> {
    /// What the workspace's own manifest names.
    fn begin(&mut self) {
        let folder = self.root.folder.clone();
        if let Some(mut package) = described(self.files, self.root.clone()) {
            package.is_member = true;
            self.add(folder.clone(), package);
        }
        for folder in &self.root.patched {
            let place = self.root.place();
            self.waiting.push_back((folder.clone(), false, place));
        }
        let Some(table) = &self.root.workspace else {
            return;
        };
        for member in &table.members {
            let folders = self.expanded(member);
            for folder in folders {
                if !is_excluded(table, &self.root.folder, &folder) {
                    self.waiting.push_back((folder, true, member.place.clone()));
                }
            }
        }
    }

    /// Members' dependencies by path are members themselves where they are in the workspace's folder.
    fn follow(&mut self) {
        while let Some((folder, is_member, place)) = self.waiting.pop_front() {
            if !self.tried.insert((folder.clone(), is_member)) {
                continue;
            }
            if let Some(known) = self.found.get_mut(&folder) {
                known.is_member |= is_member;
                let package = known.clone();
                self.wait_for_dependencies(&package);
                continue;
            }
            let inherited = self.inherits(&folder);
            match package(self.files, &folder, inherited.as_ref()) {
                Ok(Some(mut package)) => {
                    package.is_member = is_member;
                    self.add(folder, package);
                }
                Ok(None) => self.problem(place, format!("{} has no package", shown(&folder))),
                Err(Error::NotThere { file }) => {
                    self.problem(place, format!("{file} is not there"));
                }
                Err(error) => self.problems.push(error.into_problem()),
            }
        }
    }

    fn add(&mut self, folder: String, package: Package) {
        self.wait_for_dependencies(&package);
        self.found.insert(folder, package);
    }

    fn wait_for_dependencies(&mut self, package: &Package) {
        for (folder, place) in package.folders() {
            let is_member = package.is_member
                && self.root.workspace.as_ref().is_some_and(|table| {
                    path::below(&self.root.folder, folder).is_some()
                        && !is_excluded(table, &self.root.folder, folder)
                });
            let next = (folder.to_owned(), is_member, place.clone());
            self.waiting.push_back(next);
        }
    }

    /// What a package may inherit: from this workspace below its folder, else from the nearest around the package.
    fn inherits(&self, folder: &str) -> Option<Inheritance> {
        if path::below(&self.root.folder, folder).is_some() {
            let table = self.root.workspace.as_ref()?;
            return Some(table.inheritance.clone());
        }
        path::ancestors(folder).skip(1).find_map(|outer| {
            let file = in_folder(outer, "Cargo.toml");
            let manifest = manifest::read(&file, &self.files.text(&file)?, None).ok()?;
            Some(manifest.workspace?.inheritance)
        })
    }

    fn defaults(&mut self) -> Vec<String> {
        let table = self.root.workspace.as_ref();
        match table.and_then(|table| table.default_members.as_ref()) {
            Some(defaults) => defaults
                .iter()
                .flat_map(|default| self.expanded(default))
                .collect(),
            None if self.root.package.is_some() => vec![self.root.folder.clone()],
            None => self.found.keys().cloned().collect(),
        }
    }

    /// The folders that an entry names; cargo refuses one without a manifest, wildcards or not.
    fn expanded(&mut self, entry: &Placed<String>) -> Vec<String> {
        let (folders, message) = if entry.value.contains(['*', '?', '[']) {
            (
                matching(self.files, &self.root.folder, &entry.value),
                format!("nothing matches {}", entry.value),
            )
        } else {
            (
                Vec::from_iter(join(&self.root.folder, &entry.value)),
                format!("{} is not in this repository", entry.value),
            )
        };
        if folders.is_empty() {
            self.problem(entry.place.clone(), message);
        }
        folders
    }

    fn problem(&mut self, place: Place, message: String) {
        self.problems.push(Problem { place, message });
    }
}

fn shown(folder: &str) -> &str {
    if folder.is_empty() { "." } else { folder }
}

/// `exclude` holds for all that is below, unless a member's path (its wildcards taken as letters) says otherwise.
fn is_excluded(table: &WorkspaceTable, root: &str, folder: &str) -> bool {
    let is_below = |entry: &Placed<String>| {
        join(root, &entry.value).is_some_and(|outer| path::below(&outer, folder).is_some())
    };
    table.exclude.iter().any(is_below) && !table.members.iter().any(is_below)
}

/// The folders that a pattern with wildcards matches, name by name, as cargo does.
fn matching(files: &dyn Files, root: &str, pattern: &str) -> Vec<String> {
    let mut folders = vec![root.to_owned()];
    for name in pattern.split('/').filter(|name| !matches!(*name, "" | ".")) {
        folders = folders
            .iter()
            .flat_map(|folder| step(files, folder, name))
            .collect();
        folders.sort();
        folders.dedup();
    }
    folders
}

fn step(files: &dyn Files, folder: &str, name: &str) -> Vec<String> {
    match name {
        ".." => path::parent(folder)
            .map(str::to_owned)
            .into_iter()
            .collect(),
        "**" => below(files, folder),
        _ => {
            let Ok(pattern) = Pattern::new(name) else {
                return Vec::new();
            };
            let entries = sorted(files, folder).into_iter();
            entries
                .filter(|entry| entry.is_folder && pattern.matches(&entry.name))
                .map(|entry| in_folder(folder, &entry.name))
                .collect()
        }
    }
}

/// No repository has more folders in one pattern's reach; a loop of links would.
const MOST: usize = 20_000;

/// The folder and all below it.
fn below(files: &dyn Files, folder: &str) -> Vec<String> {
    let mut all = vec![folder.to_owned()];
    let mut at = 0;
    while let Some(folder) = all.get(at).cloned() {
        let entries = sorted(files, &folder).into_iter();
        let inner = entries.filter(|entry| entry.is_folder);
        all.extend(inner.map(|entry| in_folder(&folder, &entry.name)));
        all.truncate(MOST);
        at += 1;
    }
    all
}

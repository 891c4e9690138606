//! One walk over the folders of a repository: where manifests lie, and what is passed over. It
//! reads names, and the head of Go files to see which are switched off; cargo and go do the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Error, Found, rule, shown};
use crate::project::LeftOut;

/// What the walk saw. Paths are absolute.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Folders with a `Cargo.toml`, outer before inner.
    pub(super) cargo: Vec<PathBuf>,
    /// Folders with a `go.mod`, outer before inner.
    pub(super) go: Vec<PathBuf>,
    /// Folders with a `go.work`, outer before inner.
    pub(super) go_work: Vec<PathBuf>,
    /// `package main` files that say `//go:build ignore`.
    pub(super) ignored: Vec<PathBuf>,
    /// Folders of manifests under a folder that the rule keeps out, by that folder.
    kept_out: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// Folders that were not entered, and why.
    not_entered: Vec<(PathBuf, &'static str)>,
}

/// Names of manifests.
const MANIFESTS: [&str; 3] = ["Cargo.toml", "go.mod", "go.work"];
/// Folders of things that others wrote.
const FOREIGN: [&str; 2] = ["vendor", "node_modules"];

/// Walks; links are not followed.
pub(super) fn survey(root: &Path) -> Result<Survey, Error> {
    let mut survey = Survey::default();
    let entries = list(root).map_err(|source| Error::Folder {
        path: root.to_owned(),
        source,
    })?;
    let mut waiting = vec![(root.to_owned(), entries)];
    while let Some((folder, entries)) = waiting.pop() {
        let mut inner = Vec::new();
        for entry in entries {
            let name = entry.file_name();
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder {
                inner.extend(survey.enter(entry.path(), &name.to_string_lossy()));
            } else {
                survey.take(root, &folder, &name.to_string_lossy());
            }
        }
        // What is on top is looked at next, so the first by name goes last.
        waiting.extend(inner.into_iter().rev());
    }
    for folders in [&mut survey.cargo, &mut survey.go, &mut survey.go_work] {
        folders.sort_by_key(|folder| (folder.components().count(), folder.clone()));
    }
    Ok(survey)
}

fn list(folder: &Path) -> std::io::Result<Vec<DirEntry>> {
    let mut entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    entries.sort_by_key(DirEntry::file_name);
    Ok(entries)
}

impl Survey {
    /// Where nothing was seen, the nearest manifest above, as cargo and go look for it themselves,
    /// but not beyond the top of the git repository.
    pub(super) fn or_around(mut self, root: &Path) -> Survey {
        if !(self.cargo.is_empty() && self.go.is_empty() && self.go_work.is_empty()) {
            return self;
        }
        for folder in root.ancestors() {
            let has = |name: &str| folder.join(name).is_file();
            self.cargo
                .extend(has("Cargo.toml").then(|| folder.to_owned()));
            self.go.extend(has("go.mod").then(|| folder.to_owned()));
            if !(self.cargo.is_empty() && self.go.is_empty()) || folder.join(".git").exists() {
                break;
            }
        }
        self
    }

    /// Lists a folder, unless it is of no interest.
    fn enter(&mut self, folder: PathBuf, name: &str) -> Option<(PathBuf, Vec<DirEntry>)> {
        if name.starts_with('.') || FOREIGN.contains(&name) || folder.join("CACHEDIR.TAG").exists()
        {
            return None;
        }
        if let Some(reason) = other_checkout(&folder) {
            self.not_entered.push((folder, reason));
            return None;
        }
        match list(&folder) {
            Ok(entries) => Some((folder, entries)),
            Err(_) => {
                self.not_entered.push((folder, "the folder cannot be read"));
                None
            }
        }
    }

    /// Takes note of a file.
    fn take(&mut self, root: &Path, folder: &Path, name: &str) {
        let kept_out = || rule::excluded(folder.strip_prefix(root).unwrap_or(folder));
        if MANIFESTS.contains(&name)
            && let Some((_, by)) = kept_out()
        {
            self.kept_out
                .entry(root.join(by))
                .or_default()
                .insert(folder.to_owned());
            return;
        }
        let path = folder.join(name);
        match name {
            "Cargo.toml" => self.cargo.push(folder.to_owned()),
            "go.mod" => self.go.push(folder.to_owned()),
            "go.work" => self.go_work.push(folder.to_owned()),
            _ if name.ends_with(".go") && kept_out().is_none() && is_ignored_program(&path) => {
                self.ignored.push(path)
            }
            _ => {}
        }
    }
}

/// A clone or a work tree inside this one would bring every program a second time. A submodule,
/// whose `.git` is a file too, belongs to the repository.
fn other_checkout(folder: &Path) -> Option<&'static str> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some("a git repository of its own");
    }
    let link = fs::read_to_string(git).ok()?;
    link.contains("/worktrees/")
        .then_some("another work tree of a git repository")
}

/// Whether the head of a Go file says `//go:build ignore` and `package main`.
fn is_ignored_program(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(4096).read_to_end(&mut head));
    read.is_ok() && says_ignore(&String::from_utf8_lossy(&head))
}

fn says_ignore(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim);
    lines.any(|line| line == "//go:build ignore") && lines.any(|line| line == "package main")
}

/// Lists what the walk passed over and cargo and go did not describe otherwise.
pub(super) fn report(root: &Path, survey: &Survey, found: &mut Found) {
    let leave_out = |path: &Path, reason: String| LeftOut {
        path: shown(root, path),
        name: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        reason,
    };
    for (folder, reason) in &survey.not_entered {
        found.left_out.push(leave_out(folder, (*reason).to_owned()));
    }
    for path in &survey.ignored {
        found.left_out.push(leave_out(
            path,
            "its build constraint is `ignore`".to_owned(),
        ));
    }
    for (folder, manifests) in &survey.kept_out {
        let is_new = |path: &&PathBuf| !found.described.contains(path);
        let mut topmost: Vec<&PathBuf> = Vec::new();
        for path in manifests.iter().filter(is_new) {
            if !topmost.iter().any(|outer| path.starts_with(outer)) {
                topmost.push(path);
            }
        }
        let Some((name, _)) = rule::excluded(folder.strip_prefix(root).unwrap_or(folder)) else {
            continue;
        };
        for path in topmost {
            found
                .left_out
                .push(leave_out(path, format!("in a folder called `{name}`")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_switched_off_only_by_a_line_before_its_package() {
        assert!(says_ignore(
            "// Copyright\n\n//go:build ignore\n\npackage main\n"
        ));
        assert!(!says_ignore("//go:build linux\n\npackage main\n"));
        assert!(!says_ignore("package main\n\n//go:build ignore\n"));
        assert!(!says_ignore("//go:build ignore\n\npackage other\n"));
    }
}

//! The repository's own texts in memory, by path. Not a walk of everything: cargo's target folders
//! and `.git` are left out, and the text of a file that is not UTF-8 is empty.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Texts by `/`-separated path from the top, in order.
#[derive(Debug, Default, Clone)]
pub(super) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads the folder `root`.
    pub(super) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_folder(root, "")?;
        Ok(tree)
    }

    /// A made-up repository, for samples.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        let files = files.iter();
        Self {
            files: files
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether `path` is a file that was read, or a folder that holds one.
    pub(super) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path) || self.under(&format!("{path}/")).next().is_some()
    }

    /// The files whose path starts with `prefix`.
    pub(super) fn under<'tree>(
        &'tree self,
        prefix: &str,
    ) -> impl Iterator<Item = (&'tree str, &'tree str)> + use<'tree> {
        let start = prefix.to_owned();
        self.files
            .range(start.clone()..)
            .take_while(move |(path, _)| path.starts_with(&start))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The project's own Rust files: examples and fixtures are other people's as far as we judge.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("crates/")
            .chain(self.under("xtask/"))
            .filter(|(path, _)| path.ends_with(".rs") && !is_data(path))
    }

    /// The project's own documents.
    pub(super) fn documents(&self) -> impl Iterator<Item = (&str, &str)> {
        self.under("")
            .filter(|(path, _)| path.ends_with(".md") && !is_data(path))
            .filter(|(path, _)| !path.starts_with("examples/") && !path.starts_with("fixtures/"))
    }

    /// Folder and manifest of every crate of the workspace, `crates/*` then `xtask`.
    pub(super) fn crates(&self) -> impl Iterator<Item = Crate<'_>> {
        self.under("crates/")
            .chain(self.under("xtask/"))
            .filter_map(|(path, text)| {
                let folder = path.strip_suffix("/Cargo.toml")?;
                let name = match folder.strip_prefix("crates/") {
                    Some(name) if !name.contains('/') => name,
                    None if folder == "xtask" => folder,
                    _ => return None,
                };
                Some(Crate {
                    name,
                    folder,
                    manifest: path,
                    text,
                })
            })
    }

    fn read_folder(&mut self, folder: &Path, prefix: &str) -> anyhow::Result<()> {
        let entries =
            fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let path = format!("{prefix}{name}");
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if !is_left_out(&path, &entry.path()) {
                    self.read_folder(&entry.path(), &format!("{path}/"))?;
                }
            } else if kind.is_file() {
                let bytes =
                    fs::read(entry.path()).with_context(|| format!("cannot read {path}"))?;
                self.files
                    .insert(path, String::from_utf8(bytes).unwrap_or_default());
            }
        }
        Ok(())
    }
}

/// One crate of the workspace. Its folder's name is its own name (see `manifests`).
#[derive(Debug, Clone, Copy)]
pub(super) struct Crate<'tree> {
    pub(super) name: &'tree str,
    pub(super) folder: &'tree str,
    /// Path of its Cargo.toml.
    pub(super) manifest: &'tree str,
    /// Text of its Cargo.toml.
    pub(super) text: &'tree str,
}

impl Crate<'_> {
    /// The names in one of the manifest's tables, such as `dependencies`, also those that are
    /// named under `[target.'…'.dependencies]`. A manifest that does not parse has none.
    pub(super) fn names_in(&self, table: &str) -> Vec<String> {
        let Ok(manifest) = self.text.parse::<toml::Table>() else {
            return Vec::new();
        };
        let mut names = keys(&manifest, table);
        if let Some(targets) = manifest.get("target").and_then(toml::Value::as_table) {
            for target in targets.values().filter_map(toml::Value::as_table) {
                names.extend(keys(target, table));
            }
        }
        names.sort();
        names.dedup();
        names
    }
}

/// Whether a file holds only tests: lengths and some words are freer there.
pub(super) fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.ends_with("_tests.rs")
}

/// Whether a file is material that tests read, not source.
pub(super) fn is_data(path: &str) -> bool {
    ["/testdata/", "/fixtures/", "/snapshots/"]
        .iter()
        .any(|folder| path.contains(folder))
}

fn keys(table: &toml::Table, name: &str) -> Vec<String> {
    let table = table.get(name).and_then(toml::Value::as_table);
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

/// Cargo marks each target folder with a CACHEDIR.TAG, whatever it is called.
fn is_left_out(path: &str, folder: &Path) -> bool {
    path == ".git" || path == "target" || folder.join("CACHEDIR.TAG").exists()
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn a_folder_is_there_when_a_file_is_under_it() {
        let tree = Tree::of(&[("crates/one/src/lib.rs", "")]);
        assert!(tree.has("crates/one"));
        assert!(tree.has("crates/one/"));
        assert!(tree.has("crates/one/src/lib.rs"));
        assert!(!tree.has("crates/on"));
    }

    #[test]
    fn only_workspace_members_are_crates() {
        let tree = Tree::of(&[
            ("crates/one/Cargo.toml", ""),
            ("crates/one/testdata/two/Cargo.toml", ""),
            ("examples/shop/Cargo.toml", ""),
            ("xtask/Cargo.toml", ""),
        ]);
        let names: Vec<_> = tree.crates().map(|each| each.name).collect();
        assert_eq!(names, ["one", "xtask"]);
    }
}

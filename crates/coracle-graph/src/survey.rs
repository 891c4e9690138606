//! One walk over the folders of a repository: where manifests lie. It reads names alone.

use crate::files::{Files, sorted};
use crate::path::in_folder;

/// Where manifests lie: folders, outer before inner, then by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Folders with a `Cargo.toml`.
    pub cargo: Vec<String>,
    /// Folders with a `go.mod`.
    pub go: Vec<String>,
    /// Folders with a `go.work`.
    pub go_work: Vec<String>,
}

/// Folders of things that others wrote.
const FOREIGN: [&str; 2] = ["vendor", "node_modules"];
/// Deeper folders are not entered: no repository is that deep, and a loop of links would be.
const DEEPEST: usize = 64;

/// Walks over all folders but hidden ones, those of other people's code and caches.
pub fn survey(files: &dyn Files) -> Survey {
    let mut survey = Survey::default();
    let mut waiting = vec![(String::new(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let entries = sorted(files, &folder);
        let is_cache = entries.iter().any(|entry| entry.name == "CACHEDIR.TAG");
        if is_cache && depth > 0 {
            continue;
        }
        for entry in entries {
            if entry.is_folder {
                let is_foreign = FOREIGN.contains(&entry.name.as_str());
                if depth < DEEPEST && !entry.name.starts_with('.') && !is_foreign {
                    waiting.push((in_folder(&folder, &entry.name), depth + 1));
                }
                continue;
            }
            match entry.name.as_str() {
                "Cargo.toml" => survey.cargo.push(folder.clone()),
                "go.mod" => survey.go.push(folder.clone()),
                "go.work" => survey.go_work.push(folder.clone()),
                _ => {}
            }
        }
    }
    for folders in [&mut survey.cargo, &mut survey.go, &mut survey.go_work] {
        folders.sort_by_key(|folder| (depth(folder), folder.clone()));
    }
    survey
}

fn depth(folder: &str) -> usize {
    folder.split('/').filter(|name| !name.is_empty()).count()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn caches_and_other_peoples_code_are_passed_over() {
        let paths = [
            "Cargo.toml",
            "b/c/go.mod",
            "b/go.work",
            "a/Cargo.toml",
            "target/CACHEDIR.TAG",
            "target/x/Cargo.toml",
            "vendor/y/Cargo.toml",
            ".git/Cargo.toml",
        ];
        let files: BTreeMap<String, String> =
            paths.map(|path| (path.to_owned(), String::new())).into();
        let found = survey(&files);
        assert_eq!(found.cargo, ["", "a"]);
        assert_eq!(found.go, ["b/c"]);
        assert_eq!(found.go_work, ["b"]);
    }
}

//! Whether what a Dockerfile compiles has dependencies at all, by the manifests and lock files of its context.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::build::Known;
use super::dockerfile::Dockerfile;
use super::work::Tool;
use crate::repository::Repository;

/// What a program of the repository is made of besides its own sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependencies {
    /// Whether there are any that are downloaded.
    pub any: bool,
    /// Whether some of cargo's are cloned.
    pub git: bool,
}

/// What is known of each folder, by the tool: folders without manifests are asked for again and again.
pub(super) type Folders = Mutex<BTreeMap<(String, Tool), Option<Dependencies>>>;

/// What the manifests in the Dockerfile's context say of the dependencies of programs that this tool compiles.
pub(super) fn dependencies(
    dockerfile: &Dockerfile<'_>,
    tool: Tool,
    repository: &Repository,
    known: &Folders,
) -> Known<Dependencies> {
    let mut folders: Vec<String> = Vec::new();
    let mut because = None;
    for context in dockerfile.contexts() {
        match context {
            Ok(context) => folders.push(context),
            Err(unknown) => because = Some(unknown),
        }
    }
    if dockerfile.builds.is_empty() {
        // Nobody says from where: then it may be from the top.
        folders.push(String::new());
    }
    let found = folders.iter().find_map(|folder| {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known.entry((folder.clone(), tool));
        *found.or_insert_with(|| of_folder(folder, tool, repository))
    });
    found.ok_or_else(|| match (because, tool) {
        (Some(because), _) => because,
        (None, Tool::Cargo) => "no Cargo.toml is in its context".to_owned(),
        (None, Tool::Go) => "no go.mod is in its context".to_owned(),
        (None, Tool::Node | Tool::Python) => "no list of packages is in its context".to_owned(),
    })
}

fn of_folder(folder: &str, tool: Tool, repository: &Repository) -> Option<Dependencies> {
    let names: Vec<&str> = repository.below(folder).map(|(path, _)| path).collect();
    let texts = |name: &str| {
        let named = names
            .iter()
            .filter(move |path| path.rsplit('/').next() == Some(name));
        let texts = named.filter_map(|path| repository.source(path));
        texts
            .map(crate::source::SourceFile::text)
            .collect::<Vec<&str>>()
    };
    let is_vendored = |file: &str| names.iter().any(|path| path.ends_with(file));
    match tool {
        Tool::Cargo => {
            let (manifests, locks) = (texts("Cargo.toml"), texts("Cargo.lock"));
            if manifests.is_empty() {
                return None;
            }
            let is_replaced = texts("config.toml")
                .iter()
                .any(|text| text.contains("replace-with"));
            let has = |word: &str| locks.iter().any(|text| text.contains(word));
            let any = match locks.is_empty() {
                true => manifests.iter().any(|text| lists_crates(text)),
                false => has("source = \""),
            };
            Some(Dependencies {
                any: any && !is_replaced,
                git: has("source = \"git+"),
            })
        }
        Tool::Go => {
            let modules = texts("go.mod");
            let is_required = |text: &&str| {
                text.lines()
                    .any(|line| line.trim_start().starts_with("require"))
            };
            (!modules.is_empty()).then(|| Dependencies {
                any: modules.iter().any(is_required) && !is_vendored("vendor/modules.txt"),
                git: false,
            })
        }
        Tool::Node => is_vendored("package.json").then_some(Dependencies {
            any: true,
            git: false,
        }),
        Tool::Python => names
            .iter()
            .any(|path| path.contains("requirements") && path.ends_with(".txt"))
            .then_some(Dependencies {
                any: true,
                git: false,
            }),
    }
}

/// Whether a manifest without a lock names a crate that is no folder beside it.
fn lists_crates(manifest: &str) -> bool {
    let mut is_list = false;
    manifest.lines().map(str::trim).any(|line| {
        if line.starts_with('[') {
            is_list = line.contains("dependencies");
            return is_list && line.contains("dependencies.");
        }
        is_list
            && line.contains('=')
            && !line.starts_with('#')
            && !line.contains("path")
            && !line.contains("workspace")
    })
}

//! Inputs in git's words: pathspecs.

use std::path::{Component, Path, PathBuf};

use crate::project::Inputs;

/// The pathspecs, relative to `root`; `None` when nothing lies in the work tree at `top`. git
/// fails on a path outside of it, so these are left out.
pub(super) fn pathspecs(root: &Path, top: &Path, inputs: &Inputs) -> Option<Vec<String>> {
    let is_inside = |path: &&PathBuf| resolved(&root.join(path)).starts_with(top);
    let inside = |paths: &std::collections::BTreeSet<PathBuf>| {
        paths.iter().filter(is_inside).cloned().collect::<Vec<_>>()
    };
    let whole = inside(&inputs.trees)
        .into_iter()
        .chain(inside(&inputs.files));
    let mut specs: Vec<String> = whole
        .map(|path| format!(":(literal){}", named(&path)))
        .collect();
    specs.extend(
        inside(&inputs.folders)
            .iter()
            .map(|folder| files_in(folder)),
    );
    if specs.is_empty() {
        return None;
    }
    specs.extend(
        inside(&inputs.except)
            .iter()
            .map(|path| format!(":(exclude,literal){}", named(path))),
    );
    Some(specs)
}

/// The files directly in a folder: in a glob pathspec `*` stops at a slash.
fn files_in(folder: &Path) -> String {
    let mut spec = ":(glob)".to_owned();
    for character in folder.to_string_lossy().chars() {
        if "*?[\\".contains(character) {
            spec.push('\\');
        }
        spec.push(character);
    }
    if !folder.as_os_str().is_empty() {
        spec.push('/');
    }
    spec + "*"
}

fn named(path: &Path) -> String {
    if path.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        path.to_string_lossy().into_owned()
    }
}

/// Resolves `..` by name.
fn resolved(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in path.components() {
        if component == Component::ParentDir {
            resolved.pop();
        } else {
            resolved.push(component);
        }
    }
    resolved
}

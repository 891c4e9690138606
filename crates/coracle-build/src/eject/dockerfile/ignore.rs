//! The `.dockerignore`: what no build reads stays out of the context. Of sources only what nobody compiles is named, so that
//! no lock and no member of a workspace is hidden.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coracle_toolchain::Language;

use super::{Error, Recipe, Style, prebuilt};
use crate::mark::MARK;

/// What is of this machine or of git, or holds secrets, or is written for others than compilers.
const NEVER_READ: &[&str] = &[
    "**/.DS_Store",
    "**/.env",
    "**/.git",
    "**/node_modules",
    ".dockerignore",
    ".github",
    "*.Dockerfile",
    "*.Dockerfile.dockerignore",
    "Dockerfile",
    "compose*.yaml",
    "compose*.yml",
    "coracle.lock",
    "coracle.toml",
    "docker-bake.json",
];

/// Writes it.
pub(super) fn text(recipe: &Recipe<'_>) -> Result<String, Error> {
    let head = format!("# {MARK} {}`\n", recipe.command());
    let mut lines = match recipe.style {
        Style::Prebuilt => only_programs(recipe)?,
        Style::Compiled => all_but_outputs(recipe),
    };
    for path in named(recipe) {
        lines.push(format!("!{}", escaped(&recipe.inside(&path)?)));
    }
    lines.dedup();
    Ok(format!("{head}{}\n", lines.join("\n")))
}

fn only_programs(recipe: &Recipe<'_>) -> Result<Vec<String>, Error> {
    let service = recipe.service;
    let mut lines = vec!["*".to_owned()];
    match &service.program.language {
        Language::Prebuilt(program) => {
            let paths: BTreeSet<&PathBuf> = match service.programs.is_empty() {
                true => [&program.path].into(),
                false => service.programs.values().collect(),
            };
            for path in paths {
                lines.push(format!("!{}", escaped(&recipe.inside(path)?)));
            }
        }
        Language::Rust(_) | Language::Go(_) => {
            for platform in &recipe.plan.platforms {
                let name = escaped(&service.program.name);
                lines.push(format!("!{}/{platform}/{name}", prebuilt::FOLDER));
            }
        }
    }
    Ok(lines)
}

fn all_but_outputs(recipe: &Recipe<'_>) -> Vec<String> {
    let outputs = match &recipe.service.program.language {
        Language::Rust(rust) => {
            let built = rust.build_directory.as_deref();
            [Some(rust.target_directory.as_path()), built]
                .into_iter()
                .flatten()
                .map(Path::to_owned)
                .collect()
        }
        Language::Go(go) => vec![go.module_directory.join("target/coracle")],
        Language::Prebuilt(_) => Vec::new(),
    };
    let mut lines: Vec<String> = NEVER_READ.iter().map(|line| (*line).to_owned()).collect();
    // What lies elsewhere is not in the context anyway.
    let inside = outputs.iter().filter_map(|path| recipe.inside(path).ok());
    lines.extend(inside.filter(|path| path != ".").map(|path| escaped(&path)));
    lines.sort();
    lines
}

/// What the configuration names, wherever it lies.
fn named(recipe: &Recipe<'_>) -> BTreeSet<PathBuf> {
    let copied = recipe.service.files.iter().map(|file| file.from.clone());
    let certificates = recipe.service.settings.certificates.iter();
    let certificates = certificates.map(|path| recipe.root.join(path));
    let outputs = |path: &PathBuf| recipe.inside(path).is_ok_and(|path| path != ".");
    copied.chain(certificates).filter(outputs).collect()
}

/// A path and no pattern.
fn escaped(path: &str) -> String {
    let mut written = String::new();
    for letter in path.chars() {
        if matches!(letter, '*' | '?' | '[' | '\\') {
            written.push('\\');
        }
        written.push(letter);
    }
    written
}

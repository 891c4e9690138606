//! Finds the programs of a repository and decides which of them are services.
//!
//! The rule: every binary of a Cargo workspace's default members and every `package main` of a Go
//! main module is a service, except what `rule` keeps out by its folder, what its own feature
//! requirements switch off, and what lies in a workspace or repository nested in another.
//!
//! cargo and go are asked what they see (`cargo metadata --no-deps`, `go list`): nothing is
//! resolved, so a fresh clone without a lock, a network or a module cache is described as well.
//! Both trust the checkout, see the crate's own page.

mod cargo;
mod golang;
mod inputs;
mod rule;
#[cfg(test)]
mod tests;
mod walk;

use std::io;
use std::path::{Path, PathBuf};

use crate::probe::process_hint;
use crate::project::{LeftOut, Program, Project, relative};
use crate::toolchain::Toolchain;

/// Why a repository cannot be described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be listed.
    #[error("cannot look into {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// cargo or go does not describe what lies there.
    #[error("cannot ask {tool} about {}", path.display())]
    Ask {
        /// `cargo` or `go`.
        tool: &'static str,
        /// A manifest, or the folder of one.
        path: PathBuf,
        /// Why.
        source: coracle_process::Error,
    },
    /// What cargo or go answered is not understood.
    #[error("cannot understand what {tool} says of {}", path.display())]
    Answer {
        /// `cargo` or `go`.
        tool: &'static str,
        /// A manifest, or the folder of one.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Folder { .. } => None,
            Error::Ask { tool, path, source } => process_hint(tool, source).or_else(|| {
                let command = if *tool == "go" {
                    "go list ./..."
                } else {
                    "cargo metadata --no-deps"
                };
                Some(format!(
                    "`{command}` must work there first: {}",
                    path.display()
                ))
            }),
            Error::Answer { tool, .. } => {
                Some(format!("is this {tool} much older or newer than coracle?"))
            }
        }
    }

    /// The tool that is asked and is not on this machine.
    pub fn absent_tool(&self) -> Option<&'static str> {
        match self {
            Error::Ask {
                tool,
                source: coracle_process::Error::NotFound { .. },
                ..
            } => Some(tool),
            _ => None,
        }
    }

    /// Whether cargo or go failed, rather than the folder being wrong.
    pub fn is_toolchain(&self) -> bool {
        !matches!(self, Error::Folder { .. })
    }
}

/// Finds the programs under `directory`; when nothing there says what it is, the Cargo workspace
/// or Go module around it is asked for what lies there.
///
/// # Errors
/// See [`Error`]. A repository without programs is no error.
pub fn discover(directory: &Path, toolchain: &Toolchain) -> Result<Project, Error> {
    let root = directory.canonicalize().map_err(|source| Error::Folder {
        path: directory.to_owned(),
        source,
    })?;
    let survey = walk::survey(&root)?.or_around(&root);
    let mut found = Found::default();
    cargo::programs(&root, &survey, toolchain, &mut found)?;
    golang::programs(&root, &survey, toolchain, &mut found)?;
    walk::report(&root, &survey, &mut found);
    Ok(found.into_project(root))
}

/// What was found so far.
#[derive(Default)]
struct Found {
    programs: Vec<Program>,
    left_out: Vec<LeftOut>,
    left_out_programs: Vec<Program>,
    /// Folders whose manifest cargo or go has described.
    described: Vec<PathBuf>,
}

impl Found {
    /// Takes a program in, as a service or with the reason why it is none.
    fn add(&mut self, program: Program, path: String, reason: Option<String>) {
        let Some(reason) = reason else {
            self.programs.push(program);
            return;
        };
        let name = program.name.clone();
        self.left_out.push(LeftOut { path, name, reason });
        self.left_out_programs.push(program);
    }

    fn into_project(mut self, root: PathBuf) -> Project {
        let key = |program: &Program| (program.name.clone(), program.package.clone());
        self.programs.sort_by_key(key);
        self.left_out_programs.sort_by_key(key);
        self.left_out.sort();
        self.left_out.dedup();
        Project {
            root,
            programs: self.programs,
            left_out: self.left_out,
            left_out_programs: self.left_out_programs,
        }
    }
}

/// A path as shown: relative to the root, `.` for the root itself.
fn shown(root: &Path, path: &Path) -> String {
    let relative = relative(root, path);
    if relative.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        relative.display().to_string()
    }
}

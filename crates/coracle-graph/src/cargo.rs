//! Cargo: workspaces and what their programs are made of, as far as manifests and the lock tell.

pub mod configuration;
pub mod lock;
pub mod manifest;

mod linked;
mod platform;
mod targets;
#[cfg(test)]
mod tests;
mod text;
mod workspace;

pub use self::linked::{Built, Link, Linked, LinkedPackage, Question};
pub use self::targets::{Binary, Library};
pub use self::workspace::{Package, Problem, Workspace};

use crate::files::Files;
use crate::place::Place;
use crate::survey::Survey;

/// Why something of cargo's cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The file is not there, or no text.
    #[error("{file} is not there, or is no text")]
    NotThere {
        /// The file.
        file: String,
    },
    /// The file is no TOML.
    #[error("{} is no TOML: {message}", place.file)]
    Toml {
        /// Where it goes wrong.
        place: Place,
        /// What the parser says.
        message: String,
    },
}

impl Error {
    /// Where it is.
    pub fn place(&self) -> Place {
        match self {
            Error::NotThere { file } => Place::new(file, 0..0),
            Error::Toml { place, .. } => place.clone(),
        }
    }

    fn into_problem(self) -> Problem {
        Problem {
            place: self.place(),
            message: self.to_string(),
        }
    }
}

/// The workspaces of a repository, outer before inner: each manifest that no other workspace has among its packages is one.
/// One that lies in another's folder without being its member is so, too; cargo builds it only where it is excluded there.
pub fn workspaces(files: &dyn Files, survey: &Survey) -> Vec<Result<Workspace, Error>> {
    let mut described: Vec<String> = Vec::new();
    let mut workspaces: Vec<Result<Workspace, Error>> = Vec::new();
    for folder in &survey.cargo {
        if described.contains(folder) {
            continue;
        }
        let read = Workspace::read(files, folder);
        if let Ok(workspace) = &read {
            let packages = workspace.packages.iter();
            let members = packages.filter(|package| package.is_member);
            described.extend(members.map(|package| package.manifest.folder.clone()));
        }
        workspaces.push(read);
    }
    // A member may lie outside of its workspace's folder, and be seen first.
    let is_member_elsewhere = |workspace: &Workspace| {
        let folder = &workspace.root;
        described
            .iter()
            .filter(|described| *described == folder)
            .count()
            > 1
    };
    workspaces.retain(|read| {
        !read.as_ref().is_ok_and(|workspace| {
            workspace.manifest.workspace.is_none() && is_member_elsewhere(workspace)
        })
    });
    workspaces
}

//! The start-proof: would the kernel exec these programs, and would their loader reach the entry point?
//!
//! Proven is not: what the program does then (configuration, `dlopen`, network). What cannot be decided is
//! *not proven* and never a pass. Nothing runs and nothing is read but the given tree.
//!
//! ```text
//! programs ─► kernel ─► closure ┬ glibc: loader, cache, search, load ─► versions ┬► symbols
//! Launch      Program           └ musl:  path file, search, map, load ────────────┘  Report
//! ```
//!
//! A symbol that is missing stops the start where it is bound at start, and ends the program later where
//! its first call binds it: both stand against a proof, and [`Verdict`] tells them apart.
//!
//! What the launch steers: libraries that the program opens while it runs (`dlopen`) are proven as its loader would
//! open them, those that are `provided` at run time are not looked at, and `level` says what CPUs the image is for.

mod closure;
pub(crate) mod dlopen;
mod files;
mod glibc;
pub(crate) mod identity;
mod kernel;
mod level;
mod library;
mod musl;
mod object;
mod permissions;
mod programs;
mod prover;
mod report;
mod room;
mod script;
mod symbols;
mod tree;
mod versions;
mod wrappers;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::elf::{self, ElfFacts};
use crate::{CpuLevel, Machine};

pub use dlopen::{Feature, Mention, Opener, Presence};
pub use report::{
    Code, Finding, Libc, LoadedObject, ProgramReport, Provided, Report, Verdict, version_ceiling,
};
pub use tree::{FileTree, Node, NodeKind};

/// The `PATH` that container engines set when the image sets none.
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What a container engine would start: the parts of an image's config that decide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Launch {
    /// `Entrypoint`. A shell form is what the config makes of it: `["/bin/sh", "-c", "…"]`.
    pub entrypoint: Vec<String>,
    /// `Cmd`.
    pub command: Vec<String>,
    /// `Env`, the image's only; a missing `PATH` is [`DEFAULT_PATH`].
    pub environment: BTreeMap<String, String>,
    /// `WorkingDir`; an empty one is `/`.
    pub working_directory: String,
    /// `User`, as numbers.
    pub user: User,
    /// `Healthcheck.Test`: `["CMD", …]`, `["CMD-SHELL", "…"]` or `["NONE"]`.
    pub healthcheck: Option<Vec<String>>,
    /// `Shell`, which `CMD-SHELL` uses; `None` is `/bin/sh -c`.
    pub shell: Option<Vec<String>>,
    /// The platform's machine.
    pub machine: Machine,
    /// The level that every CPU has that the image is for, of that machine.
    pub level: CpuLevel,
    /// What the program opens while it runs and must find.
    pub dlopen: Vec<Dlopen>,
    /// Names of libraries that are put into the container when it starts: they are not missing, and nothing of them
    /// is looked at.
    pub provided: BTreeSet<String>,
}

/// A library that a program opens while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dlopen {
    /// What the program gives `dlopen`: a soname or a path.
    pub name: String,
    /// Who says that it does, for chains: `dlopen in coracle.toml`.
    pub origin: String,
}

impl Launch {
    /// A launch of `entrypoint` as the user 65532:65532 in `/`, with nothing else set.
    pub fn of(entrypoint: Vec<String>, machine: Machine) -> Self {
        Self {
            entrypoint,
            command: Vec::new(),
            environment: BTreeMap::new(),
            working_directory: "/".to_owned(),
            user: User {
                uid: 65532,
                gid: 65532,
                groups: Vec::new(),
            },
            healthcheck: None,
            shell: None,
            machine,
            level: CpuLevel::baseline(machine),
            dlopen: Vec::new(),
            provided: BTreeSet::new(),
        }
    }
}

/// Whom the kernel sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's number; 0 may read everything.
    pub uid: u32,
    /// The main group's number.
    pub gid: u32,
    /// Further groups.
    pub groups: Vec<u32>,
}

/// A tree that several launches are proven in: what was read of a file for one is known to the next.
///
/// The tree is what a container would see: layers merged, whiteouts applied. It must not change. Several threads may prove
/// launches with one prover; what one of them reads of a library the others know.
pub struct Prover<'a> {
    files: Arc<files::Files<'a>>,
}

impl<'a> Prover<'a> {
    /// A prover that has read nothing yet.
    pub fn new(tree: &'a dyn FileTree) -> Self {
        Self {
            files: Arc::new(files::Files::new(tree)),
        }
    }

    /// One that looks every symbol up for every program, in every object.
    #[cfg(test)]
    fn without_memory(tree: &'a dyn FileTree) -> Self {
        let mut files = files::Files::new(tree);
        files.settled = symbols::Settled::without_memory();
        Self {
            files: Arc::new(files),
        }
    }

    /// Proves that everything the launch names would start, or says why not.
    pub fn prove(&self, launch: &Launch) -> Report {
        prover::Walk::new(Arc::clone(&self.files), launch).run()
    }

    /// The facts of the file at a path without links in it; they are read once, for a proof too.
    ///
    /// # Errors
    /// When there is no file, or it is no ELF file that can be read.
    pub fn facts(&self, path: &str) -> Result<Arc<ElfFacts>, elf::Error> {
        let read = || {
            let content = self.files.read(path);
            let facts = ElfFacts::read(&content);
            // Who asks for the facts of a program mostly has it proven next.
            self.files.leave(path, content);
            facts
        };
        self.files.facts(path, read)
    }

    /// Proves that the tree's loader would load the shared library at a path for a program that asks for it, as root and
    /// with the launch's environment; what else the launch says does not count. The library stands in the report as its
    /// only program does; a loader, which is no library although it looks like one, gives an empty report.
    ///
    /// A symbol without a version that nothing has is no finding: it may be the program's. Nothing found here is certain
    /// to stop anything, so that no finding says `DoesNotStart`.
    pub fn prove_library(&self, launch: &Launch, path: &str) -> Report {
        library::prove(Arc::clone(&self.files), launch, path)
    }
}

/// Proves one launch in a tree; [`Prover`] is for several.
pub fn prove(tree: &dyn FileTree, launch: &Launch) -> Report {
    Prover::new(tree).prove(launch)
}

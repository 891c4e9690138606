//! The files that say what is built, from what and by whom: read together, for they lead to one another.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::Unread;
use super::bake::{BakeFile, Bakes};
use super::build::{Build, Written};
use super::compose::ComposeFile;
use super::jobs;
use super::steps::ActionFile;
use super::workflow::WorkflowFile;
use crate::repository::{Kind, Repository};

/// The files that others refer to, and whose texts are not in the repository yet although they are there: Dockerfiles,
/// compose files that are extended, bake files that a job names. They are to be added before [`lint`](crate::lint), and then asked for again, for what is
/// read leads to others.
pub fn wanted(repository: &Repository) -> BTreeSet<String> {
    let read = Referring::read(repository);
    let (builds, absent) = read.builds(repository);
    let dockerfiles = builds
        .into_iter()
        .filter_map(|build| match build.dockerfile.ok()? {
            Written::File(path) => Some(path),
            Written::Within { .. } => None,
        });
    let extended = read.composes.iter().flat_map(|compose| &compose.absent);
    dockerfiles
        .chain(extended.cloned())
        .chain(absent)
        .filter(|path| repository.size(path).is_some() && repository.source(path).is_none())
        .collect()
}

/// The files that say what is built.
pub(super) struct Referring<'a> {
    pub(super) composes: Vec<ComposeFile<'a>>,
    pub(super) workflows: Vec<WorkflowFile<'a>>,
    pub(super) actions: Vec<ActionFile<'a>>,
    pub(super) bakes: Vec<BakeFile<'a>>,
    pub(super) unread: Vec<Unread>,
}

impl<'a> Referring<'a> {
    pub(super) fn read(repository: &'a Repository) -> Referring<'a> {
        let mut referring = Referring {
            composes: Vec::new(),
            workflows: Vec::new(),
            actions: Vec::new(),
            bakes: Vec::new(),
            unread: Vec::new(),
        };
        for file in repository.sources() {
            let problem = match Kind::of(file.path()) {
                Some(Kind::Compose) => {
                    let read = ComposeFile::read(file, repository);
                    read.map(|read| referring.composes.push(read)).err()
                }
                Some(Kind::Workflow) => {
                    let read = WorkflowFile::read(file);
                    read.map(|read| referring.workflows.push(read)).err()
                }
                Some(Kind::Action) => {
                    let read = ActionFile::read(file);
                    read.map(|read| referring.actions.push(read)).err()
                }
                Some(Kind::Bake) => {
                    let read = BakeFile::read(file);
                    read.map(|read| referring.bakes.push(read)).err()
                }
                _ => None,
            };
            referring.unread.extend(problem.map(|because| Unread {
                file: file.path().to_owned(),
                because,
            }));
        }
        referring
    }

    /// What they build, and the files that this leads to and that were not read.
    pub(super) fn builds(&self, repository: &'a Repository) -> (Vec<Build>, BTreeSet<String>) {
        let bakes = Bakes {
            repository,
            composes: &self.composes,
            files: &self.bakes,
            absent: RefCell::default(),
        };
        let of_composes = self.composes.iter().flat_map(ComposeFile::builds);
        let of_bakes = bakes.by_themselves();
        let of_workflows = jobs::builds(&self.workflows, &self.actions, &bakes);
        let builds = of_composes.chain(of_bakes).chain(of_workflows);
        (builds.collect(), bakes.absent.take())
    }
}

//! One model of the repository, which every rule looks at: its files as what they are, and who refers to whom. Not what
//! is right or wrong with it.
//!
//! ```text
//!  Repository ─► Dockerfiles by name ─┐
//!             ─► compose, workflows ──┴► builds ─► each Dockerfile with everyone who builds it
//! ```

mod build;
mod commands;
mod compiled;
mod compose;
mod context;
mod dependencies;
mod dockerfile;
mod extent;
mod graph;
mod mounts;
mod path;
mod released;
mod run;
mod work;
mod workflow;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use coracle_graph::cargo::{self, Workspace};
use coracle_graph::go::{self, Modules};
use coracle_graph::survey;
use coracle_recipe::dockerfile::document::Document;

pub use self::build::{Build, Known, User};
pub use self::commands::script;
pub use self::compiled::{Compiled, compiled};
pub use self::compose::ComposeFile;
pub use self::context::IgnoreFile;
pub use self::dependencies::Dependencies;
use self::dependencies::Folders;
pub use self::dockerfile::Dockerfile;
pub use self::mounts::CacheMounts;
pub use self::path::{base_name, joined};
pub use self::released::{Released, released};
pub use self::run::{commands, program, stages_of, value};
pub use self::work::{Action, Tool, Work, work};
pub use self::workflow::WorkflowFile;
use crate::repository::{Kind, Repository};
use crate::source::SourceFile;

/// The repository as rules see it.
#[derive(Debug)]
pub struct Model<'a> {
    repository: &'a Repository,
    today: jiff::civil::Date,
    /// In the order of their paths.
    pub dockerfiles: Vec<Dockerfile<'a>>,
    /// Likewise.
    pub composes: Vec<ComposeFile<'a>>,
    /// Likewise.
    pub workflows: Vec<WorkflowFile<'a>>,
    /// Builds of what is no Dockerfile of the repository, or is not known.
    pub other_builds: Vec<Build>,
    unread: Vec<Unread>,
    workspaces: OnceCell<Vec<Workspace>>,
    modules: OnceCell<Vec<Modules>>,
    is_configured: OnceCell<bool>,
    dependencies: Folders,
}

/// A file that is not what its name says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its path from the top.
    pub file: String,
    /// Why it cannot be read.
    pub because: String,
}

/// The files that others refer to as Dockerfiles, and whose texts are not in the repository yet although they are there:
/// to be added before [`lint`](crate::lint).
pub fn wanted(repository: &Repository) -> BTreeSet<String> {
    let read = Referring::read(repository);
    let named = read
        .builds()
        .into_iter()
        .filter_map(|build| build.dockerfile.ok());
    named
        .filter(|path| repository.size(path).is_some() && repository.source(path).is_none())
        .collect()
}

/// The files that say what is built.
struct Referring<'a> {
    composes: Vec<ComposeFile<'a>>,
    workflows: Vec<WorkflowFile<'a>>,
    unread: Vec<Unread>,
}

impl<'a> Referring<'a> {
    fn read(repository: &'a Repository) -> Referring<'a> {
        let mut referring = Referring {
            composes: Vec::new(),
            workflows: Vec::new(),
            unread: Vec::new(),
        };
        for file in repository.sources() {
            let problem = match Kind::of(file.path()) {
                Some(Kind::Compose) => {
                    let read = ComposeFile::read(file);
                    read.map(|read| referring.composes.push(read)).err()
                }
                Some(Kind::Workflow) => {
                    let read = WorkflowFile::read(file);
                    read.map(|read| referring.workflows.push(read)).err()
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

    fn builds(&self) -> Vec<Build> {
        let of_composes = self.composes.iter().flat_map(ComposeFile::builds);
        let of_workflows = self.workflows.iter().flat_map(WorkflowFile::builds);
        of_composes.chain(of_workflows).collect()
    }
}

impl<'a> Model<'a> {
    /// Reads every file.
    pub fn of(repository: &'a Repository, today: jiff::civil::Date) -> Model<'a> {
        let referring = Referring::read(repository);
        let mut by_file: BTreeMap<String, Vec<Build>> = BTreeMap::new();
        let mut other_builds = Vec::new();
        for build in referring.builds() {
            match &build.dockerfile {
                Ok(path) if repository.source(path).is_some() => {
                    by_file.entry(path.clone()).or_default().push(build);
                }
                _ => other_builds.push(build),
            }
        }
        let mut unread = referring.unread;
        let mut dockerfiles = Vec::new();
        for file in repository.sources() {
            let builds = by_file.remove(file.path());
            let is_dockerfile = Kind::of(file.path()) == Some(Kind::Dockerfile) || builds.is_some();
            if !is_dockerfile {
                continue;
            }
            let document = Document::read(file.text());
            let mut refused = document.diagnostics.iter();
            match refused.find(|diagnostic| diagnostic.problem.is_refused()) {
                Some(diagnostic) => unread.push(Unread {
                    file: file.path().to_owned(),
                    because: format!("line {}: {}", diagnostic.span.line, diagnostic.problem),
                }),
                None => dockerfiles.push(Dockerfile {
                    file,
                    document,
                    builds: builds.unwrap_or_default(),
                }),
            }
        }
        unread.sort();
        Model {
            repository,
            today,
            dockerfiles,
            composes: referring.composes,
            workflows: referring.workflows,
            other_builds,
            unread,
            workspaces: OnceCell::new(),
            modules: OnceCell::new(),
            is_configured: OnceCell::new(),
            dependencies: Folders::default(),
        }
    }

    /// Its files.
    pub fn repository(&self) -> &'a Repository {
        self.repository
    }

    /// Cargo's workspaces, those that can be read; read when a rule first asks.
    pub fn workspaces(&self) -> &[Workspace] {
        self.workspaces.get_or_init(|| {
            let survey = survey(self.repository);
            let all = cargo::workspaces(self.repository, &survey);
            all.into_iter().flatten().collect()
        })
    }

    /// Go's modules and workspaces, likewise.
    pub fn modules(&self) -> &[Modules] {
        self.modules.get_or_init(|| {
            let survey = survey(self.repository);
            go::modules(self.repository, &survey)
        })
    }

    /// What the manifests in a Dockerfile's context say of the dependencies of programs that a tool compiles.
    ///
    /// # Errors
    /// When there are none, or its context is not known.
    pub fn dependencies(&self, dockerfile: &Dockerfile<'_>, tool: Tool) -> Known<Dependencies> {
        dependencies::dependencies(dockerfile, tool, self.repository, &self.dependencies)
    }

    /// Whether cargo's configuration asks for static programs, for a target or for flags of all builds.
    pub fn is_configured(&self) -> bool {
        *self.is_configured.get_or_init(|| {
            let asks = ["crt-static", "[build]", "target ="];
            let mut configurations = self
                .sources()
                .filter(|file| file.path().contains(".cargo/config"));
            configurations.any(|file| asks.iter().any(|word| file.text().contains(word)))
        })
    }

    /// The day that ends of support are compared with.
    pub fn today(&self) -> jiff::civil::Date {
        self.today
    }

    /// A service of a compose file, by the file's path and its name.
    pub fn service(&self, file: &str, name: &str) -> Option<&coracle_recipe::compose::Service> {
        let mut composes = self.composes.iter();
        let compose = composes.find(|compose| compose.file.path() == file)?;
        compose.compose.service(name)
    }

    /// What hides files of this context from who builds the Dockerfile.
    pub fn ignore_of(&self, dockerfile: &Dockerfile<'_>, context: &str) -> Option<IgnoreFile<'a>> {
        IgnoreFile::find(self.repository, dockerfile, context)
    }

    /// Every file that was read.
    pub fn sources(&self) -> impl Iterator<Item = &'a SourceFile> {
        self.repository.sources()
    }

    /// The files that findings can be about.
    pub fn judged(&self) -> impl Iterator<Item = &'a SourceFile> {
        let dockerfiles = self.dockerfiles.iter().map(|dockerfile| dockerfile.file);
        let composes = self.composes.iter().map(|compose| compose.file);
        let workflows = self.workflows.iter().map(|workflow| workflow.file);
        dockerfiles.chain(composes).chain(workflows)
    }

    /// The files that are not what their names say.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The lines of what begins on this line: the instruction of a Dockerfile, the entry of a YAML file.
    pub fn extent(&self, file: &SourceFile, line: usize) -> RangeInclusive<usize> {
        let mut dockerfiles = self.dockerfiles.iter();
        if let Some(dockerfile) =
            dockerfiles.find(|dockerfile| dockerfile.file.path() == file.path())
        {
            return dockerfile.extent(line);
        }
        match Kind::of(file.path()) {
            Some(Kind::Compose | Kind::Workflow | Kind::Action) => extent::of_entry(file, line),
            _ => line..=line,
        }
    }
}

#[cfg(test)]
mod tests;

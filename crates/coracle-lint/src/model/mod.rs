//! One model of the repository, which every rule looks at: its files as what they are, and who refers to whom. Not what
//! is right or wrong with it.
//!
//! ```text
//!  Repository ─► Dockerfiles by name ───────────────┐
//!             ─► compose, bake, workflows, actions ─┴► builds ─► each Dockerfile with everyone who builds it
//! ```

mod bake;
mod build;
mod calls;
mod commands;
mod compiled;
mod compose;
mod context;
mod dependencies;
mod dockerfile;
mod extent;
mod graph;
mod heredocs;
mod jobs;
mod mounts;
mod path;
mod referring;
mod released;
mod run;
mod steps;
mod values;
mod work;
mod workflow;

use std::ops::RangeInclusive;
use std::sync::OnceLock;

use coracle_graph::cargo::{self, Workspace};
use coracle_graph::go::{self, Modules};
use coracle_graph::survey;
use coracle_recipe::workflow::Job;

use self::bake::BakeFile;
pub use self::build::{Build, Known, User, Written};
pub use self::commands::script;
pub use self::compiled::{Compiled, compiled};
pub use self::compose::ComposeFile;
pub use self::context::IgnoreFile;
pub use self::dependencies::Dependencies;
use self::dependencies::Folders;
pub use self::dockerfile::Dockerfile;
pub use self::mounts::CacheMounts;
pub use self::path::{base_name, joined};
use self::referring::Referring;
pub use self::referring::wanted;
pub use self::released::{Released, released};
pub use self::run::{commands, program, stages_of, value};
use self::steps::ActionFile;
pub use self::steps::Taken;
pub use self::work::{Action, Tool, Work, work};
pub use self::workflow::WorkflowFile;
use crate::ask::Ask;
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
    /// Those of this repository.
    actions: Vec<ActionFile<'a>>,
    bakes: Vec<BakeFile<'a>>,
    /// Builds of what is no Dockerfile of the repository, or is not known.
    pub other_builds: Vec<Build>,
    unread: Vec<Unread>,
    workspaces: OnceLock<Vec<Workspace>>,
    modules: OnceLock<Vec<Modules>>,
    is_configured: OnceLock<bool>,
    dependencies: Folders,
    ask: Option<&'a dyn Ask>,
}

/// A file that is not what its name says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its path from the top.
    pub file: String,
    /// Why it cannot be read.
    pub because: String,
}

impl<'a> Model<'a> {
    /// Reads every file.
    pub fn of(repository: &'a Repository, today: jiff::civil::Date) -> Model<'a> {
        let referring = Referring::read(repository);
        let (written, other_builds) =
            dockerfile::by_text(repository, referring.builds(repository).0);
        let mut unread = referring.unread;
        let mut dockerfiles = Vec::new();
        for (file, within, builds) in written {
            match Dockerfile::read(file, within, builds) {
                Ok(dockerfile) => dockerfiles.push(dockerfile),
                Err(because) => unread.push(Unread {
                    file: file.path().to_owned(),
                    because,
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
            actions: referring.actions,
            bakes: referring.bakes,
            other_builds,
            unread,
            workspaces: OnceLock::new(),
            modules: OnceLock::new(),
            is_configured: OnceLock::new(),
            dependencies: Folders::default(),
            ask: None,
        }
    }

    /// The same, with somebody who is asked where the files do not decide.
    #[must_use]
    pub fn asking(self, ask: Option<&'a dyn Ask>) -> Model<'a> {
        Model { ask, ..self }
    }

    /// Who is asked where the files do not decide.
    pub fn ask(&self) -> Option<&'a dyn Ask> {
        self.ask
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

    /// A compose file, by its path.
    pub fn compose(&self, file: &str) -> Option<&ComposeFile<'a>> {
        let mut composes = self.composes.iter();
        composes.find(|compose| compose.file.path() == file)
    }

    /// A service of a compose file with what it takes from the one that it extends, by the file's path and its name.
    pub fn service(&self, file: &str, name: &str) -> Option<&coracle_recipe::compose::Service> {
        self.compose(file)?.service(name)
    }

    /// The steps that a job of a workflow takes, those of the repository's own actions among them.
    pub fn steps<'m>(&'m self, workflow: &'m WorkflowFile<'_>, job: &'m Job) -> Vec<Taken<'m>> {
        steps::taken(workflow.file, job, &self.actions)
    }

    /// Whether GitHub builds a Dockerfile for an action of this repository.
    pub fn is_of_action(&self, dockerfile: &Dockerfile<'_>) -> bool {
        let path = dockerfile.file.path();
        let mut built = self.actions.iter().filter_map(ActionFile::dockerfile);
        built.any(|built| built.as_deref() == Ok(path))
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
        // What stands within another file is judged with that.
        let dockerfiles = self.dockerfiles.iter();
        let dockerfiles = dockerfiles.filter(|dockerfile| !dockerfile.is_within());
        let dockerfiles = dockerfiles.map(|dockerfile| dockerfile.file);
        let composes = self.composes.iter().map(|compose| compose.file);
        let workflows = self.workflows.iter().map(|workflow| workflow.file);
        let bakes = self.bakes.iter().map(|bake| bake.file);
        dockerfiles.chain(composes).chain(workflows).chain(bakes)
    }

    /// The files that are not what their names say.
    pub fn unread(&self) -> &[Unread] {
        &self.unread
    }

    /// The lines of what begins on this line: the instruction of a Dockerfile, the entry of a YAML file.
    pub fn extent(&self, file: &SourceFile, line: usize) -> RangeInclusive<usize> {
        let dockerfiles = self.dockerfiles.iter();
        let mut here = dockerfiles.filter(|dockerfile| dockerfile.file.path() == file.path());
        if let Some(extent) = here.find_map(|dockerfile| dockerfile.extent(line)) {
            return extent;
        }
        match Kind::of(file.path()) {
            Some(Kind::Compose | Kind::Workflow | Kind::Action) => extent::of_entry(file, line),
            _ => line..=line,
        }
    }
}

#[cfg(test)]
mod tests;

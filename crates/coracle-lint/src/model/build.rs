//! How a Dockerfile is built: by whom, from which folder, up to which stage, for which platforms, with which arguments.

use std::collections::BTreeMap;

use coracle_recipe::Text;
use coracle_recipe::workflow::Architecture;

use crate::source::Place;

/// A fact, or why it is not known: the end of "skipped, because …".
pub type Known<T> = Result<T, String>;

/// One way in which a Dockerfile is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Who builds it.
    pub user: User,
    /// The words that ask for it.
    pub place: Place,
    /// The Dockerfile.
    pub dockerfile: Known<Written>,
    /// The folder of the context, from the top (`""` is the top itself).
    pub context: Known<String>,
    /// The stage by name or number; `None` for the last.
    pub target: Known<Option<String>>,
    /// `linux/amd64`; none where nobody says any, which is the builder's own.
    pub platforms: Known<Vec<String>>,
    /// `--build-arg`, those that are known and those that are not.
    pub arguments: BTreeMap<String, Known<String>>,
    /// Whether bake or compose is told of a cache for its layers, or to have none; what the steps of jobs are told stands there.
    pub names_cache: bool,
    /// Where a job has compose build it, the compose file and its service.
    pub service: Option<(String, String)>,
    /// Where a job builds, the processors of the machines that GitHub lends for just this; of other machines nothing is
    /// known.
    pub machines: Vec<Architecture>,
}

/// Where a Dockerfile stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// It is a file, by its path from the top.
    File(String),
    /// It stands within a file that is something else.
    Within {
        /// That file.
        file: String,
        /// Its text, which knows its places there.
        text: Text,
    },
}

/// Who builds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum User {
    /// A service of a compose file.
    Compose {
        /// The file.
        file: String,
        /// The service.
        service: String,
    },
    /// A target of a bake file.
    Bake {
        /// The file.
        file: String,
        /// The target.
        target: String,
    },
    /// A step of a workflow's job.
    Job {
        /// The workflow's file.
        file: String,
        /// The job's id.
        job: String,
        /// The step's number, from 0.
        step: usize,
    },
}

impl User {
    /// `the service api of compose.yaml`.
    pub fn title(&self) -> String {
        match self {
            User::Compose { file, service } => format!("the service {service} of {file}"),
            User::Bake { file, target } => format!("the target {target} of {file}"),
            User::Job { file, job, .. } => format!("the job {job} of {file}"),
        }
    }

    /// Whether it is built to be started here: by a compose file.
    pub fn is_service(&self) -> bool {
        matches!(self, User::Compose { .. })
    }

    /// Whether a workflow does.
    pub fn is_job(&self) -> bool {
        matches!(self, User::Job { .. })
    }
}

impl Build {
    /// Whether another one asks for the same, on whatever machine.
    pub(super) fn asks_for_the_same(&self, other: &Build) -> bool {
        let on_its_machines = Build {
            machines: self.machines.clone(),
            ..other.clone()
        };
        *self == on_its_machines
    }

    /// The arguments that are known.
    pub fn given(&self) -> BTreeMap<String, String> {
        let known = self.arguments.iter();
        known
            .filter_map(|(name, value)| Some((name.clone(), value.clone().ok()?)))
            .collect()
    }
}

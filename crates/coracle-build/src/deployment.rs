//! Files that say what is run, compose's and Kubernetes', and the services of the plan that they name: by
//! `coracle://SERVICE` anywhere, and in compose files by a service's `build`.
//!
//! ```text
//!  Source ─► mentions, builds ─► Deployment ─► build and push what it names ─► the text with digests
//! ```
//! All else of a file stays as it is, byte for byte. That a file can be changed is known before anything is built.

mod compose;
mod files;
mod mentions;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use coracle_recipe::yaml::{Change, Edit, EditError, Yaml};

pub(crate) use self::compose::ComposeFile;
pub use self::files::{Written, read, write};
use crate::plan::{Plan, ServicePlan};

/// What a mention begins with.
pub const SCHEME: &str = "coracle://";

/// A file to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Where it is; nowhere when it came from stdin.
    pub path: Option<PathBuf>,
    /// What is in it.
    pub text: String,
}

impl Source {
    /// As messages call it.
    pub fn name(&self) -> String {
        match &self.path {
            Some(path) => path.display().to_string(),
            None => "stdin".to_owned(),
        }
    }
}

/// Why a file cannot be read, or what it names cannot be put in its place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder has none.
    #[error("{path} has no .yaml or .yml file")]
    Empty {
        /// Which.
        path: PathBuf,
    },
    /// One cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no YAML.
    #[error("cannot read {file} as YAML")]
    Yaml {
        /// Which.
        file: String,
        /// Why.
        source: coracle_recipe::yaml::Error,
    },
    /// Nobody knows the service.
    #[error("{file}:{line}:{column}: `{written}` names no service of this repository")]
    Unknown {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is written there.
        written: String,
        /// What may have been meant.
        nearest: Option<String>,
        /// What there is.
        known: Vec<String>,
    },
    /// A compose service is an alias of another one.
    #[error("{file}:{line}: {service} is an alias, so that it cannot have an image of its own")]
    Alias {
        /// The file.
        file: String,
        /// From 1.
        line: usize,
        /// The service.
        service: String,
    },
    /// The file is written in a way that is not changed.
    #[error("cannot change {file}")]
    Edit {
        /// The file.
        file: String,
        /// Why.
        source: EditError,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Unknown { nearest, known, .. } => {
                let services = format!("services here: {}", known.join(", "));
                Some(match nearest {
                    Some(nearest) => format!("did you mean `{SCHEME}{nearest}`? {services}"),
                    None => services,
                })
            }
            Error::Alias { service, .. } => Some(format!(
                "write `{service}:` with `<<: *ANCHOR` below it instead"
            )),
            Error::Edit { source, .. } => source.hint(),
            Error::Empty { .. } => Some("-R looks into its folders, too".to_owned()),
            Error::Read { .. } | Error::Write { .. } | Error::Yaml { .. } => None,
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Write { .. })
    }
}

/// A file and what of it is to be different.
#[derive(Debug)]
pub struct Deployment {
    source: Source,
    yaml: Yaml,
    /// In the place of a text the name of the service whose reference comes there.
    edits: Vec<Edit>,
    /// What the user should look at.
    warnings: Vec<String>,
}

impl Deployment {
    /// Finds what a file names.
    ///
    /// # Errors
    /// When it is no YAML, names a service that the plan does not have, or cannot be changed.
    pub fn find(source: Source, plan: &Plan) -> Result<Deployment, Error> {
        let file = source.name();
        let yaml = Yaml::read(&source.text).map_err(|error| Error::Yaml {
            file: file.clone(),
            source: error,
        })?;
        let mut mentioned = mentions::find(&file, &yaml, plan)?;
        let mut edits = Vec::new();
        for document in yaml.documents() {
            if let Some(compose) = ComposeFile::of(&file, &yaml, &document) {
                let builds = compose.builds(plan, &mut mentioned.services);
                let pointed = compose.point(&builds)?;
                edits.extend(pointed.edits);
                mentioned.warnings.extend(pointed.warnings);
            }
        }
        let mentions = mentioned.services.into_iter();
        edits.extend(mentions.map(|(at, service)| Change::Set(service).at(at)));
        let deployment = Deployment {
            warnings: mentioned.warnings,
            source,
            yaml,
            edits,
        };
        let any = |service: &str| (service.to_owned(), format!("example.invalid/{service}:x"));
        let references = deployment.services().into_iter().map(any).collect();
        deployment.written(&references)?;
        Ok(deployment)
    }

    /// The services that it names.
    pub fn services(&self) -> BTreeSet<&str> {
        let texts = self.edits.iter().filter_map(|edit| text(&edit.change));
        texts.map(String::as_str).collect()
    }

    /// What the user should look at.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The file.
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Its text with these references, by service.
    ///
    /// # Errors
    /// When it is written in a way that is not changed, which [`Deployment::find`] would have told.
    pub fn written(&self, references: &BTreeMap<String, String>) -> Result<String, Error> {
        let mut edits = self.edits.clone();
        for edit in &mut edits {
            let text = match &mut edit.change {
                Change::Set(text)
                | Change::Replace { text, .. }
                | Change::InsertAfter { text, .. } => text,
                Change::Remove => continue,
            };
            if let Some(reference) = references.get(text) {
                text.clone_from(reference);
            }
        }
        self.yaml.edit(&edits).map_err(|source| Error::Edit {
            file: self.source.name(),
            source,
        })
    }
}

fn text(change: &Change) -> Option<&String> {
    match change {
        Change::Set(text) | Change::Replace { text, .. } | Change::InsertAfter { text, .. } => {
            Some(text)
        }
        Change::Remove => None,
    }
}

/// The service of the plan that a compose service is: the one that the configuration says, else that of its name.
pub(crate) fn of_compose<'a>(plan: &'a Plan, name: &str) -> Option<&'a ServicePlan> {
    plan.services.iter().find(|service| {
        let own = service.settings.compose.as_ref().unwrap_or(&service.name);
        own.eq_ignore_ascii_case(name)
    })
}

#[cfg(test)]
pub(crate) mod tests;

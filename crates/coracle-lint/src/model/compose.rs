//! Compose files of the repository, and what their services build.

use coracle_recipe::compose::{self, Compose};
use coracle_recipe::{Entry, Value};

use super::build::{Build, Known, User};
use super::path::within;
use crate::source::SourceFile;

/// A compose file.
#[derive(Debug)]
pub struct ComposeFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it.
    pub compose: Compose,
}

impl<'a> ComposeFile<'a> {
    /// Reads one.
    pub(super) fn read(file: &'a SourceFile) -> Known<ComposeFile<'a>> {
        let compose = compose::read(file.text()).map_err(|error| error.to_string())?;
        Ok(ComposeFile { file, compose })
    }

    /// What its services build. A service that extends another builds what that one does; only what a service says itself
    /// is here.
    pub(super) fn builds(&self) -> Vec<Build> {
        let services = self.compose.services.iter();
        let known = services.filter_map(|(name, service)| {
            let build = service.as_ref().ok()?.build.as_ref()?;
            // A Dockerfile within the compose file is no file of the repository.
            (build.dockerfile_inline.is_none()).then(|| self.build(name, build))
        });
        known.collect()
    }

    fn build(&self, service: &str, build: &compose::Build) -> Build {
        let folder = self.file.folder();
        let context = match &build.context {
            Some(context) => text(context).and_then(|written| within(folder, written)),
            None => Ok(folder.to_owned()),
        };
        let dockerfile = match (&context, &build.dockerfile) {
            (Ok(context), Some(dockerfile)) => {
                text(dockerfile).and_then(|written| within(context, written))
            }
            (Ok(context), None) => within(context, "Dockerfile"),
            (Err(because), _) => Err(because.clone()),
        };
        let span = build.target.as_ref().map(|target| &target.span);
        Build {
            user: User::Compose {
                file: self.file.path().to_owned(),
                service: service.to_owned(),
            },
            place: self.file.place(span.unwrap_or(&build.span)),
            dockerfile,
            context,
            target: match &build.target {
                Some(target) => text(target).map(|target| Some(target.to_owned())),
                None => Ok(None),
            },
            platforms: build
                .platforms
                .iter()
                .map(|value| text(value).map(ToOwned::to_owned))
                .collect(),
            arguments: build.arguments.iter().map(argument).collect(),
        }
    }
}

fn argument(entry: &Entry) -> (String, Known<String>) {
    let value = match &entry.value {
        Some(value) => text(value).map(ToOwned::to_owned),
        None => Err(format!("{} comes from the environment", entry.key)),
    };
    (entry.key.clone(), value)
}

fn text(value: &Value) -> Known<&str> {
    value.known.as_deref().map_err(ToString::to_string)
}

//! Compose files of the repository, with what their services take from others, and what they build.

use std::cell::RefCell;
use std::collections::BTreeSet;

use coracle_recipe::compose::{self, Compose, Joined, Service};
use coracle_recipe::{Entry, Span, Value};

use super::build::{Build, Known, User, Written};
use super::path::within;
use crate::repository::Repository;
use crate::source::{Place, SourceFile};

/// A compose file.
#[derive(Debug)]
pub struct ComposeFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it, by itself.
    pub compose: Compose,
    /// Its services as compose has them, over those that they extend; none where that cannot be read.
    joined: Option<Joined>,
    /// The files that was read from.
    sources: Vec<&'a SourceFile>,
    /// Files that it leads to and that were not read.
    pub(super) absent: BTreeSet<String>,
}

impl<'a> ComposeFile<'a> {
    /// Reads one, and what its services extend.
    pub(super) fn read(file: &'a SourceFile, repository: &'a Repository) -> Known<ComposeFile<'a>> {
        let compose = compose::read(file.text()).map_err(|error| error.to_string())?;
        let absent = RefCell::new(BTreeSet::new());
        let lookup = |name: &str| match repository.source(name) {
            Some(source) => Some(source.text().to_owned()),
            None => {
                absent.borrow_mut().insert(name.to_owned());
                None
            }
        };
        let joined = compose::join(&[file.path()], &lookup).ok();
        let names = joined.iter().flat_map(|joined| &joined.sources);
        Ok(ComposeFile {
            file,
            compose,
            sources: names
                .filter_map(|source| repository.source(&source.name))
                .collect(),
            absent: absent.take(),
            joined,
        })
    }

    /// Its own services, each with what it takes from the one that it extends. Their spans are this file's or, as
    /// [`ComposeFile::place`] tells, another's.
    pub fn services(&self) -> impl Iterator<Item = (&str, &Service)> {
        let names = self.compose.services.keys();
        names.filter_map(|name| Some((name.as_str(), self.service(name)?)))
    }

    /// One of them.
    pub fn service(&self, name: &str) -> Option<&Service> {
        let own = self.compose.service(name)?;
        match &self.joined {
            Some(joined) => joined.compose.service(name),
            None => Some(own),
        }
    }

    /// The place of a span of a service.
    pub fn place(&self, span: &Span) -> Place {
        let (file, span) = self.located(span);
        file.place(&span)
    }

    /// The file that a span of a service is in, and the span there.
    pub fn located(&self, span: &Span) -> (&'a SourceFile, Span) {
        let found = self.joined.as_ref().and_then(|joined| {
            let (source, span) = joined.locate(span)?;
            let mut sources = self.sources.iter();
            let file = sources.find(|file| file.path() == source.name)?;
            Some((*file, span))
        });
        found.unwrap_or_else(|| (self.file, span.clone()))
    }

    /// Why it is not known what a service takes from the one that it extends.
    pub fn not_followed(&self, service: &str) -> Option<String> {
        self.compose.service(service)?.extends.as_ref()?;
        let because = match &self.joined {
            None => "it does not fit".to_owned(),
            Some(joined) => {
                let mut problems = joined.problems.iter();
                // What is included brings services of its own.
                let problem =
                    problems.find(|problem| !problem.error.message.starts_with("`include`"))?;
                let message = problem.error.message.as_str();
                let reason = message.strip_prefix("`extends` is not followed: ");
                reason.unwrap_or(message).to_owned()
            }
        };
        Some(format!(
            "what the service {service} extends is not known: {because}"
        ))
    }

    /// What its services build.
    pub(super) fn builds(&self) -> Vec<Build> {
        let builds = self.services().filter_map(|(name, service)| {
            let build = service.build.as_ref()?;
            Some(self.build(name, service, build))
        });
        builds.collect()
    }

    fn build(&self, name: &str, service: &Service, build: &compose::Build) -> Build {
        let context = match &build.context {
            Some(context) => text(context).and_then(|written| within(self.file.folder(), written)),
            None => Ok(self.file.folder().to_owned()),
        };
        // What it takes over may say more than is seen.
        let not_followed = self.not_followed(name);
        let platforms: Vec<&Value> = match build.platforms.is_empty() {
            true => service.platform.iter().collect(),
            false => build.platforms.iter().collect(),
        };
        Build {
            user: User::Compose {
                file: self.file.path().to_owned(),
                service: name.to_owned(),
            },
            place: self.asked(name, build),
            dockerfile: self.dockerfile(name, build, &context),
            context,
            target: match (&build.target, &not_followed) {
                (Some(target), _) => text(target).map(|target| Some(target.to_owned())),
                (None, Some(because)) => Err(because.clone()),
                (None, None) => Ok(None),
            },
            platforms: match (platforms.is_empty(), not_followed) {
                (true, Some(because)) => Err(because),
                _ => platforms
                    .into_iter()
                    .map(|value| text(value).map(ToOwned::to_owned))
                    .collect(),
            },
            arguments: build.arguments.iter().map(argument).collect(),
            names_cache: !build.cache_from.is_empty() || !build.cache_to.is_empty(),
            service: None,
            machines: Vec::new(),
        }
    }

    /// The words of the service itself: what it names, or that it extends another.
    fn asked(&self, name: &str, build: &compose::Build) -> Place {
        let own = self.compose.service(name);
        let extends = own.and_then(|own| own.extends.as_ref());
        match (own.and_then(|own| own.build.as_ref()), extends) {
            (Some(own), _) => {
                let span = own.target.as_ref().map(|target| &target.span);
                self.file.place(span.unwrap_or(&own.span))
            }
            (None, Some(extends)) => self.file.place(&extends.span),
            (None, None) => self.place(&build.span),
        }
    }

    fn dockerfile(
        &self,
        name: &str,
        build: &compose::Build,
        context: &Known<String>,
    ) -> Known<Written> {
        let path = match (&build.dockerfile_inline, &build.dockerfile) {
            (Some(_), Some(_)) => return Err(format!("the service {name} has two Dockerfiles")),
            (Some(inline), None) => return self.inline(name, inline),
            (None, Some(dockerfile)) => text(dockerfile)?,
            (None, None) => "Dockerfile",
        };
        let context = context.as_deref().map_err(Clone::clone)?;
        within(context, path).map(Written::File)
    }

    fn inline(&self, name: &str, inline: &Value) -> Known<Written> {
        text(inline)?;
        let found = self.joined.as_ref().and_then(|joined| joined.text(inline));
        let (source, text) = found
            .ok_or_else(|| format!("the Dockerfile within the service {name} is not understood"))?;
        Ok(Written::Within {
            file: source.name.clone(),
            text,
        })
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

//! Dockerfiles: what the image built from one would say of itself.
//!
//! ```text
//!  text ─► syntax ─► Dockerfile ─► stage ─► Image
//!          instructions with ranges   scopes, inheritance, expansion (with `words`)
//! ```
//! A stage inherits from the stages it is `FROM`, as BuildKit has it: environment, arguments and everything that an
//! image says. What the first base image says is not known here and not asked for.

pub mod document;

mod stage;
mod syntax;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use crate::health::Healthcheck;
use crate::port::Port;
use crate::span::{Lines, Span};
use crate::value::{Command, Entry, Value};

/// A Dockerfile that could be read.
#[derive(Debug, Clone)]
pub struct Dockerfile {
    lines: Lines,
    syntax: syntax::Syntax,
}

/// Why a Dockerfile cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is no Dockerfile, or one with a mistake.
    #[error("line {line}, column {column}: {message}")]
    Syntax {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A value that an instruction cannot have.
    #[error("line {}, column {}: {what} cannot be `{written}`", .span.line, .span.column)]
    Unusable {
        /// Of what.
        what: &'static str,
        /// What is written.
        written: String,
        /// Where.
        span: Span,
    },
    /// The stage that was asked for is not there.
    #[error("there is no stage {target}")]
    NoStage {
        /// What was asked for.
        target: String,
        /// The named stages.
        known: Vec<String>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoStage { known, .. } if !known.is_empty() => {
                Some(format!("stages here: {}", known.join(", ")))
            }
            _ => None,
        }
    }
}

/// What the image of one stage says of itself, the inherited included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The image that its first stage is from.
    pub base: Option<Value>,
    /// The names that `ARG` declares in its stages: what `--build-arg` can give a value.
    pub arguments: BTreeSet<String>,
    /// Labels, the last of a key only, in the order of the file.
    pub labels: Vec<Entry>,
    /// `ENV`, likewise.
    pub environment: Vec<Entry>,
    /// `EXPOSE`.
    pub exposed: Vec<Exposed>,
    /// `VOLUME`.
    pub volumes: Vec<Value>,
    /// `USER`.
    pub user: Option<Value>,
    /// `WORKDIR` as written last; a relative one is below the one before.
    pub working_directory: Option<Value>,
    /// `SHELL`.
    pub shell: Option<Vec<String>>,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<Command>,
    /// `CMD`.
    pub command: Option<Command>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<Healthcheck>,
}

/// A word of `EXPOSE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposed {
    /// As written and expanded.
    pub value: Value,
    /// The ports; none where the value is not known.
    pub ports: Vec<Port>,
}

/// Reads a Dockerfile.
///
/// # Errors
/// [`Error::Syntax`], with the first mistake.
pub fn read(text: &str) -> Result<Dockerfile, Error> {
    let lines = Lines::new(text);
    let syntax = syntax::read(lines.text())?;
    Ok(Dockerfile { lines, syntax })
}

impl Dockerfile {
    /// What the image of a stage says: the named or numbered `target`, else the last. `arguments` are those of
    /// `--build-arg`.
    ///
    /// # Errors
    /// [`Error::NoStage`], and [`Error::Unusable`] for a port or a time that is none.
    pub fn image(
        &self,
        target: Option<&str>,
        arguments: &BTreeMap<String, String>,
    ) -> Result<Image, Error> {
        let last = self.syntax.stages.len().saturating_sub(1);
        let index = match target {
            Some(target) => self.stage(target)?,
            None => last,
        };
        stage::image(&self.lines, &self.syntax, index, arguments)
    }

    fn stage(&self, target: &str) -> Result<usize, Error> {
        let stages = &self.syntax.stages;
        let is_named = |stage: &syntax::Stage| stage.is_named(target);
        let numbered = || {
            let number = target.parse::<usize>().ok()?;
            (number < stages.len()).then_some(number)
        };
        stages
            .iter()
            .position(is_named)
            .or_else(numbered)
            .ok_or_else(|| Error::NoStage {
                target: target.to_owned(),
                known: stages
                    .iter()
                    .filter_map(|stage| stage.name.clone())
                    .collect(),
            })
    }
}

#[cfg(test)]
mod tests;

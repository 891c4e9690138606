//! Compose files: what one says of each service.
//!
//! ```text
//!  text ─► node ─────────► service, build, … ─► Compose
//!  texts ─► node ─► join ─┘                   ─► Joined, whose spans know their file
//! ```
//! A partial model: of keys that are not here only the place is told, for compose has many and gets new ones. Variables
//! come from outside of the file, so only their defaults count. Anchors and merge keys are followed. [`read`] follows
//! neither `extends` nor `include`; [`join()`] does, through its caller's eyes, and joins override files.

mod build;
mod fields;
mod inline;
mod join;
mod merge;
mod node;
mod path;
mod reference;
mod service;
mod sources;
mod variable;

use std::collections::BTreeMap;

pub use self::build::Build;
pub use self::join::join;
pub use self::reference::{Dependency, Extends, Include};
pub use self::sources::{Joined, Problem, Source};
pub use self::variable::{Form, Variable, variables};
use crate::health::Healthcheck;
use crate::port::Port;
use crate::span::Span;
use crate::value::{Command, Entry, Value};

/// A compose file that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compose {
    /// The services by name; one that cannot be read spoils none of the others.
    pub services: BTreeMap<String, Result<Service, Error>>,
    /// `include`.
    pub include: Vec<Include>,
    /// The keys at the top, those of extensions (`x-…`) and all others among them.
    pub keys: Vec<Key>,
}

/// A key, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// Why a compose file, or one of its services, cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}")]
pub struct Error {
    /// From 1.
    pub line: usize,
    /// From 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Where it begins.
    pub span: Span,
    /// Where its name stands.
    pub name: Span,
    /// Its keys, those of extensions (`x-…`) and all others that are not below among them.
    pub keys: Vec<Key>,
    /// `extends`.
    pub extends: Option<Extends>,
    /// `build`.
    pub build: Option<Build>,
    /// `image`.
    pub image: Option<Value>,
    /// The container's side of `ports`.
    pub ports: Vec<Published>,
    /// `expose`.
    pub expose: Vec<Published>,
    /// `healthcheck`.
    pub healthcheck: Option<Healthcheck>,
    /// `profiles`.
    pub profiles: Vec<Value>,
    /// `volumes`.
    pub volumes: Vec<Volume>,
    /// `labels`, which are the container's; an image's are `build.labels`.
    pub labels: Vec<Entry>,
    /// `environment`.
    pub environment: Vec<Entry>,
    /// `user`.
    pub user: Option<Value>,
    /// `command`.
    pub command: Option<Command>,
    /// `entrypoint`.
    pub entrypoint: Option<Command>,
    /// `platform`.
    pub platform: Option<Value>,
    /// `depends_on`.
    pub depends_on: Vec<Dependency>,
    /// `env_file`: paths, relative to the compose file's folder.
    pub env_files: Vec<Value>,
    /// `working_dir`.
    pub working_directory: Option<Value>,
}

/// An entry of `ports` or `expose`: the container's side of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// The whole short form, or the long form's `target`.
    pub value: Value,
    /// The container's port or ports; `None` where the value is not known.
    pub port: Option<Port>,
}

/// An entry of `volumes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// A name, a path of the host, or nothing.
    pub source: Option<Value>,
    /// The folder in the container.
    pub target: Value,
}

impl Service {
    /// Where one of its keys stands.
    pub fn key(&self, name: &str) -> Option<&Span> {
        key(&self.keys, name)
    }
}

impl Compose {
    /// The service of this name, where it could be read.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.get(name)?.as_ref().ok()
    }

    /// Where one of the keys at the top stands.
    pub fn key(&self, name: &str) -> Option<&Span> {
        key(&self.keys, name)
    }
}

fn key<'a>(keys: &'a [Key], name: &str) -> Option<&'a Span> {
    let found = keys.iter().find(|key| key.text == name);
    found.map(|key| &key.span)
}

/// Reads a compose file by itself.
///
/// ```
/// use coracle_recipe::compose;
///
/// let text = "services: {api: {build: {context: ., target: runtime}, env_file: .env}}\n";
/// let compose = compose::read(text).unwrap();
/// let build = compose.service("api").unwrap().build.as_ref().unwrap();
/// let target = build.target.as_ref().unwrap();
/// assert_eq!(target.text(), Some("runtime"));
/// assert_eq!(&text[target.span.start..target.span.end], "runtime");
/// ```
///
/// # Errors
/// When it is no YAML, or not a mapping with a mapping of services.
pub fn read(text: &str) -> Result<Compose, Error> {
    of_node(&node::read(text)?)
}

/// What a file, or several that were joined, say.
fn of_node(root: &node::Node) -> Result<Compose, Error> {
    if root.is_null() {
        return Ok(Compose::default());
    }
    let mut compose = Compose {
        keys: fields::keys(root),
        ..Compose::default()
    };
    for (key, node) in root.map("a compose file")? {
        match key.text.as_str() {
            "services" if !node.is_null() => {
                for (name, node) in node.map("`services`")? {
                    let service = service::read(node, &name.span);
                    compose.services.insert(name.text.clone(), service);
                }
            }
            "include" => compose.include = Include::read(node, &key.span)?,
            _ => {}
        }
    }
    Ok(compose)
}

#[cfg(test)]
mod tests;

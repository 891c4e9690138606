//! Compose files: what one says of each service.
//!
//! ```text
//!  text ─► node ─► service ─► Compose
//!          YAML with places   the keys we know (with `interpolate`d values)
//! ```
//! A partial model: keys that are not here are ignored, for compose has many and gets new ones. Variables come from
//! outside of the file, so only their defaults count. Anchors and merge keys are followed; `extends` and `include`
//! are not, and the records say where they stand.

mod fields;
mod node;
mod service;

use std::collections::BTreeMap;

use crate::health::Healthcheck;
use crate::port::Port;
use crate::span::Span;
use crate::value::{Command, Entry, Value};

/// A compose file that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compose {
    /// The services by name; one that cannot be read spoils none of the others.
    pub services: BTreeMap<String, Result<Service, Error>>,
    /// Where `include` stands, which is not followed.
    pub include: Option<Span>,
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
    /// Where `extends` stands, which is not followed.
    pub extends: Option<Span>,
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
}

/// `build`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The folder, relative to the compose file's.
    pub context: Option<Value>,
    /// The Dockerfile, relative to the context.
    pub dockerfile: Option<Value>,
    /// A Dockerfile within the compose file.
    pub dockerfile_inline: Option<Value>,
    /// The stage.
    pub target: Option<Value>,
    /// Build arguments.
    pub arguments: Vec<Entry>,
    /// Labels of the image.
    pub labels: Vec<Entry>,
    /// Where.
    pub span: Span,
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

/// Reads a compose file.
///
/// # Errors
/// When it is no YAML, or not a mapping with a mapping of services.
pub fn read(text: &str) -> Result<Compose, Error> {
    let root = node::read(text)?;
    if root.is_null() {
        return Ok(Compose::default());
    }
    let mut compose = Compose::default();
    for (key, node) in root.map("a compose file")? {
        match key.text.as_str() {
            "services" if !node.is_null() => {
                for (name, node) in node.map("`services`")? {
                    let service = service::read(node);
                    compose.services.insert(name.text.clone(), service);
                }
            }
            "include" => compose.include = Some(key.span.clone()),
            _ => {}
        }
    }
    Ok(compose)
}

#[cfg(test)]
mod tests;

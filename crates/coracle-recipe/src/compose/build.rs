//! `build` of a service.

use super::fields::{entries, keys, optional, value, values};
use super::node::Node;
use super::{Error, Key};
use crate::span::Span;
use crate::value::{Entry, Value};

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
    /// `platforms`.
    pub platforms: Vec<Value>,
    /// `additional_contexts`: names, and what they are.
    pub additional_contexts: Vec<Entry>,
    /// `cache_from`.
    pub cache_from: Vec<Value>,
    /// `cache_to`.
    pub cache_to: Vec<Value>,
    /// `tags`.
    pub tags: Vec<Value>,
    /// Its keys, those that are not above among them.
    pub keys: Vec<Key>,
    /// Where.
    pub span: Span,
}

impl Build {
    /// A context, or a mapping.
    pub(super) fn read(node: &Node, span: &Span) -> Result<Option<Build>, Error> {
        let mut build = Build {
            context: None,
            dockerfile: None,
            dockerfile_inline: None,
            target: None,
            arguments: Vec::new(),
            labels: Vec::new(),
            platforms: Vec::new(),
            additional_contexts: Vec::new(),
            cache_from: Vec::new(),
            cache_to: Vec::new(),
            tags: Vec::new(),
            keys: keys(node),
            span: span.clone(),
        };
        if node.is_null() {
            return Ok(None);
        }
        let Some(map) = node.as_map() else {
            build.context = Some(value(node, "`build`")?);
            return Ok(Some(build));
        };
        for (key, node) in map {
            let what = format!("`{}`", key.text);
            match key.text.as_str() {
                "context" => build.context = optional(node, &what)?,
                "dockerfile" => build.dockerfile = optional(node, &what)?,
                "dockerfile_inline" => build.dockerfile_inline = optional(node, &what)?,
                "target" => build.target = optional(node, &what)?,
                "args" => build.arguments = entries(node, &what)?,
                "labels" => build.labels = entries(node, &what)?,
                "platforms" => build.platforms = values(node, &what)?,
                "additional_contexts" => build.additional_contexts = entries(node, &what)?,
                "cache_from" => build.cache_from = values(node, &what)?,
                "cache_to" => build.cache_to = values(node, &what)?,
                "tags" => build.tags = values(node, &what)?,
                _ => {}
            }
        }
        Ok(Some(build))
    }

    /// Where one of its keys stands.
    pub fn key(&self, name: &str) -> Option<&Span> {
        super::key(&self.keys, name)
    }
}

//! What a compose file says of other services and files: `extends`, `include`, `depends_on`, `env_file`.

use super::Error;
use super::fields::{optional, value, values};
use super::node::Node;
use crate::span::Span;
use crate::value::Value;

/// `extends`: the service that this one begins as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extends {
    /// Where the key stands.
    pub span: Span,
    /// The file, relative to this one; `None` for this one.
    pub file: Option<Value>,
    /// The service.
    pub service: Value,
}

/// An entry of `include`: files whose services are there, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Include {
    /// Where `include` stands.
    pub span: Span,
    /// The files, relative to this one; several are joined.
    pub paths: Vec<Value>,
    /// What the paths in them are relative to, where that is not their own folder.
    pub project_directory: Option<Value>,
}

/// An entry of `depends_on`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dependency {
    /// The service.
    pub service: Value,
    /// `condition`: `service_healthy`.
    pub condition: Option<Value>,
}

impl Extends {
    pub(super) fn read(node: &Node, span: &Span) -> Result<Option<Extends>, Error> {
        if node.is_null() {
            return Ok(None);
        }
        let mut file = None;
        let mut service = None;
        match node.as_map() {
            Some(map) => {
                for (key, node) in map {
                    match key.text.as_str() {
                        "file" => file = optional(node, "`file`")?,
                        "service" => service = optional(node, "`service`")?,
                        _ => {}
                    }
                }
            }
            None => service = Some(value(node, "`extends`")?),
        }
        let service =
            service.ok_or_else(|| node.error("`extends` names no `service`".to_owned()))?;
        Ok(Some(Extends {
            span: span.clone(),
            file,
            service,
        }))
    }
}

impl Include {
    pub(super) fn read(node: &Node, span: &Span) -> Result<Vec<Include>, Error> {
        if node.is_null() {
            return Ok(Vec::new());
        }
        let include = |node: &Node| {
            let mut include = Include {
                span: span.clone(),
                paths: Vec::new(),
                project_directory: None,
            };
            let Some(map) = node.as_map() else {
                include.paths = vec![value(node, "an entry of `include`")?];
                return Ok(include);
            };
            for (key, node) in map {
                match key.text.as_str() {
                    "path" => include.paths = one_or_more(node, "`path`")?,
                    "project_directory" => {
                        include.project_directory = optional(node, "`project_directory`")?;
                    }
                    _ => {}
                }
            }
            Ok(include)
        };
        node.list("`include`")?.iter().map(include).collect()
    }
}

/// A text, or a list of them.
pub(super) fn one_or_more(node: &Node, what: &str) -> Result<Vec<Value>, Error> {
    match node.as_list() {
        Some(_) => values(node, what),
        None => Ok(optional(node, what)?.into_iter().collect()),
    }
}

/// Names, or a mapping with conditions.
pub(super) fn dependencies(node: &Node) -> Result<Vec<Dependency>, Error> {
    let Some(map) = node.as_map() else {
        let services = values(node, "`depends_on`")?.into_iter();
        let dependency = |service| Dependency {
            service,
            condition: None,
        };
        return Ok(services.map(dependency).collect());
    };
    let mut found = Vec::new();
    for (key, node) in map {
        let condition = node.get("condition");
        found.push(Dependency {
            service: Value::literal(key.text.as_str(), key.span.clone()),
            condition: match condition {
                Some(node) => optional(node, "`condition`")?,
                None => None,
            },
        });
    }
    Ok(found)
}

/// A path, a list of them, or of mappings with a `path`.
pub(super) fn env_files(node: &Node) -> Result<Vec<Value>, Error> {
    let Some(items) = node.as_list() else {
        return Ok(optional(node, "`env_file`")?.into_iter().collect());
    };
    let mut found = Vec::new();
    for item in items {
        found.push(match (item.as_map(), item.get("path")) {
            (Some(_), Some(path)) => value(path, "`path`")?,
            (Some(_), None) => {
                return Err(item.error("an entry of `env_file` has no `path`".to_owned()));
            }
            (None, _) => value(item, "an entry of `env_file`")?,
        });
    }
    Ok(found)
}

//! YAML as nodes with places: aliases and merge keys are resolved, and each node stands where it was defined.
//!
//! Scalars are texts as written: compose's values are texts nearly everywhere, and `1.10` must not become `1.1`.

use std::collections::BTreeSet;

use super::Error;
use crate::span::Span;
use crate::yaml::{Cursor, Reading, Shape, Yaml};

/// A piece of YAML.
#[derive(Debug, Clone)]
pub(super) struct Node {
    kind: Kind,
    pub(super) span: Span,
    /// `!reset` and `!override`, which a file that is joined to another one has.
    pub(super) mark: Option<Mark>,
}

/// What a tag of compose's asks for when files are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// What was there goes.
    Reset,
    /// What was there is replaced.
    Override,
}

#[derive(Debug, Clone)]
enum Kind {
    Null,
    Scalar(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) span: Span,
}

impl Node {
    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    pub(super) fn scalar(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_list(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    pub(super) fn as_map(&self) -> Option<&[(Key, Node)]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The value of a mapping's key.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        let mut entries = self.as_map()?.iter();
        let found = entries.find(|(other, _)| other.text == key);
        found.map(|(_, node)| node)
    }

    /// A mapping of these, at the place of another node.
    pub(super) fn with_entries(&self, entries: Vec<(Key, Node)>) -> Node {
        Node {
            kind: Kind::Map(entries),
            span: self.span.clone(),
            mark: None,
        }
    }

    /// A list of these, at the place of another node.
    pub(super) fn with_items(&self, items: Vec<Node>) -> Node {
        Node {
            kind: Kind::List(items),
            span: self.span.clone(),
            mark: None,
        }
    }

    /// A text at a place.
    pub(super) fn text(text: &str, span: Span) -> Node {
        Node {
            kind: Kind::Scalar(text.to_owned()),
            span,
            mark: None,
        }
    }

    /// Nothing, at the place of another node.
    pub(super) fn nothing(&self) -> Node {
        Node {
            kind: Kind::Null,
            span: self.span.clone(),
            mark: None,
        }
    }

    /// The same, in a text that begins later.
    pub(super) fn moved(mut self, by: usize) -> Node {
        let moved = |mut span: Span| {
            span.start += by;
            span.end += by;
            span
        };
        self.span = moved(self.span);
        self.kind = match self.kind {
            Kind::List(items) => Kind::List(items.into_iter().map(|item| item.moved(by)).collect()),
            Kind::Map(entries) => {
                let entry = |(mut key, node): (Key, Node)| {
                    key.span = moved(key.span);
                    (key, node.moved(by))
                };
                Kind::Map(entries.into_iter().map(entry).collect())
            }
            kind => kind,
        };
        self
    }

    /// The mapping that `what` must be.
    pub(super) fn map(&self, what: &str) -> Result<&[(Key, Node)], Error> {
        self.as_map()
            .ok_or_else(|| self.error(format!("{what} is a mapping, and here is {}", self.name())))
    }

    /// The list that `what` must be.
    pub(super) fn list(&self, what: &str) -> Result<&[Node], Error> {
        self.as_list()
            .ok_or_else(|| self.error(format!("{what} is a list, and here is {}", self.name())))
    }

    pub(super) fn error(&self, message: String) -> Error {
        error(&self.span, message)
    }

    pub(super) fn name(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Scalar(text) => format!("`{text}`"),
            Kind::List(_) => "a list".to_owned(),
            Kind::Map(_) => "a mapping".to_owned(),
        }
    }
}

/// Reads one YAML document.
pub(super) fn read(text: &str) -> Result<Node, Error> {
    let yaml = Yaml::read(text).map_err(|error| Error {
        line: error.line,
        column: error.column,
        message: error.message,
    })?;
    let reading = Reading::new(&yaml);
    let mut roots = reading.roots().into_iter();
    let read = match roots.next() {
        Some(root) => node(root)?,
        None => Node::text("", start()).nothing(),
    };
    match roots.next() {
        _ if reading.is_exhausted() => Err(error(
            &start(),
            "its aliases name more than is read".to_owned(),
        )),
        Some(second) => Err(error(
            &second.span(),
            "a compose file is one document".to_owned(),
        )),
        None => Ok(read),
    }
}

fn start() -> Span {
    Span {
        start: 0,
        end: 0,
        line: 1,
        column: 1,
    }
}

fn error(span: &Span, message: String) -> Error {
    Error {
        line: span.line,
        column: span.column,
        message,
    }
}

fn node(cursor: Cursor<'_>) -> Result<Node, Error> {
    let kind = match cursor.shape() {
        Shape::Null => Kind::Null,
        Shape::Scalar => Kind::Scalar(cursor.text().unwrap_or_default().to_owned()),
        Shape::List => {
            let items = cursor.items().into_iter();
            Kind::List(items.map(node).collect::<Result<_, _>>()?)
        }
        Shape::Map => Kind::Map(entries(cursor)?),
    };
    Ok(Node {
        kind,
        span: cursor.span(),
        mark: match cursor.tag() {
            Some("!reset") => Some(Mark::Reset),
            Some("!override") => Some(Mark::Override),
            _ => None,
        },
    })
}

fn entries(cursor: Cursor<'_>) -> Result<Vec<(Key, Node)>, Error> {
    let mut seen = BTreeSet::new();
    for pair in cursor.pairs() {
        let Some(text) = pair.key.text() else {
            return Err(error(&pair.key.span(), "a key is a text".to_owned()));
        };
        if !pair.key.is_merge() && !seen.insert(text) {
            let message = format!("duplicate mapping key: {text}");
            return Err(error(&pair.key.span(), message));
        }
    }
    let mut entries = Vec::new();
    for pair in cursor.merged() {
        let key = Key {
            text: pair.key.text().unwrap_or_default().to_owned(),
            span: pair.key.span(),
        };
        entries.push((key, node(pair.value)?));
    }
    Ok(entries)
}

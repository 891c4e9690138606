//! YAML that is changed without being written anew: what is not to change stays as it is, byte for byte.
//!
//! ```text
//!  text ─► tree ─► Yaml ─► Edits ─► splice ─► text ─► tree
//!                    └────► meaning, as it is to be ═══ meaning, as it is
//! ```
//! A stream of documents as nodes that know their bytes; aliases are kept as such. An [`Edit`] is made twice: in the
//! bytes, and in what they mean. The new text is read again, and unless it means exactly that, there is no new text.
//! A [`Scalar`] knows the place of each of its characters.

mod aligned;
mod aligner;
mod change;
mod cursor;
mod edit;
mod lines;
mod meaning;
mod scalar;
mod splice;
mod tree;

use std::fmt;
use std::ops::Range;

pub use self::aligned::Scalar;
pub use self::change::{Change, Edit, EditError};
pub(crate) use self::cursor::{Cursor, Pair, Reading, Shape};
use crate::span::{Lines, Span};

/// A stream of YAML documents.
#[derive(Debug, Clone)]
pub struct Yaml {
    /// The text without its byte-order mark, and where its lines are.
    lines: Lines,
    documents: Vec<Node>,
    /// Where each anchor is, by its number less one.
    anchors: Vec<Place>,
}

/// Why a text is no YAML.
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

/// Which node of a stream: its document, and from there on the number of the item or entry at each level.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(Vec<usize>);

/// A piece of YAML.
#[derive(Debug, Clone)]
struct Node {
    kind: Kind,
    /// Its bytes. Of a block collection only the beginning counts.
    bytes: Range<usize>,
    /// The number of its anchor, from 1.
    anchor: Option<usize>,
    tag: Option<String>,
}

#[derive(Debug, Clone)]
enum Kind {
    Scalar { text: String, style: Style },
    List { items: Vec<Node>, is_flow: bool },
    Map { entries: Vec<Entry>, is_flow: bool },
    Alias { anchor: usize },
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    /// Behind `|` or `>`.
    Block,
}

#[derive(Debug, Clone)]
struct Entry {
    key: Node,
    value: Node,
}

impl Yaml {
    /// Reads a text.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn read(text: &str) -> Result<Yaml, Error> {
        let lines = Lines::new(text);
        let (documents, anchors) = tree::read(lines.text())?;
        Ok(Yaml {
            lines,
            documents,
            anchors,
        })
    }

    /// The roots of its documents.
    pub fn documents(&self) -> impl Iterator<Item = Place> + '_ {
        (0..self.documents.len()).map(|number| Place(vec![number]))
    }

    /// Where a node stands.
    pub fn span(&self, at: &Place) -> Option<Span> {
        Some(self.lines.span(&self.node(at)?.bytes))
    }

    /// Where the key of an entry stands, whose value is at `at`.
    pub fn key_span(&self, at: &Place) -> Option<Span> {
        Some(self.lines.span(&self.key(at)?.bytes))
    }

    /// The text of a scalar; of an alias that of what it stands for.
    pub fn text(&self, at: &Place) -> Option<&str> {
        match &self.followed(at)?.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// A scalar with the places of its characters; of an alias that of what it stands for.
    pub fn scalar(&self, at: &Place) -> Option<Scalar> {
        aligned::scalar(self, self.followed(at)?)
    }

    /// The scalar that begins where a span does, with the places of its characters: for models that keep only spans.
    pub fn scalar_at(&self, span: &Span) -> Option<Scalar> {
        let start = span.start.checked_sub(self.lines.mark().len())?;
        let documents = self.documents.iter();
        let mut found = documents.filter_map(|document| at_byte(document, start));
        aligned::scalar(self, found.next()?)
    }

    /// Whether nothing is there: no text, or one that says so.
    pub fn is_null(&self, at: &Place) -> bool {
        let node = self.followed(at);
        node.is_some_and(|node| match &node.kind {
            Kind::Scalar { text, style } => *style == Style::Plain && scalar::is_null(text),
            _ => false,
        })
    }

    /// Where the node is that an alias stands for; the same place for all else.
    pub fn follow(&self, at: &Place) -> Place {
        match self.node(at).map(|node| &node.kind) {
            Some(Kind::Alias { anchor }) => self.anchor(*anchor).unwrap_or(at).clone(),
            _ => at.clone(),
        }
    }

    /// The entries of a mapping whose keys are texts, in their order: each key and the place of its value. Those of
    /// merge keys (`<<`) are not among them.
    pub fn entries(&self, at: &Place) -> Vec<(&str, Place)> {
        let at = self.follow(at);
        let Some(Kind::Map { entries, .. }) = self.node(&at).map(|node| &node.kind) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            if let Kind::Scalar { text, .. } = &entry.key.kind {
                found.push((text.as_str(), at.child(number)));
            }
        }
        found
    }

    /// The place of a mapping's value, merge keys aside.
    pub fn value(&self, at: &Place, key: &str) -> Option<Place> {
        let mut entries = self.entries(at).into_iter();
        entries.find(|(other, _)| *other == key).map(|(_, at)| at)
    }

    /// The mappings that a mapping merges (`<<`), the first to win first.
    pub fn merged(&self, at: &Place) -> Vec<Place> {
        let Some(value) = self.value(at, "<<") else {
            return Vec::new();
        };
        let value = self.follow(&value);
        match self.node(&value).map(|node| &node.kind) {
            Some(Kind::List { items, .. }) => (0..items.len())
                .map(|number| self.follow(&value.child(number)))
                .collect(),
            _ => vec![value],
        }
    }

    /// The places of a list's items; none where there is no list.
    pub fn items(&self, at: &Place) -> Vec<Place> {
        let at = self.follow(at);
        match self.node(&at).map(|node| &node.kind) {
            Some(Kind::List { items, .. }) => {
                (0..items.len()).map(|number| at.child(number)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Every scalar that is no key, in the order of the text, each once however many aliases it has.
    pub fn scalars(&self) -> Vec<(Place, &str)> {
        let mut found = Vec::new();
        for (number, document) in self.documents.iter().enumerate() {
            scalars(document, &Place(vec![number]), &mut found);
        }
        found
    }

    fn anchor(&self, number: usize) -> Option<&Place> {
        self.anchors.get(number.checked_sub(1)?)
    }

    fn node(&self, at: &Place) -> Option<&Node> {
        let (document, rest) = at.0.split_first()?;
        let document = self.documents.get(*document)?;
        rest.iter()
            .try_fold(document, |node, number| node.child(*number))
    }

    fn followed(&self, at: &Place) -> Option<&Node> {
        self.node(&self.follow(at))
    }

    fn key(&self, at: &Place) -> Option<&Node> {
        let (parent, number) = at.parent()?;
        match &self.node(&parent)?.kind {
            Kind::Map { entries, .. } => Some(&entries.get(number)?.key),
            _ => None,
        }
    }
}

fn scalars<'a>(node: &'a Node, at: &Place, found: &mut Vec<(Place, &'a str)>) {
    match &node.kind {
        Kind::Scalar { text, .. } => found.push((at.clone(), text)),
        Kind::Alias { .. } => {}
        Kind::List { .. } | Kind::Map { .. } => {
            for (number, child) in node.children().enumerate() {
                scalars(child, &at.child(number), found);
            }
        }
    }
}

/// The scalar that begins at a byte. Collections are in the order of the text, so that most are passed over.
fn at_byte(node: &Node, start: usize) -> Option<&Node> {
    match &node.kind {
        Kind::Scalar { .. } => (node.bytes.start == start).then_some(node),
        Kind::Alias { .. } => None,
        Kind::List { .. } | Kind::Map { .. } => {
            let before = node.children().filter(|child| child.bytes.start <= start);
            before.last().and_then(|child| at_byte(child, start))
        }
    }
}

impl Node {
    /// The items of a list, the values of a mapping.
    fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match &self.kind {
            Kind::List { items, .. } => Box::new(items.iter()),
            Kind::Map { entries, .. } => Box::new(entries.iter().map(|entry| &entry.value)),
            Kind::Scalar { .. } | Kind::Alias { .. } => Box::new(std::iter::empty()),
        }
    }

    fn child(&self, number: usize) -> Option<&Node> {
        match &self.kind {
            Kind::List { items, .. } => items.get(number),
            Kind::Map { entries, .. } => Some(&entries.get(number)?.value),
            Kind::Scalar { .. } | Kind::Alias { .. } => None,
        }
    }

    fn is_flow(&self) -> bool {
        matches!(
            self.kind,
            Kind::List { is_flow: true, .. } | Kind::Map { is_flow: true, .. }
        )
    }
}

impl Place {
    /// The item or entry of this number below it.
    fn child(&self, number: usize) -> Place {
        let mut steps = self.0.clone();
        steps.push(number);
        Place(steps)
    }

    /// What it is in, and the number it has there; a document is in nothing.
    fn parent(&self) -> Option<(Place, usize)> {
        match self.0.split_last() {
            Some((number, steps)) if !steps.is_empty() => Some((Place(steps.to_vec()), *number)),
            _ => None,
        }
    }

    /// Whether it is the other place, or somewhere in it.
    pub fn is_within(&self, other: &Place) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for Yaml {
    /// The text as it was read.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.lines.mark())?;
        formatter.write_str(self.lines.text())
    }
}

#[cfg(test)]
mod tests;

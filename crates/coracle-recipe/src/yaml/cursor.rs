//! Reading on from node to node, aliases and merge keys followed: for those who make models of a document.
//!
//! A file of a few lines can name more nodes than memory holds, or a node within itself, by its aliases. So what is
//! seen through aliases is counted, and beyond a bound there is nothing more ([`Reading::is_exhausted`]).

use std::cell::Cell;

use super::aligned::{self, Scalar};
use super::{Kind, Node, Place, Style, Yaml, scalar};
use crate::span::Span;

/// Nodes that may be seen through aliases.
const SHARED: usize = 50_000;
/// Deeper than a text without aliases can be.
const DEPTH: usize = 300;

/// A stream that is being read.
#[derive(Debug)]
pub(crate) struct Reading<'a> {
    yaml: &'a Yaml,
    left: Cell<usize>,
    is_exhausted: Cell<bool>,
}

/// A node of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cursor<'a> {
    reading: &'a Reading<'a>,
    node: &'a Node,
    is_shared: bool,
    depth: usize,
}

/// A key and its value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) key: Cursor<'a>,
    pub(crate) value: Cursor<'a>,
}

/// What a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Null,
    Scalar,
    List,
    Map,
}

impl<'a> Reading<'a> {
    pub(crate) fn new(yaml: &'a Yaml) -> Reading<'a> {
        Reading {
            yaml,
            left: Cell::new(SHARED),
            is_exhausted: Cell::new(false),
        }
    }

    /// The roots of the documents.
    pub(crate) fn roots(&'a self) -> Vec<Cursor<'a>> {
        let documents = self.yaml.documents.iter();
        let cursor = |node| Cursor {
            reading: self,
            node,
            is_shared: false,
            depth: 0,
        };
        documents.map(|node| cursor(node).followed()).collect()
    }

    /// Whether something was not read because aliases name too much.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.is_exhausted.get()
    }
}

impl<'a> Cursor<'a> {
    pub(crate) fn shape(self) -> Shape {
        match &self.node.kind {
            Kind::List { .. } => Shape::List,
            Kind::Map { .. } => Shape::Map,
            Kind::Scalar { text, style } => match *style == Style::Plain && scalar::is_null(text) {
                true => Shape::Null,
                false => Shape::Scalar,
            },
            // Only where what is aliased cannot be followed.
            Kind::Alias { .. } => Shape::Null,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        self.shape() == Shape::Null
    }

    /// Where it was defined: of a block collection up to the end of its last piece.
    pub(crate) fn span(self) -> Span {
        let bytes = self.node.bytes.start..self.end(self.node);
        self.reading.yaml.lines.span(&bytes)
    }

    fn end(self, node: &Node) -> usize {
        match &node.kind {
            Kind::Scalar {
                style: Style::Block,
                ..
            } => {
                let written = self.reading.yaml.lines.slice(&node.bytes);
                node.bytes.start + written.trim_end().len()
            }
            Kind::List { is_flow: false, .. } | Kind::Map { is_flow: false, .. } => {
                let ends = node.children().map(|child| self.end(child));
                ends.max().unwrap_or(node.bytes.start)
            }
            _ => node.bytes.end,
        }
        .max(node.bytes.start)
    }

    /// The text of a scalar, also of one that says that nothing is there.
    pub(crate) fn text(self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The scalar with the places of its characters.
    pub(crate) fn scalar(self) -> Option<Scalar> {
        aligned::scalar(self.reading.yaml, self.node)
    }

    /// The tag, as written.
    pub(crate) fn tag(self) -> Option<&'a str> {
        self.node.tag.as_deref()
    }

    /// The items of a list.
    pub(crate) fn items(self) -> Vec<Cursor<'a>> {
        let Kind::List { items, .. } = &self.node.kind else {
            return Vec::new();
        };
        items.iter().filter_map(|item| self.child(item)).collect()
    }

    /// The entries of a mapping as they are written, merge keys among them.
    pub(crate) fn pairs(self) -> Vec<Pair<'a>> {
        let Kind::Map { entries, .. } = &self.node.kind else {
            return Vec::new();
        };
        let pair = |entry: &'a super::Entry| {
            Some(Pair {
                key: self.child(&entry.key)?,
                value: self.child(&entry.value)?,
            })
        };
        entries.iter().filter_map(pair).collect()
    }

    /// The entries of a mapping with those that it merges (`<<`), first those of its own; the first of a key is it.
    pub(crate) fn merged(self) -> Vec<Pair<'a>> {
        let (merges, mut found): (Vec<_>, Vec<_>) = self
            .pairs()
            .into_iter()
            .partition(|pair| pair.key.is_merge());
        for merge in merges {
            let mappings = match merge.value.shape() {
                Shape::List => merge.value.items(),
                _ => vec![merge.value],
            };
            for pair in mappings.into_iter().flat_map(Cursor::merged) {
                let is_there = |other: &Pair<'_>| other.key.text() == pair.key.text();
                if !found.iter().any(is_there) {
                    found.push(pair);
                }
            }
        }
        found
    }

    /// Whether this key merges what its value is.
    pub(crate) fn is_merge(self) -> bool {
        matches!(&self.node.kind, Kind::Scalar { text, style: Style::Plain } if text == "<<")
    }

    fn child(self, node: &'a Node) -> Option<Cursor<'a>> {
        let child = Cursor {
            node,
            depth: self.depth + 1,
            ..self
        };
        let child = child.followed();
        let left = self.reading.left.get();
        if child.depth > DEPTH || (child.is_shared && left == 0) {
            self.reading.is_exhausted.set(true);
            return None;
        }
        if child.is_shared {
            self.reading.left.set(left - 1);
        }
        Some(child)
    }

    fn followed(self) -> Cursor<'a> {
        let Kind::Alias { anchor } = &self.node.kind else {
            return self;
        };
        let yaml = self.reading.yaml;
        let place: Option<&Place> = yaml.anchor(*anchor);
        match place.and_then(|place| yaml.node(place)) {
            Some(node) => Cursor {
                node,
                is_shared: true,
                ..self
            },
            None => self,
        }
    }
}

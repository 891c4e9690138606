//! Several compose files as one: whose spans are in which file.

use super::node::{self, Node};
use super::{Compose, Error};
use crate::span::Span;

/// What several compose files say together.
///
/// Spans in it count their bytes through all files, one behind the other; [`Joined::locate`] tells the file and the
/// bytes there. Lines and columns are those of the file.
#[derive(Debug, Clone)]
pub struct Joined {
    /// What they say.
    pub compose: Compose,
    /// The files that were read.
    pub sources: Vec<Source>,
    /// What could not be followed, and services of single files that cannot be read.
    pub problems: Vec<Problem>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As it was looked up.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What its bytes begin at in the spans of what is joined.
    start: usize,
}

/// What is wrong in which file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {error}")]
pub struct Problem {
    /// The file.
    pub file: String,
    /// Where in it, and what.
    pub error: Error,
}

impl Joined {
    /// The file that a span is in, and the span there.
    pub fn locate(&self, span: &Span) -> Option<(&Source, Span)> {
        let mut sources = self.sources.iter().rev();
        let source = sources.find(|source| source.start <= span.start)?;
        let span = Span {
            start: span.start - source.start,
            end: span.end.saturating_sub(source.start),
            ..span.clone()
        };
        Some((source, span))
    }
}

/// The files so far.
#[derive(Debug, Default)]
pub(super) struct Sources {
    pub(super) sources: Vec<Source>,
}

impl Sources {
    /// Reads one more.
    pub(super) fn read(&mut self, name: &str, text: String) -> Result<Node, Error> {
        // A byte between two files, so that the end of one is not the start of the next.
        let end = |source: &Source| source.start + source.text.len() + 1;
        let start = self.sources.last().map_or(0, end);
        let node = node::read(&text).map(|node| node.moved(start));
        self.sources.push(Source {
            name: name.to_owned(),
            text,
            start,
        });
        node
    }

    /// Whether a file was read already.
    pub(super) fn is_there(&self, name: &str) -> bool {
        self.sources.iter().any(|source| source.name == name)
    }

    /// The name of the file that a node is in.
    pub(super) fn name(&self, node: &Node) -> &str {
        let mut sources = self.sources.iter().rev();
        let source = sources.find(|source| source.start <= node.span.start);
        source.map_or("", |source| source.name.as_str())
    }
}

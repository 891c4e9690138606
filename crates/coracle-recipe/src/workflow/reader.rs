//! Shapes that values come in, and the mistakes that are met on the way.

use super::Problem;
use super::text::{Entries, Entry, Text};
use crate::span::Span;
use crate::yaml::{Cursor, Pair, Reading, Shape};

/// What has been noticed so far.
#[derive(Debug, Default)]
pub(super) struct Reader {
    pub(super) problems: Vec<Problem>,
}

impl Reader {
    /// The entries of the first document, which is the only one that counts.
    pub(super) fn root<'a>(
        &mut self,
        reading: &'a Reading<'a>,
        what: &str,
    ) -> Vec<(Text, Cursor<'a>)> {
        let mut roots = reading.roots().into_iter();
        let first = roots.next();
        if let Some(second) = roots.next() {
            self.problem(second.span(), format!("{what} is one document"));
        }
        match first {
            Some(root) => self.map(root, what),
            None => Vec::new(),
        }
    }

    /// All that was noticed, in the order of the file.
    pub(super) fn problems(mut self, reading: &Reading<'_>) -> Vec<Problem> {
        if reading.is_exhausted() {
            let start = Span {
                start: 0,
                end: 0,
                line: 1,
                column: 1,
            };
            self.problem(start, "its aliases name more than is read");
        }
        self.problems.sort_by_key(|problem| problem.span.start);
        self.problems
    }

    pub(super) fn problem(&mut self, span: Span, message: impl Into<String>) {
        self.problems.push(Problem {
            message: message.into(),
            span,
        });
    }

    fn expected(&mut self, node: Cursor<'_>, what: &str, shape: &str) {
        let here = match node.shape() {
            Shape::Null => "nothing",
            Shape::Scalar => "a text",
            Shape::List => "a list",
            Shape::Map => "a mapping",
        };
        self.problem(
            node.span(),
            format!("{what} is {shape}, and here is {here}"),
        );
    }

    /// A text; nothing where nothing stands.
    pub(super) fn text(&mut self, node: Cursor<'_>, what: &str) -> Option<Text> {
        match node.shape() {
            Shape::Null => None,
            Shape::Scalar => node.scalar().map(Text::new),
            Shape::List | Shape::Map => {
                self.expected(node, what, "a text");
                None
            }
        }
    }

    /// An `if`.
    pub(super) fn condition(&mut self, node: Cursor<'_>) -> Option<Text> {
        let text = self.text(node, "`if`")?;
        Some(Text::condition(text.scalar().clone()))
    }

    /// A list of texts, or one.
    pub(super) fn texts(&mut self, node: Cursor<'_>, what: &str) -> Vec<Text> {
        let nodes = match node.shape() {
            Shape::List => node.items(),
            _ => vec![node],
        };
        let texts = nodes.into_iter();
        texts.filter_map(|node| self.text(node, what)).collect()
    }

    /// The items of what is a list.
    pub(super) fn items<'a>(&mut self, node: Cursor<'a>, what: &str) -> Vec<Cursor<'a>> {
        match node.shape() {
            Shape::List => {}
            Shape::Null => {}
            Shape::Scalar | Shape::Map => self.expected(node, what, "a list"),
        }
        node.items()
    }

    /// The entries of what is a mapping. Keys that are no texts and keys that were there before are told.
    pub(super) fn map<'a>(&mut self, node: Cursor<'a>, what: &str) -> Vec<(Text, Cursor<'a>)> {
        match node.shape() {
            Shape::Map | Shape::Null => {}
            Shape::Scalar | Shape::List => self.expected(node, what, "a mapping"),
        }
        self.keys(node);
        let pairs = node.merged().into_iter();
        let keyed = |pair: Pair<'a>| {
            let key = Text::new(pair.key.scalar()?);
            Some((key, pair.value))
        };
        pairs.filter_map(keyed).collect()
    }

    fn keys(&mut self, node: Cursor<'_>) {
        let mut seen = std::collections::BTreeSet::new();
        for pair in node.pairs() {
            match pair.key.text() {
                None => self.problem(pair.key.span(), "a key is a text"),
                Some(_) if pair.key.is_merge() => {
                    self.problem(pair.key.span(), "GitHub does not know merge keys");
                }
                Some(text) if !seen.insert(text) => {
                    self.problem(pair.key.span(), format!("the key `{text}` is here twice"));
                }
                Some(_) => {}
            }
        }
    }

    /// Keys with texts, or an expression that stands for them.
    pub(super) fn entries(&mut self, node: Cursor<'_>, what: &str) -> Entries {
        if let Some(expression) = self.expression(node) {
            return Entries {
                entries: Vec::new(),
                expression: Some(expression),
            };
        }
        let mut entries = Vec::new();
        for (key, node) in self.map(node, what) {
            let what = format!("`{key}` of {what}");
            let value = self.text(node, &what);
            entries.push(Entry { key, value });
        }
        Entries {
            entries,
            expression: None,
        }
    }

    /// A text with an expression, where something else could stand.
    pub(super) fn expression(&mut self, node: Cursor<'_>) -> Option<Text> {
        if node.shape() != Shape::Scalar {
            return None;
        }
        let text = Text::new(node.scalar()?);
        (!text.expressions().is_empty()).then_some(text)
    }
}

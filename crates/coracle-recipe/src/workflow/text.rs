//! Texts of a workflow: what is written, where each piece of it is, and the expressions within.

use std::fmt;
use std::ops::Range;

use super::expression::{self, Expression};
use crate::span::Span;
use crate::yaml::Scalar;

/// A text with the places of its characters and its `${{ … }}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    scalar: Scalar,
    expressions: Vec<Expression>,
}

impl Text {
    pub(super) fn new(scalar: Scalar) -> Text {
        Text {
            expressions: expression::within(&scalar),
            scalar,
        }
    }

    /// An `if`, which is an expression as a whole where it holds none.
    pub(super) fn condition(scalar: Scalar) -> Text {
        let mut text = Text::new(scalar);
        if text.expressions.is_empty() {
            text.expressions.push(expression::whole(&text.scalar));
        }
        text
    }

    /// What is written, expressions as they are.
    pub fn text(&self) -> &str {
        self.scalar.text()
    }

    /// What is written, where no expression changes it.
    pub fn known(&self) -> Option<&str> {
        self.expressions.is_empty().then(|| self.text())
    }

    /// `true` or `false`, where just that is written.
    pub fn boolean(&self) -> Option<bool> {
        match self.known()?.trim() {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// Where it stands, quotes included.
    pub fn span(&self) -> &Span {
        self.scalar.span()
    }

    /// Where a piece of the text (in bytes of [`Text::text`]) stands in the file.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        self.scalar.span_of(range)
    }

    /// The text with its places, without the expressions.
    pub fn scalar(&self) -> &Scalar {
        &self.scalar
    }

    /// The expressions in it, in their order.
    pub fn expressions(&self) -> &[Expression] {
        &self.expressions
    }

    /// A piece of it (in bytes of [`Text::text`]).
    pub fn part(&self, range: Range<usize>) -> Text {
        Text::new(self.scalar.part(&[range]))
    }

    /// Its lines, without the space around them and without those that are empty: an input that is a list.
    pub fn lines(&self) -> Vec<Text> {
        self.parts(&['\n'])
    }

    /// What is between its commas and line breaks: an input of docker's actions that is a list. Commas within
    /// expressions and double quotes are none.
    pub fn list(&self) -> Vec<Text> {
        self.parts(&['\n', ','])
    }

    fn parts(&self, separators: &[char]) -> Vec<Text> {
        let text = self.text();
        let mut parts = Vec::new();
        let mut start = 0;
        let mut is_quoted = false;
        for (at, one) in text.char_indices() {
            is_quoted ^= one == '"' && separators.contains(&',');
            let is_inside = |expression: &Expression| expression.range().contains(&at);
            let ends = separators.contains(&one) && !(is_quoted && one == ',');
            if ends && !self.expressions.iter().any(is_inside) {
                parts.push(start..at);
                start = at + one.len_utf8();
            }
        }
        parts.push(start..text.len());
        let trimmed = parts.into_iter().map(|range| trimmed(text, range));
        let trimmed = trimmed.filter(|range| !range.is_empty());
        trimmed.map(|range| self.part(range)).collect()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.text())
    }
}

/// A range of a text without the space around it.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let part = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Text,
    /// The value, `None` where nothing stands.
    pub value: Option<Text>,
}

/// `env`, `with`, `outputs`: keys with texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entries {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// An expression that stands for all of them, which are then not known.
    pub expression: Option<Text>,
}

impl Entries {
    /// The value of a key, which is compared as GitHub compares inputs: without regard to case.
    pub fn get(&self, key: &str) -> Option<&Text> {
        self.entry(key)?.value.as_ref()
    }

    /// The entry of a key, likewise.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let mut entries = self.entries.iter();
        entries.find(|entry| entry.key.text().eq_ignore_ascii_case(key))
    }

    /// Whether nothing is there at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.expression.is_none()
    }
}

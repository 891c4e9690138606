//! What stands behind a key of a bake file, whichever way it is written. Nothing is evaluated here.

use crate::span::Span;
use crate::text::Text;

/// A name, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Keys and what they are.
pub(super) type Attributes = Vec<(Name, Expression)>;

/// A value as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expression {
    /// `null`.
    Nothing,
    /// A text, a number or a truth value.
    Text(Vec<Piece>),
    List(Vec<Expression>),
    Map(Attributes),
    /// The value of a variable, or a part of it.
    Variable(Variable),
    /// What is not evaluated, as written.
    Other(String),
}

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Literal(Text),
    Variable(Variable),
    Other(String),
}

/// `TAG`, `item.name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) path: Vec<String>,
    /// Where it is asked for, braces included.
    pub(super) span: Span,
}

impl Variable {
    /// `TAG`, `item.name`; nothing of what is more.
    pub(super) fn read(written: &str, span: &Span) -> Option<Variable> {
        let is_name = |name: &str| {
            let is_part = |one: char| one.is_ascii_alphanumeric() || matches!(one, '_' | '-');
            let is_first = |one: char| one.is_ascii_alphabetic() || one == '_';
            name.starts_with(is_first) && name.chars().all(is_part)
        };
        let path: Vec<&str> = written.trim().split('.').collect();
        path.iter().all(|name| is_name(name)).then(|| Variable {
            path: path.into_iter().map(ToOwned::to_owned).collect(),
            span: span.clone(),
        })
    }
}

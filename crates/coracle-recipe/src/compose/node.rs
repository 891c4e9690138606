//! The one place that knows `serde-saphyr`: YAML as nodes with places. Aliases and merge keys are resolved; each node
//! stands where it was defined.
//!
//! Scalars are texts as written: compose's values are texts nearly everywhere, and `1.10` must not become `1.1`.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{Location, Spanned};

use super::Error;
use crate::span::Span;

/// A piece of YAML.
#[derive(Debug, Clone)]
pub(super) struct Node {
    kind: Kind,
    pub(super) span: Span,
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
        Error {
            line: self.span.line,
            column: self.span.column,
            message,
        }
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
    let parsed: Spanned<Parsed> = serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location();
        Error {
            line: place.map_or(1, |place| count(place.line())),
            column: place.map_or(1, |place| count(place.column())),
            message: message(&error.without_snippet().to_string()),
        }
    })?;
    Ok(node(parsed, text))
}

/// The library's words without the place, which ours says first, and without advice for programmers.
fn message(words: &str) -> String {
    let words = words.split(" at line ").next().unwrap_or(words);
    let words = words.split(", set DuplicateKeyPolicy").next();
    words.unwrap_or_default().to_owned()
}

fn node(parsed: Spanned<Parsed>, text: &str) -> Node {
    let span = span(&parsed.defined);
    let kind = match parsed.value {
        Parsed::Null => Kind::Null,
        Parsed::Text(text) => Kind::Scalar(text),
        Parsed::Plain(meaning) => Kind::Scalar(match text.get(span.start..span.end) {
            Some(written) if !written.is_empty() => written.to_owned(),
            _ => meaning,
        }),
        Parsed::List(items) => Kind::List(items.into_iter().map(|item| node(item, text)).collect()),
        Parsed::Map(entries) => {
            let entry = |(key, value): (Spanned<String>, Spanned<Parsed>)| {
                let key = Key {
                    span: self::span(&key.defined),
                    text: key.value,
                };
                (key, node(value, text))
            };
            Kind::Map(entries.into_iter().map(entry).collect())
        }
    };
    Node { kind, span }
}

fn span(location: &Location) -> Span {
    let span = location.span();
    let start = count(span.byte_offset().map_or(0, u64::from));
    Span {
        start,
        end: start + count(span.byte_len().map_or(0, u64::from)),
        line: count(location.line()),
        column: count(location.column()),
    }
}

fn count(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

/// What the library makes of a piece of YAML.
#[derive(Debug)]
enum Parsed {
    Null,
    Text(String),
    /// A number or a truth value, as text; what is written is taken from the file.
    Plain(String),
    List(Vec<Spanned<Parsed>>),
    Map(Vec<(Spanned<String>, Spanned<Parsed>)>),
}

impl<'de> Deserialize<'de> for Parsed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Parsed, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Parsed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any YAML")
    }

    fn visit_unit<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Null)
    }

    fn visit_none<E>(self) -> Result<Parsed, E> {
        Ok(Parsed::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Parsed, D::Error> {
        deserializer.deserialize_any(Anything)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Parsed, E> {
        Ok(Parsed::Plain(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Parsed, E> {
        Ok(Parsed::Text(value.to_owned()))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Parsed, E> {
        Ok(Parsed::Text(String::from_utf8_lossy(value).into_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Parsed, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Parsed::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Parsed, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Parsed::Map(map))
    }
}

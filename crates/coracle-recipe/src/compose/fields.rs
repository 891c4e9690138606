//! The shapes that compose's values come in: texts with variables, lists or a single text, mappings or lists of
//! `KEY=value`.

use super::node::Node;
use super::{Error, Key, Published};
use crate::expansion::{Rules, Variable, expand};
use crate::port::Port;
use crate::value::{Command, Entry, Value};

/// A scalar, with the defaults of its variables; those without are outside of the file and not known.
pub(super) fn value(node: &Node, what: &str) -> Result<Value, Error> {
    let written = node
        .scalar()
        .ok_or_else(|| node.error(format!("{what} is a text, and here is {}", node.name())))?;
    Ok(Value {
        known: expand(written, Rules::Compose, &|_| Variable::Unset),
        written: written.to_owned(),
        span: node.span.clone(),
    })
}

/// The keys of a mapping.
pub(super) fn keys(node: &Node) -> Vec<Key> {
    let entries = node.as_map().unwrap_or_default().iter();
    let key = |(key, _): &(super::node::Key, Node)| Key {
        text: key.text.clone(),
        span: key.span.clone(),
    };
    entries.map(key).collect()
}

/// A scalar, or nothing.
pub(super) fn optional(node: &Node, what: &str) -> Result<Option<Value>, Error> {
    match node.is_null() {
        true => Ok(None),
        false => value(node, what).map(Some),
    }
}

/// A list of scalars; nothing is an empty one.
pub(super) fn values(node: &Node, what: &str) -> Result<Vec<Value>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let items = node.list(what)?.iter();
    items
        .map(|item| value(item, &format!("an entry of {what}")))
        .collect()
}

/// A text or a list of texts.
pub(super) fn command(node: &Node, what: &str) -> Result<Option<Command>, Error> {
    if node.as_list().is_some() {
        return Ok(Some(Command::Exec(values(node, what)?)));
    }
    Ok(optional(node, what)?.map(Command::Text))
}

/// `{KEY: value}` or `["KEY=value", "KEY"]`.
pub(super) fn entries(node: &Node, what: &str) -> Result<Vec<Entry>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    if let Some(map) = node.as_map() {
        let entry = |(key, node): &(super::node::Key, Node)| {
            Ok(Entry {
                key: key.text.clone(),
                value: optional(node, &format!("`{}` of {what}", key.text))?,
                span: key.span.clone(),
            })
        };
        return map.iter().map(entry).collect();
    }
    let items = values(node, what)?.into_iter();
    Ok(items.map(assignment).collect())
}

/// `KEY=value`, cut before the variables are expanded, as compose does.
fn assignment(item: Value) -> Entry {
    let (key, written) = match item.written.split_once('=') {
        Some((key, written)) => (key.to_owned(), Some(written.to_owned())),
        None => (item.written.clone(), None),
    };
    let value = written.map(|written| Value {
        known: expand(&written, Rules::Compose, &|_| Variable::Unset),
        written,
        span: item.span.clone(),
    });
    Entry {
        key,
        value,
        span: item.span,
    }
}

/// `ports` or `expose`.
pub(super) fn ports(node: &Node, what: &str) -> Result<Vec<Published>, Error> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    node.list(what)?
        .iter()
        .map(|item| match item.as_map() {
            Some(_) => long_port(item, what),
            None => short_port(item, what),
        })
        .collect()
}

/// `[[IP:]HOST:]CONTAINER[/PROTOCOL]`: the container's ports are behind the last colon.
fn short_port(node: &Node, what: &str) -> Result<Published, Error> {
    let value = value(node, &format!("an entry of {what}"))?;
    let Some(text) = value.text() else {
        return Ok(Published { value, port: None });
    };
    let container = text.rsplit(':').next().unwrap_or(text);
    let port = Port::parse(container).ok_or_else(|| no_port(node, text))?;
    Ok(Published {
        value,
        port: Some(port),
    })
}

/// `{target: 80, protocol: tcp, …}`.
fn long_port(node: &Node, what: &str) -> Result<Published, Error> {
    let mut target = None;
    let mut protocol = None;
    for (key, node) in node.map(what)? {
        match key.text.as_str() {
            "target" => target = Some((value(node, "`target`")?, node)),
            "protocol" => protocol = optional(node, "`protocol`")?,
            _ => {}
        }
    }
    let Some((value, target)) = target else {
        return Err(node.error(format!("an entry of {what} has no `target`")));
    };
    let protocol = match protocol.as_ref().map(Value::text) {
        Some(None) => return Ok(Published { value, port: None }),
        Some(Some(protocol)) => format!("/{protocol}"),
        None => String::new(),
    };
    let port = match value.text().map(|text| format!("{text}{protocol}")) {
        Some(text) => Some(Port::parse(&text).ok_or_else(|| no_port(target, &text))?),
        None => None,
    };
    Ok(Published { value, port })
}

fn no_port(node: &Node, written: &str) -> Error {
    node.error(format!("`{written}` is no port"))
}

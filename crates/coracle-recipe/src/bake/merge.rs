//! Blocks of one name as one: over files, and over what a target inherits.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::expression::{Attributes, Expression, Name};
use crate::span::Span;

/// Values of a matrix.
pub(super) type Bindings = Rc<Vec<(String, Expression)>>;

/// What an attribute is, where it was said last.
#[derive(Debug, Clone)]
pub(super) struct Attribute {
    /// The number of the file.
    pub(super) file: usize,
    pub(super) key: Span,
    pub(super) value: Expression,
    /// The matrix that it is to be seen with.
    pub(super) bindings: Bindings,
}

/// The attributes of a target by their names. Those of mappings are there entry by entry: `args.V`.
#[derive(Debug, Clone, Default)]
pub(super) struct Merged {
    pub(super) attributes: BTreeMap<String, Attribute>,
    pub(super) inherits: Vec<Attribute>,
}

/// Mappings that are joined entry by entry.
const JOINED: [&str; 3] = ["args", "contexts", "labels"];

impl Merged {
    /// One block.
    pub(super) fn of(file: usize, attributes: &Attributes, bindings: &Bindings) -> Merged {
        let mut merged = Merged::default();
        let attribute = |key: &Name, value: &Expression| Attribute {
            file,
            key: key.span.clone(),
            value: value.clone(),
            bindings: Rc::clone(bindings),
        };
        for (key, value) in attributes {
            match (key.text.as_str(), value) {
                ("inherits", _) => merged.inherits.push(attribute(key, value)),
                (name, Expression::Map(entries)) if JOINED.contains(&name) => {
                    for (inner, value) in entries {
                        let full = format!("{name}.{}", inner.text);
                        merged.attributes.insert(full, attribute(inner, value));
                    }
                }
                (name, _) => {
                    merged
                        .attributes
                        .insert(name.to_owned(), attribute(key, value));
                }
            }
        }
        merged
    }

    /// Lays another one over it.
    pub(super) fn extend(&mut self, over: Merged) {
        for (name, attribute) in over.attributes {
            // `null` says nothing.
            if attribute.value != Expression::Nothing {
                self.attributes.insert(name, attribute);
            }
        }
        self.inherits.extend(over.inherits);
    }

    /// The entries of a mapping.
    pub(super) fn entries<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Attribute)> {
        self.attributes.iter().filter_map(move |(key, attribute)| {
            let key = key.strip_prefix(name)?.strip_prefix('.')?;
            Some((key, attribute))
        })
    }
}

//! What expressions come to, with the variables of the files and of who asks.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::expression::{Attributes, Expression, Name, Piece, Variable};
use crate::text::Text;
use crate::value::Unknown;

/// What somebody gives a variable in place of its default: nothing, a value, or one that is not known.
pub type Given<'a> = &'a dyn Fn(&str) -> Option<Result<String, Unknown>>;

/// Variables whose defaults name others, in a row; more are a circle.
const DEPTH: usize = 16;
/// No value is longer: a few variables that each double the one before would fill any memory.
const LONGEST: usize = 64 * 1024;

/// What expressions may name.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    pub(super) defaults: &'a BTreeMap<String, Expression>,
    pub(super) given: Given<'a>,
    /// The values of a matrix.
    pub(super) matrix: &'a [(String, Expression)],
    /// How much may still be evaluated in all.
    left: &'a Cell<usize>,
    depth: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn new(
        defaults: &'a BTreeMap<String, Expression>,
        given: Given<'a>,
        matrix: &'a [(String, Expression)],
        left: &'a Cell<usize>,
    ) -> Scope<'a> {
        Scope {
            defaults,
            given,
            matrix,
            left,
            depth: 0,
        }
    }

    fn deeper(&self) -> Scope<'a> {
        Scope {
            depth: self.depth + 1,
            ..self.clone()
        }
    }

    /// A text with its places; nothing for `null`.
    pub(super) fn text(&self, expression: &Expression) -> Result<Option<Text>, Unknown> {
        let pieces = match self.followed(expression)? {
            Followed::Given(value, variable) => {
                let mut text = Text::default();
                text.push_for(&value, &variable.span);
                return Ok(Some(text));
            }
            Followed::Expression(Expression::Nothing) => return Ok(None),
            Followed::Expression(Expression::Text(pieces)) => pieces,
            Followed::Expression(other) => return Err(form(&shown(&other))),
        };
        let mut text = Text::default();
        for piece in &pieces {
            match piece {
                Piece::Literal(literal) => text.append(literal),
                Piece::Other(written) => return Err(form(written)),
                Piece::Variable(variable) => {
                    let value = self
                        .deeper()
                        .string(&Expression::Variable(variable.clone()))?;
                    text.push_for(&value.unwrap_or_default(), &variable.span);
                }
            }
            if text.as_str().len() > LONGEST {
                return Err(form("a value that is too long"));
            }
        }
        Ok(Some(text))
    }

    /// The same without its places.
    pub(super) fn string(&self, expression: &Expression) -> Result<Option<String>, Unknown> {
        Ok(self.text(expression)?.map(|text| text.as_str().to_owned()))
    }

    /// The texts of a list, and nothing of `null`.
    pub(super) fn list(&self, expression: &Expression) -> Result<Vec<String>, Unknown> {
        let items = self.items(expression)?;
        let texts = items.iter().map(|item| self.string(item));
        let texts = texts.collect::<Result<Vec<Option<String>>, _>>()?;
        Ok(texts.into_iter().flatten().collect())
    }

    /// The items of a list.
    pub(super) fn items(&self, expression: &Expression) -> Result<Vec<Expression>, Unknown> {
        match self.followed(expression)? {
            Followed::Expression(Expression::List(items)) => Ok(items),
            Followed::Expression(Expression::Nothing) => Ok(Vec::new()),
            Followed::Expression(other) => Err(form(&shown(&other))),
            Followed::Given(value, _) => Err(form(&value)),
        }
    }

    /// The entries of a mapping.
    pub(super) fn map(&self, expression: &Expression) -> Result<Attributes, Unknown> {
        match self.followed(expression)? {
            Followed::Expression(Expression::Map(entries)) => Ok(entries),
            Followed::Expression(Expression::Nothing) => Ok(Vec::new()),
            Followed::Expression(other) => Err(form(&shown(&other))),
            Followed::Given(value, _) => Err(form(&value)),
        }
    }

    /// What a variable stands for, through others.
    fn followed(&self, expression: &Expression) -> Result<Followed, Unknown> {
        let variable = match expression {
            Expression::Variable(variable) => variable,
            Expression::Other(written) => return Err(form(written)),
            other => return Ok(Followed::Expression(other.clone())),
        };
        let (first, rest) = variable.path.split_first().ok_or_else(|| form(""))?;
        let unknown = || Unknown::NoValue {
            variable: variable.path.join("."),
        };
        let of_matrix = self.matrix.iter().find(|(name, _)| name == first);
        let found = match (of_matrix, (self.given)(first)) {
            (Some((_, value)), _) => value,
            (None, Some(given)) if rest.is_empty() => {
                return Ok(Followed::Given(given?, variable.clone()));
            }
            (None, Some(_)) => return Err(unknown()),
            (None, None) => self.defaults.get(first).ok_or_else(unknown)?,
        };
        let left = self.left.get();
        if self.depth > DEPTH || left == 0 {
            return Err(unknown());
        }
        self.left.set(left - 1);
        let deeper = self.deeper();
        let mut value = deeper.followed(found)?;
        for name in rest {
            let Followed::Expression(Expression::Map(entries)) = value else {
                return Err(unknown());
            };
            let is_it = |(key, _): &&(Name, Expression)| key.text == *name;
            let (_, entry) = entries.iter().find(is_it).ok_or_else(unknown)?;
            value = deeper.followed(entry)?;
        }
        Ok(match value {
            // Its text stands elsewhere.
            Followed::Expression(text @ Expression::Text(_)) => {
                let value = deeper.string(&text)?.unwrap_or_default();
                Followed::Given(value, variable.clone())
            }
            Followed::Given(value, _) => Followed::Given(value, variable.clone()),
            other => other,
        })
    }
}

/// What a variable is: something written, or a text that stands for it.
enum Followed {
    Expression(Expression),
    Given(String, Variable),
}

fn form(written: &str) -> Unknown {
    Unknown::Form {
        written: written.to_owned(),
    }
}

fn shown(expression: &Expression) -> String {
    match expression {
        Expression::Nothing => "null".to_owned(),
        Expression::Text(_) => "a text".to_owned(),
        Expression::List(_) => "a list".to_owned(),
        Expression::Map(_) => "a mapping".to_owned(),
        Expression::Variable(variable) => variable.path.join("."),
        Expression::Other(written) => written.clone(),
    }
}

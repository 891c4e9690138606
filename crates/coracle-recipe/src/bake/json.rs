//! `docker-bake.json`: HCL in JSON's dress, whose texts may have `${ }` in them. YAML's reader reads it, which knows the
//! places of characters.

use super::expression::{Attributes, Expression, Name, Piece, Variable};
use super::{Bake, Block, Error, Kind};
use crate::yaml::{Cursor, Reading, Scalar, Shape, Yaml};

pub(super) fn read(text: &str) -> Result<Bake, Error> {
    let yaml = Yaml::read(text).map_err(|error| Error {
        line: error.line,
        column: error.column,
        message: error.message,
    })?;
    let reading = Reading::new(&yaml);
    let root = reading.roots().into_iter().next();
    let Some(root) = root.filter(|root| root.shape() == Shape::Map) else {
        return Err(Error {
            line: 1,
            column: 1,
            message: "a bake file is a mapping".to_owned(),
        });
    };
    let mut bake = Bake::default();
    for (name, cursor) in pairs(root) {
        match Kind::named(&name.text) {
            Some(kind) => bake.blocks.extend(blocks(kind, cursor)),
            // What stands at the top is a variable, too; a comment is one that nobody asks for.
            None => bake.blocks.push(Block {
                kind: Kind::Variable,
                attributes: vec![(
                    Name {
                        text: "default".to_owned(),
                        span: name.span.clone(),
                    },
                    expression(cursor),
                )],
                name,
            }),
        }
    }
    Ok(bake)
}

/// The blocks of a kind: names and what they are, once or in a list.
fn blocks(kind: Kind, cursor: Cursor<'_>) -> Vec<Block> {
    let several = match cursor.shape() {
        Shape::List => cursor.items(),
        _ => vec![cursor],
    };
    let mut found = Vec::new();
    for (name, cursor) in several.into_iter().flat_map(pairs) {
        let bodies = match cursor.shape() {
            Shape::List => cursor.items(),
            _ => vec![cursor],
        };
        found.extend(bodies.into_iter().map(|body| Block {
            kind,
            name: name.clone(),
            attributes: attributes(body),
        }));
    }
    found
}

fn pairs(cursor: Cursor<'_>) -> Vec<(Name, Cursor<'_>)> {
    let pairs = cursor.pairs().into_iter();
    let named = pairs.filter_map(|pair| {
        let name = Name {
            text: pair.key.text()?.to_owned(),
            span: pair.key.span(),
        };
        Some((name, pair.value))
    });
    named.collect()
}

fn attributes(cursor: Cursor<'_>) -> Attributes {
    let pairs = pairs(cursor).into_iter();
    pairs
        .map(|(name, cursor)| (name, expression(cursor)))
        .collect()
}

fn expression(cursor: Cursor<'_>) -> Expression {
    match cursor.shape() {
        Shape::Null => Expression::Nothing,
        Shape::Scalar => cursor
            .scalar()
            .map_or(Expression::Nothing, |scalar| template(&scalar)),
        Shape::List => Expression::List(cursor.items().into_iter().map(expression).collect()),
        Shape::Map => Expression::Map(attributes(cursor)),
    }
}

/// A text with `${ }` in it; `$${` is none. One that is nothing but a variable is that, whatever it is.
fn template(scalar: &Scalar) -> Expression {
    let text = scalar.text();
    let mut pieces = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(['$', '%'])) {
        let start = at + found;
        let rest = text.get(start..).unwrap_or_default();
        if rest.starts_with("$${") || rest.starts_with("%%{") {
            pieces.push(Piece::Literal(scalar.piece(&(done..start + 1))));
            done = start + 2;
            at = start + 3;
            continue;
        }
        let end = rest.find('}').map(|end| start + end + 1);
        match end.filter(|_| rest.starts_with("${") || rest.starts_with("%{")) {
            Some(end) => {
                pieces.push(Piece::Literal(scalar.piece(&(done..start))));
                let span = scalar.span_of(start..end);
                let inner = text.get(start + 2..end - 1).unwrap_or_default();
                let variable = Variable::read(inner, &span).filter(|_| rest.starts_with('$'));
                pieces.push(match variable {
                    Some(variable) => Piece::Variable(variable),
                    None => Piece::Other(text.get(start..end).unwrap_or_default().to_owned()),
                });
                done = end;
                at = end;
            }
            None => at = start + 1,
        }
    }
    pieces.push(Piece::Literal(scalar.piece(&(done..text.len()))));
    pieces.retain(|piece| !matches!(piece, Piece::Literal(text) if text.as_str().is_empty()));
    match pieces.as_slice() {
        [Piece::Variable(variable)] => Expression::Variable(variable.clone()),
        _ => Expression::Text(pieces),
    }
}

//! `docker-bake.hcl`. The one place that knows `hcl-edit`.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{self, ObjectKey, TraversalOperator};
use hcl_edit::structure::{self, Body, Structure};
use hcl_edit::template::{Element, Template};

use super::expression::{Attributes, Expression, Name, Piece, Variable};
use super::{Bake, Block, Error, Kind};
use crate::span::Lines;
use crate::text::Text;

pub(super) fn read(text: &str) -> Result<Bake, Error> {
    let lines = Lines::new(text);
    let parsed = lines.text().parse::<Body>();
    let body = parsed.map_err(|error| Error {
        line: error.location().line(),
        column: error.location().column(),
        message: error.message().to_owned(),
    })?;
    let reader = Reader { lines: &lines };
    let mut bake = Bake::default();
    for structure in body.iter() {
        match structure {
            Structure::Block(block) => bake.blocks.extend(reader.block(block)),
            // What stands at the top is a variable, too.
            Structure::Attribute(attribute) => {
                let name = reader.key(attribute);
                let default = Name {
                    text: "default".to_owned(),
                    span: name.span.clone(),
                };
                bake.blocks.push(Block {
                    kind: Kind::Variable,
                    name,
                    attributes: vec![(default, reader.expression(&attribute.value))],
                });
            }
        }
    }
    Ok(bake)
}

struct Reader<'a> {
    lines: &'a Lines,
}

impl Reader<'_> {
    fn name(&self, text: &str, range: Option<Range<usize>>) -> Name {
        Name {
            text: text.to_owned(),
            span: self.lines.span(&range.unwrap_or_default()),
        }
    }

    fn key(&self, attribute: &structure::Attribute) -> Name {
        self.name(attribute.key.as_str(), attribute.key.span())
    }

    fn block(&self, block: &structure::Block) -> Option<Block> {
        let label = block.labels.first()?;
        let attributes = block.body.attributes();
        Some(Block {
            kind: Kind::named(block.ident.as_str())?,
            name: self.name(label.as_str(), label.span()),
            attributes: attributes
                .map(|attribute| (self.key(attribute), self.expression(&attribute.value)))
                .collect(),
        })
    }

    fn expression(&self, expression: &expr::Expression) -> Expression {
        use expr::Expression as Hcl;
        match expression {
            Hcl::Null(_) => Expression::Nothing,
            Hcl::Bool(_) | Hcl::Number(_) => {
                let range = expression.span().unwrap_or_default();
                let mut text = Text::default();
                text.push(self.lines.slice(&range).trim(), &self.lines.span(&range));
                Expression::Text(vec![Piece::Literal(text)])
            }
            Hcl::String(string) => {
                let range = expression.span().unwrap_or_default();
                // Without its quotes.
                let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                Expression::Text(vec![Piece::Literal(self.literal(string, inner, None))])
            }
            Hcl::Array(array) => {
                Expression::List(array.iter().map(|item| self.expression(item)).collect())
            }
            Hcl::Object(object) => self.object(object),
            Hcl::StringTemplate(template) => self.template(template, None),
            Hcl::HeredocTemplate(heredoc) => self.template(&heredoc.template, heredoc.indent()),
            Hcl::Parenthesis(inner) => self.expression(inner.inner()),
            _ => match self.variable(expression, None) {
                Some(variable) => Expression::Variable(variable),
                None => Expression::Other(self.written(expression.span())),
            },
        }
    }

    fn object(&self, object: &expr::Object) -> Expression {
        let mut entries = Attributes::new();
        for (key, value) in object.iter() {
            let name = match key {
                ObjectKey::Ident(name) => self.name(name.as_str(), name.span()),
                ObjectKey::Expression(expression) => match expression.as_str() {
                    Some(text) => self.name(text, expression.span()),
                    None => return Expression::Other(self.written(object.span())),
                },
            };
            entries.push((name, self.expression(value.expr())));
        }
        Expression::Map(entries)
    }

    fn template(&self, template: &Template, indent: Option<usize>) -> Expression {
        let piece = |element: &Element| match element {
            Element::Literal(literal) => {
                let range = literal.span().unwrap_or_default();
                Piece::Literal(self.literal(literal, range, indent))
            }
            Element::Interpolation(interpolation) => {
                match self.variable(&interpolation.expr, interpolation.span()) {
                    Some(variable) => Piece::Variable(variable),
                    None => Piece::Other(self.written(interpolation.span())),
                }
            }
            Element::Directive(directive) => Piece::Other(self.written(directive.span())),
        };
        Expression::Text(template.iter().map(piece).collect())
    }

    fn variable(
        &self,
        expression: &expr::Expression,
        around: Option<Range<usize>>,
    ) -> Option<Variable> {
        let range = around.or_else(|| expression.span()).unwrap_or_default();
        let path = match expression {
            expr::Expression::Variable(name) => vec![name.to_string()],
            expr::Expression::Traversal(traversal) => {
                let first = traversal.expr.as_variable()?.to_string();
                let rest = traversal
                    .operators
                    .iter()
                    .map(|operator| match operator.value() {
                        TraversalOperator::GetAttr(name) => Some(name.to_string()),
                        _ => None,
                    });
                let rest = rest.collect::<Option<Vec<String>>>()?;
                std::iter::once(first).chain(rest).collect()
            }
            _ => return None,
        };
        Some(Variable {
            path: path
                .into_iter()
                .map(|name: String| name.trim().to_owned())
                .collect(),
            span: self.lines.span(&range),
        })
    }

    fn written(&self, range: Option<Range<usize>>) -> String {
        self.lines
            .slice(&range.unwrap_or_default())
            .trim()
            .to_owned()
    }

    /// A text by what stands for it: its escapes are read, and of a heredoc the indentation is gone.
    fn literal(&self, text: &str, range: Range<usize>, indent: Option<usize>) -> Text {
        let written = self.lines.slice(&range);
        let mut found = Text::default();
        if written == text {
            found.push(text, &self.lines.span(&range));
            return found;
        }
        let starts_line = self.lines.slice(&(0..range.start)).ends_with('\n');
        let mut at = range.start;
        let mut is_first = starts_line;
        for one in text.chars() {
            if is_first && one != '\n' {
                at += self.indentation(at, indent.unwrap_or(0));
            }
            is_first = one == '\n';
            let length = self.length(at, one);
            let span = self.lines.span(&(at..at + length));
            let mut bytes = [0; 4];
            let shown = one.encode_utf8(&mut bytes);
            match self.lines.slice(&(at..at + length)) == shown {
                true => found.push(shown, &span),
                false => found.push_for(shown, &span),
            }
            at += length;
        }
        found
    }

    /// How much space a line begins with, so much at most.
    fn indentation(&self, at: usize, most: usize) -> usize {
        let rest = self.lines.slice(&(at..at + most));
        let space = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        // A blank line may have less.
        space
    }

    /// How many bytes stand for a character here.
    fn length(&self, at: usize, one: char) -> usize {
        let rest = self.lines.text().get(at..).unwrap_or_default();
        if rest.starts_with("$${") && one == '$' || rest.starts_with("%%{") && one == '%' {
            return 2;
        }
        if rest.starts_with(one) {
            return match (one, rest.starts_with("\\\\")) {
                ('\\', true) => 2,
                _ => one.len_utf8(),
            };
        }
        match rest.strip_prefix('\\').and_then(|rest| rest.chars().next()) {
            Some('u') => 6,
            Some('U') => 10,
            Some(escaped) => 1 + escaped.len_utf8(),
            // A line break of two.
            None if rest.starts_with("\r\n") => 2,
            None => rest.chars().next().map_or(0, char::len_utf8),
        }
    }
}

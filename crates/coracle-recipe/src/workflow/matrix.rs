//! `strategy.matrix`: its axes, and the combinations that they make where nothing has to be evaluated.

use super::reader::Reader;
use super::text::Text;
use crate::span::Span;
use crate::yaml::{Cursor, Shape};

/// As many jobs as GitHub makes of a matrix.
const MOST: usize = 256;

/// `strategy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strategy {
    /// Where the key stands.
    pub span: Span,
    /// `matrix`.
    pub matrix: Option<Matrix>,
    /// `fail-fast`.
    pub fail_fast: Option<Text>,
    /// `max-parallel`.
    pub max_parallel: Option<Text>,
}

/// `matrix`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The axes, in their order.
    pub axes: Vec<Axis>,
    /// `include`.
    pub include: Vec<Combination>,
    /// `exclude`.
    pub exclude: Vec<Combination>,
    /// Expressions that stand for the whole, for `include` or for `exclude`: what they bring is not known.
    pub expressions: Vec<Text>,
}

/// An axis: a name and its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Axis {
    /// The name.
    pub name: Text,
    /// The values.
    pub values: Vec<MatrixValue>,
    /// An expression that stands for the values, which are then not known.
    pub expression: Option<Text>,
}

/// A value of an axis, which may have parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatrixValue {
    /// A text; a number and a truth value are ones, too.
    Text(Text),
    /// A list.
    List(Vec<MatrixValue>),
    /// A mapping.
    Map(Vec<(Text, MatrixValue)>),
    /// Nothing.
    Null,
}

/// The values that one of the jobs of a matrix has; or an entry of `include` or `exclude`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Combination {
    /// Names and their values.
    pub values: Vec<(Text, MatrixValue)>,
}

/// Why the combinations of a matrix are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStatic {
    /// Something of it is only known when the workflow runs.
    #[error("`{expression}` is only known when the workflow runs")]
    Expression {
        /// It.
        expression: String,
        /// Where.
        span: Span,
    },
    /// GitHub makes at most 256 jobs of a matrix.
    #[error("a matrix makes at most {MOST} jobs, and this one makes more")]
    TooMany,
}

impl Strategy {
    pub(super) fn read(key: &Text, node: Cursor<'_>, reader: &mut Reader) -> Strategy {
        let mut strategy = Strategy {
            span: key.span().clone(),
            matrix: None,
            fail_fast: None,
            max_parallel: None,
        };
        for (key, node) in reader.map(node, "`strategy`") {
            match key.text() {
                "matrix" if !node.is_null() => strategy.matrix = Some(Matrix::read(node, reader)),
                "fail-fast" => strategy.fail_fast = reader.text(node, "`fail-fast`"),
                "max-parallel" => strategy.max_parallel = reader.text(node, "`max-parallel`"),
                _ => {}
            }
        }
        strategy
    }
}

impl Matrix {
    fn read(node: Cursor<'_>, reader: &mut Reader) -> Matrix {
        let mut matrix = Matrix::default();
        if let Some(expression) = reader.expression(node) {
            matrix.expressions.push(expression);
            return matrix;
        }
        for (key, node) in reader.map(node, "`matrix`") {
            let expression = reader.expression(node);
            match key.text() {
                "include" | "exclude" if expression.is_some() => {
                    matrix.expressions.extend(expression);
                }
                "include" => matrix.include = combinations(node, reader),
                "exclude" => matrix.exclude = combinations(node, reader),
                _ => {
                    let nodes = match expression {
                        Some(_) => Vec::new(),
                        None => reader.items(node, &format!("`{key}`")),
                    };
                    let values = nodes.into_iter();
                    matrix.axes.push(Axis {
                        name: key,
                        values: values.map(|node| value(node, reader)).collect(),
                        expression,
                    });
                }
            }
        }
        matrix
    }

    /// The combinations, each of which is a job of its own, in GitHub's order.
    ///
    /// # Errors
    /// When an expression stands for some of them, or when there are more than GitHub makes.
    pub fn combinations(&self) -> Result<Vec<Combination>, NotStatic> {
        let of_axes = self.axes.iter().filter_map(|axis| axis.expression.as_ref());
        if let Some(expression) = self.expressions.iter().chain(of_axes).next() {
            return Err(NotStatic::Expression {
                expression: expression.text().to_owned(),
                span: expression.span().clone(),
            });
        }
        let mut combinations = self.product()?;
        combinations.retain(|one| !self.exclude.iter().any(|other| one.has_all(other)));
        let mut with_includes = combinations.clone();
        let mut own = Vec::new();
        for include in &self.include {
            let mut is_added = false;
            for (original, combination) in combinations.iter().zip(&mut with_includes) {
                if original.agrees(include) {
                    combination.extend(include);
                    is_added = true;
                }
            }
            if !is_added {
                own.push(include.clone());
            }
        }
        with_includes.extend(own);
        match with_includes.len() > MOST {
            true => Err(NotStatic::TooMany),
            false => Ok(with_includes),
        }
    }

    /// Each value of each axis with each of the others; none where there is no axis.
    fn product(&self) -> Result<Vec<Combination>, NotStatic> {
        if self.axes.is_empty() {
            return Ok(Vec::new());
        }
        let mut product = vec![Combination::default()];
        for axis in &self.axes {
            if product.len().saturating_mul(axis.values.len()) > MOST * 16 {
                return Err(NotStatic::TooMany);
            }
            let mut longer = Vec::new();
            for combination in &product {
                for value in &axis.values {
                    let mut combination: Combination = combination.clone();
                    combination.values.push((axis.name.clone(), value.clone()));
                    longer.push(combination);
                }
            }
            product = longer;
        }
        Ok(product)
    }
}

impl Combination {
    /// The value at a path behind `matrix`: `os`, `target.name`, `list.0`.
    pub fn get(&self, path: &str) -> Option<&MatrixValue> {
        let mut names = path.split('.');
        let first = names.next()?;
        let value = value_of(&self.values, first)?;
        names.try_fold(value, |value, name| match value {
            MatrixValue::Map(entries) => value_of(entries, name),
            MatrixValue::List(items) => items.get(name.parse::<usize>().ok()?),
            MatrixValue::Text(_) | MatrixValue::Null => None,
        })
    }

    /// Whether no value of the other is another one here: an `include` may add to it.
    fn agrees(&self, other: &Combination) -> bool {
        other.values.iter().all(|(name, value)| {
            let here = value_of(&self.values, name.text());
            here.is_none_or(|here| here.is_same(value))
        })
    }

    /// Whether each value of the other is here, too: an `exclude` takes it out.
    fn has_all(&self, other: &Combination) -> bool {
        other.values.iter().all(|(name, value)| {
            let here = value_of(&self.values, name.text());
            here.is_some_and(|here| here.is_same(value))
        })
    }

    fn extend(&mut self, other: &Combination) {
        for (name, value) in &other.values {
            let is_it = |(other, _): &&mut (Text, MatrixValue)| same(other.text(), name.text());
            match self.values.iter_mut().find(is_it) {
                Some((_, here)) => here.clone_from(value),
                None => self.values.push((name.clone(), value.clone())),
            }
        }
    }
}

impl MatrixValue {
    /// The text, where it is one.
    pub fn text(&self) -> Option<&Text> {
        match self {
            MatrixValue::Text(text) => Some(text),
            MatrixValue::List(_) | MatrixValue::Map(_) | MatrixValue::Null => None,
        }
    }

    /// Whether it means the same, wherever it is written. Of a mapping, what the other one names is enough.
    fn is_same(&self, other: &MatrixValue) -> bool {
        match (self, other) {
            (MatrixValue::Text(one), MatrixValue::Text(other)) => same(one.text(), other.text()),
            (MatrixValue::List(ones), MatrixValue::List(others)) => {
                let mut pairs = ones.iter().zip(others);
                ones.len() == others.len() && pairs.all(|(one, other)| one.is_same(other))
            }
            (MatrixValue::Map(ones), MatrixValue::Map(others)) => {
                others.iter().all(|(name, value)| {
                    value_of(ones, name.text()).is_some_and(|here| here.is_same(value))
                })
            }
            (MatrixValue::Null, MatrixValue::Null) => true,
            _ => false,
        }
    }
}

/// Names and texts are the same to GitHub without regard to case.
fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn value_of<'a>(values: &'a [(Text, MatrixValue)], name: &str) -> Option<&'a MatrixValue> {
    let mut values = values.iter();
    let found = values.find(|(other, _)| same(other.text(), name));
    found.map(|(_, value)| value)
}

fn combinations(node: Cursor<'_>, reader: &mut Reader) -> Vec<Combination> {
    let mut found = Vec::new();
    for node in reader.items(node, "`include` or `exclude`") {
        found.push(Combination {
            values: values(node, reader),
        });
    }
    found
}

fn values(node: Cursor<'_>, reader: &mut Reader) -> Vec<(Text, MatrixValue)> {
    let entries = reader.map(node, "an entry of a matrix").into_iter();
    entries
        .map(|(name, node)| (name, value(node, reader)))
        .collect()
}

fn value(node: Cursor<'_>, reader: &mut Reader) -> MatrixValue {
    match node.shape() {
        Shape::Null => MatrixValue::Null,
        Shape::Scalar => node.scalar().map_or(MatrixValue::Null, |scalar| {
            MatrixValue::Text(Text::new(scalar))
        }),
        Shape::List => {
            let items = node.items().into_iter();
            MatrixValue::List(items.map(|node| value(node, reader)).collect())
        }
        Shape::Map => MatrixValue::Map(values(node, reader)),
    }
}

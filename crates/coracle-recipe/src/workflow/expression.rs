//! `${{ … }}`: where they are, and what the simple ones name. Nothing is evaluated.

use std::ops::Range;

use crate::span::Span;
use crate::yaml::Scalar;

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    source: String,
    range: Range<usize>,
    span: Span,
}

/// What an expression reads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// `matrix.os`, `matrix.target.name`: the path behind `matrix`.
    Matrix(String),
    /// `needs.build.outputs.tag`, `needs.build.result`.
    Need {
        /// The job.
        job: String,
        /// The output, where one is named.
        output: Option<String>,
    },
    /// `steps.meta.outputs.tags`, `steps.meta.outcome`.
    Step {
        /// Its `id`.
        id: String,
        /// The output, where one is named.
        output: Option<String>,
    },
    /// `env.X`.
    Environment(String),
    /// `secrets.X`.
    Secret(String),
    /// `vars.X`.
    Variable(String),
    /// `inputs.X`.
    Input(String),
    /// `github.ref_name`, `github.event.number`: the path behind `github`.
    GitHub(String),
    /// `runner.os`, `job.status`, `strategy.job-index` and all others, as a whole.
    Other(String),
}

impl Expression {
    /// What is between the braces, without the space around it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its bytes in the text that it is in, braces included.
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// Where it stands in the file, braces included.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// What it reads, where it does nothing else. `None`: it is opaque.
    pub fn reference(&self) -> Option<Reference> {
        let mut paths = paths(&self.source);
        match (paths.next(), paths.next()) {
            (Some(path), None) if path.range == (0..self.source.len()) => {
                (!path.is_literal()).then(|| path.reference())
            }
            _ => None,
        }
    }

    /// Everything that it reads, also within calls and conditions.
    pub fn mentions(&self) -> Vec<Reference> {
        let paths = paths(&self.source).filter(|path| !path.is_literal());
        paths.map(|path| path.reference()).collect()
    }
}

/// The expressions of a text. One that has no end is none.
pub(super) fn within(scalar: &Scalar) -> Vec<Expression> {
    let text = scalar.text();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find("${{")) {
        let start = at + start;
        let Some(length) = text.get(start + 3..).and_then(length) else {
            break;
        };
        let range = start..start + 3 + length + 2;
        let source = text.get(start + 3..range.end - 2).unwrap_or_default();
        found.push(Expression {
            source: source.trim().to_owned(),
            span: scalar.span_of(range.clone()),
            range: range.clone(),
        });
        at = range.end;
    }
    found
}

/// A text that is one expression without saying so.
pub(super) fn whole(scalar: &Scalar) -> Expression {
    Expression {
        source: scalar.text().trim().to_owned(),
        range: 0..scalar.text().len(),
        span: scalar.span().clone(),
    }
}

/// Up to the braces that end it, which are none in a text in single quotes.
fn length(rest: &str) -> Option<usize> {
    let mut is_quoted = false;
    for (at, one) in rest.char_indices() {
        is_quoted ^= one == '\'';
        if !is_quoted && rest.get(at..).is_some_and(|rest| rest.starts_with("}}")) {
            return Some(at);
        }
    }
    None
}

/// `github.event['number']`, as its names.
struct Path {
    names: Vec<String>,
    range: Range<usize>,
}

impl Path {
    fn is_literal(&self) -> bool {
        let is_word = |name: &String| {
            matches!(
                name.to_ascii_lowercase().as_str(),
                "true" | "false" | "null" | "nan" | "infinity"
            )
        };
        self.names.len() == 1 && self.names.first().is_some_and(is_word)
    }

    fn reference(&self) -> Reference {
        let names: Vec<&str> = self.names.iter().map(String::as_str).collect();
        let Some((first, rest)) = names.split_first() else {
            return Reference::Other(String::new());
        };
        let behind = || rest.join(".");
        match (first.to_ascii_lowercase().as_str(), rest) {
            ("matrix", [_, ..]) => Reference::Matrix(behind()),
            ("needs", [job, more @ ..]) => Reference::Need {
                job: (*job).to_owned(),
                output: output(more),
            },
            ("steps", [id, more @ ..]) => Reference::Step {
                id: (*id).to_owned(),
                output: output(more),
            },
            ("env", [name]) => Reference::Environment((*name).to_owned()),
            ("secrets", [name]) => Reference::Secret((*name).to_owned()),
            ("vars", [name]) => Reference::Variable((*name).to_owned()),
            ("inputs", [name]) => Reference::Input((*name).to_owned()),
            ("github", [_, ..]) => Reference::GitHub(behind()),
            _ => Reference::Other(names.join(".")),
        }
    }
}

fn output(names: &[&str]) -> Option<String> {
    match names {
        ["outputs", name, ..] => Some((*name).to_owned()),
        _ => None,
    }
}

/// The paths of names in an expression that are no calls.
fn paths(source: &str) -> impl Iterator<Item = Path> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        while let Some(one) = source.get(at..)?.chars().next() {
            let start = at;
            match one {
                '\'' => at += quoted(source.get(at..)?),
                one if one.is_ascii_digit() => at += name_length(source.get(at..)?),
                one if is_first(one) => {
                    let path = path(source, start);
                    at = path.range.end.max(start + 1);
                    let behind = source.get(at..).unwrap_or_default().trim_start();
                    if !behind.starts_with('(') {
                        return Some(path);
                    }
                }
                one => at += one.len_utf8(),
            }
        }
        None
    })
}

fn path(source: &str, start: usize) -> Path {
    let rest = |at: usize| source.get(at..).unwrap_or_default();
    let mut end = start + name_length(rest(start));
    let mut names = vec![source.get(start..end).unwrap_or_default().to_owned()];
    loop {
        let behind = rest(end);
        if let Some(after) = behind.strip_prefix('.') {
            let length = match after.starts_with('*') {
                true => 1,
                false => name_length(after),
            };
            if length == 0 {
                break;
            }
            names.push(after.get(..length).unwrap_or_default().to_owned());
            end += 1 + length;
        } else if let Some(after) = behind.strip_prefix("['") {
            let Some(length) = after.find("']") else {
                break;
            };
            names.push(after.get(..length).unwrap_or_default().to_owned());
            end += length + 4;
        } else {
            break;
        }
    }
    Path {
        names,
        range: start..end,
    }
}

/// How long a text in single quotes is, to the end where it has none.
fn quoted(rest: &str) -> usize {
    let inner = rest.get(1..).unwrap_or_default();
    inner.find('\'').map_or(rest.len(), |end| end + 2)
}

fn is_first(one: char) -> bool {
    one.is_ascii_alphabetic() || one == '_'
}

fn name_length(rest: &str) -> usize {
    let is_part = |one: char| one.is_ascii_alphanumeric() || one == '_' || one == '-';
    rest.len() - rest.trim_start_matches(is_part).len()
}

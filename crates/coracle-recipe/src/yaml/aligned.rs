//! Scalars whose characters know where they are written: through quotes, escapes, folded lines and indentation.

use std::fmt;
use std::ops::Range;

use super::aligner::Aligner;
use super::{Kind, Node, Style, Yaml};
use crate::span::{Lines, Span};
use crate::text::Text;

/// The text of a scalar, each piece of which knows its bytes in the file.
///
/// ```
/// use coracle_recipe::yaml::Yaml;
///
/// let yaml = Yaml::read("run: |\n  first\n  second\n").unwrap();
/// let root = yaml.documents().next().unwrap();
/// let run = yaml.scalar(&yaml.value(&root, "run").unwrap()).unwrap();
/// assert_eq!(run.text(), "first\nsecond\n");
/// let span = run.span_of(6..12);
/// assert_eq!((span.start, span.line, span.column), (17, 3, 3));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scalar {
    text: String,
    span: Span,
    runs: Vec<Run>,
}

/// A piece of the text, and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    /// Its bytes in the text.
    text: Range<usize>,
    /// Its place in the file.
    source: Span,
    /// Whether the file has just these bytes, in one line; else it stands for what is there as a whole.
    is_exact: bool,
}

impl Scalar {
    /// What it means, without expansion of anything.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where all of it stands: with its quotes, or in a block from its first character on.
    pub fn span(&self) -> &Span {
        &self.span
    }

    /// Where a piece of the text stands, from its first byte to its last: through line breaks and indentation, where
    /// there are some between. A range that is none of the text's is cut to it.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        let end = range.end.min(self.text.len());
        let start = range.start.min(end);
        let Some(first) = self.run(start).or(self.runs.last()) else {
            return self.span.clone();
        };
        let mut span = self.place(first, start);
        let last = match end > start {
            true => self.run(end - 1),
            false => None,
        };
        span.end = match last {
            None => span.start,
            Some(last) if last.is_exact => last.source.start + (end - last.text.start),
            Some(last) => last.source.end,
        };
        span.end = span.end.max(span.start);
        span
    }

    /// Pieces of the text, one behind the other, each still where it is written.
    pub fn part(&self, pieces: &[Range<usize>]) -> Scalar {
        let mut text = String::new();
        let mut runs = Vec::new();
        for piece in pieces {
            for run in &self.runs {
                let start = run.text.start.max(piece.start);
                let end = run.text.end.min(piece.end);
                if let Some(written) = self.text.get(start..end).filter(|text| !text.is_empty()) {
                    let at = text.len();
                    text.push_str(written);
                    let mut source = self.place(run, start);
                    source.end = match run.is_exact {
                        true => source.start + written.len(),
                        false => run.source.end,
                    };
                    runs.push(Run {
                        text: at..text.len(),
                        source,
                        is_exact: run.is_exact,
                    });
                }
            }
        }
        let whole = match (pieces.first(), pieces.last()) {
            (Some(first), Some(last)) => first.start..last.end,
            _ => 0..0,
        };
        Scalar {
            text,
            span: self.span_of(whole),
            runs,
        }
    }

    /// A piece of the text as one that is read by itself, a Dockerfile within another file: each byte of it knows its
    /// place, through quotes and indentation.
    pub fn piece(&self, range: &Range<usize>) -> Text {
        let mut piece = Text::default();
        for run in &self.runs {
            let start = run.text.start.max(range.start);
            let end = run.text.end.min(range.end);
            let Some(text) = self.text.get(start..end).filter(|text| !text.is_empty()) else {
                continue;
            };
            match run.is_exact {
                true => piece.push(text, &self.place(run, start)),
                false => piece.push_for(text, &run.source),
            }
        }
        piece
    }

    fn run(&self, at: usize) -> Option<&Run> {
        let number = self.runs.partition_point(|run| run.text.end <= at);
        self.runs.get(number)
    }

    /// Where a byte of the text stands in its run, or behind it.
    fn place(&self, run: &Run, at: usize) -> Span {
        let mut span = run.source.clone();
        if run.is_exact {
            let before = self.text.get(run.text.start..at).unwrap_or_default();
            span.start += before.len();
            span.column += before.chars().count();
        } else if at >= run.text.end {
            span.start = span.end;
        }
        span
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Aligns a node's text with its bytes; `None` where it is no scalar.
pub(super) fn scalar(yaml: &Yaml, node: &Node) -> Option<Scalar> {
    let Kind::Scalar { text, style } = &node.kind else {
        return None;
    };
    let mut bytes = node.bytes.clone();
    let written = yaml.lines.slice(&bytes);
    let runs = runs(&yaml.lines, written, bytes.start, text, *style);
    if *style == Style::Block {
        // A block's bytes reach to what comes behind it: it ends with its last character that breaks no line.
        let mut last = runs.iter().rev();
        let last = last.find(|run| text.get(run.text.clone()) != Some("\n"));
        bytes.end = last.map_or(bytes.start, |run| run.source.end - yaml.lines.mark().len());
    }
    Some(Scalar {
        runs,
        text: text.clone(),
        span: yaml.lines.span(&bytes),
    })
}

fn runs(lines: &Lines, written: &str, start: usize, text: &str, style: Style) -> Vec<Run> {
    let inner = match style {
        Style::Single | Style::Double => written.get(1..written.len().saturating_sub(1)),
        Style::Plain | Style::Block => Some(written),
    };
    let whole = |at: usize| Run {
        text: 0..text.len(),
        source: lines.span(&(at..at + text.len())),
        is_exact: true,
    };
    if inner == Some(text) && !text.contains('\n') {
        let is_quoted = matches!(style, Style::Single | Style::Double);
        return vec![whole(start + usize::from(is_quoted))];
    }
    let mut runs: Vec<Run> = Vec::new();
    let line = lines
        .text()
        .get(..start)
        .and_then(|before| before.rfind('\n'));
    let column = start - line.map_or(0, |at| at + 1);
    let mut aligner = Aligner::new(written, text, style, column);
    for (at, one) in text.char_indices() {
        let source = aligner.next(one);
        let is_exact = written.get(source.clone()) == text.get(at..at + one.len_utf8());
        let source = start + source.start..start + source.end;
        match runs.last_mut() {
            Some(last)
                if is_exact && last.is_exact && last.source.end == source.start && one != '\n' =>
            {
                last.text.end += one.len_utf8();
                last.source.end = source.end;
            }
            _ => runs.push(Run {
                text: at..at + one.len_utf8(),
                source: Span {
                    start: source.start,
                    end: source.end,
                    line: 0,
                    column: 0,
                },
                is_exact: is_exact && one != '\n',
            }),
        }
    }
    for run in &mut runs {
        run.source = lines.span(&(run.source.start..run.source.end));
    }
    runs
}

#[cfg(test)]
mod tests;

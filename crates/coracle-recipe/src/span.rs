//! Where something stands in a text.

use std::ops::Range;

/// A piece of a text: its bytes, and the line and column (in characters) where it begins, both from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A text whose byte ranges become spans.
#[derive(Debug, Clone)]
pub(crate) struct Lines {
    text: String,
    /// What a byte-order mark before the text takes, which is no part of it.
    shift: usize,
    starts: Vec<usize>,
    /// The characters before every so many bytes: a line may be as long as the text.
    characters: Vec<usize>,
}

/// So many bytes.
const BLOCK: usize = 1024;

impl Lines {
    pub(crate) fn new(text: &str) -> Lines {
        let without = text.strip_prefix('\u{feff}').unwrap_or(text);
        let after_breaks = without.match_indices('\n').map(|(at, _)| at + 1);
        Lines {
            shift: text.len() - without.len(),
            starts: std::iter::once(0).chain(after_breaks).collect(),
            characters: without
                .as_bytes()
                .chunks(BLOCK)
                .scan(0, |before, block| {
                    let here = *before;
                    *before += characters(block);
                    Some(here)
                })
                .collect(),
            text: without.to_owned(),
        }
    }

    /// The text without its byte-order mark.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The byte-order mark before it, where there is one.
    pub(crate) fn mark(&self) -> &'static str {
        match self.shift {
            0 => "",
            _ => "\u{feff}",
        }
    }

    pub(crate) fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// What stands at a span, which counts the mark.
    pub(crate) fn at(&self, span: &Span) -> &str {
        let from = |byte: usize| byte.saturating_sub(self.shift);
        self.slice(&(from(span.start)..from(span.end)))
    }

    pub(crate) fn span(&self, range: &Range<usize>) -> Span {
        let line = self.starts.partition_point(|start| *start <= range.start);
        let line_start = line
            .checked_sub(1)
            .and_then(|index| self.starts.get(index))
            .copied()
            .unwrap_or(0);
        Span {
            start: range.start + self.shift,
            end: range.end + self.shift,
            line,
            column: self
                .before(range.start)
                .saturating_sub(self.before(line_start))
                + 1,
        }
    }

    /// The characters before a byte.
    fn before(&self, at: usize) -> usize {
        let block = (at / BLOCK).min(self.characters.len().saturating_sub(1));
        let counted = self.characters.get(block).copied().unwrap_or(0);
        let rest = self
            .text
            .as_bytes()
            .get(block * BLOCK..at.min(self.text.len()));
        counted + rest.map_or(0, characters)
    }
}

/// How many characters begin in these bytes.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_and_bytes_count_the_mark() {
        let lines = Lines::new("\u{feff}ä\nxü z\n");
        assert_eq!(
            lines.span(&(7..8)),
            Span {
                start: 10,
                end: 11,
                line: 2,
                column: 4
            }
        );
        assert_eq!(lines.slice(&(7..8)), "z");
        assert_eq!(lines.span(&(0..2)).line, 1);
    }
}

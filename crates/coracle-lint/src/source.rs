//! A file's text and where in it something stands. Not what the text means.

use std::ops::Range;

use coracle_recipe::{Span, Text};

/// A file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    path: String,
    text: String,
    /// The first byte of each line.
    starts: Vec<usize>,
}

/// A piece of a file: bytes, and lines and columns (in characters, a tab is one) from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The path from the top of the repository, `/`-separated.
    pub file: String,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last.
    pub end: usize,
    /// The line of the first byte.
    pub line: usize,
    /// Its column.
    pub column: usize,
    /// The line of the byte behind the last.
    pub end_line: usize,
    /// Its column.
    pub end_column: usize,
}

/// A file, or a text within it that was read by itself.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// The text, where it is only a part.
    pub within: Option<&'a Text>,
}

impl Part<'_> {
    /// The place of a reader's span, which is one of the text that was read.
    pub fn place(&self, span: &Span) -> Place {
        match self.within {
            None => self.file.place(span),
            Some(text) => self.file.place(&text.span(span.start..span.end)),
        }
    }
}

impl SourceFile {
    /// The file as one that was read whole.
    pub fn whole(&self) -> Part<'_> {
        Part {
            file: self,
            within: None,
        }
    }

    /// A text under its path from the top of the repository.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> SourceFile {
        let text = text.into();
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        SourceFile {
            path: path.into(),
            starts: std::iter::once(0).chain(after_breaks).collect(),
            text,
        }
    }

    /// The path from the top of the repository, `/`-separated.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text, a byte-order mark included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The folder of the file, without a `/` behind it; empty at the top.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// The text of these bytes; nothing where there are none.
    pub fn slice(&self, bytes: Range<usize>) -> &str {
        self.text.get(bytes).unwrap_or_default()
    }

    /// The lines with their numbers from 1 and their first bytes, without line ends.
    pub fn lines(&self) -> impl Iterator<Item = (usize, usize, &str)> {
        self.starts.iter().enumerate().map(|(index, start)| {
            let end = self.starts.get(index + 1).copied();
            let line = self.slice(*start..end.unwrap_or(self.text.len()));
            (index + 1, *start, line.trim_end_matches(['\n', '\r']))
        })
    }

    /// Where a reader's span is.
    pub fn place(&self, span: &Span) -> Place {
        self.place_of(span.start..span.end)
    }

    /// Where these bytes are.
    pub fn place_of(&self, bytes: Range<usize>) -> Place {
        let (line, column) = self.line_and_column(bytes.start);
        let (end_line, end_column) = self.line_and_column(bytes.end.max(bytes.start));
        Place {
            file: self.path.clone(),
            start: bytes.start,
            end: bytes.end.max(bytes.start),
            line,
            column,
            end_line,
            end_column,
        }
    }

    /// The first line, for what is about the whole file.
    pub fn first_line(&self) -> Place {
        let line = self.lines().next();
        self.place_of(0..line.map_or(0, |(_, _, line)| line.len()))
    }

    fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.slice(start..byte);
        let mark = if start == 0 { '\u{feff}' } else { '\0' };
        (line, before.trim_start_matches(mark).chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_characters_and_end_behind_the_last_one() {
        let file = SourceFile::new("a/Dockerfile", "\u{feff}ä FROM\r\nüx y\n");
        let ends = |bytes| {
            let place = file.place_of(bytes);
            (place.line, place.column, place.end_line, place.end_column)
        };
        assert_eq!(ends(3..5), (1, 1, 1, 2));
        assert_eq!(ends(6..10), (1, 3, 1, 7));
        assert_eq!(ends(12..17), (2, 1, 2, 5));
        let lines: Vec<_> = file.lines().collect();
        assert_eq!(lines[1], (2, 12, "üx y"));
        assert_eq!(lines[2], (3, 18, ""));
        assert_eq!(file.folder(), "a");
    }
}

//! Goes through a scalar's bytes beside its text, one character after the other. What YAML makes of the bytes is known
//! already; only where each character comes from is asked here.

use std::ops::Range;

use super::Style;

/// A scalar as written, and how far its text has come.
pub(super) struct Aligner<'a> {
    written: &'a str,
    at: usize,
    style: Style,
    /// Of a block, the spaces that each of its lines begins with.
    indentation: usize,
    /// Line breaks that come before all that is written.
    before: usize,
    /// Line breaks that a fold still stands for, and its bytes.
    fold: Option<(usize, Range<usize>)>,
}

impl<'a> Aligner<'a> {
    /// `written` begins with its quote, or in a block with its first character, whose column is the block's.
    pub(super) fn new(written: &'a str, text: &str, style: Style, column: usize) -> Aligner<'a> {
        let is_quoted = matches!(style, Style::Single | Style::Double);
        Aligner {
            written,
            at: usize::from(is_quoted).min(written.len()),
            style,
            indentation: column,
            // Empty lines before a block's first character are no part of its bytes.
            before: match style {
                Style::Block => text.len() - text.trim_start_matches('\n').len(),
                Style::Plain | Style::Single | Style::Double => 0,
            },
            fold: None,
        }
    }

    /// The bytes of the next character of the text; none where it is not found.
    pub(super) fn next(&mut self, one: char) -> Range<usize> {
        match self.style {
            Style::Block => self.of_block(one),
            Style::Plain | Style::Single | Style::Double => self.of_flow(one),
        }
    }

    fn rest(&self) -> &'a str {
        self.written.get(self.at..).unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> Range<usize> {
        let start = self.at;
        self.at = (start + length).min(self.written.len());
        start..self.at
    }

    /// Over a block's indentation, at the beginning of a line.
    fn indent(&mut self) {
        let rest = self.rest();
        let spaces = rest.len() - rest.trim_start_matches(' ').len();
        self.at += spaces.min(self.indentation);
    }

    fn of_block(&mut self, one: char) -> Range<usize> {
        if self.before > 0 {
            self.before -= 1;
            return self.at..self.at;
        }
        let rest = self.rest();
        if rest.starts_with(one) && one != '\n' {
            return self.take(one.len_utf8());
        }
        let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\r']).len();
        match one {
            // A line break, or the space that a folded one is.
            '\n' | ' ' if rest.get(blank..).is_some_and(|rest| rest.starts_with('\n')) => {
                self.at += blank;
                let bytes = self.take(1);
                self.indent();
                bytes
            }
            _ => {
                // Line breaks that folding has swallowed.
                while self.rest().starts_with(['\n', '\r']) {
                    self.at += 1;
                    self.indent();
                }
                match self.rest().starts_with(one) {
                    true => self.take(one.len_utf8()),
                    false => self.at..self.at,
                }
            }
        }
    }

    fn of_flow(&mut self, one: char) -> Range<usize> {
        if let Some((left, bytes)) = self.fold.take()
            && one == '\n'
        {
            self.fold = (left > 1).then(|| (left - 1, bytes.clone()));
            return bytes;
        }
        if self.style == Style::Double {
            while self.continued() {}
            if self.rest().starts_with('\\') {
                let length = escape(self.rest());
                return self.take(length);
            }
        }
        let rest = self.rest();
        let blank = match self.style {
            Style::Plain => between(rest),
            _ => blanks(rest),
        };
        let breaks = rest.get(..blank).unwrap_or_default().matches('\n').count();
        if breaks > 0 {
            let bytes = self.take(blank);
            if breaks > 2 {
                self.fold = Some((breaks - 2, bytes.clone()));
            }
            return bytes;
        }
        match rest.starts_with(one) {
            true if one == '\'' && self.style == Style::Single => self.take(2),
            true => self.take(one.len_utf8()),
            false => self.at..self.at,
        }
    }

    /// Over a line break that a backslash hides, with the indentation behind it.
    fn continued(&mut self) -> bool {
        let rest = self.rest();
        let after = rest
            .strip_prefix("\\\n")
            .or_else(|| rest.strip_prefix("\\\r\n"));
        if let Some(after) = after {
            self.at = self.written.len() - after.trim_start_matches([' ', '\t']).len();
        }
        after.is_some()
    }
}

/// How long an escape in double quotes is.
fn escape(written: &str) -> usize {
    let mut characters = written.chars();
    let backslash = characters.next().map_or(0, char::len_utf8);
    match characters.next() {
        Some('x') => 4,
        Some('u') => 6,
        Some('U') => 10,
        Some(other) => backslash + other.len_utf8(),
        None => backslash,
    }
}

/// How long the blanks and line breaks are that a text begins with.
fn blanks(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len()
}

/// The same, with the comments among them, over which a scalar without quotes may go on in brackets.
fn between(text: &str) -> usize {
    let mut length = blanks(text);
    let is_comment = |rest: &&str| rest.starts_with('#');
    while let Some(comment) = text.get(length..).filter(is_comment).filter(|_| length > 0) {
        length += comment.find('\n').unwrap_or(comment.len());
        length += blanks(text.get(length..).unwrap_or_default());
    }
    length
}

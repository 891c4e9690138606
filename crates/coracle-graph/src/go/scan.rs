//! Go source as words, texts, marks and comments. Never refuses: what is no Go is a mark, what does not end ends with the file.

use std::ops::Range;

/// A piece of a source file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) bytes: Range<usize>,
}

/// What a piece is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `// …`, without its line end.
    LineComment,
    /// `/* … */`.
    BlockComment,
    /// A name, a keyword or a number.
    Word,
    /// A text with its quotes, of either kind.
    Text,
    /// `'x'`.
    Letter,
    /// Anything else, a character.
    Mark(char),
}

/// The tokens of a text from a byte on.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Scanner<'a> {
        // A byte-order mark is allowed at the beginning.
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Scanner { text, at }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn through(&self, end: &str, from: usize) -> usize {
        let rest = self.rest();
        let found = rest.get(from..).and_then(|rest| rest.find(end));
        found.map_or(rest.len(), |found| from + found + end.len())
    }

    /// To the closing quote, or to the end of the line.
    fn quoted(&self, quote: char) -> usize {
        let rest = self.rest();
        let mut characters = rest.char_indices().skip(1);
        while let Some((at, character)) = characters.next() {
            match character {
                '\\' => {
                    characters.next();
                }
                '\n' => return at,
                _ if character == quote => return at + 1,
                _ => {}
            }
        }
        rest.len()
    }
}

fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

impl Iterator for Scanner<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.at += blank;
        let rest = self.rest();
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '/' if rest.starts_with("//") => {
                let length = rest.find('\n').unwrap_or(rest.len());
                (Kind::LineComment, length)
            }
            '/' if rest.starts_with("/*") => (Kind::BlockComment, self.through("*/", 2)),
            '`' => (Kind::Text, self.through("`", 1)),
            '"' => (Kind::Text, self.quoted('"')),
            '\'' => (Kind::Letter, self.quoted('\'')),
            _ if is_word(first) => {
                let length = rest.find(|character| !is_word(character));
                (Kind::Word, length.unwrap_or(rest.len()))
            }
            _ => (Kind::Mark(first), first.len_utf8()),
        };
        let bytes = self.at..self.at + length;
        self.at = bytes.end;
        Some(Token { kind, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_in_texts_are_none_and_texts_end() {
        let text = "x(\"//\\\"\", `/*\n`, '\"') // \"y\n/* z */ w \"open\n'";
        let kinds: Vec<(Kind, &str)> = Scanner::new(text)
            .map(|token| (token.kind, &text[token.bytes]))
            .filter(|(kind, _)| !matches!(kind, Kind::Mark(_)))
            .collect();
        let expected = [
            (Kind::Word, "x"),
            (Kind::Text, "\"//\\\"\""),
            (Kind::Text, "`/*\n`"),
            (Kind::Letter, "'\"'"),
            (Kind::LineComment, "// \"y"),
            (Kind::BlockComment, "/* z */"),
            (Kind::Word, "w"),
            (Kind::Text, "\"open"),
            (Kind::Letter, "'"),
        ];
        assert_eq!(kinds, expected);
    }
}

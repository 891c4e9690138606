//! A text put together from pieces of a file, which knows for each of its bytes where in the file it stands.
//!
//! What a builder or a shell reads is often not what the file holds: continued lines are joined, comments between them
//! and the tabs before a here-document's lines are gone. Not here: what is joined, and why.

use std::ops::Range;

use crate::span::Span;

/// A text and where its bytes stand in the file.
///
/// ```
/// use coracle_recipe::Text;
///
/// let text = Text::plain("one\ntwo three");
/// let span = text.span(8..13);
/// assert_eq!((span.line, span.column), (2, 5));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text {
    text: String,
    /// In the order of their offsets; none reaches over the end of a line.
    pieces: Vec<Piece>,
}

/// From `offset` on, the text is what stands at `start` of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Piece {
    offset: usize,
    start: usize,
    line: usize,
    column: usize,
}

/// The longest piece: the characters before a place in it are counted whenever the place is told.
const BLOCK: usize = 1024;

impl Text {
    /// A text that is the whole file.
    pub fn plain(text: &str) -> Text {
        let mut whole = Text::default();
        let start = Span {
            start: 0,
            end: 0,
            line: 1,
            column: 1,
        };
        whole.push(text, &start);
        whole
    }

    /// Adds what stands in the file from the beginning of `span` on, byte by byte as in the file.
    pub fn push(&mut self, text: &str, span: &Span) {
        let mut place = span.clone();
        let mut rest = text;
        while !rest.is_empty() {
            let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
            let (piece, after) = rest.split_at(rest.floor_char_boundary(line.min(BLOCK)));
            self.pieces.push(Piece {
                offset: self.text.len(),
                start: place.start,
                line: place.line,
                column: place.column,
            });
            self.text.push_str(piece);
            place.start += piece.len();
            place.column += piece.chars().count();
            if piece.ends_with('\n') {
                place.line += 1;
                place.column = 1;
            }
            rest = after;
        }
        if text.is_empty() && self.pieces.is_empty() {
            self.pieces.push(Piece {
                offset: 0,
                start: span.start,
                line: span.line,
                column: span.column,
            });
        }
    }

    /// Adds a text that stands nowhere as it is, for what stands at `span`: each of its characters is where that begins,
    /// and its last one of several where that ends.
    pub fn push_for(&mut self, text: &str, span: &Span) {
        let mut one = [0; 4];
        let last = text.chars().count().saturating_sub(1);
        for (number, character) in text.chars().enumerate() {
            let mut place = span.clone();
            if number == last && number > 0 && span.end > span.start {
                place.start = span.end - 1;
                place.column += place.start - span.start;
            }
            self.push(character.encode_utf8(&mut one), &place);
        }
    }

    /// Adds all of another text.
    pub fn append(&mut self, other: &Text) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        let moved = other.pieces.iter().map(|piece| Piece {
            offset: piece.offset + shift,
            ..piece.clone()
        });
        self.pieces.extend(moved);
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// A piece of the text; nothing where the range is none of it.
    pub fn get(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or_default()
    }

    /// A piece of the text that still knows where it stands.
    pub fn part(&self, range: &Range<usize>) -> Text {
        let mut part = Text::default();
        let end = range.end.min(self.text.len());
        let mut at = range.start;
        while at < end {
            let next = self.pieces.partition_point(|piece| piece.offset <= at);
            let until = self
                .pieces
                .get(next)
                .map_or(end, |piece| piece.offset.min(end));
            part.push(self.get(&(at..until)), &self.span(at..until));
            at = until;
        }
        if part.pieces.is_empty() {
            part.push("", &self.span(range.start..range.start));
        }
        part
    }

    /// Where in the file a range of this text stands, from its first byte to its last.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (start, line, column) = self.place(range.start);
        let end = match range.end.checked_sub(1) {
            Some(last) if last >= range.start => self.byte(last) + 1,
            _ => start,
        };
        Span {
            start,
            end: end.max(start),
            line,
            column,
        }
    }

    /// Where in the file all of it stands.
    pub fn whole_span(&self) -> Span {
        self.span(0..self.text.len())
    }

    fn piece(&self, offset: usize) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.offset <= offset);
        self.pieces.get(after.checked_sub(1)?)
    }

    fn byte(&self, offset: usize) -> usize {
        self.piece(offset)
            .map_or(offset, |piece| piece.start + (offset - piece.offset))
    }

    fn place(&self, offset: usize) -> (usize, usize, usize) {
        let Some(piece) = self.piece(offset) else {
            return (offset, 1, 1);
        };
        let before = self.get(&(piece.offset..offset));
        let column = piece.column + before.chars().count();
        (piece.start + (offset - piece.offset), piece.line, column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_joined_knows_where_it_stands() {
        let file = "RUN ä \\\n  # no\n  b c";
        let mut text = Text::default();
        let span = |start, line, column| Span {
            start,
            end: start,
            line,
            column,
        };
        text.push("ä ", &span(4, 1, 5));
        text.push("  b c", &span(16, 3, 1));
        assert_eq!(text.as_str(), "ä   b c");
        let found = text.span(5..8);
        assert_eq!(&file[found.start..found.end], "b c");
        assert_eq!((found.line, found.column), (3, 3));
        let over = text.span(0..8);
        assert_eq!(&file[over.start..over.end], "ä \\\n  # no\n  b c");
        let part = text.part(&(2..8));
        assert_eq!(part.span(3..6), found);
        assert_eq!(part.as_str(), &text.as_str()[2..]);
    }

    #[test]
    fn what_stands_for_something_else_is_where_that_begins() {
        let span = |start, column| Span {
            start,
            end: start + 4,
            line: 1,
            column,
        };
        let mut text = Text::default();
        text.push_for("longer", &span(3, 4));
        text.push(" x", &span(7, 8));
        assert_eq!((text.span(2..5).start, text.span(2..5).end), (3, 4));
        assert_eq!((text.span(0..6).start, text.span(0..6).end), (3, 7));
        assert_eq!((text.span(7..8).start, text.span(7..8).column), (8, 9));
    }

    #[test]
    fn a_place_that_is_none_does_no_harm() {
        let text = Text::plain("ä");
        assert_eq!(text.span(9..12).line, 1);
        assert_eq!(text.get(&(1..9)), "");
        assert_eq!(Text::default().span(0..0).start, 0);
        assert_eq!(text.part(&(5..9)).as_str(), "");
    }
}

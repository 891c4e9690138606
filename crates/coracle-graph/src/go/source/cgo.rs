//! `#cgo` lines: what a file asks of the C compiler, the linker and pkg-config.

use std::ops::Range;

use crate::answer::Answer;
use crate::go::constraint::Constraint;
use crate::go::context::Context;
use crate::place::Place;

/// A `#cgo` line in the comment before `import "C"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CgoLine {
    /// When it holds: one of them, where there are any.
    pub conditions: Vec<Constraint>,
    /// `CFLAGS`, `LDFLAGS`, `pkg-config`, …
    pub name: String,
    /// The words behind the colon, without their quotes.
    pub words: Vec<String>,
    /// The line, from `#cgo`.
    pub place: Place,
}

impl CgoLine {
    /// Whether it holds.
    pub fn holds(&self, context: &Context) -> Answer {
        if self.conditions.is_empty() {
            return Answer::Yes;
        }
        let each = self
            .conditions
            .iter()
            .map(|condition| condition.holds(context));
        each.fold(Answer::No, Answer::or)
    }
}

/// The lines of a comment that ends before the import.
pub(super) fn lines(file: &str, text: &str, comment: Range<usize>, import: usize) -> Vec<CgoLine> {
    let end = comment.end.min(import);
    let mut at = comment.start;
    let mut lines = Vec::new();
    for whole in text
        .get(comment.start..end)
        .unwrap_or_default()
        .split_inclusive('\n')
    {
        let line = whole.trim();
        let content = line.trim_start_matches("//").trim_start_matches("/*");
        let content = content.trim_end_matches("*/").trim();
        let offset = whole.find(content).unwrap_or(0);
        let place = Place::new(file, at + offset..at + offset + content.len());
        lines.extend(line_of(content, place));
        at += whole.len();
    }
    lines
}

fn line_of(content: &str, place: Place) -> Option<CgoLine> {
    let rest = content.strip_prefix("#cgo")?;
    if !rest.starts_with([' ', '\t']) {
        return None;
    }
    let (before, words) = rest.split_once(':')?;
    let mut conditions: Vec<&str> = before.split_whitespace().collect();
    let name = conditions.pop()?.to_owned();
    let parsed = conditions.into_iter().map(|condition| {
        let old = condition.contains(',') || !condition.contains(['&', '|', '(']);
        if old {
            Constraint::parse_old(condition)
        } else {
            Constraint::parse(condition)
        }
    });
    Some(CgoLine {
        conditions: parsed.flatten().collect(),
        name,
        words: split(words),
        place,
    })
}

/// Words with quotes of both kinds and backslashes, as cgo splits them.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', _) => word.get_or_insert_default().extend(letters.next()),
            (_, Some(open)) if letter == open => quote = None,
            (_, Some(_)) => word.get_or_insert_default().push(letter),
            ('"' | '\'', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, None) if letter.is_whitespace() => words.extend(word.take()),
            (letter, None) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

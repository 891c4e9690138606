//! The words of an instruction, each with its place: line continuations and the comments between them taken out,
//! quotes and escapes respected and kept.

use std::ops::Range;

/// A piece of an instruction without line continuations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) range: Range<usize>,
}

/// Characters and where each stands.
type Places = Vec<(usize, char)>;

/// A whole range as one piece.
pub(super) fn whole(text: &str, range: &Range<usize>, escape: char) -> Piece {
    let places = joined(text, range, escape);
    let text: String = places.iter().map(|(_, character)| *character).collect();
    Piece {
        text: text.trim().to_owned(),
        range: range.clone(),
    }
}

/// The words of a range.
pub(super) fn split(text: &str, range: &Range<usize>, escape: char) -> Vec<Piece> {
    cut(&joined(text, range, escape), escape)
}

/// `key=value` pairs, or the old form `key the whole rest`; a key without a value has none.
pub(super) fn pairs(text: &str, range: &Range<usize>, escape: char) -> Vec<(Piece, Option<Piece>)> {
    let places = joined(text, range, escape);
    let words = cut(&places, escape);
    match words.first() {
        Some(first) if !first.text.contains('=') => {
            let rest = places.into_iter().filter(|(at, _)| *at >= first.range.end);
            let rest = piece(&trimmed(rest.collect()));
            vec![(first.clone(), rest)]
        }
        _ => words.iter().map(pair).collect(),
    }
}

/// A word as `key=value`.
pub(super) fn pair(word: &Piece) -> (Piece, Option<Piece>) {
    let Some((key, value)) = word.text.split_once('=') else {
        return (word.clone(), None);
    };
    // Exact where no continuation is within the word, and within the word otherwise.
    let middle = (word.range.start + key.len()).min(word.range.end);
    let key = Piece {
        text: key.to_owned(),
        range: word.range.start..middle,
    };
    let value = Piece {
        text: value.to_owned(),
        range: (middle + 1).min(word.range.end)..word.range.end,
    };
    (key, Some(value))
}

/// The characters of a range without continuations. A continued line is followed by what it goes on with, with
/// comments and empty lines between skipped, as BuildKit does.
fn joined(text: &str, range: &Range<usize>, escape: char) -> Places {
    let mut places = Places::new();
    let mut at = range.start;
    let mut is_first = true;
    for line in text
        .get(range.clone())
        .unwrap_or_default()
        .split_inclusive('\n')
    {
        let start = at;
        at += line.len();
        let content = line.trim_end_matches(['\n', '\r']);
        let bare = content.trim();
        if !is_first && (bare.is_empty() || bare.starts_with('#')) {
            continue;
        }
        is_first = false;
        let without_blanks = content.trim_end_matches([' ', '\t']);
        let kept = match without_blanks.strip_suffix(escape) {
            Some(before) if !before.ends_with(escape) => before,
            _ => content,
        };
        places.extend(kept.char_indices().map(|(offset, c)| (start + offset, c)));
    }
    places
}

fn cut(places: &Places, escape: char) -> Vec<Piece> {
    let mut words = Vec::new();
    let mut word = Places::new();
    let mut quote = None;
    let mut is_escaped = false;
    for (at, character) in places {
        if character.is_whitespace() && quote.is_none() && !is_escaped {
            words.extend(piece(&word));
            word.clear();
            continue;
        }
        word.push((*at, *character));
        if is_escaped {
            is_escaped = false;
        } else if *character == escape && quote != Some('\'') {
            is_escaped = true;
        } else if quote == Some(*character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '"' | '\'') {
            quote = Some(*character);
        }
    }
    words.extend(piece(&word));
    words
}

fn trimmed(places: Places) -> Places {
    let is_blank = |place: &(usize, char)| place.1.is_whitespace();
    let end = places.iter().rposition(|place| !is_blank(place));
    let all = places.into_iter().take(end.map_or(0, |end| end + 1));
    all.skip_while(is_blank).collect()
}

fn piece(places: &Places) -> Option<Piece> {
    let ((start, _), (end, last)) = (places.first()?, places.last()?);
    Some(Piece {
        text: places.iter().map(|(_, character)| *character).collect(),
        range: *start..end + last.len_utf8(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, Option<&str>)]) {
        let pairs = pairs(text, &(0..text.len()), '\\');
        let read: Vec<(&str, Option<&str>)> = pairs
            .iter()
            .map(|(key, value)| (&*key.text, value.as_ref().map(|value| &*value.text)))
            .collect();
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn pairs_are_cut_at_blanks_outside_of_quotes_and_escapes() {
        check(
            r#"a=b c="d e" f=g\ h i='j " k' l"#,
            &[
                ("a", Some("b")),
                ("c", Some(r#""d e""#)),
                ("f", Some(r"g\ h")),
                ("i", Some(r#"'j " k'"#)),
                ("l", None),
            ],
        );
    }

    #[test]
    fn the_old_form_takes_the_whole_rest() {
        check(
            "version  1.0 \"beta\" \\\n  two ",
            &[("version", Some("1.0 \"beta\"   two"))],
        );
        check("alone", &[("alone", None)]);
    }

    #[test]
    fn continued_lines_skip_comments_and_keep_the_places() {
        let text = "a=b \\\n  # why=not\n\n  c=d";
        check(text, &[("a", Some("b")), ("c", Some("d"))]);
        let pieces = split(text, &(0..text.len()), '\\');
        assert_eq!(&text[pieces[1].range.clone()], "c=d");
    }
}

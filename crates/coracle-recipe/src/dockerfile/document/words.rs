//! How the line of an instruction falls into words: at blanks, at blanks outside of quotes, or as JSON. Ranges of the
//! joined line come out; where they stand in the file, [`Text`](crate::Text) knows.

use std::ops::Range;

use serde_json::value::RawValue;

/// The range without the blanks around it.
pub(super) fn trimmed(text: &str, range: &Range<usize>) -> Range<usize> {
    let written = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (written.len() - written.trim_start().len());
    start..start + written.trim().len()
}

/// The first word of a range and what comes behind the blanks after it.
pub(super) fn first(text: &str, range: &Range<usize>) -> (Range<usize>, Range<usize>) {
    let range = trimmed(text, range);
    let written = text.get(range.clone()).unwrap_or_default();
    let length = written.find(is_blank).unwrap_or(written.len());
    let middle = range.start + length;
    (range.start..middle, trimmed(text, &(middle..range.end)))
}

/// Builders part words only at these, where there are no quotes.
fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\x0b' | '\x0c')
}

/// The words between blanks.
pub(super) fn at_blanks(text: &str, range: &Range<usize>) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut rest = range.clone();
    loop {
        let (word, after) = first(text, &rest);
        if word.is_empty() {
            return words;
        }
        words.push(word);
        rest = after;
    }
}

/// The words between blanks outside of quotes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Quoted {
    pub(super) words: Vec<Range<usize>>,
    /// Whether the last quote was closed.
    pub(super) is_closed: bool,
}

/// Cuts at blanks outside of quotes; the escape character protects what follows it, but not within single quotes.
pub(super) fn quoted(text: &str, range: &Range<usize>, escape: char) -> Quoted {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut is_escaped = false;
    for (offset, character) in text.get(range.clone()).unwrap_or_default().char_indices() {
        let at = range.start + offset;
        if character.is_whitespace() && quote.is_none() && !is_escaped {
            words.extend(start.take().map(|start| start..at));
            continue;
        }
        start = start.or(Some(at));
        if is_escaped {
            is_escaped = false;
        } else if character == escape && quote != Some('\'') {
            is_escaped = true;
        } else if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '"' | '\'') {
            quote = Some(character);
        }
    }
    words.extend(start.map(|start| start..range.end));
    Quoted {
        words,
        is_closed: quote.is_none(),
    }
}

/// The characters of a word, each with where it stands.
pub(super) type Places = Vec<(usize, char)>;

/// A word without its quotes and escapes, as the flags of an instruction are read.
pub(super) fn bare(text: &str, range: &Range<usize>, escape: char) -> Places {
    let mut kept = Places::new();
    let mut quote = None;
    let mut characters = text.get(range.clone()).unwrap_or_default().char_indices();
    while let Some((at, character)) = characters.next() {
        if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '"' | '\'') {
            quote = Some(character);
        } else if character == escape {
            kept.extend(characters.next());
        } else {
            kept.push((at, character));
        }
    }
    kept.iter_mut().for_each(|(at, _)| *at += range.start);
    kept
}

/// What the characters are together.
pub(super) fn joined(places: &[(usize, char)]) -> String {
    places.iter().map(|(_, character)| *character).collect()
}

/// What a text that may be JSON is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Json {
    /// A list of texts, each with its range, the quotes within.
    Words(Vec<(String, Range<usize>)>),
    /// A list with something else in it.
    Mixed,
    /// It begins like a list and is none.
    Broken,
    /// Something else.
    No,
}

/// Reads the exec form.
pub(super) fn json(text: &str, range: &Range<usize>) -> Json {
    let range = trimmed(text, range);
    let written = text.get(range.clone()).unwrap_or_default();
    if !written.starts_with('[') {
        return Json::No;
    }
    let Ok(values) = serde_json::from_str::<Vec<&RawValue>>(written) else {
        return Json::Broken;
    };
    let mut words = Vec::new();
    for value in values {
        let Ok(word) = serde_json::from_str::<String>(value.get()) else {
            return Json::Mixed;
        };
        // What serde_json lends is a piece of what it was given.
        let offset = value.get().as_ptr().addr() - written.as_ptr().addr();
        let start = range.start + offset;
        words.push((word, start..start + value.get().len()));
    }
    Json::Words(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        let all = quoted(text, &(0..text.len()), '\\').words;
        all.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_end_at_blanks_outside_of_quotes_and_escapes() {
        assert_eq!(
            words(r#" a=b c="d e"  f=g\ h i='j " k' l"#),
            ["a=b", r#"c="d e""#, r"f=g\ h", r#"i='j " k'"#, "l"]
        );
        assert!(!quoted("a 'b", &(0..4), '\\').is_closed);
        let text = " a 'b c' ";
        let blanks = at_blanks(text, &(0..text.len()));
        assert_eq!(blanks, [1..2, 3..5, 6..8]);
    }

    #[test]
    fn the_exec_form_is_json_of_texts_only() {
        let text = r#" [ "a b" ,"\u0063\n" ] "#;
        let expected = vec![("a b".to_owned(), 3..8), ("c\n".to_owned(), 10..20)];
        assert_eq!(json(text, &(0..text.len())), Json::Words(expected));
        for (text, expected) in [
            ("[]", Json::Words(Vec::new())),
            ("[\"a\", 1]", Json::Mixed),
            ("['a']", Json::Broken),
            ("[\"a\"] b", Json::Broken),
            ("a", Json::No),
        ] {
            assert_eq!(json(text, &(0..text.len())), expected, "{text}");
        }
    }

    #[test]
    fn flags_lose_their_quotes() {
        let text = r#"x --a="b 'c"\ d'e'"#;
        let kept = bare(text, &(2..text.len()), '\\');
        assert_eq!(joined(&kept), "--a=b 'c de");
        assert_eq!(kept[4], (7, 'b'));
    }
}

//! Words out of lines.

/// What is between two texts, the first of each.
pub(super) fn between<'a>(line: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(before)?;
    rest.split_once(after).map(|(found, _)| found)
}

/// The same text in small letters, to look for words in; its bytes are at the same places.
pub(super) fn small(line: &str) -> String {
    line.to_ascii_lowercase()
}

/// The last word before a text, without quotes, brackets and colons around it.
pub(super) fn word_before<'a>(line: &'a str, text: &str) -> &'a str {
    let before = small(line).find(text).and_then(|end| line.get(..end));
    let words = before.unwrap_or_default().split_whitespace().rev();
    let mut words = words.map(bare).filter(|word| !word.is_empty());
    words.next().unwrap_or_default()
}

/// A word without what is around it.
pub(super) fn bare(word: &str) -> &str {
    word.trim_matches(|character: char| {
        matches!(
            character,
            '"' | '\'' | '`' | '‘' | '’' | ':' | ',' | ';' | '(' | ')' | '[' | ']'
        )
    })
}

/// The program that a line is about: the first quoted path, else the last path, else the last word before the text.
pub(super) fn program<'a>(line: &'a str, text: &str) -> &'a str {
    let before = small(line).find(text).and_then(|end| line.get(..end));
    let mut words = before
        .unwrap_or_default()
        .split_whitespace()
        .rev()
        .map(bare);
    let path = words.find(|word| word.starts_with(['/', '.']) && word.len() > 1);
    path.unwrap_or_else(|| word_before(line, text))
}

//! Scalars: which words are more than text, and how a text is written so that it stays one.

use super::Style;

/// Words that YAML 1.1 or 1.2 take for something else than a text.
const WORDS: &[&str] = &[
    "", "~", "null", "true", "false", "yes", "no", "on", "off", "y", "n", ".inf", "+.inf", "-.inf",
    ".nan", "<<", "=",
];

/// Whether a plain scalar says that nothing is there.
pub(super) fn is_null(plain: &str) -> bool {
    matches!(plain, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether a plain scalar may be something else than a text: anything that begins like a number, too.
pub(super) fn is_typed(plain: &str) -> bool {
    let unsigned = plain.trim_start_matches(['+', '-', '.']);
    WORDS.contains(&plain.to_ascii_lowercase().as_str())
        || unsigned.starts_with(|first: char| first.is_ascii_digit())
}

/// A text in this style where it can be, else in double quotes.
pub(super) fn written(text: &str, style: Style, in_flow: bool) -> String {
    match style {
        Style::Plain if is_plain(text, in_flow) => text.to_owned(),
        Style::Single if !text.contains('\'') && !text.contains(char::is_control) => {
            format!("'{text}'")
        }
        _ => double_quoted(text),
    }
}

/// Far from all that may be plain: what references, paths and words are made of.
fn is_plain(text: &str, in_flow: bool) -> bool {
    let is_first = |first: char| first.is_ascii_alphanumeric() || "/$._".contains(first);
    let is_one = |one: char| one.is_ascii_alphanumeric() || "-._/:@+=$".contains(one);
    let is_of_block = |one: char| !in_flow && "{} ,\"'".contains(one);
    text.starts_with(is_first)
        && text.chars().all(|one| is_one(one) || is_of_block(one))
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && !is_typed(text)
}

fn double_quoted(text: &str) -> String {
    let mut written = "\"".to_owned();
    for one in text.chars() {
        match one {
            '"' | '\\' => written.extend(['\\', one]),
            '\n' => written.push_str("\\n"),
            '\t' => written.push_str("\\t"),
            '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' => written.push_str(&escaped(one)),
            one if one.is_control() => written.push_str(&escaped(one)),
            one => written.push(one),
        }
    }
    written.push('"');
    written
}

fn escaped(one: char) -> String {
    format!("\\u{:04x}", u32::from(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_style_where_it_stays_a_text() {
        let cases = [
            (
                "ghcr.io/acme/api@sha256:00",
                Style::Plain,
                "ghcr.io/acme/api@sha256:00",
            ),
            ("api:${TAG:-latest}", Style::Plain, "api:${TAG:-latest}"),
            ("1.10", Style::Plain, "\"1.10\""),
            ("Yes", Style::Plain, "\"Yes\""),
            ("a b \"c\"", Style::Plain, "a b \"c\""),
            ("a b ", Style::Plain, "\"a b \""),
            ("a: b", Style::Plain, "\"a: b\""),
            ("a #b", Style::Plain, "\"a #b\""),
            ("- a", Style::Plain, "\"- a\""),
            ("a:", Style::Plain, "\"a:\""),
            ("", Style::Plain, "\"\""),
            ("a", Style::Single, "'a'"),
            ("it's", Style::Single, "\"it's\""),
            ("say \"a\\b\"\n", Style::Double, "\"say \\\"a\\\\b\\\"\\n\""),
            ("\u{7}", Style::Single, "\"\\u0007\""),
        ];
        for (text, style, expected) in cases {
            assert_eq!(written(text, style, false), expected, "{text:?}");
        }
        assert_eq!(written("api:${TAG}", Style::Plain, true), "\"api:${TAG}\"");
    }
}

//! What a word of a script stands for.

use std::collections::BTreeMap;

/// The text of a word, `None` where nobody knows.
pub(super) type Value = Option<String>;

/// Takes the quotes off and puts the variables in.
pub(super) fn expand(word: &str, variables: &BTreeMap<String, Value>) -> Value {
    let mut text = String::new();
    let mut rest = word;
    let mut in_single = false;
    while let Some(letter) = rest.chars().next() {
        rest = rest.get(letter.len_utf8()..)?;
        match letter {
            '\'' if in_single => in_single = false,
            letter if in_single => text.push(letter),
            '\'' if !in_double(word, rest) => in_single = true,
            '"' => {}
            '\\' => {
                let next = rest.chars().next()?;
                text.push(next);
                rest = rest.get(next.len_utf8()..)?;
            }
            '`' => return None,
            '$' => {
                let (name, after) = variable(rest)?;
                let value = variables.get(name.trim_end_matches(":-"));
                text.push_str(value?.as_deref()?);
                rest = after;
            }
            letter => text.push(letter),
        }
    }
    Some(text)
}

/// Whether what is before `rest` in a word has an open double quote.
fn in_double(word: &str, rest: &str) -> bool {
    let before = word.len() - rest.len();
    let quotes = word.get(..before).unwrap_or_default().matches('"').count();
    quotes % 2 == 1
}

/// The name after a `$` and what follows: `NAME`, `{NAME}`, `{NAME:-}`; nothing for what has to be computed.
fn variable(rest: &str) -> Option<(&str, &str)> {
    if let Some(inside) = rest.strip_prefix('{') {
        let (name, after) = inside.split_once('}')?;
        let plain = name.trim_end_matches(":-");
        return is_name(plain).then_some((name, after));
    }
    if rest.starts_with(|letter: char| letter.is_ascii_digit()) {
        return Some((rest.get(..1)?, rest.get(1..)?));
    }
    let end = rest
        .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
        .unwrap_or(rest.len());
    (end > 0).then_some((rest.get(..end)?, rest.get(end..)?))
}

fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    !text.is_empty() && text.bytes().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_known_when_all_its_variables_are() {
        let known = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
        let mut variables =
            BTreeMap::from([known("1", "configure"), known("2", ""), known("d", "/x")]);
        variables.insert("unknown".to_owned(), None);
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(expand(word, &variables).as_deref(), expected, "{word}");
        };
        check("\"$1\"", Some("configure"));
        check("x\"$2\"", Some("x"));
        check("${2:-}", Some(""));
        check("'$1'", Some("$1"));
        check("\"it's $d/y\"", Some("it's /x/y"));
        check(r"1\~", Some("1~"));
        for word in [
            "$unknown", "$never", "$(a)", "\"`a`\"", "${d##*-}", "$@", "$#",
        ] {
            check(word, None);
        }
    }
}

//! The lines of a `.pc` file: comments cut off, a backslash at the end continues on the next line.

use std::iter::Peekable;
use std::str::Chars;

use super::requirement::space;

/// A line that says something: `name=value` or `Name: value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'line> {
    /// What stands before the sign.
    pub(super) key: &'line str,
    /// `=`, `:`, or whatever else comes first after the key.
    pub(super) sign: char,
    /// The rest, without white space around it.
    pub(super) value: &'line str,
    /// White space stands before the key or its sign.
    pub(super) loose_key: bool,
    /// White space stands after the value.
    pub(super) loose_value: bool,
}

/// The lines of a text, continued ones joined.
pub(super) fn logical(text: &str) -> impl Iterator<Item = String> {
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || next(&mut letters))
}

/// What a line says; `None` where it does not begin with a letter.
pub(super) fn read(line: &str) -> Option<Line<'_>> {
    // pkgconf's strings end at a zero.
    let line = line.split('\0').next().unwrap_or_default();
    let text = line.trim_start_matches(space);
    if !text.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return None;
    }
    let belongs = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.');
    let (key, after) = text.split_at(text.find(|letter| !belongs(letter)).unwrap_or(text.len()));
    let from_sign = after.trim_start_matches(space);
    let mut letters = from_sign.chars();
    let sign = letters.next()?;
    let value = letters.as_str().trim_start_matches(space);
    let trimmed = value.trim_end_matches(space);
    Some(Line {
        key,
        sign,
        value: trimmed,
        loose_key: text.len() != line.len() || from_sign.len() != after.len(),
        loose_value: trimmed.len() != value.len(),
    })
}

fn next(letters: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut line = String::new();
    let mut escaped = false;
    letters.peek()?;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if !escaped => {
                escaped = true;
                continue;
            }
            '#' if escaped => line.push('#'),
            '#' => {
                letters.find(|letter| *letter == '\n');
                return Some(line);
            }
            '\n' if escaped => {
                while letters.next_if(|next| matches!(next, ' ' | '\t')).is_some() {}
            }
            '\n' => return Some(line),
            '\r' => {
                letters.next_if_eq(&'\n');
                if !escaped {
                    return Some(line);
                }
                line.push('\n');
            }
            _ => {
                if escaped {
                    line.push('\\');
                }
                line.push(letter);
            }
        }
        escaped = false;
    }
    Some(line)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[&str]) {
        assert_eq!(logical(text).collect::<Vec<_>>(), expected, "{text:?}");
    }

    #[test]
    fn comments_and_continuations_are_gone() {
        check("a=1 # one\n# two\nb=2", &["a=1 ", "", "b=2"]);
        check("a=x \\\n \t y\nb", &["a=x y", "b"]);
        check("a=1\\#2 \\\\ \\x\n", &["a=1#2 \\\\ \\x"]);
        check("a=1\r\nb=2\rc", &["a=1", "b=2", "c"]);
        check("", &[]);
    }

    #[test]
    fn a_line_is_a_key_a_sign_and_a_value() {
        let check = |line: &str, expected: Option<(&str, char, &str, bool, bool)>| {
            let got = read(line).map(|line| {
                (
                    line.key,
                    line.sign,
                    line.value,
                    line.loose_key,
                    line.loose_value,
                )
            });
            assert_eq!(got, expected, "{line:?}");
        };
        check("prefix=/usr", Some(("prefix", '=', "/usr", false, false)));
        check(
            "Libs.private : -la  ",
            Some(("Libs.private", ':', "-la", true, true)),
        );
        check(" a=", Some(("a", '=', "", true, false)));
        check("a b", Some(("a", 'b', "", true, false)));
        check("_a=1", None);
        check("1=2", None);
        check("alone", None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,80}", near in "[a:=#\\\\ \t\r\n\0]{0,40}") {
            for line in logical(&text).chain(logical(&near)) {
                let _ = read(&line);
            }
        }
    }
}

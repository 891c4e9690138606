//! A text into words, as a shell would: quotes and backslashes keep white space together.

use super::requirement::space;

/// The words, without empty ones; `None` where a quote or a backslash has no end.
pub(super) fn split(text: &str) -> Option<Vec<String>> {
    let mut words = vec![];
    let mut word = String::new();
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some('"'), '\\') => {
                let escaped = letters.next()?;
                // In double quotes a backslash means itself unless one of these follows.
                if !matches!(escaped, '$' | '`' | '"' | '\\') {
                    word.push('\\');
                }
                word.push(escaped);
            }
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => word.push(letter),
            (None, '\\') => word.push(letters.next()?),
            (None, '"' | '\'') => quote = Some(letter),
            (None, _) if space(letter) => words.push(std::mem::take(&mut word)),
            (None, _) => word.push(letter),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    quote.is_none().then_some(words)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_and_backslashes_keep_words_together() {
        let split = |text: &str| split(text).unwrap();
        assert_eq!(split("  -la \t-lb\n"), ["-la", "-lb"]);
        assert_eq!(
            split(r#"-DA=\"x\ y\" '-I/a b'c"#),
            ["-DA=\"x y\"", "-I/a bc"]
        );
        assert_eq!(split(r#""a\$b\nc" 'a\b' ''"#), ["a$b\\nc", "a\\b"]);
    }

    #[test]
    fn what_has_no_end_is_refused() {
        assert_eq!(split("-la 'b"), None);
        assert_eq!(split("-la \\"), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,60}", quoted in "[a\\\\\"' $]{0,20}") {
            let _ = (split(&text), split(&quoted));
        }
    }
}

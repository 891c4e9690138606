//! Where characters of scalars are written, in every style.

use proptest::prelude::*;

use crate::yaml::{Place, Yaml};

/// Finds `needle` in the only value, and what stands there in the file.
fn check(text: &str, needle: &str, expected: &str) {
    for text in [
        text.to_owned(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
    ] {
        let yaml = Yaml::read(&text).unwrap();
        let root = yaml.documents().next().unwrap();
        let scalar = yaml.scalar(&yaml.value(&root, "a").unwrap()).unwrap();
        let at = scalar.text().find(needle).unwrap();
        let span = scalar.span_of(at..at + needle.len());
        let found = text[span.start..span.end].replace("\r\n", "\n");
        assert_eq!(found, expected, "{text:?}");
        let before = &text[..span.start];
        assert_eq!(span.line, before.matches('\n').count() + 1, "{text:?}");
        let line = before
            .rsplit('\n')
            .next()
            .unwrap()
            .trim_start_matches('\u{feff}');
        assert_eq!(span.column, line.chars().count() + 1, "{text:?}");
    }
}

#[test]
fn a_piece_of_a_text_is_found_in_the_file_in_every_style() {
    check("a: ä word b\n", "word", "word");
    check("a: one\n  two\n\n  three\n", "two\nthree", "two\n\n  three");
    check("a: one\n  two\n\n  three\n", "three", "three");
    check("a: 'it''s ä word'\n", "word", "word");
    check("a: 'it''s ä word'\n", "it's", "it''s");
    check("a: \"tab\\tä \\u00e4 word\"\n", "word", "word");
    check("a: \"tab\\tä \\u00e4 word\"\n", "ä ä", "ä \\u00e4");
    check("a: \"one \\\n   two\\n three\n  four\"\n", "three", "three");
    check("a: \"one \\\n   two\\n three\n  four\"\n", "four", "four");
    check("a: |\n  one\n    two\n\n  three\n", "two", "two");
    check("a: |\n  one\n    two\n\n  three\n", "three", "three");
    check("a: |2-\n    one\n  two\n", "  one", "  one");
    check("a: |\n  one\n  two\n", "one\ntwo", "one\n  two");
    check(
        "a: >-\n  one\n  two\n\n  three\n    four\n  five\n",
        "two",
        "two",
    );
    check(
        "a: >-\n  one\n  two\n\n  three\n    four\n  five\n",
        "three",
        "three",
    );
    check(
        "a: >-\n  one\n  two\n\n  three\n    four\n  five\n",
        "four",
        "four",
    );
    check(
        "a: >-\n  one\n  two\n\n  three\n    four\n  five\n",
        "five",
        "five",
    );
    check("a: |\n\n  one\n", "one", "one");
    check("a: &x !!str |  # c\n  one\n", "one", "one");
}

#[test]
fn a_part_of_a_text_keeps_its_places() {
    let text = "a: |\n  one\n  two\n  three\n";
    let yaml = Yaml::read(text).unwrap();
    let root = yaml.documents().next().unwrap();
    let scalar = yaml.scalar(&yaml.value(&root, "a").unwrap()).unwrap();
    let part = scalar.part(&[0..4, 8..14]);
    assert_eq!(part.text(), "one\nthree\n");
    let span = part.span_of(4..9);
    assert_eq!(&text[span.start..span.end], "three");
    assert_eq!((span.line, span.column), (4, 3));
    assert_eq!(
        &text[part.span().start..part.span().end],
        "one\n  two\n  three\n"
    );
}

#[test]
fn what_is_no_scalar_has_no_text() {
    let yaml = Yaml::read("a: [b]\n").unwrap();
    let root = yaml.documents().next().unwrap();
    assert_eq!(yaml.scalar(&root), None);
    assert_eq!(yaml.scalar(&Place::default()), None);
}

fn text_like() -> impl Strategy<Value = String> {
    let pieces = [
        "a: ", "|\n", ">\n", "|2-\n", "  ", " ", "\n", "x", "ä", "\"", "'", "\\", "\\n", "\\\n",
        "\t", "- ", "''", "\r\n", "\\x41", "[", "]", ", ", "#",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..30)
        .prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn each_piece_lies_in_the_file_and_pieces_go_forward(like in text_like()) {
        for text in [like.clone(), format!("a: |\n  {like}"), format!("a: \"{like}\""), format!("a: '{like}'\n")] {
            let Ok(yaml) = Yaml::read(&text) else { continue };
            for (at, _) in yaml.scalars() {
                let scalar = yaml.scalar(&at).unwrap();
                let mut last = 0;
                let end = scalar.span().end;
                for (at, one) in scalar.text().char_indices() {
                    let span = scalar.span_of(at..at + one.len_utf8());
                    prop_assert!(text.get(span.start..span.end).is_some(), "{span:?}");
                    prop_assert!(span.start >= last, "{span:?} after {last}");
                    // Only the line break behind a block is no part of its span.
                    let is_break = one == '\n' && matches!(text.get(end..span.end), Some("\n" | "\r\n"));
                    prop_assert!(span.end <= end || is_break, "{span:?} beyond {end} in {text:?}");
                    last = span.start;
                }
                // A character that is nothing else in any style comes from where it is written.
                for (at, _) in scalar.text().match_indices('ä') {
                    let span = scalar.span_of(at..at + 2);
                    prop_assert_eq!(&text[span.start..span.end], "ä", "{:?}", text);
                }
            }
        }
    }
}

//! What ignore files hide, case by case, and by the library that Docker uses.

use proptest::prelude::*;

use super::*;

mod oracle;

/// Lines, what they hide, what they do not.
const CASES: &[(&str, &[&str], &[&str])] = &[
    // What Docker's documentation says of its examples.
    (
        "*/temp*",
        &["a/temporary.txt", "a/temp", "a/temp/b"],
        &["temp", "a/b/temporary.txt"],
    ),
    (
        "*/*/temp*",
        &["a/b/temporary.txt"],
        &["a/temp", "a/b/c/temp"],
    ),
    (
        "temp?",
        &["tempa", "tempb", "tempa/x"],
        &["temp", "tempab", "a/tempa"],
    ),
    ("**/*.go", &["a.go", "a/b/c.go"], &["a.got", "go"]),
    ("*.md\n!README.md", &["a.md"], &["README.md", "a/b.md"]),
    (
        "*.md\n!README*.md\nREADME-secret.md",
        &["README-secret.md", "x.md"],
        &["README.md"],
    ),
    (
        "*.md\nREADME-secret.md\n!README*.md",
        &["x.md"],
        &["README-secret.md"],
    ),
    // Comments, blanks, slashes, dots.
    ("# a\n #b\n\n  c  \n", &["#b", "c"], &["a", "# a"]),
    ("\u{feff}a\r\nb", &["a", "b"], &[]),
    (
        "/a\nb/\n./c\nd/../e\n//f",
        &["a", "b", "b/x", "c", "e", "f"],
        &["d", "x/a"],
    ),
    (".\n..\n/\n../a", &[], &["a", "b", "."]),
    ("! a\nb\n! b", &[], &["a", "b"]),
    // Parents, and what is seen again below them.
    (
        "target",
        &["target", "target/a/b"],
        &["a/target", "targets"],
    ),
    (
        "target\n!target/release/app",
        &["target", "target/a"],
        &["target/release/app"],
    ),
    ("**\n!src\n", &["a", "a/src"], &["src", "src/a/b"]),
    (
        "*\n!a/b\na/b/*.o",
        &["a", "a/b/x.o", "c/d"],
        &["a/b", "a/b/x.c"],
    ),
    // Two stars.
    (
        "**/node_modules",
        &["node_modules", "a/node_modules/b"],
        &["xnode_modules", "node_modules2"],
    ),
    ("a/**", &["a/b", "a/b/c"], &["a", "b/a"]),
    ("a**", &["a", "ab", "a/b"], &["b/a"]),
    ("**a", &["a", "ba", "b/ca"], &["ab"]),
    ("a/**/b", &["a/b", "a/x/b", "a/x/y/b/c"], &["ab", "a/xb"]),
    (
        "**/.git",
        &[".git", "a/.git", ".git/config"],
        &["a.git", ".gitignore"],
    ),
    ("**/a/**", &["a/b", "x/a/b"], &["a", "x/a"]),
    // Classes and escapes.
    ("[ab]c", &["ac", "bc"], &["cc", "abc"]),
    ("[^a-c]d", &["dd"], &["ad", "bd", "d"]),
    (r"a\*b", &["a*b"], &["axb"]),
    (r"\#a", &["#a"], &["a"]),
    (r"\!a", &["!a"], &["a"]),
    ("a.b(c)|d+e{f}$", &["a.b(c)|d+e{f}$"], &["axb(c)|d+e{f}$"]),
    ("a^b", &["a^b"], &["ab"]),
    ("a^*", &[], &["a^b", "ab"]),
    ("ä?", &["äö"], &["ä"]),
];

#[test]
fn paths_are_hidden_by_the_documented_rules() {
    for (text, hidden, seen) in CASES {
        let ignore = Ignore::read(text);
        for path in *hidden {
            assert!(ignore.is_hidden(path), "{text:?} hides {path}");
        }
        for path in *seen {
            assert!(!ignore.is_hidden(path), "{text:?} does not hide {path}");
        }
    }
}

#[test]
fn the_line_that_decides_is_told() {
    let text = "a*\n!ab\n\n  abc # no comment\nabc";
    let ignore = Ignore::read(text);
    let decided = |path| {
        ignore
            .verdict(path)
            .decided_by
            .map(|rule| rule.span.clone())
    };
    let line = |path| decided(path).map(|span| span.line);
    assert_eq!(line("ab"), Some(2));
    assert_eq!(line("ax"), Some(1));
    assert_eq!(line("abc"), Some(1));
    assert_eq!(line("b"), None);
    let span = &ignore.rules[2].span;
    assert_eq!(&text[span.start..span.end], "abc # no comment");
    assert!(ignore.has_exceptions());
}

#[test]
fn what_no_builder_takes_is_told() {
    let told = |text: &str| {
        let ignore = Ignore::read(text);
        assert!(ignore.rules.is_empty(), "{text}");
        let (problem, span) = ignore.problems.first().unwrap().clone();
        (problem.to_string(), span.line)
    };
    assert_eq!(
        told("\n!"),
        ("there is no pattern behind the `!`".to_owned(), 2)
    );
    assert_eq!(told("! /").0, "there is no pattern behind the `!`");
    for text in ["[a", "[]a]", "[a-]", "[-a]", "[]", "a\\", "[\\"] {
        assert_eq!(told(text).0, format!("`{text}` is no pattern"));
    }
    for text in [r"\d", "[z-a]", "[a*]", "[[:alpha:]]"] {
        assert_eq!(
            told(text).0,
            format!("what `{text}` matches is not understood here")
        );
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_rules_are_where_they_say(
        text in any::<String>(),
        like in "([a-c*?!/.\\[\\]^#\\\\ -]{0,6}\n){0,5}",
        path in "[a-c/.]{0,8}",
    ) {
        for text in [text, like] {
            let ignore = Ignore::read(&text);
            for rule in &ignore.rules {
                prop_assert_eq!(text.get(rule.span.start..rule.span.end), Some(rule.written.as_str()));
            }
            let verdict = ignore.verdict(&path);
            let exception = verdict.decided_by.map(|rule| rule.is_exception);
            prop_assert_eq!(verdict.is_hidden, exception == Some(false));
        }
    }
}

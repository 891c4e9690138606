//! What is read byte by byte with its places: Dockerfiles as documents, ignore files, shells' texts.

use std::collections::BTreeMap;

use coracle_recipe::dockerfile::document::Document;
use coracle_recipe::ignore::Ignore;
use coracle_recipe::{Span, Text, shell};

fn is_inside(text: &str, span: &Span) {
    assert!(
        text.get(span.start..span.end).is_some(),
        "{span:?} is no place of the text"
    );
}

/// A Dockerfile as a document: printed it is the same, and each place is one of it.
pub fn document(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let document = Document::read(text);
    assert_eq!(document.print(), text);
    for diagnostic in &document.diagnostics {
        is_inside(text, &diagnostic.span);
    }
    let given = BTreeMap::from([("VERSION".to_owned(), "1.2 $X".to_owned())]);
    let stages = document.stages(&given);
    for (index, stage) in stages.stages.iter().enumerate() {
        for step in &stage.steps {
            for word in step.words() {
                is_inside(text, &word.span);
            }
        }
        assert_eq!(stages.chain(index).last(), Some(&index));
        let _ = stages.settings(index);
    }
}

/// An ignore file, after an empty line the paths that it is asked about: what hides one is a line of it.
pub fn ignore(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (text, paths) = text.split_once("\n\n").unwrap_or((text, "a/b"));
    let ignore = Ignore::read(text);
    for rule in &ignore.rules {
        assert_eq!(
            text.get(rule.span.start..rule.span.end),
            Some(&*rule.written)
        );
    }
    for path in paths.lines().take(20) {
        let verdict = ignore.verdict(path);
        let exception = verdict.decided_by.map(|rule| rule.is_exception);
        assert_eq!(verdict.is_hidden, exception == Some(false));
    }
}

/// A shell's text: each word is where it says.
pub fn shell(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let variable = |name: &str| (name == "V").then(|| "1.2".to_owned());
    let script = shell::read(&Text::plain(text), &variable);
    for command in script.all() {
        is_inside(text, &command.span);
        for word in command.words() {
            assert_eq!(text.get(word.span.start..word.span.end), Some(&*word.text));
        }
    }
}

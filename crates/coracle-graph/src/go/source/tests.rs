//! Heads of Go files.

use proptest::prelude::*;

use super::*;
use crate::go::Context;

fn paths(source: &Source) -> Vec<&str> {
    source
        .imports
        .iter()
        .map(|import| import.path.as_str())
        .collect()
}

#[test]
fn package_and_imports_of_every_form_are_read_with_their_places() {
    let text = "// a comment\n\npackage /* odd */ main; import \"fmt\"\nimport (\n\t_ \"embed\" // why\n\tname `a/b`; . \"c\"\n)\nimport x \"d\"\nvar y = \"import\"\nimport \"not\"\n";
    let source = Source::read("m.go", text);
    assert_eq!(source.package.as_ref().unwrap().value, "main");
    assert_eq!(paths(&source), ["fmt", "embed", "a/b", "c", "d"]);
    assert_eq!(source.imports[2].name.as_deref(), Some("name"));
    assert_eq!(source.imports[3].name.as_deref(), Some("."));
    for import in &source.imports {
        let quoted = &text[import.place.bytes.clone()];
        assert_eq!(&quoted[1..quoted.len() - 1], import.path);
    }
    assert_eq!(source.fault, None);
}

#[test]
fn the_comment_before_c_is_read_and_no_other() {
    let text = "package p\n\n/*\n#cgo linux LDFLAGS: -lm \"-L a\"\n#cgo pkg-config: sqlite3 zlib\n#include <x.h>\n*/\nimport \"C\"\n\n// #cgo LDFLAGS: -lother\n\nimport \"fmt\"\n";
    let source = Source::read("p.go", text);
    assert!(source.uses_c());
    let told: Vec<(&str, Vec<&str>)> = source
        .cgo
        .iter()
        .map(|line| {
            (
                line.name.as_str(),
                line.words.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("LDFLAGS", vec!["-lm", "-L a"]),
            ("pkg-config", vec!["sqlite3", "zlib"])
        ]
    );
    assert!(source.cgo[0].holds(&Context::linux("amd64", true)).is_yes());
    let place = &source.cgo[1].place.bytes;
    assert_eq!(&text[place.clone()], "#cgo pkg-config: sqlite3 zlib");
    let apart = Source::read(
        "p.go",
        "package p\n\n// #cgo LDFLAGS: -lm\n\nimport \"C\"\n",
    );
    assert_eq!(apart.cgo, []);
    let lines = Source::read(
        "p.go",
        "package p\n\n// #cgo LDFLAGS: -lm\n// #include <x.h>\nimport \"C\"\n",
    );
    assert_eq!(lines.cgo[0].words, ["-lm"]);
}

#[test]
fn constraints_stand_before_the_package() {
    let tags = |text: &str| {
        let constraint = Source::read("p.go", text).constraint;
        constraint.map(|it| {
            it.value
                .tags()
                .iter()
                .map(|tag| (*tag).to_owned())
                .collect::<Vec<_>>()
        })
    };
    let some = |tags: &[&str]| Some(tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
    assert_eq!(tags("//go:build a && !b\n\npackage p\n"), some(&["a", "b"]));
    assert_eq!(tags("// x\n\n//go:build a\npackage p\n"), some(&["a"]));
    assert_eq!(tags("/* x */\n//go:build a\npackage p\n"), some(&["a"]));
    assert_eq!(tags("/*\n//go:build a\n*/\npackage p\n"), None);
    assert_eq!(tags("package p\n//go:build a\n"), None);
    assert_eq!(
        tags("// +build a b\n// +build c\n\npackage p\n"),
        some(&["a", "b", "c"])
    );
    assert_eq!(tags("// +build a\npackage p\n"), None);
    assert_eq!(
        tags("//go:build x\n// +build a\n\npackage p\n"),
        some(&["x"])
    );
}

#[test]
fn what_go_refuses_is_a_fault() {
    let fault = |text: &str| Source::read("p.go", text).fault.map(|fault| fault.value);
    assert!(
        fault("//go:build a\n//go:build b\n\npackage p\n")
            .unwrap()
            .contains("several")
    );
    assert!(
        fault("//go:build a b\n\npackage p\n")
            .unwrap()
            .contains("no expression")
    );
    assert!(fault("func x() {}").unwrap().contains("package"));
    assert!(fault("").is_some());
}

#[test]
fn embeds_and_commands_are_found_in_the_whole_file() {
    let text = "package p\nimport _ \"embed\"\n//go:generate stringer -type=X\nvar s = `\n//go:embed no\n`\n//go:embed a/*.html \"b c\" `d`\nvar f []byte\n// go:embed none\n";
    let source = Source::read("p.go", text);
    let values = |placed: &[Placed<String>]| -> Vec<String> {
        placed.iter().map(|placed| placed.value.clone()).collect()
    };
    assert_eq!(values(&source.embeds), ["a/*.html", "b c", "d"]);
    assert_eq!(values(&source.generates), ["stringer -type=X"]);
}

proptest! {
    #[test]
    fn any_text_is_read_and_places_are_in_it(text in "(package p\n|import |\"C\"|// #cgo X: y\n|/\\*|\\*/|//go:build |[a-z(!&|)\"`'ü\\\\ \n]){0,40}") {
        let source = Source::read("p.go", &text);
        let imports = source.imports.iter().map(|import| &import.place);
        let lines = source.cgo.iter().map(|line| &line.place);
        for place in imports.chain(lines) {
            prop_assert!(text.get(place.bytes.clone()).is_some());
        }
    }
}

//! Cargo's and Go's graphs, from manifests, locks and sources.

use std::collections::BTreeMap;

use coracle_graph::cargo::{Question, Workspace};
use coracle_graph::go::{Context, Modules, Source};
use coracle_graph::{Place, survey};

/// Files of a repository, cut at lines `=== PATH`.
fn repository(text: &str) -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut path = String::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("=== ") {
            Some(next) => path = next.trim_end().to_owned(),
            None => files.entry(path.clone()).or_default().push_str(line),
        }
    }
    files
}

/// Manifests and a lock: what is certain of a program is possible, too, and a chain ends where it says.
pub fn cargo_manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let files = repository(text);
    let _ = survey(&files);
    let Ok(workspace) = Workspace::read(&files, "") else {
        return;
    };
    let question = Question {
        target: Some("x86_64-unknown-linux-gnu".to_owned()),
        ..Question::default()
    };
    for package in &workspace.packages {
        for linked in workspace.linked(package, &question).packages {
            assert!(!linked.is_linked.is_no());
            let last = linked.chain.last().map(|link| &link.name);
            assert_eq!(last, Some(&linked.name));
            let places = linked.chain.iter().filter_map(|link| link.place.as_ref());
            places.for_each(|place| stands(&files, place));
        }
    }
}

/// A module and its sources; each file is read as Go by itself, too.
pub fn go_source(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let whole = Source::read("whole.go", text);
    for import in &whole.imports {
        assert!(text.get(import.place.bytes.clone()).is_some());
    }
    let files = repository(text);
    let Some(modules) = Modules::read(&files, "") else {
        return;
    };
    for cgo in [true, false] {
        let context = Context::linux("amd64", cgo);
        for program in modules.programs(&files, &context) {
            let walk = modules.walk(&files, &program.import_path, &context);
            for imported in walk.packages.values() {
                assert!(!imported.is_imported.is_no());
                let places = imported.chain.iter().filter_map(|link| link.place.as_ref());
                places.for_each(|place| stands(&files, place));
            }
        }
    }
}

fn stands(files: &BTreeMap<String, String>, place: &Place) {
    let text = files.get(&place.file).map(String::as_str);
    assert!(
        text.is_some_and(|text| text.get(place.bytes.clone()).is_some()),
        "{place:?}"
    );
}

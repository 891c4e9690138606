//! Each crate says what it is, carries the workspace's licence and lints, is called like its
//! folder, and is not empty: nothing is laid before something furnishes it.

use super::tree::Crate;
use super::{Offence, Tree};

/// Lines of code that make a crate more than a promise.
const ENOUGH: usize = 3;

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for each in tree.crates() {
        for what in manifest(&each) {
            offences.push(Offence::new(each.manifest, 0, what));
        }
        if lines_of_code(tree, &each) < ENOUGH {
            offences.push(Offence::new(
                each.folder,
                0,
                "is empty: nothing furnishes it yet",
            ));
        }
    }
    offences
}

fn manifest(each: &Crate<'_>) -> Vec<String> {
    let Ok(manifest) = each.text.parse::<toml::Table>() else {
        return vec!["is not TOML".to_owned()];
    };
    let package = |key: &str| manifest.get("package").and_then(|table| table.get(key));
    let shared = |value: Option<&toml::Value>| {
        value.and_then(|value| value.get("workspace")) == Some(&toml::Value::Boolean(true))
    };
    let mut missing = Vec::new();
    if package("name").and_then(toml::Value::as_str) != Some(each.name) {
        missing.push("is not called like its folder".to_owned());
    }
    let description = package("description").and_then(toml::Value::as_str);
    if description.is_none_or(|text| text.trim().is_empty()) {
        missing.push("has no description".to_owned());
    }
    for key in ["version", "edition", "rust-version", "license"] {
        if !shared(package(key)) {
            missing.push(format!("does not take `{key}` from the workspace"));
        }
    }
    if !shared(manifest.get("lints")) {
        missing.push("does not take its lints from the workspace".to_owned());
    }
    missing
}

fn lines_of_code(tree: &Tree, each: &Crate<'_>) -> usize {
    tree.under(&format!("{}/src/", each.folder))
        .filter(|(path, _)| path.ends_with(".rs"))
        .flat_map(|(_, text)| text.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("//"))
        .count()
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    const GOOD: &str = "[package]\nname = \"one\"\ndescription = \"digests\"\n\
        version.workspace = true\nedition.workspace = true\nrust-version.workspace = true\n\
        license.workspace = true\n[lints]\nworkspace = true\n";
    const CODE: &str = "//! One.\nfn one() {\n    two();\n}\n";

    fn offences(manifest: &str, code: &str) -> usize {
        let files = [
            ("crates/one/Cargo.toml", manifest),
            ("crates/one/src/lib.rs", code),
        ];
        check(&Tree::of(&files)).len()
    }

    #[test]
    fn a_crate_that_says_what_it_is_holds() {
        assert_eq!(offences(GOOD, CODE), 0);
    }

    #[test]
    fn each_missing_line_of_a_manifest_is_found() {
        for line in GOOD.lines().filter(|line| line.contains('=')) {
            let kept: Vec<&str> = GOOD.lines().filter(|other| *other != line).collect();
            let bad = kept.join("\n");
            assert_eq!(offences(&bad, CODE), 1, "without {line}");
        }
        assert_eq!(offences("[package", CODE), 1);
    }

    #[test]
    fn an_empty_crate_is_found() {
        assert_eq!(
            offences(GOOD, "//! Digests, one day.\n\n// Nothing yet.\n"),
            1
        );
    }
}

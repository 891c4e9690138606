//! Each crate's clippy.toml bans what ARCHITECTURE.md does not grant it, no more and no less: a
//! crate's own file replaces the root one whole, so a ban that it forgets is gone unseen. Whether
//! the code keeps to the bans is clippy's part.

use std::collections::BTreeSet;

use proc_macro2::Delimiter;

use super::document::{ARCHITECTURE, table};
use super::tokens::{attribute, each_run, group, is_word, line, read};
use super::tree::{Crate, is_test};
use super::{Offence, Tree};

const ROOT: &str = "clippy.toml";

/// What the document's words stand for in clippy's.
const GRANTS: &[(&str, &str)] = &[
    ("clock", "std::time::SystemTime::"),
    ("connections", "std::net::"),
    ("environment", "std::env::"),
    ("processes", "std::process::"),
    ("stopwatch", "std::time::Instant::"),
];
/// Printing is two lints of clippy's own, switched off where the crate says so.
const PRINT: &str = "print";

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let rows = match table(tree, "fences") {
        Ok(rows) => rows,
        Err(what) => return vec![Offence::new(ARCHITECTURE, 0, what)],
    };
    let Some(all) = tree.text(ROOT).and_then(bans) else {
        return vec![Offence::new(ROOT, 0, "has no `disallowed-methods`")];
    };
    let mut offences = Vec::new();
    for word in rows.iter().filter_map(|row| row.get(1)).flatten() {
        if word != PRINT && !GRANTS.iter().any(|(grant, _)| grant == word) {
            let what = format!("grants `{word}`, which is no fence");
            offences.push(Offence::new(ARCHITECTURE, 0, what));
        }
    }
    for each in tree.crates() {
        let granted: Vec<&str> = rows
            .iter()
            .filter(|row| {
                row.first()
                    .is_some_and(|names| names.iter().any(|name| name == each.name))
            })
            .filter_map(|row| row.get(1))
            .flatten()
            .map(String::as_str)
            .collect();
        offences.extend(settings(tree, &each, &granted, &all));
        offences.extend(expectations(tree, &each, &granted));
    }
    offences
}

/// Compares the crate's clippy.toml with the root one minus what is granted.
fn settings(
    tree: &Tree,
    each: &Crate<'_>,
    granted: &[&str],
    all: &BTreeSet<String>,
) -> Vec<Offence> {
    let own = format!("{}/{ROOT}", each.folder);
    let path = if tree.has(&own) { own } else { ROOT.to_owned() };
    let Some(banned) = tree.text(&path).and_then(bans) else {
        return vec![Offence::new(path, 0, "has no `disallowed-methods`")];
    };
    let open = |method: &str| {
        GRANTS
            .iter()
            .any(|(grant, start)| granted.contains(grant) && method.starts_with(start))
    };
    let mut offences = Vec::new();
    for method in all {
        let what = match (open(method), banned.contains(method)) {
            (false, false) => format!("`{}` may not use {method}: repeat the ban", each.name),
            (true, true) => format!("`{}` may use {method}, but it is banned here", each.name),
            _ => continue,
        };
        offences.push(Offence::new(path.as_str(), 0, what));
    }
    offences
}

/// The methods that a clippy.toml bans.
fn bans(text: &str) -> Option<BTreeSet<String>> {
    let settings = text.parse::<toml::Table>().ok()?;
    let methods = settings.get("disallowed-methods")?.as_array()?;
    let path = |method: &toml::Value| match method {
        toml::Value::String(path) => Some(path.clone()),
        method => Some(method.get("path")?.as_str()?.to_owned()),
    };
    methods.iter().map(path).collect()
}

/// A fence that is taken down in the code: `#[expect(clippy::print_stdout)]` and the like in a
/// crate that was granted nothing of the kind. Tests may, with a reason: they start the programs
/// that know the answer.
fn expectations(tree: &Tree, each: &Crate<'_>, granted: &[&str]) -> Vec<Offence> {
    let may_print = granted.contains(&PRINT);
    let may_call = granted.iter().any(|grant| *grant != PRINT);
    let mut offences = Vec::new();
    let folder = format!("{}/", each.folder);
    let ours = tree.rust().filter(|(path, _)| path.starts_with(&folder));
    for (path, text) in ours.filter(|(path, _)| !is_test(path)) {
        each_run(&read(text), &mut |run| {
            for index in 0..run.len() {
                let Some((tokens, _)) = attribute(run, index) else {
                    continue;
                };
                let Some(lints) = group(tokens.get(1), Delimiter::Parenthesis)
                    .filter(|_| is_word(tokens.first(), "expect"))
                else {
                    continue;
                };
                for lint in lints.stream() {
                    let down = match lint.to_string().as_str() {
                        "print_stdout" | "print_stderr" => !may_print,
                        "disallowed_methods" => !may_call,
                        _ => false,
                    };
                    if down {
                        let what = format!("`{}` may not expect {lint}", each.name);
                        offences.push(Offence::new(path, line(&run[index]), what));
                    }
                }
            }
        });
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    const DOCUMENT: &str =
        "<!-- tidy: fences -->\n| crate | may use |\n|---|---|\n| `one` | `processes`, `print` |\n";
    const BOTH: &str =
        "disallowed-methods = [\"std::env::var\", { path = \"std::process::Command::new\" }]";
    const ENVIRONMENT: &str = "disallowed-methods = [\"std::env::var\"]";

    fn offences(name: &str, own: Option<&str>, code: &str) -> usize {
        let folder = format!("crates/{name}");
        let manifest = format!("{folder}/Cargo.toml");
        let lib = format!("{folder}/src/lib.rs");
        let clippy = format!("{folder}/clippy.toml");
        let mut files = vec![
            ("ARCHITECTURE.md", DOCUMENT),
            ("clippy.toml", BOTH),
            (manifest.as_str(), ""),
            (lib.as_str(), code),
        ];
        files.extend(own.map(|text| (clippy.as_str(), text)));
        check(&Tree::of(&files)).len()
    }

    #[test]
    fn a_crate_bans_what_it_is_not_granted() {
        assert_eq!(offences("two", None, ""), 0);
        assert_eq!(offences("two", Some(BOTH), ""), 0);
        assert_eq!(offences("two", Some(ENVIRONMENT), ""), 1);
        assert_eq!(offences("two", Some("disallowed-methods = []"), ""), 2);
        assert_eq!(offences("two", Some(""), ""), 1);
    }

    #[test]
    fn a_crate_may_use_what_it_is_granted() {
        assert_eq!(offences("one", Some(ENVIRONMENT), ""), 0);
        assert_eq!(offences("one", None, ""), 1);
    }

    #[test]
    fn a_fence_taken_down_in_the_code_is_found() {
        let print = "#![expect(clippy::print_stdout, reason = \"…\")]";
        assert_eq!(offences("two", None, print), 1);
        assert_eq!(offences("one", Some(ENVIRONMENT), print), 0);
        let call = "fn one() { #[expect(clippy::disallowed_methods)] two() }";
        assert_eq!(offences("two", None, call), 1);
        assert_eq!(offences("two", None, "#[expect(dead_code)] fn one() {}"), 0);
    }

    #[test]
    fn a_test_may_take_a_fence_down() {
        let call = "#[expect(clippy::disallowed_methods)] fn one() {}";
        let files = [
            ("ARCHITECTURE.md", DOCUMENT),
            ("clippy.toml", BOTH),
            ("crates/two/Cargo.toml", ""),
            ("crates/two/tests/start.rs", call),
            ("crates/two/src/elf/tests.rs", call),
        ];
        assert_eq!(check(&Tree::of(&files)), []);
    }

    #[test]
    fn a_grant_that_is_no_fence_and_a_table_that_is_gone_are_found() {
        let table = DOCUMENT.replace("`processes`", "`everything`");
        let tree = Tree::of(&[("ARCHITECTURE.md", &table), ("clippy.toml", BOTH)]);
        assert_eq!(check(&tree).len(), 1);
        assert_eq!(check(&Tree::default()).len(), 1);
    }
}

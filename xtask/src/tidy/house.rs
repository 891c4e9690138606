//! Crates of the house use each other exactly as ARCHITECTURE.md's table says: neither more, nor
//! less (a row that promises a use that is gone misleads). Tests may use more.

use super::document::{ARCHITECTURE, table};
use super::{Offence, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let rows = match table(tree, "uses") {
        Ok(rows) => rows,
        Err(what) => return vec![Offence::new(ARCHITECTURE, 0, what)],
    };
    let mut offences = Vec::new();
    let ours: Vec<&str> = tree.crates().map(|each| each.name).collect();
    for each in tree.crates() {
        let row = rows.iter().find(|row| {
            row.first()
                .is_some_and(|names| names.iter().any(|name| name == each.name))
        });
        let Some(said) = row.and_then(|row| row.get(1)) else {
            let what = format!("`{}` has no row in ARCHITECTURE.md", each.name);
            offences.push(Offence::new(each.manifest, 0, what));
            continue;
        };
        let mut done = each.names_in("dependencies");
        done.extend(each.names_in("build-dependencies"));
        done.retain(|name| ours.contains(&name.as_str()));
        for name in done.iter().filter(|name| !said.contains(name)) {
            let what = format!("uses `{name}`, which ARCHITECTURE.md does not grant it");
            offences.push(Offence::new(each.manifest, 0, what));
        }
        for name in said.iter().filter(|name| !done.contains(name)) {
            let what = format!("does not use `{name}`, though ARCHITECTURE.md says so");
            offences.push(Offence::new(each.manifest, 0, what));
        }
    }
    for name in rows.iter().filter_map(|row| row.first()).flatten() {
        if !ours.contains(&name.as_str()) {
            let what = format!("names `{name}`, which is not a crate of the workspace");
            offences.push(Offence::new(ARCHITECTURE, 0, what));
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    const DOCUMENT: &str =
        "<!-- tidy: uses -->\n| crate | uses |\n|---|---|\n| `one` | `two` |\n| `two` | – |\n";

    fn offences(one: &str, two: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("ARCHITECTURE.md", DOCUMENT),
            ("crates/one/Cargo.toml", one),
            ("crates/two/Cargo.toml", two),
        ]);
        check(&tree).into_iter().map(|each| each.path).collect()
    }

    #[test]
    fn the_table_as_written_holds_and_tests_may_use_more() {
        let two = "[dev-dependencies]\none.workspace = true\n";
        assert_eq!(
            offences("[dependencies]\ntwo.workspace = true\n", two),
            [""; 0]
        );
    }

    #[test]
    fn a_use_that_is_not_granted_and_one_that_is_gone_are_found() {
        let (one, two) = ("[dependencies]\ntwo = {}\n", "[dependencies]\none = {}\n");
        assert_eq!(offences(one, two), ["crates/two/Cargo.toml"]);
        assert_eq!(offences("", ""), ["crates/one/Cargo.toml"]);
        let hidden = "[target.'cfg(unix)'.dependencies]\none = {}\n";
        assert_eq!(offences(one, hidden), ["crates/two/Cargo.toml"]);
    }

    #[test]
    fn a_crate_without_a_row_and_a_row_without_a_crate_are_found() {
        let tree = Tree::of(&[
            ("ARCHITECTURE.md", DOCUMENT),
            ("crates/three/Cargo.toml", ""),
        ]);
        assert_eq!(check(&tree).len(), 3);
        assert_eq!(check(&Tree::default()).len(), 1);
    }
}

//! Crates of the registry that only some of ours may depend on, as ARCHITECTURE.md's table says:
//! HTTP and TLS stay in the one crate that opens connections, PGP behind the one that verifies.
//! Tests count like the rest unless the row names `tests`. What nobody may use at all is in deny.toml.

use super::document::{ARCHITECTURE, table};
use super::{Offence, Tree};

/// Stands among the owners where any crate's tests may use it.
const TESTS: &str = "tests";

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let rows = match table(tree, "kept") {
        Ok(rows) => rows,
        Err(what) => return vec![Offence::new(ARCHITECTURE, 0, what)],
    };
    let mut offences = Vec::new();
    for each in tree.crates() {
        let mut shipped = each.names_in("dependencies");
        shipped.extend(each.names_in("build-dependencies"));
        let tested = each.names_in("dev-dependencies");
        for row in &rows {
            let [kept, owners, ..] = row.as_slice() else {
                continue;
            };
            if owners.iter().any(|owner| owner == each.name) {
                continue;
            }
            let free_in_tests = owners.iter().any(|owner| owner == TESTS);
            let judged = shipped
                .iter()
                .chain(tested.iter().filter(|_| !free_in_tests));
            for name in judged.filter(|name| kept.contains(name)) {
                let what = format!(
                    "depends on `{name}`, which is kept to {}",
                    owners.join(", ")
                );
                offences.push(Offence::new(each.manifest, 0, what));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    const DOCUMENT: &str = "<!-- tidy: kept -->\n| crates | only in |\n|---|---|\n| `hyper`, `rustls` | `web` |\n| `anyhow` | `tests` |\n";

    fn offences(folder: &str, manifest: &str) -> usize {
        let path = format!("crates/{folder}/Cargo.toml");
        check(&Tree::of(&[
            ("ARCHITECTURE.md", DOCUMENT),
            (&path, manifest),
        ]))
        .len()
    }

    #[test]
    fn a_kept_crate_elsewhere_is_found_in_tests_too() {
        assert_eq!(offences("web", "[dependencies]\nhyper = \"1\"\n"), 0);
        assert_eq!(offences("one", "[dependencies]\nhyper = \"1\"\n"), 1);
        assert_eq!(
            offences("one", "[dev-dependencies]\nrustls.workspace = true\n"),
            1
        );
        assert_eq!(offences("one", "[dependencies]\nserde = \"1\"\n"), 0);
    }

    #[test]
    fn a_crate_that_tests_may_use_is_found_only_in_what_ships() {
        assert_eq!(offences("one", "[dev-dependencies]\nanyhow = \"1\"\n"), 0);
        assert_eq!(offences("one", "[dependencies]\nanyhow = \"1\"\n"), 1);
    }

    #[test]
    fn a_document_without_the_table_is_found() {
        assert_eq!(check(&Tree::default()).len(), 1);
    }
}

//! No path of somebody's machine is left in the source: it works there and nowhere else. What
//! tests make up, examples of `me` and `you`, and the user `nonroot` of images are not machines.

use super::tree::is_test;
use super::{Offence, Tree};

/// Split so that this file does not find itself.
const MACHINES: &[&str] = &[
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Us", "ers/"),
];
const HOMES: &str = concat!("/ho", "me/");
/// Homes that images have, and those of nobody.
const NOBODYS: &[&str] = &["me", "nonroot", "you"];

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    let ours = tree
        .rust()
        .chain(tree.documents())
        .chain(tree.under(".ci/"))
        .chain(tree.under(".cargo/"))
        .chain(tree.under("").filter(|(path, _)| path.ends_with(".toml")));
    for (path, text) in ours.filter(|(path, _)| !is_test(path)) {
        for (index, line) in text.lines().enumerate() {
            let place = machine(line).filter(|place| !is_of_an_image(path, place));
            if let Some(place) = place {
                let what = format!("`{place}` is a place on somebody's machine");
                offences.push(Offence::new(path, index + 1, what));
            }
        }
    }
    offences.sort();
    offences.dedup();
    offences
}

/// What the lint says of images has root's home in it, where their builds keep their caches.
fn is_of_an_image(path: &str, place: &str) -> bool {
    path.starts_with("crates/coracle-lint/") && MACHINES.first() == Some(&place)
}

fn machine(line: &str) -> Option<String> {
    if let Some(place) = MACHINES.iter().find(|place| starts_in(line, place)) {
        return Some((*place).to_owned());
    }
    line.match_indices(HOMES).find_map(|(start, _)| {
        let name: String = line[start + HOMES.len()..]
            .chars()
            .take_while(|each| each.is_alphanumeric() || "-_".contains(*each))
            .collect();
        let real = !name.is_empty() && !NOBODYS.contains(&name.as_str());
        real.then(|| format!("{HOMES}{name}"))
    })
}

/// Whether `place` stands in `line` as the start of a path, not in the middle of a longer one.
fn starts_in(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        !before.is_some_and(|each| each.is_alphanumeric() || "._-}".contains(each))
    })
}

#[cfg(test)]
mod tests {
    use super::{HOMES, MACHINES, Tree, check};

    fn offences(path: &str, text: &str) -> usize {
        check(&Tree::of(&[(path, text)])).len()
    }

    #[test]
    fn a_machines_path_is_found_in_source_documents_and_settings() {
        let root = MACHINES[0];
        for path in ["crates/one/src/lib.rs", "README.md", "deny.toml", ".ci/run"] {
            assert_eq!(offences(path, &format!("see {root}.cargo\n")), 1, "{path}");
        }
        assert_eq!(offences("README.md", &format!("{HOMES}ann/shop")), 1);
    }

    #[test]
    fn image_homes_longer_paths_and_tests_are_left_alone() {
        let root = MACHINES[0];
        assert_eq!(
            offences("README.md", &format!("{HOMES}nonroot and {HOMES}<name>")),
            0
        );
        assert_eq!(offences("README.md", &format!("var{root}x")), 0);
        assert_eq!(offences("crates/one/src/tests.rs", root), 0);
    }
}

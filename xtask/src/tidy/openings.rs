//! Each Rust file opens with `//!` and says what it is. That it says so truly is for a reader.

use super::{Offence, Tree};

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    tree.rust()
        .filter(|(_, text)| !says_something(text))
        .map(|(path, _)| Offence::new(path, 1, "opens without a `//!` line that says what it is"))
        .collect()
}

fn says_something(text: &str) -> bool {
    let said: usize = text
        .lines()
        .map_while(|line| line.strip_prefix("//!"))
        .map(|line| line.split_whitespace().count())
        .sum();
    said >= 3
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_file_that_does_not_say_what_it_is_is_found() {
        for bad in [
            "",
            "use std::fmt;\n",
            "// A comment of words.\n",
            "//!\n",
            "//! Digests.\n",
        ] {
            let tree = Tree::of(&[("crates/one/src/lib.rs", bad)]);
            assert_eq!(check(&tree).len(), 1, "{bad:?}");
        }
        let good = "//! Digests, never made by hand.\n";
        assert_eq!(check(&Tree::of(&[("crates/one/src/lib.rs", good)])), []);
    }
}

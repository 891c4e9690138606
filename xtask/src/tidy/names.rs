//! No module is called `utils`, `helpers` or `common`: such a name says nothing, so everything
//! ends up there and makes circles. (`helper` alone may be one: of credentials, say.)

use super::tokens::{each_run, is_word, line, read, word};
use super::{Offence, Tree};

const SAY_NOTHING: &[&str] = &["common", "helpers", "misc", "util", "utilities", "utils"];

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let mut offences = Vec::new();
    for (path, text) in tree.rust() {
        for part in path.trim_end_matches(".rs").split('/') {
            if SAY_NOTHING.contains(&part) {
                let what = format!("`{part}` says nothing: name it for what it does");
                offences.push(Offence::new(path, 0, what));
            }
        }
        each_run(&read(text), &mut |run| {
            for pair in run.windows(2).filter(|pair| is_word(pair.first(), "mod")) {
                if let Some(name) = word(pair.last())
                    && SAY_NOTHING.contains(&name.as_str())
                {
                    let what = format!("`mod {name}` says nothing: name it for what it does");
                    offences.push(Offence::new(path, line(&pair[0]), what));
                }
            }
        });
    }
    offences.sort();
    offences
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_name_that_says_nothing_is_found_as_file_folder_and_inline() {
        for (path, text) in [
            ("crates/one/src/utils.rs", ""),
            ("crates/one/src/helpers/digest.rs", ""),
            ("crates/one/src/lib.rs", "mod common { }"),
        ] {
            assert_eq!(check(&Tree::of(&[(path, text)])).len(), 1, "{path}");
        }
        let good = Tree::of(&[("crates/one/src/digest.rs", "mod commonplace;")]);
        assert_eq!(check(&good), []);
    }
}

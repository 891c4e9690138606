//! CHANGELOG.md has an Unreleased section with something in it: a change that users notice has
//! somewhere to be told.

use super::{Offence, Tree};

const PATH: &str = "CHANGELOG.md";

pub(super) fn check(tree: &Tree) -> Vec<Offence> {
    let Some(text) = tree.text(PATH) else {
        return vec![Offence::new(PATH, 0, "is not there")];
    };
    let mut lines = text.lines().skip_while(|line| *line != "## Unreleased");
    if lines.next().is_none() {
        return vec![Offence::new(PATH, 0, "has no line `## Unreleased`")];
    }
    if !lines
        .take_while(|line| !line.starts_with("## "))
        .any(|line| line.starts_with("- "))
    {
        return vec![Offence::new(PATH, 0, "its Unreleased section is empty")];
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::{Tree, check};

    #[test]
    fn a_changelog_without_an_entry_for_the_next_version_is_found() {
        assert_eq!(check(&Tree::default()).len(), 1);
        for bad in ["# Changelog\n", "## Unreleased\n\n## 0.1.0\n- Something.\n"] {
            assert_eq!(check(&Tree::of(&[("CHANGELOG.md", bad)])).len(), 1, "{bad}");
        }
        let good = "# Changelog\n\n## Unreleased\n\n- Something.\n";
        assert_eq!(check(&Tree::of(&[("CHANGELOG.md", good)])), []);
    }
}

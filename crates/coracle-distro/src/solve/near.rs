//! Names of the archive that somebody may have meant: the same library in another version, or a slip of the fingers.

use crate::Archive;

/// How many names are offered.
const MOST: usize = 3;

impl Archive<'_> {
    /// The names that are written like this one, the nearest first.
    pub fn near(&self, name: &str) -> Vec<String> {
        let slips = 1 + name.len() / 8;
        let stem = stem(name);
        let mut near: Vec<(bool, usize, &str)> = Vec::new();
        for known in self.names() {
            let same_stem = stem.len() > 3 && self::stem(known) == stem;
            if !same_stem && known.len().abs_diff(name.len()) > slips {
                continue;
            }
            let distance = strsim::osa_distance(name, known);
            if same_stem || distance <= slips {
                near.push((!same_stem, distance, known));
            }
        }
        near.sort_unstable();
        near.dedup();
        let names = near.into_iter().take(MOST);
        names.map(|(_, _, name)| name.to_owned()).collect()
    }
}

/// A name without its version: `libssl` of `libssl1.1` and of `libssl3t64`.
fn stem(name: &str) -> &str {
    let name = name.strip_suffix("t64").unwrap_or(name);
    name.trim_end_matches(|letter: char| letter.is_ascii_digit() || ".-".contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_one_library_have_one_stem() {
        for (name, expected) in [
            ("libssl1.1", "libssl"),
            ("libssl3t64", "libssl"),
            ("libwebp7", "libwebp"),
            ("libicu-76", "libicu"),
            ("dash", "dash"),
        ] {
            assert_eq!(stem(name), expected);
        }
    }
}

//! What a caller learns besides the answer: the modules that were asked for, and what became of each.

use serde::{Deserialize, Serialize};

use super::requirement::Comparison;
use super::version;

/// A module that somebody asked for, on the command line or as a requirement of another module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Asked {
    /// Its name, as it was asked for: `openssl`.
    pub module: String,
    /// What became of it.
    pub outcome: Outcome,
}

impl Asked {
    /// Whether there was no such module.
    pub fn is_missing(&self) -> bool {
        self.outcome == Outcome::Missing
    }
}

/// What became of a module that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Outcome {
    /// It is there, in a version that will do.
    Found {
        /// Its version.
        version: String,
    },
    /// No folder has a usable file of that name, and no module provides it.
    Missing,
    /// It is there, but older than what was asked for.
    TooOld {
        /// The constraint, `>= 1.1`.
        wanted: String,
        /// The version that is there.
        got: String,
    },
    /// It is there, but its version is too new, or one that was ruled out.
    Unfit {
        /// The constraint, `< 3`.
        wanted: String,
        /// The version that is there.
        got: String,
    },
}

impl Outcome {
    /// What to say of a module that is there in this version, where that one was wanted.
    pub(super) fn of(got: &str, comparison: Comparison, wanted: Option<&str>) -> Outcome {
        if comparison.holds(Some(got), wanted) {
            return Outcome::Found {
                version: got.to_owned(),
            };
        }
        let older = version::compare(Some(got), wanted).is_lt();
        let newer_was_wanted = older || comparison == Comparison::Greater;
        let got = got.to_owned();
        let wanted = format!("{} {}", comparison.sign(), wanted.unwrap_or_default());
        if newer_was_wanted && comparison != Comparison::NotEqual {
            Outcome::TooOld { wanted, got }
        } else {
            Outcome::Unfit { wanted, got }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_version_is_told_from_one_that_is_ruled_out() {
        let old = |sign: Comparison, wanted: &str| {
            matches!(
                Outcome::of("2.0", sign, Some(wanted)),
                Outcome::TooOld { .. }
            )
        };
        assert!(old(Comparison::GreaterOrEqual, "2.1") && old(Comparison::Greater, "2.0"));
        assert!(old(Comparison::Equal, "3"));
        let unfit = |sign: Comparison, wanted: &str| {
            matches!(
                Outcome::of("2.0", sign, Some(wanted)),
                Outcome::Unfit { .. }
            )
        };
        assert!(unfit(Comparison::Less, "2.0") && unfit(Comparison::NotEqual, "2.0"));
        assert!(unfit(Comparison::Equal, "1"));
    }
}

//! The tidy tests: what the house promises about its own source, one file a rule.
//!
//! Each rule is a function from a [`Tree`] of texts to offences, so that a bad sample shows that it
//! can fail. Not lints of the code's meaning: rustc and clippy do those.
//!
//! ```text
//!  disk ─► Tree ─► attributes  no `allow`, no test ignored without the one reason
//!                  changelog   CHANGELOG.md has an Unreleased section
//!                  circles     no module of a crate uses one that uses it
//!                  fences      each crate's clippy.toml permits what ARCHITECTURE.md says
//!                  house       crates use each other as ARCHITECTURE.md's table says
//!                  kept        crates of the registry that only one crate may use
//!                  lengths     files and functions stay short
//!                  manifests   each crate says what it is and is not empty
//!                  names       no `utils`, `helpers`, `common`
//!                  openings    each file opens with `//!`
//!                  paths       each path that a document names exists
//!                  places      no path of somebody's machine
//! ```

mod attributes;
mod changelog;
mod circles;
mod document;
mod fences;
mod house;
mod kept;
mod lengths;
mod manifests;
mod names;
mod openings;
mod paths;
mod places;
mod tokens;
mod tree;

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use self::tree::Tree;

/// One broken rule: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Offence {
    /// Path from the top of the repository, `/`-separated.
    path: String,
    /// One-based; 0 where the whole file is meant.
    line: usize,
    what: String,
}

impl Offence {
    fn new(path: impl Into<String>, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Offence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(formatter, "{}: {}", self.path, self.what),
            line => write!(formatter, "{}:{line}: {}", self.path, self.what),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Offence>;

/// Every rule, by the name of its file.
const RULES: &[(&str, Rule)] = &[
    ("attributes", attributes::check),
    ("changelog", changelog::check),
    ("circles", circles::check),
    ("fences", fences::check),
    ("house", house::check),
    ("kept", kept::check),
    ("lengths", lengths::check),
    ("manifests", manifests::check),
    ("names", names::check),
    ("openings", openings::check),
    ("paths", paths::check),
    ("places", places::check),
];

/// `cargo xtask tidy`: prints every offence, and fails when there is one.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let tree = Tree::read(root)?;
    let mut offences = 0;
    for (rule, check) in RULES {
        for offence in check(&tree) {
            println!("{rule}: {offence}");
            offences += 1;
        }
    }
    println!("{} rules, {offences} offences", RULES.len());
    Ok(ExitCode::from(u8::from(offences > 0)))
}

#[cfg(test)]
mod tests;

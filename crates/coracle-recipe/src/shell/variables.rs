//! Which variables a script sets, so that their values at its beginning say nothing of them.

use std::collections::BTreeSet;

use super::{Body, Script};

/// Programs of the shell that set what their arguments name.
const SETTERS: &[&str] = &[
    "declare",
    "export",
    "getopts",
    "let",
    "local",
    "mapfile",
    "printf",
    "read",
    "readarray",
    "readonly",
    "typeset",
    "unset",
];

/// Programs of the shell that do what only the running script knows.
const ANYTHING: &[&str] = &[".", "eval", "source"];

/// The variables of a script that are set somewhere in it.
pub(super) struct Set {
    names: BTreeSet<String>,
    /// Whether it may be any.
    is_any: bool,
}

impl Set {
    pub(super) fn contains(&self, name: &str) -> bool {
        self.is_any || self.names.contains(name)
    }
}

/// Finds them.
pub(super) fn set(script: &Script) -> Set {
    let mut set = Set {
        names: BTreeSet::new(),
        is_any: false,
    };
    for command in script.all() {
        match &command.body {
            Body::For { variable, .. } => {
                set.names.insert(variable.text.clone());
            }
            Body::Simple(simple) => {
                let assigned = simple.assignments.iter();
                set.names
                    .extend(assigned.map(|assignment| assignment.name.clone()));
                let name = simple.name().unwrap_or_default();
                set.is_any |= ANYTHING.contains(&name);
                if SETTERS.contains(&name) {
                    let words = simple.words.iter().skip(1);
                    set.names.extend(words.map(|word| {
                        let name = word.text.split(['=', '+', '[']).next();
                        name.unwrap_or_default()
                            .trim_matches(['"', '\''])
                            .to_owned()
                    }));
                }
            }
            Body::NotUnderstood { .. } => set.is_any = true,
            _ => {}
        }
        for word in command.words() {
            // `${X:=value}` and arithmetic set variables, too.
            set.is_any |= word.text.contains("${") && word.text.contains('=');
            set.is_any |= word.text.contains("$((");
        }
    }
    set
}

//! Maintainer scripts, read and never run: what would one do at a first installation, and does an image need it?
//!
//! Numbered as it runs: 1. `lexer` cuts words; 2. `parser` makes a tree of them; 3. `evaluate` follows it with the
//! arguments that dpkg gives at a first installation (`words` expands variables, `conditions` answers tests). What
//! debhelper adds for services, caches and upgrades comes to nothing that way; `alternatives` are carried out as
//! links. A script that would do anything else is not understood, and the command is told.

mod alternatives;
mod commands;
mod conditions;
mod evaluate;
mod lexer;
mod parser;
mod words;

use coracle_distro::Script;

use self::evaluate::{Followed, Stop};

/// What `update-alternatives --install` makes: a link, and further ones that go with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alternative {
    /// The higher wins.
    pub(super) priority: i64,
    /// Paths without the leading slash, each with the absolute target; the alternative's own first.
    pub(super) links: Vec<(String, String)>,
}

/// What a call of `update-alternatives` asks for.
enum Doing {
    /// An alternative.
    Install(Alternative),
    /// An answer, or that something goes which is not there.
    Nothing,
}

/// The alternatives that a script installs.
///
/// # Errors
/// The first command that would change something else, or nothing where the script cannot be read at all.
pub(super) fn follow(script: &Script) -> Result<Vec<Alternative>, Option<String>> {
    let arguments: &[&str] = match script.name.as_str() {
        "preinst" => &["install", ""],
        "postinst" => &["configure", ""],
        // Nothing is removed, and debconf asks nobody.
        _ => return Ok(Vec::new()),
    };
    let shell = [
        "#!/bin/sh",
        "#! /bin/sh",
        "#!/bin/bash",
        "#! /bin/bash",
        "#!/bin/dash",
    ];
    let first = script.text.lines().next().unwrap_or_default();
    if !shell.iter().any(|shell| first.starts_with(shell)) {
        return Err(None);
    }
    let list = parser::parse(&script.text).ok_or(None)?;
    let mut followed = Followed::new(arguments);
    match followed.list(&list) {
        Ok(_) | Err(Stop::Exit | Stop::Return) => Ok(followed.alternatives),
        Err(Stop::Unknown(command)) => Err(Some(command)),
    }
}

#[cfg(test)]
mod tests;

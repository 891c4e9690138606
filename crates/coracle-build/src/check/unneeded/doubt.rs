//! Why it cannot be known what an image uses.

use coracle_binary::elf::ElfFacts;
use coracle_binary::start::{ProgramReport, Report};

use super::super::tree::Tree;
use super::rules;

/// Programs that run what others write, by the beginnings of their names.
const INTERPRETERS: [&str; 22] = [
    "ash", "awk", "bash", "beam.smp", "bun", "busybox", "dash", "deno", "dotnet", "erl", "gawk",
    "java", "julia", "ksh", "lua", "mawk", "node", "perl", "php", "python", "ruby", "tclsh",
];
/// Names that are whole, for others begin like them.
const SHELLS: [&str; 6] = ["sh", "zsh", "fish", "toybox", "guile", "R"];
/// C functions that start programs.
const STARTING: [&str; 12] = [
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "fexecve",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "system",
];

/// The first reason, if there is one.
pub(super) fn of(tree: &Tree, report: &Report, is_owned: &dyn Fn(&str) -> bool) -> Option<String> {
    if report.programs.is_empty() {
        return Some("nothing says what a container would start".to_owned());
    }
    if !report.findings.is_empty() {
        return Some("what it uses is known only when it starts".to_owned());
    }
    let interpreter = report
        .programs
        .iter()
        .find(|program| runs_scripts(&program.path));
    if let Some(program) = interpreter {
        let path = &program.path;
        return Some(format!(
            "{path} runs what others write, and what that uses is not seen"
        ));
    }
    if let Some(what) = report.not_looked_at.first() {
        return Some(what.clone());
    }
    let followed = |program: &ProgramReport| {
        // A wrapper's only program is the one that it was followed into.
        report
            .programs
            .iter()
            .any(|other| other.path != program.path && other.chain.contains(&program.path))
    };
    let own = report.programs.iter().filter(|program| !followed(program));
    let objects = own.flat_map(|program| {
        let objects = program.objects.iter().map(|object| object.file.as_str());
        let objects = objects.filter(|file| !is_owned(file.trim_start_matches('/')));
        std::iter::once(program.path.as_str()).chain(objects)
    });
    let mut doubts = objects.filter_map(|file| {
        let how = starts_programs(tree, file)?;
        Some(format!(
            "{file} can start other programs ({how}), and which is not seen"
        ))
    });
    doubts.next()
}

fn runs_scripts(path: &str) -> bool {
    let name = rules::name(path);
    SHELLS.contains(&name)
        || INTERPRETERS.iter().any(|interpreter| {
            // python3.11, php8.2, node22, lua5.4
            let rest = name.strip_prefix(interpreter);
            rest.is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_alphabetic()))
        })
}

/// How a file starts programs, as far as its imports and texts show it. A C library can by its nature.
fn starts_programs(tree: &Tree, file: &str) -> Option<String> {
    let kept = tree.kept(file)?;
    let content = kept.content(Vec::new())?;
    let facts = ElfFacts::read(&content).ok()?;
    let name = rules::name(file);
    if name.starts_with("libc.") || name.starts_with("ld-") {
        return None;
    }
    let imported = STARTING.iter().find(|name| facts.imports_symbol(name));
    let mentions = kept.mentions();
    let is_static = facts.needed.is_empty();
    match imported {
        Some(name) => Some((*name).to_owned()),
        None if mentions.go_starts_programs => Some("os/exec".to_owned()),
        None => mentions.shell.filter(|_| is_static),
    }
}

#[cfg(test)]
mod tests {
    use super::runs_scripts;

    #[test]
    fn interpreters_are_known_by_their_names_and_versions() {
        for path in [
            "/usr/bin/python3.11",
            "/bin/sh",
            "/usr/bin/php8.2",
            "/bin/busybox",
        ] {
            assert!(runs_scripts(path), "{path}");
        }
        for path in [
            "/app/server",
            "/usr/bin/shoot",
            "/app/nodemanager",
            "/app/javadoc",
        ] {
            assert!(!runs_scripts(path), "{path}");
        }
    }
}

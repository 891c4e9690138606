//! `--all`: every ELF file that no start leads to. Programs are proven as if they were started, libraries as if a program
//! asked for them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use coracle_binary::elf::{ElfFacts, Kind};
use coracle_binary::start::{Code, Finding, Launch, Prover, Report, User};

use serde::{Deserialize, Serialize};

use super::tree::Tree;

/// What was found of the files that no start leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Others {
    /// How many programs were proven.
    pub programs: usize,
    /// How many libraries were that no program loads.
    pub libraries: usize,
    /// What stands against them.
    pub findings: Vec<Finding>,
    /// What a program must do that loads one of the libraries.
    pub notes: Vec<String>,
}

/// Where debuggers find what was taken out of programs and libraries; nothing of it is loaded.
const DEBUG: (&str, &str) = ("usr/lib/debug/", ".debug");

/// Proves every ELF program and library that is not among those of the report already.
pub(super) fn prove(tree: &Tree, prover: &Prover<'_>, launch: &Launch, report: &Report) -> Others {
    let alone = Launch {
        command: Vec::new(),
        // Whether the image's own user may start it is nobody's question.
        user: User {
            uid: 0,
            gid: 0,
            groups: Vec::new(),
        },
        working_directory: "/".to_owned(),
        healthcheck: None,
        dlopen: Vec::new(),
        ..launch.clone()
    };
    let mut reached = loaded(report).collect::<BTreeSet<String>>();
    let files = Files::of(tree, prover);
    let is_new = |path: &&String| !reached.contains(*path);
    let programs: Vec<&String> = files.programs.iter().filter(is_new).collect();
    // A report says of each library how it comes to be loaded: of a thousand programs that is more than the files' facts.
    let by_programs = Mutex::new(BTreeSet::new());
    let of_programs = each(&programs, |path| {
        let mut launch = alone.clone();
        launch.entrypoint = vec![path.to_owned()];
        let report = prover.prove(&launch);
        let mut by_programs = by_programs.lock().unwrap_or_else(PoisonError::into_inner);
        by_programs.extend(self::loaded(&report));
        report.findings
    });
    reached.append(
        &mut by_programs
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner),
    );
    let is_new = |path: &&String| !reached.contains(*path);
    let libraries: Vec<&String> = files.libraries.iter().filter(is_new).collect();
    let of_libraries = each(&libraries, |path| {
        prover.prove_library(&alone, path).findings
    });
    let mut others = Others {
        programs: programs.len(),
        libraries: libraries.len(),
        findings: of_programs.into_iter().flatten().collect(),
        notes: Vec::new(),
    };
    for (library, findings) in libraries.into_iter().zip(of_libraries) {
        for finding in findings {
            others.add(library, finding, &files);
        }
    }
    others
}

impl Others {
    /// Adds what stands against a library. What it needs may have been loaded by its program before, wherever that is.
    fn add(&mut self, library: &str, finding: Finding, files: &Files) {
        let place = files.names.get(&finding.subject);
        if let Some(place) = place.filter(|_| finding.code == Code::LibraryMissing) {
            self.notes.push(format!(
                "{library} needs {}, which is at {place}, where the loader does not look: a program that loads it has to \
                 load that before",
                finding.subject
            ));
            return;
        }
        // One that is missing is said once, however many need it.
        let is_same = |known: &Finding| {
            (known.code, &known.subject, &known.explanation)
                == (finding.code, &finding.subject, &finding.explanation)
        };
        if !self.findings.iter().any(is_same) {
            self.findings.push(finding);
        }
    }
}

/// The programs and libraries of a tree, by their paths.
#[derive(Default)]
struct Files {
    programs: Vec<String>,
    libraries: Vec<String>,
    /// Where the libraries are, by file name and by soname.
    names: BTreeMap<String, String>,
}

impl Files {
    fn of(tree: &Tree, prover: &Prover<'_>) -> Files {
        let is_debug = |path: &str| path.starts_with(DEBUG.0) || path.ends_with(DEBUG.1);
        let elf = tree.regular().filter(|(_, kept, _)| kept.is_elf());
        let elf: Vec<(String, bool)> = elf
            .filter(|(path, ..)| !is_debug(path))
            .map(|(path, _, node)| (format!("/{path}"), node.mode & 0o111 != 0))
            .collect();
        let paths: Vec<&String> = elf.iter().map(|(path, _)| path).collect();
        let facts = each(&paths, |path| prover.facts(path).ok());
        let mut files = Files::default();
        for ((path, may_be_started), facts) in elf.into_iter().zip(facts) {
            let Some(facts) = facts else {
                continue;
            };
            if is_program(&facts) {
                // What may not be started is no program.
                files.programs.extend(may_be_started.then_some(path));
            } else if facts.kind == Kind::SharedObject && facts.is_dynamic {
                let name = path.rsplit('/').next().unwrap_or_default().to_owned();
                for name in facts.soname.clone().into_iter().chain([name]) {
                    files.names.entry(name).or_insert_with(|| path.clone());
                }
                files.libraries.push(path);
            }
        }
        files
    }
}

/// The files of a report: its programs, and what they load.
fn loaded(report: &Report) -> impl Iterator<Item = String> {
    report.programs.iter().flat_map(|program| {
        let objects = program.objects.iter().chain(&program.opened);
        let files = objects.map(|object| object.file.clone());
        files.chain([program.path.clone()])
    })
}

/// What is said of each, in their order; each processor takes the next one when it is done with one.
fn each<T: Send>(paths: &[&String], say: impl Fn(&str) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut said = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(path) = paths.get(index) else {
                return said;
            };
            said.push((index, say(path)));
        }
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut said: Vec<(usize, T)> = thread::scope(|scope| {
        let workers: Vec<_> = (1..processors).map(|_| scope.spawn(work)).collect();
        let mine = work();
        let theirs = workers.into_iter().filter_map(|worker| worker.join().ok());
        theirs.flatten().chain(mine).collect()
    });
    said.sort_by_key(|(index, _)| *index);
    said.into_iter().map(|(_, one)| one).collect()
}

/// Loaders and libc.so.6 have an entry point, too, and are libraries.
pub(super) fn is_program(facts: &ElfFacts) -> bool {
    facts.kind == Kind::Executable
        || facts.kind == Kind::SharedObject
            && (facts.flags.pie || facts.interpreter.is_some())
            && facts.soname.is_none()
}

#[cfg(test)]
mod tests;

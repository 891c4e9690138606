//! Proves ELF files of a folder that is a root filesystem, on all processors, and says what became of them: what
//! `cargo xtask bench` measures.
//!
//! ```text
//! prove_root --list ROOT                    which programs it has
//! prove_root --files ROOT                   which programs and libraries it has
//! prove_root [--findings] ROOT FILE…        whether they start, and libraries are loaded
//! prove_root --reduced ROOT FILE…           the same as with --findings, of each file what is kept of a reduced one
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};
use std::thread;

use coracle_binary::elf::{Class, ElfFacts, Kind, Machine};
use coracle_binary::reduce::Reduced;
use coracle_binary::start::{FileTree, Launch, Node, NodeKind, Prover, Report, User};

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mode, rest) = match words.split_first() {
        Some((mode, rest)) if mode.starts_with("--") => (mode.as_str(), rest),
        _ => ("", words.as_slice()),
    };
    match (mode, rest) {
        ("--list" | "--files", [root]) => {
            let is_asked: fn(&ElfFacts) -> bool = match mode {
                "--list" => is_program,
                _ => |facts| is_program(facts) || is_library(facts),
            };
            for program in Folder::at(root).files(is_asked)? {
                writeln!(out, "{program}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        ("" | "--findings" | "--reduced", [root, programs @ ..]) if !programs.is_empty() => {
            let mut folder = Folder::at(root);
            folder.reduces = mode == "--reduced";
            let reports = prove_all(&folder, programs);
            tell(&mut out, !mode.is_empty(), programs, &reports)?;
            Ok(ExitCode::SUCCESS)
        }
        _ => {
            writeln!(
                out,
                "prove_root --list|--files ROOT, or prove_root [--findings|--reduced] ROOT FILE…"
            )?;
            Ok(ExitCode::from(2))
        }
    }
}

fn tell(
    out: &mut dyn io::Write,
    findings: bool,
    programs: &[String],
    reports: &[Report],
) -> io::Result<()> {
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for (program, report) in programs.iter().zip(reports) {
        *verdicts.entry(verdict(report)).or_default() += 1;
        for finding in report.findings.iter().filter(|_| findings) {
            let (subject, code, explanation) =
                (&finding.subject, finding.code, &finding.explanation);
            writeln!(out, "{program}: {subject} [{code}]: {explanation}")?;
        }
    }
    writeln!(out, "{} files", programs.len())?;
    for (verdict, count) in verdicts {
        writeln!(out, "{count} {verdict}")?;
    }
    Ok(())
}

/// One word for what became of a program: the worst that was found.
fn verdict(report: &Report) -> String {
    if report.findings.is_empty() {
        return "proven".to_owned();
    }
    let worst = report.findings.first().map(|finding| finding.code);
    worst.map_or("nothing".to_owned(), |code| format!("not proven: {code}"))
}

/// The programs' reports, in their order; each processor takes the next program when it is done with one.
fn prove_all(folder: &Folder, programs: &[String]) -> Vec<Report> {
    let next = AtomicUsize::new(0);
    let prover = Prover::new(folder);
    let work = || {
        let mut done = Vec::new();
        while let Some((index, program)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            programs.get(index).map(|program| (index, program))
        } {
            let mut launch = Launch::of(vec![program.clone()], Machine::X86_64);
            launch.user = User {
                uid: 0,
                gid: 0,
                groups: Vec::new(),
            };
            let facts = prover.facts(program);
            let report = match facts.is_ok_and(|facts| is_library(&facts)) {
                true => prover.prove_library(&launch, program),
                false => prover.prove(&launch),
            };
            done.push((index, report));
        }
        done
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut reports: Vec<(usize, Report)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..processors).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().filter_map(|worker| worker.join().ok());
        ended.flatten().collect()
    });
    reports.sort_by_key(|(index, _)| *index);
    reports.into_iter().map(|(_, report)| report).collect()
}

/// A folder as a tree: looked at as it is asked for.
struct Folder {
    root: PathBuf,
    reduces: bool,
    nodes: RwLock<HashMap<String, Option<Node>>>,
}

impl Folder {
    fn at(root: &str) -> Self {
        Self {
            root: root.into(),
            reduces: false,
            nodes: RwLock::new(HashMap::new()),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The ELF files of this machine that are asked for, by path.
    fn files(&self, is_asked: fn(&ElfFacts) -> bool) -> io::Result<Vec<String>> {
        let mut files = Vec::new();
        let mut waiting = vec![String::new()];
        while let Some(path) = waiting.pop() {
            for entry in fs::read_dir(self.path(&path))? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = format!("{path}/{name}");
                let data = entry.metadata()?;
                if data.is_dir() {
                    waiting.push(path);
                } else if data.is_file() {
                    let facts = self.facts(&path).unwrap_or_default();
                    let may_be_started = data.permissions().mode() & 0o111 != 0;
                    let is_asked = |facts: &ElfFacts| {
                        is_asked(facts) && (may_be_started || !is_program(facts))
                    };
                    files.extend(facts.is_some_and(|facts| is_asked(&facts)).then_some(path));
                }
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    fn facts(&self, path: &str) -> io::Result<Option<ElfFacts>> {
        let mut file = fs::File::open(self.path(path))?;
        let mut magic = [0; 4];
        if file.read_exact(&mut magic).is_err() || magic != *b"\x7fELF" {
            return Ok(None);
        }
        let bytes = fs::read(self.path(path))?;
        let facts = ElfFacts::read(&bytes).ok();
        Ok(facts.filter(|facts| facts.machine == Machine::X86_64 && facts.class == Class::Elf64))
    }
}

/// The loader itself and libc.so.6 have an entry point, too.
fn is_program(facts: &ElfFacts) -> bool {
    facts.kind == Kind::Executable || facts.flags.pie && facts.soname.is_none()
}

fn is_library(facts: &ElfFacts) -> bool {
    facts.kind == Kind::SharedObject && facts.is_dynamic && !is_program(facts)
}

fn node(path: &Path, data: &fs::Metadata) -> io::Result<Node> {
    let kind = if data.is_symlink() {
        NodeKind::Symlink {
            target: fs::read_link(path)?.to_string_lossy().into_owned(),
        }
    } else if data.is_dir() {
        NodeKind::Directory
    } else if data.is_file() {
        NodeKind::File { size: data.len() }
    } else {
        NodeKind::Other
    };
    Ok(Node {
        kind,
        mode: data.permissions().mode() & 0o7777,
        uid: data.uid(),
        gid: data.gid(),
    })
}

impl FileTree for Folder {
    fn node(&self, path: &str) -> Option<Node> {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = nodes.get(path) {
            return known.clone();
        }
        drop(nodes);
        let place = self.path(path);
        let found = fs::symlink_metadata(&place).ok();
        let found = found.and_then(|data| node(&place, &data).ok());
        let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        nodes.insert(path.to_owned(), found.clone());
        found
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        self.content_in(path, Vec::new())
    }

    fn content_in(&self, path: &str, mut room: Vec<u8>) -> Option<Cow<'_, [u8]>> {
        let mut file = fs::File::open(self.path(path)).ok()?;
        room.clear();
        file.read_to_end(&mut room).ok()?;
        let reduced = Some(&room).filter(|_| self.reduces);
        let reduced = reduced.and_then(|bytes| Reduced::of(bytes));
        Some(Cow::Owned(match reduced {
            Some(reduced) => reduced.fill(Vec::new()),
            None => room,
        }))
    }
}

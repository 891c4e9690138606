//! Proves ELF programs of a folder that is a root filesystem, on all processors, and says what became of them: what
//! `cargo xtask bench` measures.
//!
//! ```text
//! prove_root --list ROOT                    which programs it has
//! prove_root [--findings] ROOT PROGRAM…     whether they start
//! prove_root --reduced ROOT PROGRAM…        the same as with --findings, of each file what is kept of a reduced one
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

use coracle_binary::elf::{ElfFacts, Kind, Machine};
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
        ("--list", [root]) => {
            for program in Folder::at(root).programs()? {
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
                "prove_root --list ROOT, or prove_root [--findings] ROOT PROGRAM…"
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
    writeln!(out, "{} programs", programs.len())?;
    for (verdict, count) in verdicts {
        writeln!(out, "{count} {verdict}")?;
    }
    Ok(())
}

/// One word for what became of a program: the worst that was found.
fn verdict(report: &Report) -> String {
    if report.proven() {
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
            done.push((index, prover.prove(&launch)));
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

    /// The executable files that a kernel of this machine would start as programs, by path.
    fn programs(&self) -> io::Result<Vec<String>> {
        let mut programs = Vec::new();
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
                } else if data.is_file()
                    && data.permissions().mode() & 0o111 != 0
                    && self.is_program(&path).unwrap_or_default()
                {
                    programs.push(path);
                }
            }
        }
        programs.sort_unstable();
        Ok(programs)
    }

    fn is_program(&self, path: &str) -> io::Result<bool> {
        let mut file = fs::File::open(self.path(path))?;
        let mut magic = [0; 4];
        if file.read_exact(&mut magic).is_err() || magic != *b"\x7fELF" {
            return Ok(false);
        }
        let bytes = fs::read(self.path(path))?;
        let facts = ElfFacts::read(&bytes);
        // The loader itself and libc.so.6 have an entry point, too.
        Ok(facts.is_ok_and(|facts| {
            facts.machine == Machine::X86_64
                && (facts.kind == Kind::Executable || facts.flags.pie && facts.soname.is_none())
        }))
    }
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

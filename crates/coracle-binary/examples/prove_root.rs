//! Proves every ELF program of a folder that is a root filesystem, on all processors, and says how many there are and what
//! became of them: what `cargo xtask bench` measures.
//!
//! ```text
//! prove_root [--list | --findings] ROOT
//! ```

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use coracle_binary::elf::{ElfFacts, Kind, Machine};
use coracle_binary::start::{FileTree, Launch, Node, NodeKind, Prover, Report, User};

fn main() -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (mode, root) = match words.as_slice() {
        [root] => ("", root),
        [mode, root] if mode == "--list" || mode == "--findings" => (mode.as_str(), root),
        _ => {
            writeln!(out, "prove_root [--list | --findings] ROOT")?;
            return Ok(ExitCode::from(2));
        }
    };
    let folder = Folder::walk(Path::new(root))?;
    let programs = folder.programs();
    if mode == "--list" {
        for program in &programs {
            writeln!(out, "{program}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let reports = prove_all(&folder, &programs);
    let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
    for (program, report) in programs.iter().zip(&reports) {
        *verdicts.entry(verdict(report)).or_default() += 1;
        if mode == "--findings" {
            for finding in &report.findings {
                writeln!(
                    out,
                    "{program}: {} [{}]: {}",
                    finding.subject, finding.code, finding.explanation
                )?;
            }
        }
    }
    writeln!(out, "{} programs", programs.len())?;
    for (verdict, count) in verdicts {
        writeln!(out, "{count} {verdict}")?;
    }
    Ok(ExitCode::SUCCESS)
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
    let work = || {
        let prover = Prover::new(folder);
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

/// A folder as a tree: what is where in memory, the bytes on the disk.
struct Folder {
    root: PathBuf,
    nodes: HashMap<String, Node>,
    /// The bytes of libraries, which many programs load; those of programs are read when they are proven.
    libraries: HashMap<String, OnceLock<Vec<u8>>>,
}

impl Folder {
    fn walk(root: &Path) -> io::Result<Self> {
        let mut folder = Self {
            root: root.to_owned(),
            nodes: HashMap::new(),
            libraries: HashMap::new(),
        };
        let mut waiting = vec![String::new()];
        while let Some(path) = waiting.pop() {
            for entry in fs::read_dir(root.join(path.trim_start_matches('/')))? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                let path = format!("{path}/{name}");
                let node = node(&entry.path(), &entry.metadata()?)?;
                if node.kind == NodeKind::Directory {
                    waiting.push(path.clone());
                }
                if path.contains(".so") {
                    folder.libraries.insert(path.clone(), OnceLock::new());
                }
                folder.nodes.insert(path, node);
            }
        }
        let top = node(root, &fs::metadata(root)?)?;
        folder.nodes.insert("/".to_owned(), top);
        Ok(folder)
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// The executable files that a kernel of this machine would start as programs, by path.
    fn programs(&self) -> Vec<String> {
        let mut programs: Vec<String> = self
            .nodes
            .iter()
            .filter(|(_, node)| {
                matches!(node.kind, NodeKind::File { .. }) && node.mode & 0o111 != 0
            })
            .filter(|(path, _)| self.is_program(path).unwrap_or_default())
            .map(|(path, _)| path.clone())
            .collect();
        programs.sort_unstable();
        programs
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
        self.nodes.get(path).cloned()
    }

    fn content(&self, path: &str) -> Option<Cow<'_, [u8]>> {
        let read = || fs::read(self.path(path)).unwrap_or_default();
        match self.libraries.get(path) {
            Some(library) => Some(Cow::Borrowed(library.get_or_init(read))),
            None => fs::read(self.path(path)).ok().map(Cow::Owned),
        }
    }
}

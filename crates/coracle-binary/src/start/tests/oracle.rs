//! Real starts. A program *starts* when its loader says `transferring control` to it under `LD_DEBUG=files`
//! with `LD_BIND_NOW=1`, or, without a loader, when it ends by itself; no list mode's exit code is used.
//!
//! Needs root (chroot), a C compiler, ldconfig and, for other releases of glibc, the Debian archive.
#![expect(
    clippy::disallowed_methods,
    reason = "the oracle is other programs, and this crate has no I/O outside tests"
)]

mod archive;
mod dlopen;
mod fixture;
mod levels;
mod musl;
mod musl_opened;
mod mutants;
mod network;
mod releases;
mod symbols;

use std::path::Path;
use std::process::{Command, Stdio};

use super::root::Root;
use super::{launch, root};
use crate::elf::ElfFacts;
use crate::start::{Code, Launch, Prover, Report, Verdict, prove};

/// Programs that do nothing but print when asked for their version, with many libraries among them.
const HARMLESS: [&str; 72] = [
    "apt-get",
    "ar",
    "as",
    "awk",
    "base64",
    "basename",
    "bash",
    "bzip2",
    "cat",
    "chmod",
    "cmp",
    "cp",
    "curl",
    "cut",
    "date",
    "dd",
    "df",
    "diff",
    "dirname",
    "dpkg",
    "du",
    "echo",
    "env",
    "expr",
    "file",
    "find",
    "gawk",
    "gcc",
    "git",
    "gpg",
    "gpgv",
    "grep",
    "gzip",
    "head",
    "id",
    "join",
    "ld",
    "ln",
    "ls",
    "make",
    "mawk",
    "md5sum",
    "mkdir",
    "mv",
    "nl",
    "nm",
    "objdump",
    "od",
    "openssl",
    "paste",
    "patch",
    "perl",
    "pr",
    "printf",
    "python3",
    "readelf",
    "readlink",
    "rm",
    "sed",
    "sha256sum",
    "sort",
    "split",
    "stat",
    "strings",
    "strip",
    "tail",
    "tar",
    "tee",
    "tr",
    "uniq",
    "wc",
    "xz",
];

/// What became of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Starts,
    Fails,
    /// It has control, and ends at the call of what is missing.
    Dies,
    /// The proof must not decide it, whatever happens on this machine.
    Undecided,
}

/// The proof's word, in the oracle's terms.
fn verdict(report: &Report) -> Fate {
    let says = |verdict| {
        let mut findings = report.findings.iter();
        findings.any(|finding| finding.verdict == verdict)
    };
    if report.proven() {
        Fate::Starts
    } else if says(Verdict::DoesNotStart) {
        Fate::Fails
    } else if says(Verdict::DiesLater) {
        Fate::Dies
    } else {
        Fate::Undecided
    }
}

/// Runs the program in the root as the launch says; tells whether it starts, and what was printed.
fn reality(root: &Path, launch: &Launch) -> (Fate, String) {
    let mut command = command(root, launch);
    command.env("LD_BIND_NOW", "1");
    let output = command
        .output()
        .expect("chroot is needed: apt-get install coreutils");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let program = &launch.entrypoint[0];
    let is_static = std::fs::read(root.join(program.trim_start_matches('/')))
        .ok()
        .and_then(|bytes| ElfFacts::read(&bytes).ok())
        .is_some_and(|facts| facts.interpreter.is_none());
    let started = has_control(&text, program) || (is_static && output.status.success());
    (if started { Fate::Starts } else { Fate::Fails }, text)
}

/// Runs the program to its end, its calls bound as the launch says.
fn reality_of_calls(root: &Path, launch: &Launch) -> (Fate, String) {
    let output = command(root, launch)
        .output()
        .expect("chroot is needed: apt-get install coreutils");
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let fate = match (
        has_control(&text, &launch.entrypoint[0]),
        output.status.code(),
    ) {
        (false, _) => Fate::Fails,
        (true, Some(0)) => Fate::Starts,
        (true, Some(127)) => Fate::Dies,
        (true, code) => panic!("the program ended with {code:?}:\n{text}"),
    };
    (fate, text)
}

/// The loader says so when it has bound all that it binds at start.
fn has_control(text: &str, program: &str) -> bool {
    let words = format!("transferring control: {program}");
    text.lines().any(|line| line.ends_with(&words))
}

/// The program in the root, as the launch says, with the loader's talk.
fn command(root: &Path, launch: &Launch) -> Command {
    let user = &launch.user;
    let mut command = if root == Path::new("/") {
        Command::new(&launch.entrypoint[0])
    } else {
        let mut command = Command::new("chroot");
        command
            .arg(format!("--userspec={}:{}", user.uid, user.gid))
            .arg("--groups=")
            .arg(root);
        command.arg(&launch.entrypoint[0]);
        command
    };
    command.args(&launch.entrypoint[1..]).stdin(Stdio::null());
    command
        .env_clear()
        .envs(&launch.environment)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.env("LD_DEBUG", "files");
    command
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn programs_of_this_machine_start_as_proven() {
    let mut compared = 0;
    for name in HARMLESS {
        let path = format!("/usr/bin/{name}");
        let Ok(file) = std::fs::canonicalize(&path) else {
            continue;
        };
        let bytes = std::fs::read(&file).unwrap();
        if !ElfFacts::read(&bytes).is_ok_and(|facts| facts.interpreter.is_some()) {
            continue;
        }
        let mut launch = launch(&[&path, "--version"]);
        launch.user = root();
        let report = prove(&Root("/".into()), &launch);
        let (fate, text) = reality(Path::new("/"), &launch);
        assert_eq!(verdict(&report), fate, "{path}: {report:#?}\n{text}");
        loaded_as_the_loader_says(&report, &text);
        compared += 1;
    }
    assert!(
        compared >= 50,
        "expected at least 50 programs, got {compared}"
    );
}

/// The files that were loaded, in order, by both accounts.
fn loaded_as_the_loader_says(report: &Report, text: &str) {
    // What is loaded by dlopen comes after the program has control.
    let start = text.split("transferring control").next().unwrap();
    let generating = start.lines().filter_map(|line| {
        line.split_once("file=")?
            .1
            .split_once(" [0];  generating link map")
    });
    let real: Vec<String> = generating.map(|(name, _)| name.to_owned()).collect();
    let program = report.programs.first().unwrap();
    let loaded = program
        .objects
        .iter()
        .filter(|object| object.why_found != "interpreter of the program");
    let names: Vec<String> = loaded
        .map(|object| {
            let last = object.needed_by.last().unwrap();
            last.rsplit_once(" (").unwrap().0.to_owned()
        })
        .collect();
    let real: Vec<&String> = real
        .iter()
        .filter(|name| !name.ends_with(&program.path))
        .collect();
    assert_eq!(names.iter().collect::<Vec<_>>(), real, "{}", program.path);
}

/// All ELF programs of the machine are linked to its own libraries: what is missing, the loader must miss too.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn no_program_of_this_machine_misses_a_symbol_unless_the_loader_says_so() {
    let (mut programs, mut symbols) = (0, 0);
    let tree = Root("/".into());
    let prover = Prover::new(&tree);
    for entry in std::fs::read_dir("/usr/bin").unwrap() {
        let path = entry.unwrap().path();
        let path = path.to_str().unwrap();
        let magic = |path: &str| Some(std::fs::read(path).ok()?.starts_with(b"\x7fELF"));
        if magic(path) != Some(true) {
            continue;
        }
        let mut launch = launch(&[path]);
        launch.user = root();
        let report = prover.prove(&launch);
        for finding in &report.findings {
            if finding.code == Code::SymbolMissing {
                let text = traced(path);
                let words = format!("undefined symbol: {}", finding.subject);
                assert!(text.contains(&words), "{path}: {finding:#?}\n{text}");
            }
        }
        programs += 1;
        symbols += report
            .programs
            .iter()
            .map(|one| one.symbols_checked)
            .sum::<usize>();
    }
    assert!(
        programs >= 200 && symbols > 100 * programs,
        "{symbols} symbols of {programs} programs"
    );
}

/// What the loader says when it binds everything and starts nothing; its exit code says nothing.
fn traced(program: &str) -> String {
    let output = Command::new("/lib64/ld-linux-x86-64.so.2")
        .arg(program)
        .env("LD_TRACE_LOADED_OBJECTS", "1")
        .env("LD_WARN", "1")
        .env("LD_BIND_NOW", "1")
        .output()
        .unwrap();
    let texts = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&texts).into_owned()
}

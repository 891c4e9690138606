//! Every library of hundreds of packages: does a program open it, and did the proof say so?
//!
//! The program (`opener.c`) is one of the oldest libc among the roots, and opens each in a process of its own, in the root.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use coracle_binary::Machine;
use coracle_binary::elf::{Class, ElfFacts, Kind};
use coracle_binary::start::{Code, FileTree as _, Launch, Prover, Report, Verdict};
use coracle_distro::{Architecture, Package};

use super::truth::{alone, unique};
use crate::archive::{Access, candidates, chosen, kept};
use crate::chance::{full, seed};
use crate::roots;
use crate::tree::Folder;

/// How two accounts of one library stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    BothOpen,
    BothFail,
    /// It opens only in its own program, which has symbols for it or room that it wants.
    ItsProgram,
    /// It was opened, and what it runs then ended the process.
    Ended,
    Undecided,
    Miss,
    FalseAlarm,
    OtherReason,
}

const COLUMNS: [(Agreement, &str); 8] = [
    (Agreement::BothOpen, "both open it"),
    (Agreement::BothFail, "both fail"),
    (Agreement::ItsProgram, "wants its own program"),
    (Agreement::Ended, "ends what opens it"),
    (Agreement::Undecided, "not proven"),
    (Agreement::OtherReason, "other reason"),
    (Agreement::Miss, "misses"),
    (Agreement::FalseAlarm, "false alarms"),
];

/// What dlopen says of libraries that only their own programs may open.
const OF_ITS_PROGRAM: [&str; 2] = [
    "cannot allocate memory in static TLS block",
    "cannot dynamically load position-independent executable",
];

struct Outcome {
    name: String,
    counts: BTreeMap<Agreement, usize>,
    differing: Vec<String>,
}

/// Opens the libraries in the root; what was said of each.
fn opened(root: &Path, libraries: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("opener.c");
    fs::write(&source, include_str!("opener.c")).unwrap();
    let compiled = Command::new("cc")
        .args(["-O1", "-o"])
        .args([&root.join(".opener"), &source])
        .status();
    let compiled = compiled.expect("a C compiler is needed: apt-get install gcc libc6-dev");
    assert!(compiled.success());
    fs::create_dir_all(root.join("dev")).unwrap();
    fs::write(root.join("dev/null"), "").unwrap();
    let mut opener = Command::new("chroot")
        .arg(root)
        .arg("/.opener")
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to = opener.stdin.take().unwrap();
    let list = libraries.join("\n") + "\n";
    let writing = std::thread::spawn(move || to.write_all(list.as_bytes()).unwrap());
    let output = opener.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(
        output.status.success(),
        "the opener ended: {}",
        output.status
    );
    let said = String::from_utf8(output.stdout).unwrap();
    let said: Vec<String> = said
        .lines()
        .zip(libraries)
        .map(|(line, library)| {
            let (path, said) = line.split_once('\t').unwrap();
            assert_eq!(path, library);
            said.to_owned()
        })
        .collect();
    assert_eq!(said.len(), libraries.len());
    fs::remove_file(root.join("dev/null")).unwrap();
    fs::remove_file(root.join(".opener")).unwrap();
    said
}

fn agreement(report: &Report, said: &str) -> Agreement {
    let certain = |verdict| verdict != Verdict::NotProven;
    let mut findings = report.findings.iter();
    let fails = findings.any(|finding| certain(finding.verdict));
    let reasons = match said {
        "ok" if fails => return Agreement::FalseAlarm,
        "ok" if !report.findings.is_empty() => return Agreement::Undecided,
        "ok" => return Agreement::BothOpen,
        "ended" => return Agreement::Ended,
        said if OF_ITS_PROGRAM.iter().any(|text| said.contains(text)) => {
            return Agreement::ItsProgram;
        }
        said if said.contains("undefined symbol") => vec![Code::SymbolMissing],
        said if said.contains("' not found (required by") => vec![Code::VersionMissing],
        said if said.contains("No such file") => vec![Code::LibraryMissing],
        _ => vec![
            Code::LibraryUnusable,
            Code::Malformed,
            Code::Truncated,
            Code::WrongMachine,
        ],
    };
    let is_reason = |code| reasons.contains(&code);
    let is_plain_symbol = said.contains("undefined symbol") && !said.contains(", version ");
    match (report.findings.as_slice(), fails) {
        ([], _) if is_plain_symbol => Agreement::ItsProgram,
        ([], _) => Agreement::Miss,
        (_, false) => Agreement::Undecided,
        (findings, true) if findings.iter().any(|one| is_reason(one.code)) => Agreement::BothFail,
        (_, true) => Agreement::OtherReason,
    }
}

fn judge(name: String, root: &Path) -> Outcome {
    let tree = Folder::read(root);
    let is_library = |path: &&str| {
        let content = tree.content(path).unwrap_or_default();
        let is_elf = content.starts_with(b"\x7fELF");
        let facts = ElfFacts::read(&content).ok().filter(|_| is_elf);
        facts.is_some_and(|facts| {
            let fits = facts.machine == Machine::X86_64 && facts.class == Class::Elf64;
            fits && facts.kind == Kind::SharedObject && facts.is_dynamic && !facts.flags.pie
        })
    };
    let libraries: Vec<String> = tree.files().filter(is_library).map(str::to_owned).collect();
    let prover = Prover::new(&tree);
    let launch = Launch::of(Vec::new(), Machine::X86_64);
    let mut outcome = Outcome {
        name,
        counts: BTreeMap::new(),
        differing: Vec::new(),
    };
    for (library, said) in libraries.iter().zip(opened(root, &libraries)) {
        let report = prover.prove_library(&launch, library);
        if report == Report::default() {
            continue;
        }
        let agreement = agreement(&report, &said);
        *outcome.counts.entry(agreement).or_default() += 1;
        use Agreement::{FalseAlarm, Miss, OtherReason};
        if matches!(agreement, Miss | FalseAlarm | OtherReason) {
            let findings = report.findings.iter();
            let findings: Vec<_> = findings
                .map(|one| format!("{}: {}", one.code, one.explanation))
                .collect();
            outcome.differing.push(format!(
                "{library}: {agreement:?}: ours {findings:?}; {said:?}"
            ));
        }
    }
    outcome
}

/// The roots of one suite: with all that the packages depend on, and with little of it.
fn roots_of(suite: &str, count: usize) -> Vec<Outcome> {
    let access = Access::new();
    let archive = access.open(suite, Architecture::Amd64);
    let names = candidates(&archive, &format!("opened {suite}"));
    let chosen = chosen(&archive, &names, count);
    assert_eq!(chosen.len(), count, "{suite} has too few packages");
    let all = chosen.iter().flat_map(|one| one.closure.iter().copied());
    let kinds: [(&str, Vec<&Package>); 2] = [
        ("with dependencies", unique(all)),
        ("without", unique(chosen.iter().flat_map(alone))),
    ];
    let judged = kinds.into_iter().map(|(kind, packages)| {
        let folder = tempfile::tempdir_in(kept()).unwrap();
        roots::unpack(&archive, &packages, folder.path());
        judge(format!("{suite}, {count} packages {kind}"), folder.path())
    });
    judged.collect()
}

fn table(outcomes: &[Outcome]) -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
    let mut text = format!("| root | libraries | {} |\n", names.join(" | "));
    text.push_str(&"|---".repeat(COLUMNS.len() + 2));
    text.push_str("|\n");
    for outcome in outcomes {
        let all: usize = outcome.counts.values().sum();
        let _ = write!(text, "| {} | {all} |", outcome.name);
        for (agreement, _) in COLUMNS {
            let count = outcome.counts.get(&agreement).copied().unwrap_or_default();
            let _ = write!(text, " {count} |");
        }
        text.push('\n');
    }
    text
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn libraries_of_hundreds_of_packages_open_as_proven() {
    let count = if full() { 100 } else { 10 };
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let suites = ["trixie", "bookworm"];
        let judged = suites.map(|suite| scope.spawn(move || roots_of(suite, count)));
        let joined = judged.into_iter().map(|one| one.join().unwrap());
        joined.flatten().collect()
    });
    println!("seed {}\n\n{}", seed(), table(&outcomes));
    for outcome in &outcomes {
        for differing in &outcome.differing {
            println!("{}: {differing}", outcome.name);
        }
    }
    let opened = |outcome: &Outcome| outcome.counts.contains_key(&Agreement::BothOpen);
    assert!(outcomes.iter().all(opened), "nothing was opened");
    let differing: usize = outcomes.iter().map(|outcome| outcome.differing.len()).sum();
    assert_eq!(differing, 0, "the accounts differ");
}

//! A program that starts, changed in one place by chance: the verdict must turn exactly when reality does, and for the
//! same reason.

mod bytes;
mod environment;
mod files;
mod links;
mod musl;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use coracle_binary::start::Code;
use coracle_distro::Architecture;

use crate::agreement::{Agreement, agreement, difference};
use crate::archive::{Access, candidates, chosen, kept};
use crate::case::{Case, Subject};
use crate::chance::{Chance, full, seed};
use crate::roots;
use crate::tree::Folder;

/// What a change may take from.
pub(crate) struct World {
    /// The other suite's root, another machine's.
    other: PathBuf,
    foreign: PathBuf,
}

/// One kind of change: its name, and what it does; `None` where it does not apply.
type Change = (
    &'static str,
    fn(&mut Case, &World, &mut Chance) -> Option<()>,
);

fn changes() -> Vec<Change> {
    [
        files::CHANGES,
        links::CHANGES,
        bytes::CHANGES,
        environment::CHANGES,
    ]
    .concat()
}

/// Whole roots, with the programs to change.
struct Roots {
    _folder: tempfile::TempDir,
    subjects: Vec<(Subject, World)>,
}

const SUITES: [&str; 2] = ["trixie", "bookworm"];

/// The programs of these many packages of both suites.
fn of_glibc(packages: usize) -> Roots {
    let access = Access::new();
    let names = candidates(&access.open("trixie", Architecture::Amd64), "mutation");
    let make = |suite: &str, root: &Path| {
        // The same packages in both, as far as they are in both.
        let archive = access.open(suite, Architecture::Amd64);
        let chosen = chosen(&archive, &names, packages);
        let mut seen = BTreeSet::new();
        let all = chosen
            .iter()
            .flat_map(|chosen| chosen.closure.iter().copied());
        let all: Vec<_> = all.filter(|package| seen.insert(&package.name)).collect();
        roots::unpack(&archive, &all, root);
    };
    of(&access, &make)
}

fn of_musl() -> Roots {
    let access = Access::new();
    of(&access, &|suite, root| musl::make(&access, suite, root))
}

/// The roots that `make` makes of both suites, and one of another machine.
fn of(access: &Access, make: &dyn Fn(&str, &Path)) -> Roots {
    let folder = tempfile::tempdir_in(kept()).unwrap();
    let place = |name: &str| folder.path().join(name);
    for suite in SUITES {
        make(suite, &place(suite));
    }
    let foreign = access.open("bookworm", Architecture::Arm64);
    let few = ["libc6", "libgcc-s1", "zlib1g", "musl"];
    let few: Vec<_> = few.iter().filter_map(|name| foreign.newest(name)).collect();
    roots::unpack(&foreign, &few, &place("foreign"));
    let mut subjects = Vec::new();
    for (suite, other) in SUITES.into_iter().zip(SUITES.into_iter().rev()) {
        let tree = Folder::read(&place(suite));
        let found = tree.executables();
        let found = found.filter_map(|path| Subject::of(&place(suite), &tree, path));
        subjects.extend(found.map(|subject| {
            let world = World {
                other: place(other),
                foreign: place("foreign"),
            };
            (subject, world)
        }));
    }
    assert!(!subjects.is_empty(), "no program of these roots starts");
    Roots {
        _folder: folder,
        subjects,
    }
}

/// What became of all cases of one kind.
#[derive(Default)]
struct Row(BTreeMap<Agreement, usize>);

fn table(rows: &BTreeMap<&str, Row>) -> String {
    let mut text = String::from(
        "| change | cases | it starts, and we say so | it fails, and we say why | not proven, and it fails | not proven, and it starts | other reason | misses | false alarms |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let mut all = Row::default();
    for (agreement, count) in rows.values().flat_map(|row| &row.0) {
        *all.0.entry(*agreement).or_default() += count;
    }
    for (name, row) in rows
        .iter()
        .map(|(name, row)| (*name, row))
        .chain([("**all**", &all)])
    {
        let count = |agreement| row.0.get(&agreement).copied().unwrap_or_default();
        let cases: usize = row.0.values().sum();
        let _ = writeln!(
            text,
            "| {name} | {cases} | {} | {} | {} | {} | {} | {} | {} |",
            count(Agreement::BothStart),
            count(Agreement::BothFail),
            count(Agreement::UndecidedFails),
            count(Agreement::UndecidedStarts),
            count(Agreement::OtherReason),
            count(Agreement::Miss),
            count(Agreement::FalseAlarm),
        );
    }
    text
}

/// Changes as many programs as asked for, one after the other with each kind of change; gives the table and what
/// differs.
fn judge(subjects: &[(Subject, World)], cases: usize, purpose: &str) -> (String, Vec<String>) {
    let changes = changes();
    let mut chance = Chance::of(purpose);
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    let mut differing = Vec::new();
    let mut reasons: BTreeMap<Code, usize> = BTreeMap::new();
    for number in 0..cases {
        let (name, change) = changes[number % changes.len()];
        let (subject, world) = &subjects[chance.below(subjects.len())];
        let mut case = Case::new(subject);
        if change(&mut case, world, &mut chance).is_none() {
            continue;
        }
        let (report, account) = case.judge();
        let agreement = agreement(&report, &account);
        *rows
            .entry(name)
            .or_default()
            .0
            .entry(agreement)
            .or_default() += 1;
        let undecided =
            [Agreement::UndecidedStarts, Agreement::UndecidedFails].contains(&agreement);
        if undecided {
            for finding in &report.findings {
                *reasons.entry(finding.code).or_default() += 1_usize;
            }
        }
        if !undecided && ![Agreement::BothStart, Agreement::BothFail].contains(&agreement) {
            let program = subject.files[0].0.as_str();
            let told = difference(program, agreement, &report, &account);
            differing.push(format!("{name} ({}): {told}", case.note));
        }
    }
    let mut told = format!("{purpose}, {} programs\n\n{}", subjects.len(), table(&rows));
    let _ = writeln!(told, "\nfindings where nothing was proven:");
    for (code, count) in reasons {
        let _ = writeln!(told, "- {code}: {count}");
    }
    (told, differing)
}

fn check(subjects: &[(Subject, World)], cases: usize, purpose: &str) {
    let (told, differing) = judge(subjects, cases, purpose);
    println!("seed {}, {told}", seed());
    for line in &differing {
        println!("{line}");
    }
    assert!(
        differing.is_empty(),
        "the accounts differ in {} cases",
        differing.len()
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_verdict_on_programs_of_glibc_turns_exactly_when_reality_does() {
    let (packages, cases) = if full() { (60, 2000) } else { (6, 150) };
    let roots = of_glibc(packages);
    check(&roots.subjects, cases, "glibc");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_verdict_on_programs_of_musl_turns_exactly_when_reality_does() {
    let roots = of_musl();
    check(&roots.subjects, if full() { 1000 } else { 100 }, "musl");
}

//! Every program of hundreds of packages: does it start, and did the proof say so?

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use coracle_binary::start::{Launch, prove};
use coracle_binary::{ElfFacts, Machine};
use coracle_distro::{Architecture, Package};
use coracle_testkit::reach::Start;

use crate::agreement::{Agreement, agreement, difference};
use crate::archive::{Access, Chosen, candidates, chosen};
use crate::chance::{full, seed};
use crate::roots;
use crate::tree::Folder;

/// A root and what became of its programs.
struct Outcome {
    name: String,
    chosen: usize,
    counts: BTreeMap<Agreement, usize>,
    symbols: usize,
    /// Each with the reason, where it is known.
    differing: Vec<(String, Option<&'static str>)>,
}

/// A difference that was looked into: it says nothing against the proof.
struct Explained {
    suite: &'static str,
    architecture: Architecture,
    program: &'static str,
    agreement: Agreement,
    reason: &'static str,
}

const EXPLAINED: [Explained; 4] = [
    Explained {
        suite: "trixie",
        architecture: Architecture::Arm64,
        program: "age-keygen",
        agreement: Agreement::Miss,
        reason: "it ran and ended well: a static Go program, whose entry point the emulator's trace does not show",
    },
    Explained {
        suite: "trixie",
        architecture: Architecture::Arm64,
        program: "pppd",
        agreement: Agreement::FalseAlarm,
        reason: "mode 4754: the emulator opens the file itself, where a kernel would refuse to execute it",
    },
    Explained {
        suite: "bookworm",
        architecture: Architecture::Amd64,
        program: "parted",
        agreement: Agreement::Miss,
        reason: LIBPARTED,
    },
    Explained {
        suite: "bookworm",
        architecture: Architecture::Amd64,
        program: "partprobe",
        agreement: Agreement::Miss,
        reason: LIBPARTED,
    },
];

const LIBPARTED: &str = "a constructor of libparted reads what `sh -c dmidecode` says without looking whether there is a shell";

/// Why the accounts differ, where that is known.
fn explained(
    (suite, architecture): (&str, Architecture),
    path: &str,
    agreement: Agreement,
) -> Option<&'static str> {
    let program = path.rsplit('/').next();
    let known = EXPLAINED.iter().find(|known| {
        (known.suite, known.architecture, known.agreement) == (suite, architecture, agreement)
            && Some(known.program) == program
    });
    known.map(|known| known.reason)
}

fn machine(architecture: Architecture) -> Machine {
    match architecture {
        Architecture::Arm64 => Machine::Aarch64,
        _ => Machine::X86_64,
    }
}

/// Judges every program of a root twice.
fn judge(
    name: String,
    root: &Path,
    (suite, architecture): (&str, Architecture),
    chosen: usize,
) -> Outcome {
    std::fs::create_dir_all(root.join("proc")).unwrap();
    let machine = machine(architecture);
    let foreign = machine != Machine::X86_64;
    let emulator = foreign.then(|| Start::emulator_in(root).unwrap());
    let tree = Folder::read(root);
    let mut outcome = Outcome {
        name,
        chosen,
        counts: BTreeMap::new(),
        symbols: 0,
        differing: Vec::new(),
    };
    for path in tree.executables().filter(|path| Some(*path) != emulator) {
        if !is_program(&tree, path, machine) {
            continue;
        }
        let start = Start {
            emulator,
            ..Start::of(root, path)
        };
        let account = start.reach().unwrap();
        let mut launch = Launch::of(vec![path.to_owned()], machine);
        launch.environment = start.environment.clone();
        let report = prove(&tree, &launch);
        let agreement = agreement(&report, &account);
        *outcome.counts.entry(agreement).or_default() += 1;
        outcome.symbols += report
            .programs
            .iter()
            .map(|program| program.symbols_checked)
            .sum::<usize>();
        if !matches!(agreement, Agreement::BothStart | Agreement::BothFail) {
            let difference = difference(path, agreement, &report, &account);
            let reason = explained((suite, architecture), path, agreement);
            outcome.differing.push((difference, reason));
        }
    }
    outcome
}

/// An ELF file that is made to be started: with a loader, or without one and not a library.
fn is_program(tree: &Folder, path: &str, machine: Machine) -> bool {
    use coracle_binary::elf::Kind;
    use coracle_binary::start::FileTree as _;
    let content = tree.content(path).unwrap_or_default();
    if !content.starts_with(b"\x7fELF") {
        return false;
    }
    ElfFacts::read(&content).is_ok_and(|facts| {
        let alone = facts.kind == Kind::Executable && facts.entry != 0;
        facts.machine == machine && (facts.interpreter.is_some() || alone)
    })
}

/// The three roots of one suite and architecture.
fn roots_of(
    access: &Access,
    suite: &str,
    architecture: Architecture,
    count: usize,
) -> Vec<Outcome> {
    let archive = access.open(suite, architecture);
    let name = archive.architecture().to_string();
    let names = candidates(&archive, &format!("truth {suite} {name}"));
    let chosen = chosen(&archive, &names, count);
    assert_eq!(chosen.len(), count, "{suite} {name} has too few packages");
    let label = |kind: &str| format!("{suite} {name}, {kind}");
    let mut outcomes = Vec::new();

    let all = unique(
        chosen
            .iter()
            .flat_map(|chosen| chosen.closure.iter().copied()),
    );
    let folder = tempfile::tempdir_in(crate::archive::kept()).unwrap();
    roots::unpack(&archive, &all, folder.path());
    outcomes.push(judge(
        label("with dependencies"),
        folder.path(),
        (suite, architecture),
        count,
    ));

    let alone = unique(chosen.iter().flat_map(alone));
    let folder = tempfile::tempdir_in(crate::archive::kept()).unwrap();
    roots::unpack(&archive, &alone, folder.path());
    let of = (suite, architecture);
    outcomes.push(judge(label("without"), folder.path(), of, count));

    // A sample has no time for mmdebstrap's arm64.
    if architecture == Architecture::Arm64 && !full() {
        return outcomes;
    }
    let together = together(&archive, &chosen);
    let folder = tempfile::tempdir_in(crate::archive::kept()).unwrap();
    roots::mmdebstrap(suite, &name, &together, folder.path());
    outcomes.push(judge(
        label("by mmdebstrap"),
        folder.path(),
        (suite, architecture),
        together.len(),
    ));
    outcomes
}

/// The package itself, and the C library with its helpers: most libraries are missing.
pub(super) fn alone<'a>(chosen: &'a Chosen<'a>) -> impl Iterator<Item = &'a Package> {
    let kept = |package: &&&Package| {
        package.name == *chosen.name
            || ["libc6", "libgcc-s1", "libcrypt1", "zlib1g"].contains(&package.name.as_str())
    };
    chosen.closure.iter().filter(kept).copied()
}

pub(super) fn unique<'a>(packages: impl Iterator<Item = &'a Package>) -> Vec<&'a Package> {
    let mut seen = BTreeSet::new();
    packages
        .filter(|package| seen.insert(&package.name))
        .collect()
}

/// As many of them as can be installed side by side.
fn together<'a>(archive: &coracle_distro::Archive<'_>, chosen: &'a [Chosen<'a>]) -> Vec<&'a str> {
    let mut together: Vec<String> = Vec::new();
    for one in chosen {
        together.push(one.name.clone());
        let request = coracle_distro::solve::Request {
            packages: &together,
            ..Default::default()
        };
        if archive.closure(&request).is_err() {
            together.pop();
        }
    }
    let is_in = |one: &&Chosen<'_>| together.contains(one.name);
    chosen
        .iter()
        .filter(is_in)
        .map(|one| one.name.as_str())
        .collect()
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| root | packages asked for | programs | both say it starts | both say it fails | not proven | other reason | misses | false alarms | symbols looked up |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    for outcome in outcomes {
        let count = |agreement| outcome.counts.get(&agreement).copied().unwrap_or_default();
        let programs: usize = outcome.counts.values().sum();
        let _ = writeln!(
            text,
            "| {} | {} | {programs} | {} | {} | {} | {} | {} | {} | {} |",
            outcome.name,
            outcome.chosen,
            count(Agreement::BothStart),
            count(Agreement::BothFail),
            count(Agreement::UndecidedStarts) + count(Agreement::UndecidedFails),
            count(Agreement::OtherReason),
            count(Agreement::Miss),
            count(Agreement::FalseAlarm),
            outcome.symbols,
        );
    }
    text
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn programs_of_hundreds_of_packages_start_as_proven() {
    let (native, foreign) = if full() { (100, 60) } else { (12, 6) };
    let asked = ["trixie", "bookworm"].into_iter().flat_map(|suite| {
        [
            (suite, Architecture::Amd64, native),
            (suite, Architecture::Arm64, foreign),
        ]
    });
    let asked: Vec<_> = asked.collect();
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let judged = asked.into_iter().map(|(suite, architecture, count)| {
            scope.spawn(move || roots_of(&Access::new(), suite, architecture, count))
        });
        let judged: Vec<_> = judged.collect();
        let joined = judged.into_iter().map(|one| one.join().unwrap());
        joined.flatten().collect()
    });
    println!("seed {}\n\n{}", seed(), table(&outcomes));
    for outcome in &outcomes {
        for (differing, reason) in &outcome.differing {
            let reason = reason.unwrap_or("NOT EXPLAINED");
            println!("{}: {differing}: {reason}", outcome.name);
        }
    }
    let differing = outcomes.iter().flat_map(|outcome| &outcome.differing);
    let unexplained = differing.filter(|(_, reason)| reason.is_none()).count();
    assert_eq!(unexplained, 0, "accounts differ, and nobody knows why");
}

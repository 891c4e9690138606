//! Real starts with musl: a root that starts, changed in one place, with the musl of two releases of Debian.
//!
//! musl has no talk like glibc's loader: a program has started when its `main` has printed a line.

mod binding;
mod files;
mod fixture;

use std::fs;
use std::process::{Command, Stdio};

use super::archive::Package;
use super::fixture::Case;
use super::{Fate, verdict};
use crate::elf::ElfFacts;
use crate::start::identity::{self, Loader};
use crate::start::tests::launch;
use crate::start::tests::root::Root;
use crate::start::{Code, Launch, prove};
use Fate::{Fails, Starts, Undecided};
use fixture::Fixture;

/// A change of a root, and what becomes of it with musl 1.2.3 and 1.2.5.
struct Mutant {
    name: &'static str,
    /// Which of the fixture's programs.
    program: &'static str,
    change: fn(&Case),
    /// The environment, as `NAME=VALUE`.
    environment: &'static [&'static str],
    uid: u32,
    fates: [Fate; 2],
}

const fn of(program: &'static str, name: &'static str, fate: Fate, change: fn(&Case)) -> Mutant {
    Mutant {
        name,
        program,
        change,
        environment: &[],
        uid: 65532,
        fates: [fate, fate],
    }
}

const fn mutant(name: &'static str, fate: Fate, change: fn(&Case)) -> Mutant {
    of("worker", name, fate, change)
}

const fn with(
    environment: &'static [&'static str],
    name: &'static str,
    fate: Fate,
    change: fn(&Case),
) -> Mutant {
    Mutant {
        environment,
        ..mutant(name, fate, change)
    }
}

fn nothing(_: &Case) {}

const PROGRAM: &str = "app/worker";
const MUSL: &str = "lib/ld-musl-x86_64.so.1";
const A: &str = "usr/lib/liba.so.1";
const B: &str = "usr/lib/libb.so.1";

/// Suite, the folder of its musl, its release.
const SUITES: [(&str, &str, (u32, u32, u32)); 2] = [
    ("bookworm", "lib/x86_64-linux-musl", (1, 2, 3)),
    ("trixie", "usr/lib/x86_64-linux-musl", (1, 2, 5)),
];

fn reality(case: &Case, launch: &Launch) -> (Fate, String) {
    let user = &launch.user;
    let output = Command::new("chroot")
        .arg(format!("--userspec={}:{}", user.uid, user.gid))
        .arg("--groups=")
        .arg(&case.root)
        .args(&launch.entrypoint)
        .stdin(Stdio::null())
        .env_clear()
        .envs(&launch.environment)
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .expect("chroot is needed: apt-get install coreutils");
    let text = [output.stdout, output.stderr].concat();
    let text = format!("{}{:?}", String::from_utf8_lossy(&text), output.status);
    let fate = if text.starts_with("reached\n") {
        Starts
    } else {
        Fails
    };
    (fate, text)
}

/// What does not fit, in words; empty when all does.
fn judge(fixture: &Fixture, mutant: &Mutant, suite: usize) -> Option<String> {
    let case = fixture.root(mutant.program, suite);
    (mutant.change)(&case);
    let mut launch = launch(&["/app/worker"]);
    launch.user.uid = mutant.uid;
    launch.user.gid = mutant.uid;
    let pairs = mutant
        .environment
        .iter()
        .filter_map(|pair| pair.split_once('='));
    launch
        .environment
        .extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let report = prove(&Root(case.root.clone()), &launch);
    let (real, text) = reality(&case, &launch);
    let expected = mutant.fates[suite];
    let proven = verdict(&report);
    let findings = report.findings.iter();
    let told: Vec<&str> = findings
        .map(|finding| finding.explanation.as_str())
        .collect();
    let said = proven != Fails || text.lines().all(|line| is_told(line, &text, &told));
    let fits = proven == expected && (expected == Undecided || real == expected) && said;
    (!fits).then(|| {
        let (name, program) = (mutant.name, mutant.program);
        let (suite, ..) = SUITES[suite];
        format!("{suite}, {program}: {name}: expected {expected:?}, proven {proven:?}, real {real:?}\n{text}\n{told:#?}")
    })
}

/// Whether a finding has the loader's words. When a library is missing it goes on to miss symbols, which is not told.
fn is_told(line: &str, text: &str, told: &[&str]) -> bool {
    let library = line.starts_with("Error loading shared");
    let symbol = line.starts_with("Error relocating") && !text.contains("Error loading shared");
    // A library of another machine is one finding, and says all sorts of things.
    if told.iter().any(|told| told.contains("it is made for")) {
        return true;
    }
    let words = |told: &&str| told.contains(line) || (symbol && told.contains("it misses"));
    !(library || symbol) || told.iter().any(words)
}

fn run(mutants: &[Mutant]) {
    let fixture = Fixture::new();
    let mut failures = Vec::new();
    for suite in 0..SUITES.len() {
        failures.extend(
            mutants
                .iter()
                .filter_map(|mutant| judge(&fixture, mutant, suite)),
        );
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_root_with_musl_from_the_network_starts_or_fails_as_proven() {
    run(&files::MUTANTS);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn musl_from_the_network_binds_or_misses_every_symbol_as_proven() {
    run(&binding::MUTANTS);
}

/// Suite, architecture, the folder of its musl, its name for the architecture, its release.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (u32, u32, u32),
);
const LOADERS: [Row; 8] = [
    (
        "bullseye",
        "amd64",
        "lib/x86_64-linux-musl",
        "x86_64",
        (1, 2, 2),
    ),
    (
        "bookworm",
        "amd64",
        "lib/x86_64-linux-musl",
        "x86_64",
        (1, 2, 3),
    ),
    (
        "trixie",
        "amd64",
        "usr/lib/x86_64-linux-musl",
        "x86_64",
        (1, 2, 5),
    ),
    (
        "bookworm",
        "arm64",
        "lib/aarch64-linux-musl",
        "aarch64",
        (1, 2, 3),
    ),
    (
        "trixie",
        "arm64",
        "usr/lib/aarch64-linux-musl",
        "aarch64",
        (1, 2, 5),
    ),
    (
        "trixie",
        "armhf",
        "usr/lib/arm-linux-musleabihf",
        "armhf",
        (1, 2, 5),
    ),
    (
        "trixie",
        "i386",
        "usr/lib/i386-linux-musl",
        "i386",
        (1, 2, 5),
    ),
    (
        "trixie",
        "s390x",
        "usr/lib/s390x-linux-musl",
        "s390x",
        (1, 2, 5),
    ),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_musl_from_the_network_says_itself_where_it_looks() {
    for (suite, architecture, folder, name, release) in LOADERS {
        let package = Package::fetch_for(suite, architecture, "musl");
        let bytes = fs::read(package.file(folder).join("libc.so")).unwrap();
        let Loader::Musl(loader) = identity::of("/ld.so", &bytes, &ElfFacts::read(&bytes).unwrap())
        else {
            panic!("{suite} {architecture} is no musl that is known")
        };
        assert_eq!(loader.release, Some(release), "{suite} {architecture}");
        assert_eq!(loader.path_file, format!("/etc/ld-musl-{name}.path"));
        assert_eq!(loader.default_path, "/lib:/usr/local/lib:/usr/lib");
        let served = loader.large_file_names.iter().any(|name| name == "open");
        assert_eq!(served, release >= (1, 2, 4), "{suite} {architecture}");
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_of_glibc_that_musl_from_the_network_loads_is_not_proven() {
    let fixture = Fixture::new();
    for suite in 0..SUITES.len() {
        let case = fixture.root("worker", suite);
        case.copy(std::path::Path::new("/usr/bin/true"), PROGRAM);
        fs::create_dir_all(case.path("lib64")).unwrap();
        case.link("lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1");
        let report = prove(&Root(case.root.clone()), &launch(&["/app/worker"]));
        let codes: Vec<Code> = report.findings.iter().map(|finding| finding.code).collect();
        assert!(codes.contains(&Code::GlibcOnMusl), "{report:#?}");
    }
}

//! What a program asks of a C library decides where the archive is not read; and what all places come to.

use std::fs;
use std::path::Path;

use coracle_binary::Linkage;
use coracle_binary::elf::{NeededVersion, VersionNeed};
use coracle_binary::start::{ProgramReport, Report};

use super::*;

/// The header of a program, and nothing else: everything more is said of it below.
fn header(machine: u8, kind: u8) -> Vec<u8> {
    let mut bytes = vec![0; 64];
    bytes[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    (bytes[16], bytes[18], bytes[20]) = (kind, machine, 1);
    (bytes[52], bytes[54]) = (64, 56);
    bytes
}

const EXECUTABLE: u8 = 2;
const X86_64: u8 = 62;

fn program(change: impl FnOnce(&mut coracle_binary::inspect::Facts)) -> Program {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server");
    fs::write(&path, header(X86_64, EXECUTABLE)).unwrap();
    let mut program = Program::read(&path).unwrap();
    change(&mut program.facts);
    program.asks = Asks::of(&program.facts);
    program.path = "server".into();
    program
}

fn linked(interpreter: &str, versions: &[&str]) -> Program {
    program(|facts| {
        facts.linkage = Linkage::Dynamic {
            interpreter: interpreter.to_owned(),
        };
        facts.elf.needed = ["libsqlite3.so.0", "libm.so.6", "libc.so.6"]
            .map(str::to_owned)
            .into();
        let versions = versions.iter().map(|name| NeededVersion {
            name: name.trim_start_matches('?').to_owned(),
            weak: name.starts_with('?'),
            hashed: true,
        });
        facts.elf.version_needs = vec![VersionNeed {
            file: "libc.so.6".to_owned(),
            versions: versions.collect(),
        }];
    })
}

const GLIBC: &str = "/lib64/ld-linux-x86-64.so.2";
const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

fn check(program: &Program, release: &str, expected: &str) {
    let outcome = libc::decide(program, Release::named(release).unwrap());
    let told = format!("{:?}: {}", outcome.fate, outcome.reason);
    assert_eq!(told, expected, "{release}");
    let stops = outcome.fate == Fate::DoesNotStart;
    assert_eq!(outcome.findings.len(), usize::from(stops));
}

#[test]
fn kind_and_version_of_the_c_library_decide() {
    let newer = linked(GLIBC, &["GLIBC_2.2.5", "GLIBC_2.39", "?GLIBC_2.42"]);
    assert_eq!(
        newer.asks.to_string(),
        "linked to glibc, asks for GLIBC_2.39"
    );
    assert_eq!(newer.other_libraries(), ["libsqlite3.so.0"]);
    check(&newer, "ubuntu/24.04", "LibcFits: glibc 2.39");
    check(
        &newer,
        "ubuntu/22.04",
        "DoesNotStart: asks for GLIBC_2.39, and there is glibc 2.35",
    );
    check(
        &newer,
        "alpine/3.22",
        "DoesNotStart: it is linked to glibc, and there is musl 1.2.5",
    );
    check(
        &newer,
        "scratch",
        "DoesNotStart: it is linked dynamically, and nothing is there: neither its loader nor libraries",
    );
    check(
        &newer,
        "wolfi",
        "NotProven: its glibc is renewed all the time: no version holds for long",
    );
}

#[test]
fn versions_without_a_number_are_decided_where_it_is_known_which_release_brought_them() {
    let compact = linked(GLIBC, &["GLIBC_2.34", "GLIBC_ABI_DT_RELR"]);
    check(&compact, "ubuntu/24.04", "LibcFits: glibc 2.39");
    let unsaid = "NotProven: asks for GLIBC_ABI_DT_RELR, and whether its glibc 2.34 has that, no number says";
    check(&compact, "rhel/9", unsaid);
    let private = linked(GLIBC, &["GLIBC_PRIVATE"]);
    let unsaid =
        "NotProven: asks for GLIBC_PRIVATE, and whether its glibc 2.43 has that, no number says";
    check(&private, "fedora/44", unsaid);
}

#[test]
fn other_c_libraries_and_loaders_are_told_apart() {
    let musl = linked(MUSL, &[]);
    check(
        &musl,
        "alpine/3.22",
        "LibcFits: musl 1.2.5, whose functions have no versions to compare",
    );
    check(
        &musl,
        "wolfi",
        "DoesNotStart: it is linked to musl, and there is glibc",
    );
    let nix = linked("/nix/store/abc-glibc-2.40/lib/ld-linux-x86-64.so.2", &[]);
    check(
        &nix,
        "fedora/44",
        "NotProven: its loader is /nix/store/abc-glibc-2.40/lib/ld-linux-x86-64.so.2, which no distribution has there of itself",
    );
    let mut elsewhere = linked(GLIBC, &[]);
    elsewhere.platform = coracle_oci::Platform::linux("riscv64");
    check(&elsewhere, "ubuntu/24.04", "LibcFits: glibc 2.39");
    let unknown = "NotProven: nothing is known of it for linux/riscv64";
    check(&elsewhere, "amazonlinux/2023", unknown);
    let alone = program(|_| {});
    assert!(alone.is_static());
    check(&alone, "scratch", "LibcFits: it brings what it needs");
}

#[test]
fn what_is_no_program_is_told_apart_by_its_first_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let read = |bytes: &[u8]| {
        let path = folder.path().join("file");
        fs::write(&path, bytes).unwrap();
        Program::read(&path).map(|program| program.platform.to_string())
    };
    let refused = |bytes: &[u8], what: &str| {
        let error = read(bytes).unwrap_err();
        let place = folder.path().join("file").display().to_string();
        let said = error.to_string().replace(&place, "FILE");
        assert_eq!(said, format!("FILE is {what}, expected an ELF program"));
        assert!(error.hint().is_some());
    };
    assert_eq!(read(&header(X86_64, EXECUTABLE)).unwrap(), "linux/amd64");
    assert_eq!(read(&header(243, EXECUTABLE)).unwrap(), "linux/riscv64");
    refused(b"", "an empty file");
    refused(b"#!/bin/sh -e\r\nexec x\n", "a script (`#!/bin/sh -e`)");
    refused(b"!<arch>\n", "an archive (of object files, or a package)");
    refused(&tar, "a tar archive");
    refused(b"\x1f\x8b\x08", "a compressed file");
    refused(b"MZ\x90", "a program for Windows");
    refused(b"\xcf\xfa\xed\xfe", "a program for macOS");
    refused(b"text", "no program");
    refused(&header(X86_64, 1), "an object file that is not linked yet");
    let other = read(&header(8, EXECUTABLE)).unwrap_err();
    assert!(
        other
            .to_string()
            .ends_with("is for machine 8, and no image is")
    );
    let cut = read(&header(X86_64, EXECUTABLE)[..40]).unwrap_err();
    assert!(matches!(cut, ProgramError::Unreadable { .. }), "{cut}");
    let missing = Program::read(Path::new("/none/at/all")).unwrap_err();
    assert!(matches!(missing, ProgramError::Missing { .. }));
    let is_folder = Program::read(folder.path()).unwrap_err();
    assert!(is_folder.to_string().contains("is a folder"), "{is_folder}");
}

fn standing(is_named: bool, fate: Fate, basis: Basis) -> Standing {
    let mut outcome = Outcome::without_findings(fate, String::new());
    if fate == Fate::DoesNotStart {
        let stops = libc::decide(
            &linked(GLIBC, &["GLIBC_2.39"]),
            Release::named("rhel/8").unwrap(),
        );
        outcome.findings = stops.findings;
    }
    Standing {
        place: "somewhere".to_owned(),
        is_named,
        basis,
        outcome: Ok(outcome),
    }
}

fn is_well(standings: Vec<Standing>) -> bool {
    let program = linked(GLIBC, &[]);
    Placed { program, standings }.is_well()
}

#[test]
fn each_place_that_is_named_must_start_it_and_of_all_others_one() {
    let named = |fate| standing(true, fate, Basis::Proof);
    let other = |fate| standing(false, fate, Basis::Proof);
    assert!(is_well(vec![named(Fate::Starts), named(Fate::LibcFits)]));
    assert!(!is_well(vec![named(Fate::Starts), named(Fate::NotProven)]));
    assert!(is_well(vec![
        other(Fate::Starts),
        other(Fate::DoesNotStart)
    ]));
    assert!(!is_well(vec![
        other(Fate::DiesLater),
        other(Fate::NotInSuite)
    ]));
    assert!(!is_well(vec![named(Fate::DiesLater), other(Fate::Starts)]));
}

#[test]
fn ways_out_are_told_once_and_of_what_was_not_asked_for_only_proven_ones() {
    let ways = |standings| {
        let program = linked(GLIBC, &[]);
        let placed = Placed { program, standings };
        placed.ways_out().len()
    };
    let failing = |is_named, basis| standing(is_named, Fate::DoesNotStart, basis);
    assert_eq!(
        ways(vec![
            failing(true, Basis::LibcAlone),
            failing(true, Basis::Proof)
        ]),
        1
    );
    assert_eq!(ways(vec![failing(false, Basis::LibcAlone)]), 0);
    assert_eq!(ways(vec![failing(false, Basis::Proof)]), 1);
}

#[test]
fn each_place_is_looked_at_once_those_by_name_first() {
    let places = |words: &[&str]| {
        let places: Vec<Places> = words.iter().map(|word| word.parse().unwrap()).collect();
        let spread = spread(&places).into_iter();
        spread
            .map(|(place, is_named)| (place.to_string(), is_named))
            .collect::<Vec<_>>()
    };
    let named = |name: &str| (name.to_owned(), true);
    assert_eq!(
        places(&["noble", "bookworm", "ubuntu/24.04"]),
        [named("ubuntu/24.04"), named("debian/bookworm")]
    );
    let all = places(&[]);
    assert_eq!(all.len(), Suite::readable().count() + Release::all().len());
    assert!(all.iter().all(|(_, is_named)| !is_named));
    let mixed = places(&["all", "bookworm"]);
    assert_eq!(
        (mixed.len(), &mixed[0]),
        (all.len(), &named("debian/bookworm"))
    );
}

#[test]
fn the_weightiest_finding_is_the_reason() {
    let finding = |verdict, explanation: &str| {
        let rhel = Release::named("rhel/8").unwrap();
        let stops = libc::decide(&linked(GLIBC, &["GLIBC_2.39"]), rhel).findings;
        Finding {
            verdict,
            explanation: explanation.to_owned(),
            ..stops[0].clone()
        }
    };
    let report = Report {
        programs: vec![ProgramReport {
            path: "/app/server".to_owned(),
            chain: Vec::new(),
            interpreter: None,
            libc: Libc::Static,
            objects: Vec::new(),
            versions_checked: 0,
            symbols_checked: 0,
            glibc_needed: None,
            levels: Vec::new(),
            opened: Vec::new(),
        }],
        findings: vec![
            finding(Verdict::NotProven, "perhaps"),
            finding(Verdict::DiesLater, "later"),
            finding(Verdict::DoesNotStart, "at once"),
        ],
        ..Report::default()
    };
    let outcome = Outcome::of_proof(report.clone());
    assert_eq!(
        (outcome.fate, outcome.reason.as_str()),
        (Fate::DoesNotStart, "at once")
    );
    let well = Outcome::of_proof(Report {
        findings: Vec::new(),
        ..report
    });
    assert_eq!(well.fate, Fate::Starts);
    let nothing = Outcome::of_proof(Report::default());
    assert_eq!(nothing.fate, Fate::NotProven);
}

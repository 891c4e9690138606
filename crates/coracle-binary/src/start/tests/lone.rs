//! Libraries that no program of a launch loads.

use super::musl::{MUSL, loader};
use super::{LIBRARIES, Tree, launch};
use crate::elf::writer::{Elf, Export};
use crate::start::{Code, Prover, Report, Verdict};

const SLOT: u32 = 7;

fn proven(tree: &Tree, name: &str) -> Report {
    let launch = launch(&["/app/worker"]);
    Prover::new(tree).prove_library(&launch, &format!("{LIBRARIES}/{name}"))
}

fn check(tree: &Tree, expected: Option<(Code, &str)>) {
    let report = proven(tree, "libfoo.so.1");
    let found: Vec<_> = report
        .findings
        .iter()
        .map(|one| (one.code, one.subject.as_str()))
        .collect();
    assert_eq!(found, Vec::from_iter(expected), "{:#?}", report.findings);
    assert!(
        report
            .findings
            .iter()
            .all(|one| one.verdict != Verdict::DoesNotStart)
    );
}

#[test]
fn what_it_needs_must_be_there_with_its_versions() {
    let mut tree = Tree::debian();
    let needs = ["libbar.so.2", "libc.so.6"];
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &needs));
    check(&tree, Some((Code::LibraryMissing, "libbar.so.2")));
    tree.library("libbar.so.2", Elf::library("libbar.so.2", &["libc.so.6"]));
    check(&tree, None);
    let report = proven(&tree, "libfoo.so.1");
    let loaded: Vec<_> = report.programs[0].objects.iter().collect();
    assert!(
        loaded
            .iter()
            .any(|one| one.soname.as_deref() == Some("libbar.so.2"))
    );
    let new = Elf::library("libbar.so.2", &["libc.so.6"]).needing("libc.so.6", &["GLIBC_2.99"]);
    tree.library("libbar.so.2", new);
    check(&tree, Some((Code::VersionMissing, "libc.so.6")));
}

#[test]
fn a_symbol_without_a_version_may_be_its_program_s_and_one_of_a_version_is_its_file_s() {
    let mut tree = Tree::debian();
    let plain = Elf::library("libfoo.so.1", &["libc.so.6"]).wanting("host_calls", None, SLOT, true);
    tree.library("libfoo.so.1", plain);
    check(&tree, None);
    let versioned = Elf::library("libfoo.so.1", &["libbar.so.2"])
        .needing("libbar.so.2", &["BAR_1"])
        .wanting("bar_run", Some(0), SLOT, true);
    tree.library("libfoo.so.1", versioned);
    let bar = || Elf::library("libbar.so.2", &[]).defining(&["libbar.so.2", "BAR_1"]);
    tree.library("libbar.so.2", bar());
    check(&tree, Some((Code::SymbolMissing, "bar_run")));
    tree.library(
        "libbar.so.2",
        bar().exporting(Export::numbered("bar_run", 2)),
    );
    check(&tree, None);
}

#[test]
fn loaders_are_no_libraries_and_files_of_other_machines_do_not_fit() {
    let tree = Tree::debian();
    let report = proven(&tree, "ld-linux-x86-64.so.2");
    assert_eq!(report, Report::default());
    let mut tree = Tree::debian();
    let arm = Elf {
        machine: 183,
        ..Elf::library("libfoo.so.1", &["libc.so.6"])
    };
    tree.library("libfoo.so.1", arm);
    let library = format!("{LIBRARIES}/libfoo.so.1");
    check(&tree, Some((Code::WrongMachine, &library)));
}

#[test]
fn a_root_without_a_loader_loads_nothing() {
    let mut tree = Tree::default();
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &[]));
    let library = format!("{LIBRARIES}/libfoo.so.1");
    check(&tree, Some((Code::InterpreterMissing, &library)));
}

#[test]
fn musl_loads_it_although_it_is_made_as_no_program_is() {
    let mut tree = Tree::default();
    tree.file(MUSL, &loader("1.2.5").build());
    let needs = ["libc.so", "libbar.so.2"];
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &needs));
    check(&tree, Some((Code::LibraryMissing, "libbar.so.2")));
    tree.program(
        "/usr/lib/libbar.so.2",
        Elf::library("libbar.so.2", &["libc.so"]),
    );
    check(&tree, None);
}

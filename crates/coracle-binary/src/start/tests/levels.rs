//! CPU levels: what a file needs against what is stated, and files that only some CPUs find.

use super::{LIBRARIES, check, check_launch, check_proven, launch, only, proof};
use crate::elf::writer::Elf;
use crate::start::glibc::cache_of as cache;
use crate::start::{Code, Launch, Verdict, prove};
use crate::{CpuLevel, Machine};

use super::search::tree;

const V3: u32 = 0b111;

fn stated(variant: &str) -> Launch {
    let mut launch = launch(&["/app/worker"]);
    launch.level = CpuLevel::of_variant(Machine::X86_64, Some(variant)).unwrap();
    launch
}

fn library() -> Elf {
    Elf::library("libfoo.so.1", &["libc.so.6"])
}

/// A program that Go made for this level.
fn go(level: &str) -> Vec<u8> {
    let text = format!("path\tcmd\nbuild\tGOAMD64={level}\n");
    crate::go::tests::in_data(&crate::go::tests::blob("go1.24.2", &text))
}

#[test]
fn a_library_for_a_higher_level_than_the_stated_one_is_refused() {
    let mut tree = tree();
    tree.library("libfoo.so.1", library().needing_isa(V3));
    let text = "it needs x86-64-v3 (its note of the instructions that it needs), and the image is for every x86-64 CPU";
    check(&tree, Code::CpuLevel, Verdict::DoesNotStart, text);
    check_launch(
        &tree,
        &stated("v2"),
        Code::CpuLevel,
        Verdict::DoesNotStart,
        "every x86-64-v2 CPU",
    );
    check_proven(&tree, &stated("v3"));
    tree.library("libfoo.so.1", library().needing_isa(1));
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn a_loader_that_does_not_look_at_the_note_leaves_it_undecided() {
    let mut tree = tree();
    tree.library("libfoo.so.1", library().needing_isa(V3));
    tree.file(
        &format!("{LIBRARIES}/ld-linux-x86-64.so.2"),
        &super::loader("2.31-13").build(),
    );
    tree.library("libc.so.6", super::libc("2.31-13"));
    check(&tree, Code::CpuLevel, Verdict::NotProven, "SIGILL");
}

#[test]
fn a_program_is_held_to_the_level_in_its_note_or_in_go_s_record() {
    let mut tree = tree();
    tree.program("/app/worker", Elf::program(&["libc.so.6"]).needing_isa(V3));
    check(
        &tree,
        Code::CpuLevel,
        Verdict::DoesNotStart,
        "it needs x86-64-v3",
    );
    check_proven(&tree, &stated("v3"));
    tree.file("/app/worker", &go("v2"));
    check(
        &tree,
        Code::CpuLevel,
        Verdict::DoesNotStart,
        "GOAMD64=v2 in its build information",
    );
    check_proven(&tree, &stated("v2"));
    tree.file("/app/worker", &go("v1"));
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn a_start_is_proven_without_and_with_what_only_some_cpus_find() {
    let mut tree = tree();
    let path = format!("{LIBRARIES}/glibc-hwcaps/x86-64-v3/libfoo.so.1");
    tree.file(&path, &library().needing_isa(V3).build());
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    let levels: Vec<String> = report.programs[0]
        .levels
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(levels, ["x86-64", "x86-64-v3"]);
    let found = report.programs[0]
        .objects
        .iter()
        .any(|object| object.path.contains("hwcaps"));
    assert!(!found, "the stated level's objects are told: {report:#?}");
    // Of the stated level itself it is simply the file.
    let report = check_proven(&tree, &stated("v4"));
    assert_eq!(report.programs[0].levels.len(), 1);
    assert!(
        report.programs[0]
            .objects
            .iter()
            .any(|object| object.path.contains("x86-64-v3"))
    );
}

#[test]
fn what_fails_on_some_cpus_only_is_a_finding_that_names_them() {
    let mut tree = tree();
    let path = format!("{LIBRARIES}/glibc-hwcaps/x86-64-v3/libfoo.so.1");
    tree.file(
        &path,
        &Elf::library("libfoo.so.1", &["libgone.so.3"]).build(),
    );
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "on x86-64-v3 CPUs: libgone.so.3: cannot open",
    );
    // A file for v4 where v3 is looked for.
    tree.file(&path, &library().needing_isa(0b1111).build());
    let text = "on x86-64-v3 CPUs: it needs x86-64-v4";
    check(&tree, Code::CpuLevel, Verdict::DoesNotStart, text);
}

#[test]
fn a_library_that_only_some_cpus_find_is_missing_on_the_others() {
    let mut tree = tree();
    tree.file(
        &format!("{LIBRARIES}/glibc-hwcaps/x86-64-v2/libfoo.so.1"),
        &library().build(),
    );
    tree.remove(&format!("{LIBRARIES}/libfoo.so.1"));
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libfoo.so.1: cannot open",
    );
    check_proven(&tree, &stated("v2"));
}

#[test]
fn each_level_that_has_files_is_proven() {
    let mut tree = tree();
    for level in ["x86-64-v2", "x86-64-v4"] {
        let path = format!("{LIBRARIES}/glibc-hwcaps/{level}/libfoo.so.1");
        tree.file(
            &path,
            &Elf::library("libfoo.so.1", &["libgone.so.3"]).build(),
        );
    }
    let report = proof(&tree);
    let told: Vec<&str> = report
        .findings
        .iter()
        .map(|finding| &finding.explanation[..17])
        .collect();
    assert_eq!(told, ["on x86-64-v2 CPUs", "on x86-64-v4 CPUs"]);
}

#[test]
fn entries_of_the_cache_count_for_the_cpus_of_their_level() {
    let mut tree = tree();
    let own = "/opt/glibc-hwcaps/x86-64-v3/libfoo.so.1";
    let rows = [
        ("libfoo.so.1", own, 0x303, 1 << 62),
        ("libfoo.so.1", "/opt/libfoo.so.1", 0x303, 0),
    ];
    tree.file("/opt/libfoo.so.1", &library().build());
    tree.file(own, &Elf::library("libfoo.so.1", &["libgone.so.3"]).build());
    tree.file("/etc/ld.so.cache", &cache(&rows));
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "on x86-64-v3 CPUs: libgone.so.3",
    );
    tree.file(own, &library().build());
    check_proven(&tree, &launch(&["/app/worker"]));
    let report = check_proven(&tree, &stated("v3"));
    assert!(
        report.programs[0]
            .objects
            .iter()
            .any(|object| object.path == own)
    );
}

#[test]
fn directories_that_no_level_decides_are_never_a_pass() {
    let mut tree = tree();
    tree.file(
        &format!("{LIBRARIES}/haswell/libfoo.so.1"),
        &library().build(),
    );
    let report = prove(&tree, &launch(&["/app/worker"]));
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.verdict),
        (Code::CpuDependentPath, Verdict::NotProven)
    );
}

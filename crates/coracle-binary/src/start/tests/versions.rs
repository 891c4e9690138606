//! Versions asked for and defined, and releases that must agree.

use super::{LIBRARIES, Tree, check, check_proven, launch, libc, loader, only, proof};
use crate::elf::writer::Elf;
use crate::start::{Code, Verdict, version_ceiling};

fn tree(versions: &[&str]) -> Tree {
    let mut tree = Tree::debian();
    tree.program(
        "/app/worker",
        Elf::program(&["libc.so.6"]).needing("libc.so.6", versions),
    );
    tree
}

#[test]
fn a_version_that_libc_lacks_is_named_with_its_provider() {
    let report = proof(&tree(&["GLIBC_2.34", "GLIBC_2.39"]));
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.verdict),
        (Code::VersionMissing, Verdict::DoesNotStart)
    );
    assert_eq!(finding.subject, "libc.so.6");
    assert_eq!(finding.missing_version.as_deref(), Some("GLIBC_2.39"));
    assert_eq!(
        finding.provider.as_deref(),
        Some("/lib/x86_64-linux-gnu/libc.so.6")
    );
    assert_eq!(
        finding.chain,
        [
            "ENTRYPOINT",
            "/app/worker",
            "/lib/x86_64-linux-gnu/libc.so.6"
        ]
    );
    let text =
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.39' not found (required by /app/worker)";
    assert_eq!(
        finding.explanation,
        format!("{text}; the newest it defines is GLIBC_2.36")
    );
    assert_eq!(
        finding.ways_out,
        ["build /app/worker against glibc 2.36 or older"]
    );
    assert_eq!(version_ceiling(&report), Some((2, 39)));
    assert_eq!(report.programs[0].versions_checked, 3);
}

#[test]
fn private_and_abi_versions_are_names_like_any_other() {
    check_proven(&tree(&["GLIBC_PRIVATE"]), &launch(&["/app/worker"]));
    check(
        &tree(&["GLIBC_ABI_DT_RELR"]),
        Code::VersionMissing,
        Verdict::DoesNotStart,
        "GLIBC_ABI_DT_RELR",
    );
    assert_eq!(version_ceiling(&proof(&tree(&["GLIBC_ABI_DT_RELR"]))), None);
}

#[test]
fn a_library_that_asks_for_a_version_is_checked_too() {
    let mut tree = tree(&[]);
    tree.program("/app/worker", Elf::program(&["libfoo.so.1"]));
    let foo = Elf::library("libfoo.so.1", &["libc.so.6"]).needing("libc.so.6", &["GLIBC_2.38"]);
    tree.library("libfoo.so.1", foo);
    check(
        &tree,
        Code::VersionMissing,
        Verdict::DoesNotStart,
        "(required by /lib/x86_64-linux-gnu/libfoo.so.1)",
    );
}

#[test]
fn a_version_that_the_loader_itself_should_define_is_checked() {
    let mut tree = tree(&["GLIBC_2.34"]);
    let old = loader("2.36-9").defining(&["ld-linux-x86-64.so.2", "GLIBC_2.2.5", "GLIBC_PRIVATE"]);
    tree.file(&format!("{LIBRARIES}/ld-linux-x86-64.so.2"), &old.build());
    let newer = Elf::program(&["ld-linux-x86-64.so.2", "libc.so.6"])
        .needing("ld-linux-x86-64.so.2", &["GLIBC_2.3"]);
    tree.program("/app/worker", newer);
    check(
        &tree,
        Code::VersionMissing,
        Verdict::DoesNotStart,
        "/lib64/ld-linux-x86-64.so.2: version `GLIBC_2.3'",
    );
}

#[test]
fn a_provider_without_version_definitions_only_warns() {
    let mut tree = tree(&[]);
    tree.program(
        "/app/worker",
        Elf::program(&["libfoo.so.1"]).needing("libfoo.so.1", &["FOO_1.0"]),
    );
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &[]));
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    let path = "/lib/x86_64-linux-gnu/libfoo.so.1";
    assert_eq!(
        report.notes,
        [format!(
            "{path}: no version information available (required by /app/worker)"
        )]
    );
}

#[test]
fn a_version_that_is_asked_for_weakly_only_warns() {
    let mut program = Elf::program(&["libc.so.6"]);
    program.needs = vec![(
        "libc.so.6".to_owned(),
        vec![("GLIBC_2.39".to_owned(), true)],
    )];
    let mut tree = Tree::debian();
    tree.program("/app/worker", program);
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert!(
        report.notes[0].contains("weak version `GLIBC_2.39' not found"),
        "{report:#?}"
    );
}

#[test]
fn versions_of_a_file_that_nothing_loads_stop_the_loader() {
    let mut tree = Tree::debian();
    tree.program(
        "/app/worker",
        Elf::program(&["libc.so.6"]).needing("libfoo.so.1", &["FOO_1"]),
    );
    check(
        &tree,
        Code::Malformed,
        Verdict::DoesNotStart,
        "inconsistency detected by ld.so",
    );
}

#[test]
fn libc_and_loader_of_different_releases_do_not_start() {
    let mut tree = tree(&["GLIBC_2.34"]);
    tree.library("libc.so.6", libc("2.41-12"));
    check(
        &tree,
        Code::LibcLoaderMismatch,
        Verdict::DoesNotStart,
        "glibc 2.41 (Debian GLIBC 2.41-12)",
    );
    tree.library("libc.so.6", libc("2.36-8"));
    check(
        &tree,
        Code::LibcLoaderMismatch,
        Verdict::NotProven,
        "they work only as a pair",
    );
}

#[test]
fn compact_relocations_without_their_mark_stop_a_loader_that_knows_them() {
    let mut program = Elf::program(&["libc.so.6"]).needing("libc.so.6", &["GLIBC_2.34"]);
    program.tags = vec![(36, 0x1_0000)];
    let mut tree = Tree::debian();
    tree.program("/app/worker", program);
    check(
        &tree,
        Code::Malformed,
        Verdict::DoesNotStart,
        "DT_RELR without GLIBC_ABI_DT_RELR dependency",
    );
}

//! What the kernel says before any loader runs.

use super::{
    LIBRARIES, LOADER, Tree, check, check_launch, check_proven, launch, musl, only, proof, root,
};
use crate::Machine;
use crate::elf::writer::Elf;
use crate::start::{Code, Libc, Verdict};

fn with(path: &str, bytes: &[u8]) -> Tree {
    let mut tree = Tree::debian();
    tree.file(path, bytes);
    tree
}

#[test]
fn a_static_program_needs_nothing() {
    let mut tree = Tree::default();
    tree.program("/app/worker", Elf::fixed());
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(
        (&report.programs[0].libc, &report.programs[0].interpreter),
        (&Libc::Static, &None)
    );
    tree.program(
        "/app/worker",
        Elf {
            flags_1: 0x0800_0000,
            ..Elf::default()
        },
    );
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn a_missing_loader_reads_as_a_missing_program_and_is_told_apart() {
    let mut tree = Tree::default();
    tree.program("/app/worker", Elf::program(&["libc.so.6"]));
    let text =
        format!("no such file or directory: the program is there, but its loader {LOADER} is not");
    check(
        &tree,
        Code::InterpreterMissing,
        Verdict::DoesNotStart,
        &text,
    );
    tree.file("/lib/ld-musl-x86_64.so.1", &musl::loader("1.2.5").build());
    let report = proof(&tree);
    let finding = only(&report);
    assert!(
        finding
            .explanation
            .contains("the root has musl (/lib/ld-musl-x86_64.so.1)"),
        "{finding:#?}"
    );
    assert_eq!(finding.subject, LOADER);
    assert_eq!(
        finding.chain,
        [
            "ENTRYPOINT",
            "/app/worker",
            "/lib64/ld-linux-x86-64.so.2 (interpreter)"
        ]
    );
    assert!(finding.ways_out[0].contains("Debian"));
}

#[test]
fn a_program_of_musl_misses_its_loader_on_glibc() {
    let mut tree = Tree::debian();
    tree.program("/app/worker", musl::program(&["libc.so"]));
    check(
        &tree,
        Code::InterpreterMissing,
        Verdict::DoesNotStart,
        "the root has glibc (/lib64/ld-linux-x86-64.so.2)",
    );
    tree.file(
        "/usr/lib/ld-musl-x86_64.so.1",
        &musl::loader("1.2.5").build(),
    );
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn a_loader_must_be_one() {
    let mut tree = with("/app/worker", &Elf::program(&["libc.so.6"]).build());
    let path = format!("{LIBRARIES}/ld-linux-x86-64.so.2");
    tree.file(&path, b"not a loader at all");
    check(
        &tree,
        Code::Malformed,
        Verdict::DoesNotStart,
        "accessing a corrupted shared library: not an ELF file",
    );
    let foreign = Elf {
        machine: 183,
        ..super::loader("2.36-9")
    };
    tree.program(&path, foreign);
    check(
        &tree,
        Code::WrongMachine,
        Verdict::DoesNotStart,
        "accessing a corrupted shared library",
    );
    tree.program(&path, Elf::library("ld-linux-x86-64.so.2", &[]));
    check(
        &tree,
        Code::UnknownLoader,
        Verdict::NotProven,
        "GLIBC_PRIVATE",
    );
    let silent = Elf {
        extra: Vec::new(),
        ..super::loader("2.36-9")
    };
    tree.program(&path, silent);
    check(
        &tree,
        Code::UnknownLoader,
        Verdict::NotProven,
        "the directories it searches",
    );
    let bytes = super::loader("2.36-9").build();
    tree.file(&path, &bytes[..bytes.len() - 10]);
    check(&tree, Code::Truncated, Verdict::NotProven, "truncated");
    tree.file(&path, &bytes).mode(&path, 0o644);
    check(
        &tree,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "cannot execute the loader",
    );
}

#[test]
fn a_file_that_is_not_for_this_machine_is_refused() {
    let foreign = Elf {
        machine: 183,
        ..Elf::fixed()
    };
    let tree = with("/app/worker", &foreign.build());
    let text = "exec format error: made for aarch64, and the platform is x86-64";
    check(&tree, Code::WrongMachine, Verdict::DoesNotStart, text);
    let mut launch = launch(&["/app/worker"]);
    launch.machine = Machine::Aarch64;
    check_proven(&tree, &launch);
    let relative = Elf {
        machine: 3,
        wide: false,
        ..Elf::fixed()
    };
    check(
        &with("/app/worker", &relative.build()),
        Code::WrongMachine,
        Verdict::NotProven,
        "made for i386",
    );
    let narrow = Elf {
        wide: false,
        ..Elf::fixed()
    };
    check(
        &with("/app/worker", &narrow.build()),
        Code::WrongMachine,
        Verdict::DoesNotStart,
        "Elf32",
    );
}

#[test]
fn a_damaged_program_is_refused() {
    let large = Elf {
        extra: vec![0; 9000],
        ..Elf::program(&["libc.so.6"])
    };
    let bytes = large.build();
    let cut = with("/app/worker", &bytes[..bytes.len() - 5000]);
    check(&cut, Code::Truncated, Verdict::DoesNotStart, "SIGBUS");
    // The rest of a page is zeros: it starts, perhaps, with other data than it was made with.
    let cut = with("/app/worker", &bytes[..bytes.len() - 1]);
    check(&cut, Code::Truncated, Verdict::NotProven, "read as zeros");
    check(
        &with("/app/worker", &bytes[..30]),
        Code::Truncated,
        Verdict::DoesNotStart,
        "the file header",
    );
    check(
        &with("/app/worker", b""),
        Code::NotAProgram,
        Verdict::DoesNotStart,
        "the file is empty",
    );
    check(
        &with("/app/worker", b"echo hello\n"),
        Code::NotAProgram,
        Verdict::DoesNotStart,
        "exec format error",
    );
    let object = Elf {
        kind: 1,
        ..Elf::fixed()
    };
    check(
        &with("/app/worker", &object.build()),
        Code::NotAProgram,
        Verdict::DoesNotStart,
        "Relocatable",
    );
}

#[test]
fn a_library_is_no_program() {
    let tree = with(
        "/app/worker",
        &Elf::library("libfoo.so.1", &["libc.so.6"]).build(),
    );
    check(
        &tree,
        Code::LibraryAsProgram,
        Verdict::DoesNotStart,
        "no entry point",
    );
    let needy = Elf {
        entry: 0x1_0040,
        ..Elf::library("libfoo.so.1", &["libc.so.6"])
    };
    let tree = with("/app/worker", &needy.build());
    check(
        &tree,
        Code::LibraryAsProgram,
        Verdict::DoesNotStart,
        "no loader for libc.so.6",
    );
}

#[test]
fn a_packed_program_and_a_loader_by_hand_are_not_proven() {
    let packed = Elf {
        extra: b"UPX!".to_vec(),
        ..Elf::fixed()
    };
    check(
        &with("/app/worker", &packed.build()),
        Code::Packed,
        Verdict::NotProven,
        "packed with UPX",
    );
    let tree = with("/app/worker", &Elf::program(&["libc.so.6"]).build());
    let by_hand = launch(&[LOADER, "/app/worker"]);
    check_launch(
        &tree,
        &by_hand,
        Code::LoaderAsProgram,
        Verdict::NotProven,
        "by hand",
    );
}

#[test]
fn permissions_are_those_of_the_images_user() {
    let mut tree = with("/app/worker", &Elf::fixed().build());
    tree.mode("/app/worker", 0o744);
    let text = "mode 0744 of 0:0 does not let 65532:65532 execute it";
    check(&tree, Code::NotExecutable, Verdict::DoesNotStart, text);
    let mut as_root = launch(&["/app/worker"]);
    as_root.user = root();
    check_proven(&tree, &as_root);
    tree.mode("/app/worker", 0o644);
    check_launch(
        &tree,
        &as_root,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "permission denied",
    );
    tree.mode("/app/worker", 0o755).mode("/app", 0o750);
    check(
        &tree,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "the user may not search /app",
    );
    let mut in_group = launch(&["/app/worker"]);
    in_group.user.groups = vec![0];
    check_proven(&tree, &in_group);
    // The owner's bits count for the owner, even where others may do more.
    tree.mode("/app", 0o755).mode("/app/worker", 0o077);
    let mut owner = launch(&["/app/worker"]);
    owner.user.uid = 0;
    check_proven(&tree, &owner);
}

#[test]
fn links_are_followed_and_circles_are_not() {
    let mut tree = with("/opt/real", &Elf::fixed().build());
    tree.link("/app/worker", "../opt/./real");
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(report.programs[0].path, "/opt/real");
    assert_eq!(
        report.programs[0].chain,
        ["ENTRYPOINT", "/app/worker", "/opt/real"]
    );
    tree.link("/app/worker", "/app/other")
        .link("/app/other", "worker");
    check(
        &tree,
        Code::CycleInLinks,
        Verdict::DoesNotStart,
        "too many levels of symbolic links",
    );
    tree.link("/app/worker", "/nowhere/at-all");
    check(
        &tree,
        Code::ProgramMissing,
        Verdict::DoesNotStart,
        "/nowhere is not there",
    );
    tree.link("/app/worker", "/opt/real/");
    check(
        &tree,
        Code::ProgramMissing,
        Verdict::DoesNotStart,
        "not a directory",
    );
    tree.link("/app/worker", "/opt");
    check(
        &tree,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "it is a directory",
    );
}

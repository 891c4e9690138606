//! What the environment, and files that stand for it, change for glibc's loader.

use super::{Tree, check, check_launch, check_proven, launch, root};
use crate::elf::writer::Elf;
use crate::start::{Code, Verdict};

use super::search::tree;

#[test]
fn preloads_are_loaded_when_they_can_be_and_left_out_otherwise() {
    let mut tree = tree();
    tree.file(
        "/opt/libhook.so",
        &Elf::library("libhook.so", &["libnone.so.9"]).build(),
    );
    let with = |value: &str| {
        let mut launch = launch(&["/app/worker"]);
        launch
            .environment
            .insert("LD_PRELOAD".to_owned(), value.to_owned());
        launch
    };
    check_launch(
        &tree,
        &with("/opt/libhook.so"),
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libnone.so.9",
    );
    let report = check_proven(&tree, &with("/opt/absent.so libfoo.so.1"));
    let note = "ld.so: object '/opt/absent.so' from LD_PRELOAD cannot be preloaded into /app/worker: ignored";
    assert_eq!(report.notes, [note]);
    assert_eq!(
        report.programs[0].objects[1].needed_by[2],
        "libfoo.so.1 (LD_PRELOAD)"
    );
    tree.file("/etc/ld.so.preload", b"# hooks\n/opt/libhook.so  # ours\n");
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libnone.so.9",
    );
}

#[test]
fn the_environment_does_not_count_for_a_set_user_program() {
    let mut tree = Tree::debian();
    tree.program("/app/worker", Elf::program(&["libfoo.so.1", "libc.so.6"]));
    tree.file(
        "/env/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let mut launch = launch(&["/app/worker"]);
    launch
        .environment
        .insert("LD_LIBRARY_PATH".to_owned(), "/env".to_owned());
    check_proven(&tree, &launch);
    tree.mode("/app/worker", 0o4755);
    check_launch(
        &tree,
        &launch,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libfoo.so.1",
    );
    launch.user = root();
    check_proven(&tree, &launch);
}

#[test]
fn audit_libraries_are_never_a_pass() {
    let mut launch = launch(&["/app/worker"]);
    launch
        .environment
        .insert("LD_AUDIT".to_owned(), "/opt/audit.so".to_owned());
    check_launch(
        &tree(),
        &launch,
        Code::AuditUnproven,
        Verdict::NotProven,
        "/opt/audit.so",
    );
}

#[test]
fn nothing_is_looked_for_behind_a_zero_byte() {
    let mut tree = tree();
    tree.file("/opt/libhook.so", &Elf::library("libhook.so", &[]).build());
    tree.file("/etc/ld.so.preload", b"/opt/libhook.so\0/opt/absent.so\n");
    let mut launch = launch(&["/app/worker"]);
    let value = "lib\0hook.so:/opt\0/libhook.so".to_owned();
    launch.environment.insert("LD_PRELOAD".to_owned(), value);
    let report = check_proven(&tree, &launch);
    let hooks = |name: &str| {
        report.programs[0]
            .objects
            .iter()
            .filter(|object| object.path == name)
            .count()
    };
    assert_eq!(hooks("/opt/libhook.so"), 1);
    // The two of the variable; what the loader does not see in the file is not even told.
    assert_eq!(report.notes.len(), 2, "{:?}", report.notes);
}

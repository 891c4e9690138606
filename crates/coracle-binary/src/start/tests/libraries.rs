//! What glibc's loader does with what it finds.

use super::{LIBRARIES, check, check_launch, check_proven, launch, root};
use crate::elf::writer::Elf;
use crate::start::{Code, Verdict};

use super::search::{rule, tree};

#[test]
fn a_file_of_another_machine_is_passed_over_and_named_when_nothing_else_is_found() {
    let mut tree = tree();
    let foreign = Elf {
        machine: 183,
        ..Elf::library("libfoo.so.1", &[])
    };
    tree.file("/env/libfoo.so.1", &foreign.build());
    let environment = [("LD_LIBRARY_PATH", "/env")];
    assert_eq!(
        rule(&tree, &environment, "libfoo.so.1").1,
        "system directory /lib/x86_64-linux-gnu"
    );
    tree.library("libfoo.so.1", foreign);
    let text = "/lib/x86_64-linux-gnu/libfoo.so.1 is passed over: it is made for aarch64, and the platform is x86-64";
    check(&tree, Code::LibraryMissing, Verdict::DoesNotStart, text);
    let narrow = Elf {
        machine: 3,
        wide: false,
        ..Elf::library("libfoo.so.1", &[])
    };
    tree.library("libfoo.so.1", narrow);
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "wrong ELF class",
    );
}

#[test]
fn a_damaged_library_ends_the_search() {
    let mut tree = tree();
    let large = Elf {
        extra: vec![0; 9000],
        ..Elf::library("libfoo.so.1", &[])
    };
    let whole = large.build();
    let launch = {
        let mut launch = launch(&["/app/worker"]);
        launch
            .environment
            .insert("LD_LIBRARY_PATH".to_owned(), "/env".to_owned());
        launch
    };
    let mut check = |bytes: &[u8], code, explanation: &str| {
        tree.file("/env/libfoo.so.1", bytes);
        check_launch(&tree, &launch, code, Verdict::DoesNotStart, explanation);
    };
    check(
        &whole[..whole.len() - 5000],
        Code::Truncated,
        "truncated: the LOAD segment 0 ends at offset",
    );
    check(&[], Code::LibraryUnusable, "file too short");
    check(&whole[..63], Code::LibraryUnusable, "file too short");
    check(&[b'x'; 100], Code::LibraryUnusable, "invalid ELF header");
    check(
        &Elf::fixed().build(),
        Code::LibraryUnusable,
        "cannot dynamically load executable",
    );
    let text = "cannot dynamically load position-independent executable";
    check(&Elf::program(&[]).build(), Code::LibraryUnusable, text);
    let relocatable = Elf {
        kind: 1,
        ..Elf::default()
    };
    check(
        &relocatable.build(),
        Code::LibraryUnusable,
        "only ET_DYN and ET_EXEC can be loaded",
    );
    let bare = Elf {
        dynamic: false,
        ..Elf::default()
    };
    check(&bare.build(), Code::LibraryUnusable, "no dynamic section");
}

#[test]
fn a_library_that_the_user_may_not_read_is_passed_over() {
    let mut tree = tree();
    let path = format!("{LIBRARIES}/libfoo.so.1");
    tree.mode(&path, 0o600);
    let text = "mode 0600 of 0:0 does not let 65532:65532 read it";
    check(&tree, Code::NotReadable, Verdict::DoesNotStart, text);
    let mut launch = launch(&["/app/worker"]);
    launch.user = root();
    check_proven(&tree, &launch);
    tree.mode(&path, 0o644).file(
        "/app/private/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    tree.mode("/app/private", 0o700);
    let program = Elf {
        runpath: Some("$ORIGIN/private".to_owned()),
        ..Elf::program(&["libfoo.so.1", "libc.so.6"])
    };
    tree.program("/app/worker", program);
    assert_eq!(
        rule(&tree, &[], "libfoo.so.1").1,
        "system directory /lib/x86_64-linux-gnu"
    );
}

#[test]
fn a_dangling_link_is_named() {
    let mut tree = tree();
    let path = format!("{LIBRARIES}/libfoo.so.1");
    tree.remove(&path).link(&path, "libfoo.so.1.0.0");
    let text = "/lib/x86_64-linux-gnu/libfoo.so.1 is passed over: it is a link, and /usr/lib/x86_64-linux-gnu/libfoo.so.1.0.0 is not there";
    check(&tree, Code::LibraryMissing, Verdict::DoesNotStart, text);
}

//! What musl's loader does with a file that it has opened and cannot use.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{check, check_launch, check_proven, launch, proof};
use super::{MUSL, library, loader, musl, program, tree, with};
use crate::elf::writer::Elf;
use crate::start::{Code, FileTree as _, Launch, Verdict};

fn environment() -> Launch {
    with("LD_LIBRARY_PATH", "/env")
}

#[test]
fn the_first_file_that_can_be_opened_ends_the_search() {
    let mut tree = tree();
    let large = Elf {
        extra: vec![0; 9000],
        ..library(&[])
    };
    let whole = large.build();
    let mut check = |bytes: &[u8], code, verdict, text: &str| {
        tree.file("/env/libfoo.so.1", bytes);
        check_launch(&tree, &environment(), code, verdict, text);
    };
    let exec =
        "libfoo.so.1: Exec format error (needed by /app/worker): /env/libfoo.so.1 was found first";
    for bytes in [
        &b""[..],
        &whole[..63],
        b"INPUT(/lib/libfoo.so)\n".repeat(9).as_slice(),
    ] {
        check(bytes, Code::LibraryUnusable, Verdict::DoesNotStart, exec);
    }
    let without = Elf {
        dynamic: false,
        ..Elf::default()
    };
    check(
        &without.build(),
        Code::LibraryUnusable,
        Verdict::DoesNotStart,
        exec,
    );
    let object = Elf {
        kind: 1,
        ..library(&[])
    };
    check(
        &object.build(),
        Code::LibraryUnusable,
        Verdict::DoesNotStart,
        exec,
    );
    check(
        &whole[..whole.len() - 5000],
        Code::Truncated,
        Verdict::DoesNotStart,
        "truncated",
    );
    let fixed = Elf {
        kind: 2,
        ..library(&[])
    };
    check(
        &fixed.build(),
        Code::LibraryUnusable,
        Verdict::NotProven,
        "only where the addresses",
    );
    let mut odd = whole.clone();
    odd[0] = b'x';
    check(
        &odd,
        Code::Malformed,
        Verdict::NotProven,
        "its first bytes are not those of an ELF file",
    );
}

#[test]
fn a_folder_with_the_librarys_name_ends_the_search() {
    let mut tree = tree();
    tree.directories("/env/libfoo.so.1/x");
    let text = "libfoo.so.1: Is a directory";
    check_launch(
        &tree,
        &environment(),
        Code::LibraryUnusable,
        Verdict::DoesNotStart,
        text,
    );
}

#[test]
fn a_file_of_another_machine_is_mapped_and_stopped_by_its_relocations() {
    let mut tree = tree();
    let foreign = |elf: Elf| Elf {
        machine: 183,
        ..elf
    };
    tree.program("/usr/lib/libfoo.so.1", foreign(library(&[])));
    let text = "made for aarch64, and the platform is x86-64, which musl's loader does not look at";
    check(&tree, Code::WrongMachine, Verdict::NotProven, text);
    tree.program(
        "/usr/lib/libfoo.so.1",
        foreign(library(&[]).wanting("x", None, 1026, true)),
    );
    let text = "Error relocating /usr/lib/libfoo.so.1: unsupported relocation type 1026; it is made for aarch64";
    check(&tree, Code::WrongMachine, Verdict::DoesNotStart, text);
    let narrow = Elf {
        machine: 3,
        wide: false,
        ..library(&[])
    };
    tree.program("/usr/lib/libfoo.so.1", narrow);
    check(
        &tree,
        Code::LibraryUnusable,
        Verdict::DoesNotStart,
        "Exec format error",
    );
}

#[test]
fn another_libc_is_the_loader_itself() {
    let mut tree = musl();
    tree.program("/usr/lib/libother.so", loader("1.2.3"));
    tree.program("/app/worker", program(&["libother.so"]));
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(report.programs[0].objects[0].path, MUSL);
    assert_eq!(report.programs[0].objects.len(), 1);
}

#[test]
fn a_program_that_the_loader_cannot_find_its_way_in_does_not_start() {
    let mut tree = tree();
    let mut check = |elf: Elf, text: &str| {
        tree.program("/app/worker", elf);
        check(&tree, Code::Malformed, Verdict::DoesNotStart, text);
    };
    let headless = Elf {
        program_headers: false,
        ..program(&["libfoo.so.1"])
    };
    check(headless.clone(), "it has no PT_PHDR");
    let text = Elf {
        tags: vec![(22, 0)],
        ..program(&["libfoo.so.1"])
    };
    check(text, "relocations write into its text");
    let bare = Elf {
        dynamic: false,
        ..program(&[])
    };
    check(bare, "it has no dynamic section");
    let fixed = Elf {
        kind: 2,
        ..headless
    };
    tree.program("/app/worker", fixed);
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn a_loader_that_does_not_say_where_it_looks_is_unknown() {
    let mut tree = tree();
    for hidden in ["/lib:/usr/local/lib:/usr/lib", "/etc/ld-musl-x86_64.path"] {
        let mut bytes = loader("1.2.5").build();
        let at = memchr::memmem::find(&bytes, hidden.as_bytes()).unwrap();
        bytes[at] = b'x';
        tree.file(MUSL, &bytes);
        check(
            &tree,
            Code::UnknownLoader,
            Verdict::NotProven,
            "it is musl, and the",
        );
    }
}

proptest! {
    #[test]
    fn damaged_files_never_make_it_panic(
        which in 0..3_usize,
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        length in any::<prop::sample::Index>(),
        cut in any::<bool>(),
    ) {
        let path = ["/app/worker", "/usr/lib/libfoo.so.1", MUSL][which];
        let mut tree = tree();
        let mut bytes = tree.content(path).unwrap().into_owned();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if cut {
            bytes.truncate(length.index(bytes.len()));
        }
        tree.file(path, &bytes);
        let report = proof(&tree);
        prop_assert_eq!(report.proven(), report.findings.is_empty());
    }
}

//! Programs built for glibc that musl or gcompat loads are never a pass.

use super::super::{LOADER, Tree, check, only, proof};
use super::{library, loader, musl, program};
use crate::elf::writer::Elf;
use crate::start::{Code, Libc, Verdict};

fn of_glibc() -> Elf {
    Elf {
        program_headers: true,
        ..Elf::program(&["libc.so.6"])
    }
}

#[test]
fn a_loader_is_what_the_file_is_and_not_what_it_is_called() {
    let mut tree = Tree::default();
    tree.program("/app/worker", of_glibc())
        .file(LOADER, &loader("1.2.5").build());
    let text = "/app/worker is built for glibc, and /lib64/ld-linux-x86-64.so.2 is the loader of musl 1.2.5: versions are not looked at";
    check(&tree, Code::GlibcOnMusl, Verdict::NotProven, text);
    let report = proof(&tree);
    assert!(matches!(report.programs[0].libc, Libc::Musl { .. }));
    assert_eq!(only(&report).ways_out.len(), 2);
}

#[test]
fn gcompats_loader_is_named() {
    let mut tree = musl();
    let stub = Elf {
        extra: b"This is the gcompat ELF interpreter stub.\n".to_vec(),
        ..Elf::default()
    };
    tree.program("/app/worker", of_glibc())
        .file(LOADER, &stub.build());
    let text = "/lib64/ld-linux-x86-64.so.2 is gcompat's loader, which starts musl's";
    check(&tree, Code::GlibcOnMusl, Verdict::NotProven, text);
}

#[test]
fn a_library_of_glibc_and_gcompat_are_named() {
    let mut tree = musl();
    let foo = library(&["libc.so.6"]).needing("libc.so.6", &["GLIBC_2.34"]);
    tree.program("/usr/lib/libfoo.so.1", foo);
    tree.program(
        "/usr/lib/libgcompat.so.0",
        Elf::library("libgcompat.so.0", &[]),
    );
    tree.program("/app/worker", program(&["libfoo.so.1", "libgcompat.so.0"]));
    let text = "/usr/lib/libfoo.so.1 is built for glibc, and musl 1.2.5 loads it with /usr/lib/libgcompat.so.0 (gcompat)";
    check(&tree, Code::GlibcOnMusl, Verdict::NotProven, text);
}

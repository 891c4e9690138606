//! Proofs over trees with musl, written in the tests: what is loaded, what is bound, what is foreign.

mod foreign;
mod opened;
mod search;
mod symbols;
mod unusable;

use super::{Tree, launch};
use crate::elf::writer::{Elf, Export};
use crate::start::Launch;

pub(super) const MUSL: &str = "/lib/ld-musl-x86_64.so.1";

/// The list of functions that have a second name, as far as it is needed.
const LARGE_FILES: &str = "\0aio_cancel\0aio_error\0open\0posix_fallocate\0versionsort\0\0";

/// musl as far as its strings and a few symbols go.
pub(in crate::start::tests) fn loader(release: &str) -> Elf {
    let mut texts = format!(
        "\0musl libc (x86_64)\nVersion %s\n\0\u{1}{release}\0/usr/local/bin:/bin:/usr/bin\0\
         /lib:/usr/local/lib:/usr/lib\0%.*s/etc/ld-musl-x86_64.path\0"
    );
    if release >= "1.2.4" {
        texts.push_str(LARGE_FILES);
    }
    let elf = Elf {
        extra: texts.into_bytes(),
        entry: 0x1_0040,
        ..Elf::library("libc.so", &[])
    };
    let names = [
        "__libc_start_main",
        "stdin",
        "open",
        "posix_fallocate",
        "readdir_r",
    ];
    names
        .into_iter()
        .fold(elf, |elf, name| elf.exporting(Export::function(name)))
}

/// A program of musl that needs these libraries.
pub(in crate::start::tests) fn program(needed: &[&str]) -> Elf {
    Elf {
        interpreter: Some(MUSL.to_owned()),
        program_headers: true,
        ..Elf::program(needed)
    }
}

/// A root with musl 1.2.5 and nothing else.
fn musl() -> Tree {
    let mut tree = Tree::default();
    tree.file(MUSL, &loader("1.2.5").build());
    tree
}

/// The same, with a program that needs one library, which is in /usr/lib.
fn tree() -> Tree {
    let mut tree = musl();
    tree.program("/app/worker", program(&["libfoo.so.1", "libc.so"]));
    tree.program("/usr/lib/libfoo.so.1", library(&["libc.so"]));
    tree
}

fn library(needed: &[&str]) -> Elf {
    Elf::library("libfoo.so.1", needed)
}

fn with(name: &str, value: &str) -> Launch {
    let mut launch = launch(&["/app/worker"]);
    launch.environment.insert(name.to_owned(), value.to_owned());
    launch
}

//! What is preloaded, what symbols are found, and which relocations are known.

use super::super::archive::Package;
use super::super::fixture::Case;
use super::{A, B, Fate, Mutant, PROGRAM, mutant, nothing, of, with};
use Fate::{Fails, Starts, Undecided};
use object::{Object as _, ObjectSection as _, ObjectSymbol as _};

fn library(case: &Case, name: &str) {
    case.copy(&case.path(&format!("parts/{name}")), B);
}

/// Changes the visibility of the library's `b`.
fn hide(case: &Case) {
    case.edit(B, |bytes| {
        let file = object::File::parse(&**bytes).unwrap();
        let mut symbols = file.dynamic_symbols();
        let symbol = symbols.find(|symbol| symbol.name() == Ok("b")).unwrap();
        let (table, _) = file
            .section_by_name(".dynsym")
            .unwrap()
            .file_range()
            .unwrap();
        let other = usize::try_from(table).unwrap() + 24 * symbol.index().0 + 5;
        assert_eq!(bytes[other], 0, "the default visibility");
        bytes[other] = 2;
    });
}

pub(super) const MUTANTS: [Mutant; 31] = [
    with(
        &["LD_PRELOAD=/none.so"],
        "a preload is missing",
        Starts,
        nothing,
    ),
    with(
        &["LD_PRELOAD=/env/pre.so"],
        "a preload is text",
        Starts,
        |case| {
            case.write(
                "env/pre.so",
                b"text, and more of it, so that it is as long as a file header at least",
            )
        },
    ),
    with(
        &["LD_PRELOAD=/env/pre.so"],
        "a preload is cut in half",
        Fails,
        |case| {
            case.copy(&case.path(A), "env/pre.so");
            case.edit("env/pre.so", |bytes| bytes.truncate(bytes.len() / 2));
        },
    ),
    with(
        &["LD_PRELOAD=/parts/needy"],
        "a preload needs what is not there",
        Fails,
        |case| {
            case.remove(A);
        },
    ),
    with(
        &["LD_PRELOAD=/parts/needy"],
        "a preload misses a symbol",
        Fails,
        nothing,
    ),
    with(
        &["LD_PRELOAD=/env/libb.so.1"],
        "a preload by its path is not known by its name",
        Fails,
        |case| case.rename(B, "env/libb.so.1"),
    ),
    with(
        &["LD_PRELOAD=libb.so.1"],
        "a preload is searched for",
        Starts,
        nothing,
    ),
    Mutant {
        program: "runpath",
        ..with(
            &["LD_PRELOAD=libb.so.1"],
            "RUNPATH is not searched for a preload",
            Starts,
            |case| case.rename(B, "opt/lib/libb.so.1"),
        )
    },
    with(
        &["LD_PRELOAD=/none.so\t/parts/libb.so.1:/parts/libd.so.1"],
        "a preload has what the library lacks",
        Starts,
        |case| library(case, "without-b"),
    ),
    with(
        &["LD_AUDIT=/none.so"],
        "an audit library is asked for",
        Starts,
        nothing,
    ),
    mutant("glibc's list of preloads is not read", Starts, |case| {
        case.write("etc/ld.so.preload", b"/parts/needy\n")
    }),
    mutant("a symbol is missing", Fails, |case| {
        library(case, "without-b")
    }),
    of(
        "now",
        "a symbol is missing from a program that binds at once",
        Fails,
        |case| library(case, "without-b"),
    ),
    mutant("a symbol is hidden", Starts, hide),
    mutant("a symbol is in a default version", Starts, |case| {
        library(case, "versioned-b")
    }),
    mutant(
        "a symbol is in a version that is no default",
        Fails,
        |case| library(case, "old-b"),
    ),
    mutant("a symbol is an indirect function", Fails, |case| {
        library(case, "indirect-b")
    }),
    mutant("a weak symbol is missing", Starts, |case| {
        library(case, "weak-b")
    }),
    mutant("a weak thread-local variable is missing", Fails, |case| {
        library(case, "thread-b")
    }),
    mutant("a library has a thread-local variable", Starts, |case| {
        library(case, "tls-b")
    }),
    Mutant {
        fates: [Undecided, Starts],
        ..mutant("a library has compact relocations", Undecided, |case| {
            library(case, "compact-b")
        })
    },
    Mutant {
        fates: [Undecided, Starts],
        ..of(
            "compact",
            "a program has compact relocations",
            Undecided,
            nothing,
        )
    },
    of("open64", "a large file name", Starts, nothing),
    Mutant {
        fates: [Starts, Fails],
        ..of(
            "fallocate64",
            "the longest large file name",
            Starts,
            nothing,
        )
    },
    Mutant {
        fates: [Fails, Starts],
        ..of("preadv2", "a function of a later release", Fails, nothing)
    },
    of("copy", "a variable is copied", Starts, nothing),
    of(
        "copy",
        "a variable that is to be copied is missing",
        Fails,
        |case| case.copy(&case.path("parts/without-b"), "usr/lib/libd.so.1"),
    ),
    of(
        "text",
        "relocations write into the program's text",
        Fails,
        nothing,
    ),
    mutant("a library is really of another machine", Fails, |case| {
        let package = Package::fetch_for("bookworm", "arm64", "zlib1g");
        case.copy(&package.file("lib/aarch64-linux-gnu/libz.so.1.2.13"), B);
    }),
    mutant("a library is of another width", Fails, |case| {
        let package = Package::fetch_for("bookworm", "i386", "zlib1g");
        case.copy(&package.file("lib/i386-linux-gnu/libz.so.1.2.13"), B);
    }),
    mutant("the program is a library of musl", Fails, |case| {
        case.copy(&case.path(A), PROGRAM)
    }),
];

//! Where files are, what they are, who may read them.

use std::fs;
use std::path::Path;

use super::super::fixture::Case;
use super::{A, B, Fate, MUSL, Mutant, PROGRAM, mutant, nothing, of, with};
use Fate::{Fails, Starts, Undecided};

const PATH_FILE: &str = "etc/ld-musl-x86_64.path";
const LIBRARY_PATH: &[&str] = &["LD_LIBRARY_PATH=/env"];

fn half(case: &Case, path: &str) {
    case.edit(path, |bytes| bytes.truncate(bytes.len() / 2));
}

fn both_to_opt(case: &Case) {
    case.rename(A, "opt/lib/liba.so.1");
    case.rename(B, "opt/lib/libb.so.1");
}

fn to_env(case: &Case) {
    case.rename(B, "env/libb.so.1");
}

fn folder(case: &Case, path: &str) {
    fs::create_dir_all(case.path(path)).unwrap();
    case.mode(path, 0o755);
}

fn path_file(case: &Case, text: &str) {
    case.write(PATH_FILE, text.as_bytes());
    case.mode(PATH_FILE, 0o644);
}

/// Takes the program's `PT_PHDR` away.
fn headless(case: &Case) {
    case.edit(PROGRAM, |bytes| {
        let table = usize::from(bytes[32]);
        assert_eq!(bytes[table], 6, "the first program header is PT_PHDR");
        bytes[table..table + 4].copy_from_slice(&0_u32.to_le_bytes());
    });
}

/// Deeper than what fits the loader's buffer.
const DEEP: &str = concat!(
    "env/",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
    "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
);

pub(super) const MUTANTS: [Mutant; 76] = [
    mutant("nothing is changed", Starts, nothing),
    mutant("a needed library is removed", Fails, |case| case.remove(A)),
    mutant("a library that a library needs is removed", Fails, |case| {
        case.remove(B)
    }),
    mutant("the loader is removed", Fails, |case| case.remove(MUSL)),
    mutant("the loader is not executable", Fails, |case| {
        case.mode(MUSL, 0o644)
    }),
    mutant("the program is removed", Fails, |case| case.remove(PROGRAM)),
    mutant("a library is cut in half", Fails, |case| half(case, A)),
    mutant("the loader is cut in half", Fails, |case| half(case, MUSL)),
    mutant("the program is cut in half", Fails, |case| {
        half(case, PROGRAM)
    }),
    mutant("a library is empty", Fails, |case| case.write(B, b"")),
    mutant("a library has forty bytes", Fails, |case| {
        case.edit(B, |bytes| bytes.truncate(40))
    }),
    mutant("a library is text", Fails, |case| {
        case.write(B, b"INPUT ( /usr/lib/libb.so )\n".repeat(9).as_slice())
    }),
    mutant("a library is the program", Fails, |case| {
        case.copy(&case.path(PROGRAM), B)
    }),
    mutant(
        "a library says that it is of another machine",
        Undecided,
        |case| case.edit(B, |bytes| bytes[18] = 183),
    ),
    mutant("a library has another magic number", Undecided, |case| {
        case.edit(B, |bytes| bytes[0] = b'x')
    }),
    mutant("a library is an object file", Fails, |case| {
        case.edit(B, |bytes| bytes[16] = 1)
    }),
    mutant("a library is a folder", Fails, |case| {
        case.remove(B);
        folder(case, B);
    }),
    mutant("a library is a link to nothing", Fails, |case| {
        case.link(B, "nothing")
    }),
    mutant("a library is a link to itself", Fails, |case| {
        case.link(B, "libb.so.1")
    }),
    mutant(
        "a link to itself stands before the library",
        Fails,
        |case| case.link("lib/libb.so.1", "libb.so.1"),
    ),
    mutant(
        "a link to nothing stands before the library",
        Starts,
        |case| case.link("lib/libb.so.1", "nothing"),
    ),
    mutant("text stands before the library", Fails, |case| {
        case.write(
            "lib/libb.so.1",
            b"text, and more of it, so that it is as long as a file header at least",
        )
    }),
    mutant(
        "a library that may not be read stands before it",
        Starts,
        |case| {
            case.write("lib/libb.so.1", b"text");
            case.mode("lib/libb.so.1", 0o600);
        },
    ),
    mutant("a file has the name of a directory", Starts, |case| {
        fs::remove_dir(case.path("usr/local/lib")).unwrap();
        case.write("usr/local/lib", b"")
    }),
    mutant("a library is for its owner only", Fails, |case| {
        case.mode(B, 0o600)
    }),
    Mutant {
        uid: 0,
        ..mutant("a library is for root only, who it is", Starts, |case| {
            case.mode(B, 0o600)
        })
    },
    mutant("a library is not executable", Starts, |case| {
        case.mode(B, 0o444)
    }),
    mutant("the libraries' folder may not be searched", Fails, |case| {
        case.mode("usr/lib", 0o700)
    }),
    mutant("a library is in /lib", Starts, |case| {
        case.rename(B, "lib/libb.so.1")
    }),
    mutant("a library is in /usr/local/lib", Starts, |case| {
        case.rename(B, "usr/local/lib/libb.so.1")
    }),
    mutant("a library is in /usr/lib64", Fails, |case| {
        case.rename(B, "usr/lib64/libb.so.1")
    }),
    mutant("a library has another name and is linked", Starts, |case| {
        case.rename(B, "srv/real");
        case.mode("srv", 0o755);
        case.link(B, "/srv/real");
    }),
    mutant("a path file names another folder", Fails, |case| {
        path_file(case, "/opt/lib\n")
    }),
    mutant("a path file names the folder", Starts, |case| {
        path_file(case, "/none:/opt/lib\n/usr/lib\n")
    }),
    mutant("a path file has no last line end", Starts, |case| {
        path_file(case, "/usr/lib")
    }),
    mutant("a path file is empty", Fails, |case| path_file(case, "")),
    mutant("a path file has empty lines only", Fails, |case| {
        path_file(case, "\n:\n")
    }),
    mutant("a path file has carriage returns", Fails, |case| {
        path_file(case, "/usr/lib\r\n")
    }),
    mutant("a path file has a NUL", Fails, |case| {
        path_file(case, "/none\0:/usr/lib")
    }),
    mutant("a path file has a relative folder", Starts, |case| {
        path_file(case, "usr/lib")
    }),
    mutant("a path file is for root only", Fails, |case| {
        path_file(case, "/usr/lib");
        case.mode(PATH_FILE, 0o600);
    }),
    mutant("a path file is a folder", Fails, |case| {
        folder(case, PATH_FILE)
    }),
    mutant("a path file is a link to nothing", Starts, |case| {
        case.link(PATH_FILE, "nothing")
    }),
    mutant("a path file is a link to itself", Fails, |case| {
        case.link(PATH_FILE, "ld-musl-x86_64.path")
    }),
    mutant(
        "the folder of the path file may not be searched",
        Fails,
        |case| case.mode("etc", 0o700),
    ),
    of(
        "elsewhere",
        "the loader is elsewhere, and its path file too",
        Starts,
        |case| {
            both_to_opt(case);
            case.rename(MUSL, "opt/musl/lib/ld-musl-x86_64.so.1");
            case.write("opt/musl/etc/ld-musl-x86_64.path", b"/opt/lib\n");
        },
    ),
    of(
        "elsewhere",
        "the loader is elsewhere, and its path file is not",
        Starts,
        |case| {
            case.rename(MUSL, "opt/musl/lib/ld-musl-x86_64.so.1");
            path_file(case, "/none");
        },
    ),
    with(
        LIBRARY_PATH,
        "a library is in a folder of the environment",
        Starts,
        to_env,
    ),
    with(
        &["LD_LIBRARY_PATH=/none:/env"],
        "in its second folder",
        Starts,
        to_env,
    ),
    with(
        &["LD_LIBRARY_PATH=/none;/env"],
        "behind a semicolon",
        Fails,
        to_env,
    ),
    with(
        &["LD_LIBRARY_PATH=$ORIGIN/../env"],
        "behind a token",
        Fails,
        to_env,
    ),
    with(
        &["LD_LIBRARY_PATH=::"],
        "an empty folder is not the working directory",
        Fails,
        |case| case.rename(B, "libb.so.1"),
    ),
    with(
        &["LD_LIBRARY_PATH=."],
        "a dot is the working directory",
        Starts,
        |case| case.rename(B, "libb.so.1"),
    ),
    with(
        LIBRARY_PATH,
        "text is in a folder of the environment",
        Fails,
        |case| {
            case.write(
                "env/libb.so.1",
                b"text, and more of it, so that it is as long as a file header at least",
            )
        },
    ),
    Mutant {
        environment: &[concat!(
            "LD_LIBRARY_PATH=/env/",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd/",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
        )],
        ..mutant(
            "a library is deeper than fits the loader's buffer",
            Fails,
            |case| case.rename(B, &format!("{DEEP}/libb.so.1")),
        )
    },
    of("runpath", "RUNPATH is inherited", Starts, both_to_opt),
    of("rpath", "RPATH is inherited", Starts, both_to_opt),
    of("runpath", "RUNPATH leads nowhere", Starts, nothing),
    of(
        "runpath",
        "a library's own RUNPATH does not stop the inheritance",
        Starts,
        |case| {
            both_to_opt(case);
            case.copy(&case.path("parts/runpath-a"), "opt/lib/liba.so.1");
        },
    ),
    of(
        "origin",
        "RUNPATH begins at the program",
        Starts,
        both_to_opt,
    ),
    of(
        "braces",
        "RUNPATH begins at the program, in braces",
        Starts,
        both_to_opt,
    ),
    of("lib", "RUNPATH has a token of glibc's", Fails, both_to_opt),
    of("worker", "nothing leads to /opt", Fails, both_to_opt),
    of("fixed", "a program at a fixed address", Starts, nothing),
    of(
        "fixed",
        "a program at a fixed address without PT_PHDR",
        Starts,
        headless,
    ),
    mutant("a program without PT_PHDR", Fails, headless),
    of("sysv", "the old hash table", Starts, nothing),
    with(
        LIBRARY_PATH,
        "the environment of a set-user program",
        Fails,
        |case| {
            to_env(case);
            case.mode(PROGRAM, 0o4755);
        },
    ),
    of(
        "origin",
        "the origin of a set-user program",
        Fails,
        |case| {
            both_to_opt(case);
            case.mode(PROGRAM, 0o4755);
        },
    ),
    of(
        "runpath",
        "the RUNPATH of a set-user program",
        Starts,
        |case| {
            both_to_opt(case);
            case.mode(PROGRAM, 0o4755);
        },
    ),
    mutant("a set-user program reads as its owner", Starts, |case| {
        case.mode(B, 0o600);
        case.mode(PROGRAM, 0o4755);
    }),
    of(
        "math",
        "a name of libc is the loader itself",
        Starts,
        nothing,
    ),
    of(
        "alpine",
        "Alpine's name of libc is the loader itself",
        Starts,
        nothing,
    ),
    of("crypt", "a name that only looks like one", Fails, nothing),
    of(
        "exports",
        "another libc is the loader itself",
        Starts,
        |case| case.copy(&case.path(MUSL), "usr/lib/libother.so"),
    ),
    of(
        "twice",
        "a library asked for by its path is not known by its name",
        Fails,
        |case| {
            case.rename(B, "opt/lib/libb.so.1");
            assert!(!Path::new(&case.path(B)).exists());
        },
    ),
];

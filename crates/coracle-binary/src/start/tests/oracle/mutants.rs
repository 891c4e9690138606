//! A root that starts, changed in one place: the verdict must turn as reality does.

use super::fixture::{Case, Fixture, LIBRARIES, LOADER};
use super::{Fate, reality, verdict};
use crate::elf::writer::hash_of;
use crate::start::tests::launch;
use crate::start::tests::root::Root;
use crate::start::{Code, prove};
use Fate::{Fails, Starts, Undecided};

const A: &str = "usr/lib/x86_64-linux-gnu/liba.so.1";
const B: &str = "usr/lib/x86_64-linux-gnu/libb.so.1";
pub(super) const LIBC: &str = "usr/lib/x86_64-linux-gnu/libc.so.6";
pub(super) const PROGRAM: &str = "app/worker";

struct Mutant {
    name: &'static str,
    /// Which of the fixture's programs.
    program: &'static str,
    change: fn(&Case),
    /// The environment, as `NAME=VALUE`.
    environment: &'static [&'static str],
    uid: u32,
    fate: Fate,
}

const fn mutant(name: &'static str, fate: Fate, change: fn(&Case)) -> Mutant {
    Mutant {
        name,
        program: "worker",
        change,
        environment: &[],
        uid: 65532,
        fate,
    }
}

const fn of(program: &'static str, name: &'static str, fate: Fate, change: fn(&Case)) -> Mutant {
    Mutant {
        program,
        ..mutant(name, fate, change)
    }
}

const fn with(
    environment: &'static [&'static str],
    name: &'static str,
    fate: Fate,
    change: fn(&Case),
) -> Mutant {
    Mutant {
        environment,
        ..mutant(name, fate, change)
    }
}

fn nothing(_: &Case) {}

fn half(case: &Case, path: &str) {
    case.edit(path, |bytes| bytes.truncate(bytes.len() / 2));
}

fn machine(case: &Case, path: &str) {
    case.edit(path, |bytes| bytes[18] = 183);
}

fn both_to_opt(case: &Case) {
    case.rename(A, "opt/lib/liba.so.1");
    case.rename(B, "opt/lib/libb.so.1");
}

fn replace(bytes: &mut [u8], from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let at = memchr::memmem::find(bytes, from).expect("the bytes to replace");
    bytes[at..at + to.len()].copy_from_slice(to);
}

/// Sets or clears the flag by which a version is asked for weakly.
fn ask(bytes: &mut [u8], version: &str, weakly: bool) {
    // A vernaux record begins with the hash of the name; its flags follow.
    let hash = hash_of(version).to_le_bytes();
    let at = memchr::memmem::find(bytes, &hash).expect("the version's record");
    bytes[at + 4] = if weakly { 2 } else { 0 };
}

/// Asks for a version of libc that there is not.
fn unknown_version(bytes: &mut [u8]) {
    replace(bytes, b"GLIBC_2.34\0", b"GLIBC_2.99\0");
}

const LIBRARY_PATH: &[&str] = &["LD_LIBRARY_PATH=/env"];

const MUTANTS: [Mutant; 57] = [
    mutant("nothing is changed", Starts, nothing),
    mutant("a needed library is removed", Fails, |case| case.remove(A)),
    mutant("a library that a library needs is removed", Fails, |case| {
        case.remove(B)
    }),
    mutant("libc is removed", Fails, |case| case.remove(LIBC)),
    mutant("the loader is removed", Fails, |case| case.remove(LOADER)),
    mutant("the program is removed", Fails, |case| case.remove(PROGRAM)),
    mutant("a library is cut in half", Fails, |case| half(case, A)),
    mutant("libc is cut in half", Fails, |case| half(case, LIBC)),
    mutant("the loader is cut in half", Fails, |case| {
        half(case, LOADER)
    }),
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
    mutant("a library is of another machine", Fails, |case| {
        machine(case, B)
    }),
    mutant("the loader is of another machine", Fails, |case| {
        machine(case, LOADER)
    }),
    mutant("the program is of another machine", Fails, |case| {
        machine(case, PROGRAM)
    }),
    mutant("a library has another class", Fails, |case| {
        case.edit(B, |bytes| bytes[4] = 1)
    }),
    mutant("a library has another byte order", Fails, |case| {
        case.edit(B, |bytes| bytes[5] = 2)
    }),
    mutant("a library is an object file", Fails, |case| {
        case.edit(B, |bytes| bytes[16] = 1)
    }),
    mutant("a library may be read by its owner only", Fails, |case| {
        case.mode(A, 0o600)
    }),
    Mutant {
        uid: 0,
        ..mutant("the same, as root", Starts, |case| case.mode(A, 0o600))
    },
    mutant(
        "the libraries' folder may be searched by its owner only",
        Fails,
        |case| case.mode(LIBRARIES, 0o700),
    ),
    Mutant {
        uid: 0,
        ..mutant("the same, as root", Starts, |case| {
            case.mode(LIBRARIES, 0o700)
        })
    },
    mutant("the loader may not be executed", Fails, |case| {
        case.mode(LOADER, 0o644)
    }),
    mutant("the loader may be executed and not read", Starts, |case| {
        case.mode(LOADER, 0o711)
    }),
    mutant("the program may not be executed", Fails, |case| {
        case.mode(PROGRAM, 0o644)
    }),
    Mutant {
        uid: 0,
        ..mutant("the same, as root", Fails, |case| case.mode(PROGRAM, 0o644))
    },
    mutant("the program's folder may not be searched", Fails, |case| {
        case.mode("app", 0o600)
    }),
    mutant("a library is a link that leads nowhere", Fails, |case| {
        case.link(A, "liba.so.1.0")
    }),
    mutant("a library is a link to itself", Fails, |case| {
        case.link(A, "liba.so.1")
    }),
    mutant("a library is a folder", Fails, |case| {
        case.remove(A);
        std::fs::create_dir(case.path(A)).unwrap();
    }),
    mutant("the libraries are elsewhere", Fails, both_to_opt),
    with(
        &["LD_LIBRARY_PATH=/none:/opt/lib/"],
        "the environment says where",
        Starts,
        both_to_opt,
    ),
    mutant("a cache says where", Starts, |case| {
        both_to_opt(case);
        case.write("etc/ld.so.conf", b"/opt/lib\n");
        case.ldconfig();
    }),
    mutant(
        "a configuration that no cache was made of says where",
        Fails,
        |case| {
            both_to_opt(case);
            case.write("etc/ld.so.conf", b"/opt/lib\n");
        },
    ),
    mutant(
        "a cache says where, and the configuration is gone",
        Starts,
        |case| {
            both_to_opt(case);
            case.write("etc/ld.so.conf", b"/opt/lib\n");
            case.ldconfig();
            case.remove("etc/ld.so.conf");
        },
    ),
    mutant("a cache names a file that is gone", Fails, |case| {
        both_to_opt(case);
        case.write("etc/ld.so.conf", b"/opt/lib\n");
        case.ldconfig();
        case.remove("opt/lib/libb.so.1");
    }),
    mutant(
        "a cache names a file that is gone, and another is in a system folder",
        Starts,
        |case| {
            case.copy(&case.path(B), "opt/lib/libb.so.1");
            case.write("etc/ld.so.conf", b"/opt/lib\n");
            case.ldconfig();
            case.remove("opt/lib/libb.so.1");
        },
    ),
    mutant(
        "a cache that cannot be read is done without",
        Fails,
        |case| {
            both_to_opt(case);
            case.write("etc/ld.so.conf", b"/opt/lib\n");
            case.ldconfig();
            case.mode("etc/ld.so.cache", 0o600);
        },
    ),
    with(
        LIBRARY_PATH,
        "a library of another machine comes first",
        Starts,
        |case| {
            case.copy(&case.path(B), "env/libb.so.1");
            machine(case, "env/libb.so.1");
        },
    ),
    with(
        LIBRARY_PATH,
        "a library that is cut comes first",
        Fails,
        |case| {
            case.copy(&case.path(B), "env/libb.so.1");
            half(case, "env/libb.so.1");
        },
    ),
    with(
        LIBRARY_PATH,
        "a library that cannot be read comes first",
        Starts,
        |case| {
            case.copy(&case.path(B), "env/libb.so.1");
            case.mode("env/libb.so.1", 0o600);
        },
    ),
    with(
        &["LD_PRELOAD=/env/none.so"],
        "a preload is not there",
        Starts,
        nothing,
    ),
    with(
        &["LD_PRELOAD=/env/text.so"],
        "a preload is text",
        Starts,
        |case| {
            case.write("env/text.so", b"text".repeat(50).as_slice());
        },
    ),
    mutant("a preload of the file is not there", Starts, |case| {
        case.write("etc/ld.so.preload", b"/none.so\n")
    }),
    mutant("a version is asked for that libc lacks", Fails, |case| {
        case.edit(PROGRAM, |bytes| unknown_version(bytes));
    }),
    mutant(
        "the same, weakly, by symbols that are not weak",
        Fails,
        |case| {
            case.edit(PROGRAM, |bytes| {
                unknown_version(bytes);
                ask(bytes, "GLIBC_2.34", true);
            });
        },
    ),
    of(
        "weak",
        "a weak symbol's version is missing, and not asked for weakly",
        Fails,
        |case| {
            case.edit(PROGRAM, |bytes| ask(bytes, "W_2", false));
        },
    ),
    of(
        "weak",
        "a weak symbol's version is missing, and asked for weakly",
        Starts,
        |case| {
            case.edit(PROGRAM, |bytes| ask(bytes, "W_2", true));
        },
    ),
    of("rpath", "RPATH is inherited", Starts, both_to_opt),
    of("runpath", "RUNPATH is not inherited", Fails, both_to_opt),
    of(
        "runpath",
        "RUNPATH serves the program itself",
        Starts,
        |case| case.rename(A, "opt/lib/liba.so.1"),
    ),
    of(
        "origin",
        "$ORIGIN is where the program is",
        Starts,
        both_to_opt,
    ),
    of("lib", "$LIB is the loader's word", Starts, |case| {
        case.rename(A, "opt/lib/x86_64-linux-gnu/liba.so.1")
    }),
    of(
        "nodeflib",
        "system folders are not searched",
        Fails,
        nothing,
    ),
    of("fixed", "a program at a fixed address", Starts, nothing),
];

fn run(fixture: &Fixture, mutant: &Mutant) -> Vec<Code> {
    let case = fixture.root(mutant.program);
    (mutant.change)(&case);
    let mut launch = launch(&["/app/worker"]);
    launch.user.uid = mutant.uid;
    launch.user.gid = mutant.uid;
    let pairs = mutant
        .environment
        .iter()
        .filter_map(|pair| pair.split_once('='));
    launch
        .environment
        .extend(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    check(mutant.name, &case, &launch, mutant.fate)
}

pub(super) fn check(
    name: &str,
    case: &Case,
    launch: &crate::start::Launch,
    fate: Fate,
) -> Vec<Code> {
    let report = prove(&Root(case.root.clone()), launch);
    assert_eq!(verdict(&report), fate, "the proof, {name}: {report:#?}");
    let (real, text) = reality(&case.root, launch);
    if fate != Undecided {
        assert_eq!(real, fate, "reality, {name}:\n{text}");
    }
    report.findings.iter().map(|finding| finding.code).collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_mutant_starts_or_fails_as_proven() {
    let fixture = Fixture::new();
    for mutant in &MUTANTS {
        run(&fixture, mutant);
    }
}

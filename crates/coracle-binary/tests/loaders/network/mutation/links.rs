//! Libraries that are elsewhere: links, caches, RPATH and RUNPATH, folders for some CPUs.

use std::process::Command;

use super::Change;
use super::files::{any, other};
use crate::case::Case;
use crate::chance::Chance;

pub(super) const CHANGES: &[Change] = &[
    ("a library is a link", |case, _, chance| {
        let library = any(case, chance);
        let name = case.soname(&library);
        let place = case.move_to(&library, "/opt/real");
        let targets = [
            place.clone(),
            format!("../../../opt/real/{name}"),
            format!("../../../../../../../opt/real/{name}"),
            library.clone(),
            "/opt/none".to_owned(),
            "/opt/real".to_owned(),
            "/opt/real/".to_owned() + &name + "/",
        ];
        case.link(&library, &chance.one(&targets));
        Some(())
    }),
    ("a library is a folder", |case, _, chance| {
        let library = any(case, chance);
        case.remove(&library);
        std::fs::create_dir(case.at(&library)).unwrap();
        Some(())
    }),
    (
        "a library is in a folder of the cache",
        |case, _, chance| {
            let library = other(case, chance)?;
            cached(case, &library);
            Some(())
        },
    ),
    ("the cache is old: its file is gone", |case, _, chance| {
        let library = other(case, chance)?;
        let place = cached(case, &library);
        if chance.below(2) == 0 {
            case.write(&library, &case.read(&place));
        }
        case.remove(&place);
        Some(())
    }),
    (
        "the cache is old: its file is another one",
        |case, world, chance| {
            let library = other(case, chance)?;
            let place = cached(case, &library);
            let libc = super::files::search(&world.foreign, "libc.so.6")?;
            let bytes = [
                std::fs::read(libc).unwrap(),
                b"text".repeat(99),
                Vec::new(),
                case.read(&case.loader),
            ];
            if chance.below(2) == 0 {
                case.write(&library, &case.read(&place));
            }
            case.write(&place, &chance.one(&bytes));
            Some(())
        },
    ),
    ("the cache is cut", |case, _, chance| {
        let library = other(case, chance)?;
        cached(case, &library);
        case.edit("/etc/ld.so.cache", |bytes| {
            bytes.truncate(chance.below(bytes.len()))
        });
        Some(())
    }),
    ("the cache has another byte", |case, _, chance| {
        let library = other(case, chance)?;
        cached(case, &library);
        case.edit("/etc/ld.so.cache", |bytes| {
            // Half of them in the header, which decides whether the rest is believed.
            let bound = if chance.below(2) == 0 {
                64
            } else {
                bytes.len()
            };
            let at = chance.below(bound.min(bytes.len()));
            bytes[at] ^= 1 << chance.below(8);
        });
        Some(())
    }),
    ("the cache may not be read", |case, _, chance| {
        let library = other(case, chance)?;
        cached(case, &library);
        case.mode("/etc/ld.so.cache", chance.one(&[0o600, 0o640, 0o644, 0]));
        case.user.0 = chance.one(&[0, 65532]);
        Some(())
    }),
    (
        "a library is where the program's RPATH or RUNPATH says",
        |case, _, chance| {
            let library = other(case, chance)?;
            case.move_to(&library, "/opt/lib");
            let program = case.program().to_owned();
            search_path(case, &program, chance)
        },
    ),
    (
        "a library is where a library's RPATH or RUNPATH says",
        |case, _, chance| {
            let (library, who) = (other(case, chance)?, other(case, chance)?);
            if library == who {
                return None;
            }
            case.move_to(&library, "/opt/lib");
            search_path(case, &who, chance)
        },
    ),
    ("a set-user program with $ORIGIN", |case, _, chance| {
        let library = other(case, chance)?;
        case.move_to(&library, "/opt/lib");
        let program = case.program().to_owned();
        search_path(case, &program, chance)?;
        case.mode(&program, chance.one(&[0o4755, 0o2755, 0o6755]));
        Some(())
    }),
    ("a library is for some CPUs only", |case, _, chance| {
        let library = other(case, chance)?;
        let folder = library.rsplit_once('/')?.0;
        let place = format!("{folder}/{}", chance.one(&HWCAPS));
        let bytes = case.read(&library);
        case.move_to(&library, &place);
        // Often there is one for all as well.
        if chance.below(2) == 0 {
            case.write(&library, &bytes);
        }
        Some(())
    }),
    (
        "a library for some CPUs is another one",
        |case, world, chance| {
            let library = other(case, chance)?;
            let (folder, name) = (library.rsplit_once('/')?.0, case.soname(&library));
            let place = format!("{folder}/{}/{name}", chance.one(&HWCAPS));
            let libc = super::files::search(&world.foreign, "libc.so.6")?;
            let bytes = [
                std::fs::read(libc).unwrap(),
                b"text".repeat(99),
                Vec::new(),
                case.read(&case.loader),
            ];
            case.write(&place, &chance.one(&bytes));
            Some(())
        },
    ),
    ("a folder of old loaders", |case, _, chance| {
        let library = other(case, chance)?;
        let folder = library.rsplit_once('/')?.0;
        let names = [
            "tls",
            "x86_64",
            "tls/x86_64",
            "haswell",
            "tls/haswell/x86_64",
            "haswell/avx512_1",
        ];
        case.move_to(&library, &format!("{folder}/{}", chance.one(&names)));
        Some(())
    }),
    ("another loader is asked for", |case, _, chance| {
        let program = case.program().to_owned();
        let loader = case.loader.clone();
        case.write("/opt/loader", &case.read(&loader));
        let libc = super::files::named(case, "libc.so.6")?;
        let loaders = [
            "/opt/loader",
            "/opt/none",
            "opt/loader",
            "/opt",
            "/opt/loader/",
            &libc,
            &program,
        ];
        patch(case, &program, &["--set-interpreter", chance.one(&loaders)])
    }),
    ("something else is needed", |case, _, chance| {
        let who = if chance.below(2) == 0 {
            case.program().to_owned()
        } else {
            other(case, chance)?
        };
        let there = any(case, chance);
        let name = case.soname(&there);
        let names = [
            "libnone.so.1",
            "/opt/none.so",
            &there,
            &name,
            "opt/none.so",
            "$ORIGIN/none.so",
            "$NONE",
        ];
        patch(case, &who, &["--add-needed", chance.one(&names)])
    }),
    ("something is no longer needed", |case, _, chance| {
        let who = if chance.below(2) == 0 {
            case.program().to_owned()
        } else {
            other(case, chance)?
        };
        let there = any(case, chance);
        let name = case.soname(&there);
        patch(case, &who, &["--remove-needed", &name])
    }),
    ("a library calls itself otherwise", |case, _, chance| {
        let library = other(case, chance)?;
        patch(case, &library, &["--set-soname", "libother.so.9"])
    }),
    ("system folders are not searched", |case, _, chance| {
        let who = if chance.below(2) == 0 {
            case.program().to_owned()
        } else {
            other(case, chance)?
        };
        if chance.below(2) == 0 {
            let library = other(case, chance)?;
            cached(case, &library);
            if !case.at(&who).exists() {
                return None;
            }
        }
        patch(case, &who, &["--no-default-lib"])
    }),
];

const HWCAPS: [&str; 3] = [
    "glibc-hwcaps/x86-64-v2",
    "glibc-hwcaps/x86-64-v3",
    "glibc-hwcaps/x86-64-v4",
];

/// Moves a library to a folder that only a cache names; gives its place.
fn cached(case: &Case, library: &str) -> String {
    let place = case.move_to(library, "/opt/lib");
    case.write("/etc/ld.so.conf", b"/opt/lib\n");
    let status = Command::new("/sbin/ldconfig")
        .arg("-r")
        .arg(&case.root)
        .status();
    assert!(
        status
            .expect("ldconfig is needed: apt-get install libc-bin")
            .success()
    );
    case.mode("/etc/ld.so.cache", 0o644);
    place
}

/// Gives a file an RPATH or a RUNPATH that may lead to /opt/lib.
fn search_path(case: &Case, who: &str, chance: &mut Chance) -> Option<()> {
    let depth = who.matches('/').count() - 1;
    let up = "../".repeat(depth);
    let lists = [
        "/opt/lib".to_owned(),
        "/opt/lib/".to_owned(),
        "/none:/opt/lib:/env".to_owned(),
        "opt/lib".to_owned(),
        String::new(),
        format!("$ORIGIN/{up}opt/lib"),
        format!("${{ORIGIN}}/{up}opt/lib"),
        "/opt/$LIB".to_owned(),
        "/opt/lib;/none".to_owned(),
        "$NONE/opt/lib:/opt/lib".to_owned(),
        "/opt/./lib/../lib".to_owned(),
    ];
    let list = &chance.one(&lists);
    match chance.below(2) {
        0 => patch(case, who, &["--force-rpath", "--set-rpath", list]),
        _ => patch(case, who, &["--set-rpath", list]),
    }
}

/// Rewrites a file's dynamic section; `None` where patchelf will not have it.
fn patch(case: &Case, file: &str, arguments: &[&str]) -> Option<()> {
    let output = Command::new("patchelf")
        .args(arguments)
        .arg(case.at(file))
        .output();
    let output = output.expect("patchelf is needed: apt-get install patchelf");
    output.status.success().then_some(())
}

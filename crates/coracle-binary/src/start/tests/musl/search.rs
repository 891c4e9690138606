//! Where musl's loader looks.

use super::super::search::rule;
use super::super::{Tree, check, check_launch, check_proven, launch, only, proof, root};
use super::{MUSL, library, loader, musl, program, tree, with};
use crate::elf::writer::Elf;
use crate::start::{Code, Libc, Verdict};

fn paths(tree: &Tree) -> Vec<(String, String)> {
    let report = check_proven(tree, &launch(&["/app/worker"]));
    let objects = report.programs[0].objects.iter();
    objects
        .map(|object| (object.path.clone(), object.why_found.clone()))
        .collect()
}

#[track_caller]
fn missing(tree: &Tree, explanation: &str) {
    check(
        tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        explanation,
    );
}

#[test]
fn a_program_and_its_libraries_are_found_in_load_order() {
    let tree = tree();
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    let release = Some((1, 2, 5));
    assert_eq!(report.programs[0].libc, Libc::Musl { release });
    let found = paths(&tree);
    let expected = [
        ("/usr/lib/libfoo.so.1", "/usr/lib in the loader's own path"),
        (MUSL, "interpreter of the program"),
    ];
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(found, expected);
    let chain = ["ENTRYPOINT", "/app/worker", "libfoo.so.1 (NEEDED)"];
    assert_eq!(report.programs[0].objects[0].needed_by, chain);
    assert!(report.notes.is_empty());
}

#[test]
fn a_missing_library_is_named_with_its_chain_and_the_way_out() {
    let mut tree = tree();
    tree.program("/usr/lib/libfoo.so.1", library(&["libbar.so.2"]));
    tree.program("/opt/lib/libbar.so.2", library(&[]));
    let report = proof(&tree);
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.subject.as_str()),
        (Code::LibraryMissing, "libbar.so.2")
    );
    let said = "Error loading shared library libbar.so.2: No such file or directory \
                (needed by /usr/lib/libfoo.so.1)";
    assert_eq!(finding.explanation, said);
    assert_eq!(
        finding.chain[2..],
        ["libfoo.so.1 (NEEDED)", "libbar.so.2 (NEEDED)"]
    );
    let ways_out = [
        "add the package that has libbar.so.2 to the image",
        "it is at /opt/lib/libbar.so.2, where the loader does not look: name that directory in \
         /etc/ld-musl-x86_64.path, or give /usr/lib/libfoo.so.1 a RUNPATH",
    ];
    assert_eq!(finding.ways_out, ways_out);
}

#[test]
fn all_names_of_libc_are_the_loader_itself() {
    let mut tree = musl();
    let names = [
        "libc.so",
        "libc.so.6",
        "libc.musl-x86_64.so.1",
        "libpthread.so.0",
        "libm.so.6",
        "libdl.so.2",
        "librt.so.1",
        "libutil.x",
        "libxnet.so",
        MUSL,
    ];
    tree.program("/app/worker", program(&names));
    // libc.so.6 alone says that it is built for glibc; the loader takes all of them for itself.
    let report = proof(&tree);
    assert_eq!(only(&report).code, Code::GlibcOnMusl);
    assert_eq!(report.programs[0].objects.len(), 1);
    for name in ["libcrypt.so.1", "libmm.so", "libc", "xlibc.so"] {
        tree.program("/app/worker", program(&[name]));
        missing(
            &tree,
            &format!("Error loading shared library {name}: No such"),
        );
    }
}

#[test]
fn the_environment_comes_first_and_the_system_last() {
    let mut tree = tree();
    for directory in ["/env", "/app/runpath"] {
        tree.program(&format!("{directory}/libfoo.so.1"), library(&[]));
    }
    let worker = Elf {
        rpath: Some("/none".to_owned()),
        runpath: Some("${ORIGIN}/runpath:/x".to_owned()),
        ..program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", worker);
    let why = |path: &str, why: &str| (path.to_owned(), why.to_owned());
    let environment = [("LD_LIBRARY_PATH", "/none::\n/env")];
    let expected = why("/env/libfoo.so.1", "LD_LIBRARY_PATH /env");
    assert_eq!(rule(&tree, &environment, "libfoo.so.1"), expected);
    let expected = why(
        "/app/runpath/libfoo.so.1",
        "RUNPATH /app/runpath of /app/worker",
    );
    assert_eq!(
        rule(&tree, &[("LD_LIBRARY_PATH", "")], "libfoo.so.1"),
        expected
    );
    tree.remove("/app/runpath/libfoo.so.1");
    assert_eq!(rule(&tree, &[], "libfoo.so.1").0, "/usr/lib/libfoo.so.1");
}

#[test]
fn rpath_and_runpath_are_inherited_alike() {
    for runpath in [false, true] {
        let mut tree = musl();
        let list = Some("$ORIGIN/lib".to_owned());
        let mut worker = program(&["libfoo.so.1"]);
        if runpath {
            worker.runpath = list;
        } else {
            worker.rpath = list;
        }
        tree.program("/app/worker", worker);
        // Its own, which comes first, does not help.
        let foo = Elf {
            runpath: Some("/none".to_owned()),
            ..library(&["libbar.so.2"])
        };
        tree.program("/app/lib/libfoo.so.1", foo);
        tree.program("/app/lib/libbar.so.2", Elf::library("libbar.so.2", &[]));
        let found = paths(&tree);
        let tag = if runpath { "RUNPATH" } else { "RPATH" };
        assert_eq!(found[1].1, format!("{tag} /app/lib of /app/worker"));
    }
}

#[test]
fn a_list_with_another_token_than_origin_is_dropped() {
    let mut tree = musl();
    tree.program("/opt/lib/libfoo.so.1", library(&[]));
    for (list, starts) in [
        ("/opt/lib", true),
        ("$ORIGIN/../opt/lib", true),
        ("/opt/lib:$LIB", false),
        ("/opt/lib:${PLATFORM}", false),
        ("/opt/lib:/a$", false),
        ("/opt/lib:$ORIGINAL", true),
    ] {
        let worker = Elf {
            runpath: Some(list.to_owned()),
            ..program(&["libfoo.so.1"])
        };
        tree.program("/app/worker", worker);
        if starts {
            check_proven(&tree, &launch(&["/app/worker"]));
        } else {
            missing(&tree, "libfoo.so.1: No such file or directory");
        }
    }
}

#[test]
fn the_path_file_replaces_the_directories_that_are_built_in() {
    let mut tree = tree();
    tree.program("/opt/lib/libfoo.so.1", library(&[]));
    let file = "/etc/ld-musl-x86_64.path";
    tree.file(file, b"/none\n/opt/lib:/more\n");
    let found = paths(&tree);
    assert_eq!(
        found[0],
        (
            "/opt/lib/libfoo.so.1".to_owned(),
            format!("/opt/lib in {file}")
        )
    );
    tree.file(file, b"/none");
    missing(&tree, "libfoo.so.1: No such file or directory");
    // Spaces and carriage returns are part of the name.
    tree.file(file, b"/opt/lib \r\n");
    missing(&tree, "libfoo.so.1: No such file or directory");
    // What is behind a NUL is not read.
    tree.file(file, b"/none\0:/opt/lib");
    missing(&tree, "libfoo.so.1: No such file or directory");
    for empty in ["", ":\n:"] {
        tree.file(file, empty.as_bytes());
        missing(
            &tree,
            "names no directory, so that no system directory is searched",
        );
    }
    tree.file(file, b"/usr/lib").mode(file, 0o600);
    missing(
        &tree,
        "Permission denied (needed by /app/worker); /etc/ld-musl-x86_64.path cannot be read",
    );
    let mut launch = launch(&["/app/worker"]);
    launch.user = root();
    check_proven(&tree, &launch);
    tree.remove(file).directories(&format!("{file}/x"));
    missing(
        &tree,
        "Is a directory (needed by /app/worker); /etc/ld-musl-x86_64.path cannot be read",
    );
}

#[test]
fn the_path_file_is_where_the_loader_is() {
    let mut tree = tree();
    let loader_path = "/opt/musl/lib/ld-musl-x86_64.so.1";
    tree.file(loader_path, &loader("1.2.5").build());
    tree.file("/opt/musl/etc/ld-musl-x86_64.path", b"/opt/lib");
    tree.program("/opt/lib/libfoo.so.1", library(&[]));
    let worker = Elf {
        interpreter: Some(loader_path.to_owned()),
        ..program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", worker);
    let why = "/opt/lib in /opt/musl/etc/ld-musl-x86_64.path";
    assert_eq!(paths(&tree)[0].1, why);
}

#[test]
fn preloads_are_loaded_when_they_can_be_and_left_out_in_silence_otherwise() {
    let mut tree = tree();
    tree.program("/opt/hook.so", Elf::library("hook.so", &["libnone.so.9"]));
    check_launch(
        &tree,
        &with("LD_PRELOAD", "/opt/hook.so"),
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libnone.so.9: No such file or directory (needed by /opt/hook.so)",
    );
    let report = check_proven(&tree, &with("LD_PRELOAD", "/opt/absent.so\tlibfoo.so.1"));
    let note = "/opt/absent.so of LD_PRELOAD is not loaded, and musl's loader does not say so: \
                No such file or directory";
    assert_eq!(report.notes, [note]);
    let chain = &report.programs[0].objects[0].needed_by;
    assert_eq!(chain[2], "libfoo.so.1 (LD_PRELOAD)");
    // Nobody asks for a preload, so that no RUNPATH is searched for it; the files of glibc's loader are not read.
    tree.file("/etc/ld.so.preload", b"/opt/hook.so");
    tree.file("/etc/ld.so.cache", b"");
    let worker = Elf {
        runpath: Some("/opt".to_owned()),
        ..program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", worker);
    let report = check_proven(&tree, &with("LD_PRELOAD", "hook.so"));
    assert_eq!(report.notes.len(), 1);
}

#[test]
fn the_environment_and_origin_do_not_count_for_a_set_user_program() {
    let mut tree = musl();
    tree.program("/app/worker", program(&["libfoo.so.1"]));
    tree.program("/env/libfoo.so.1", library(&[]));
    let launch = with("LD_LIBRARY_PATH", "/env");
    check_proven(&tree, &launch);
    tree.mode("/app/worker", 0o4755);
    let said = "libfoo.so.1: No such";
    check_launch(
        &tree,
        &launch,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        said,
    );
    let worker = |list: &str| Elf {
        runpath: Some(list.to_owned()),
        ..program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", worker("$ORIGIN/../env"))
        .mode("/app/worker", 0o4755);
    check_launch(
        &tree,
        &launch,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        said,
    );
    tree.program("/app/worker", worker("/env"))
        .mode("/app/worker", 0o4755);
    check_proven(&tree, &launch);
    // It runs as root, who may read everything.
    tree.mode("/env/libfoo.so.1", 0o600);
    check_proven(&tree, &launch);
}

#[test]
fn a_name_is_found_again_when_it_was_searched_for_and_not_by_its_soname() {
    let mut tree = musl();
    tree.program("/opt/libfoo.so.1", library(&[]));
    tree.program("/app/worker", program(&["/opt/libfoo.so.1", "libfoo.so.1"]));
    missing(&tree, "libfoo.so.1: No such file or directory");
    // By the second name the same file is found, and then known by it.
    tree.link("/usr/lib/libfoo.so.1", "/opt/libfoo.so.1");
    tree.program("/usr/lib/libbar.so", Elf::library("x", &["libfoo.so.1"]));
    let needed = ["/opt/libfoo.so.1", "libfoo.so.1", "libbar.so"];
    tree.program("/app/worker", program(&needed));
    assert_eq!(paths(&tree).len(), 3);
}

#[test]
fn links_in_a_circle_end_the_search() {
    let mut tree = tree();
    tree.link("/lib/libfoo.so.1", "libfoo.so.1");
    missing(
        &tree,
        "libfoo.so.1: Symbolic link loop (needed by /app/worker); /lib/libfoo.so.1 is passed over: its links",
    );
    tree.link("/lib/libfoo.so.1", "nothing");
    check_proven(&tree, &launch(&["/app/worker"]));
    tree.remove("/usr/lib/libfoo.so.1");
    missing(&tree, "it is a link, and /lib/nothing is not there");
}

#[test]
fn a_library_that_the_user_may_not_read_is_passed_over() {
    let mut tree = tree();
    tree.mode("/usr/lib/libfoo.so.1", 0o600);
    let text = "Permission denied (needed by /app/worker); /usr/lib/libfoo.so.1 is passed over: \
                mode 0600 of 0:0 does not let 65532:65532 read it";
    check(&tree, Code::NotReadable, Verdict::DoesNotStart, text);
    tree.program("/lib/libfoo.so.1", library(&[]))
        .mode("/lib/libfoo.so.1", 0);
    tree.mode("/usr/lib/libfoo.so.1", 0o644);
    assert_eq!(paths(&tree)[0].0, "/usr/lib/libfoo.so.1");
}

#[test]
fn filters_audits_and_the_flag_against_system_directories_are_nothing_to_musl() {
    let mut tree = tree();
    let worker = Elf {
        flags_1: 0x0800_0800,
        ..program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", worker);
    check_proven(&tree, &with("LD_AUDIT", "/opt/audit.so"));
}

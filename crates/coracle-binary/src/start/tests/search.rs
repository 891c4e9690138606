//! Where glibc's loader looks.

use super::{LIBRARIES, Tree, check, check_proven, launch, only, proof};
use crate::elf::writer::Elf;
use crate::start::{Code, Libc, Verdict, prove};

/// A program that needs one library, and that library where the loader looks last.
pub(super) fn tree() -> Tree {
    let mut tree = Tree::debian();
    tree.program("/app/worker", Elf::program(&["libfoo.so.1", "libc.so.6"]));
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &["libc.so.6"]));
    tree
}

/// The rule by which `name` was found.
#[track_caller]
pub(super) fn rule(tree: &Tree, environment: &[(&str, &str)], name: &str) -> (String, String) {
    let mut launch = launch(&["/app/worker"]);
    launch.environment.extend(
        environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let report = check_proven(tree, &launch);
    let object = report.programs[0]
        .objects
        .iter()
        .find(|object| object.path.ends_with(name))
        .unwrap();
    (object.path.clone(), object.why_found.clone())
}

#[test]
fn a_program_and_its_libraries_are_found_in_load_order() {
    let report = check_proven(&tree(), &launch(&["/app/worker"]));
    let [program] = report.programs.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!(program.path, "/app/worker");
    assert_eq!(program.chain, ["ENTRYPOINT", "/app/worker"]);
    assert_eq!(
        program.libc,
        Libc::Glibc {
            release: Some((2, 36))
        }
    );
    assert_eq!(program.versions_checked, 1);
    let found: Vec<(&str, &str)> = program
        .objects
        .iter()
        .map(|object| (object.path.as_str(), object.why_found.as_str()))
        .collect();
    let expected = [
        ("/lib64/ld-linux-x86-64.so.2", "interpreter of the program"),
        (
            "/lib/x86_64-linux-gnu/libfoo.so.1",
            "system directory /lib/x86_64-linux-gnu",
        ),
        (
            "/lib/x86_64-linux-gnu/libc.so.6",
            "system directory /lib/x86_64-linux-gnu",
        ),
    ];
    assert_eq!(found, expected);
    let foo = &program.objects[1];
    assert_eq!(foo.file, "/usr/lib/x86_64-linux-gnu/libfoo.so.1");
    assert_eq!(
        foo.needed_by,
        ["ENTRYPOINT", "/app/worker", "libfoo.so.1 (NEEDED)"]
    );
    assert!(report.not_looked_at.is_empty() && report.notes.is_empty());
}

#[test]
fn a_missing_library_is_named_with_its_chain_and_the_way_out() {
    let mut tree = tree();
    tree.library("libfoo.so.1", Elf::library("libfoo.so.1", &["libbar.so.2"]));
    let report = proof(&tree);
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.subject.as_str()),
        (Code::LibraryMissing, "libbar.so.2")
    );
    assert_eq!(
        finding.chain,
        [
            "ENTRYPOINT",
            "/app/worker",
            "libfoo.so.1 (NEEDED)",
            "libbar.so.2 (NEEDED)"
        ]
    );
    assert_eq!(
        finding.explanation,
        "libbar.so.2: cannot open shared object file: no such file or directory"
    );
    assert_eq!(
        finding.ways_out,
        ["add the package that has libbar.so.2 to the image"]
    );
}

#[test]
fn a_library_where_nobody_looks_is_pointed_at() {
    let mut tree = tree();
    tree.remove(&format!("{LIBRARIES}/libfoo.so.1"));
    tree.file(
        "/usr/local/lib/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let report = proof(&tree);
    let way_out = &only(&report).ways_out[1];
    assert!(
        way_out.starts_with("it is at /usr/local/lib/libfoo.so.1"),
        "{way_out}"
    );
    assert!(way_out.contains("run ldconfig"), "{way_out}");
}

#[test]
fn rules_are_tried_in_the_loaders_order() {
    let library = Elf::library("libfoo.so.1", &["libc.so.6"]).build();
    let mut tree = tree();
    for directory in ["/app/rpath", "/env", "/app/runpath"] {
        tree.file(&format!("{directory}/libfoo.so.1"), &library);
    }
    let environment = [("LD_LIBRARY_PATH", "/none:/env")];
    let mut program = Elf::program(&["libfoo.so.1", "libc.so.6"]);
    program.rpath = Some("$ORIGIN/rpath".to_owned());
    tree.program("/app/worker", program.clone());
    let why = |path: &str, why: &str| (path.to_owned(), why.to_owned());
    let expected = why("/app/rpath/libfoo.so.1", "RPATH /app/rpath of /app/worker");
    assert_eq!(rule(&tree, &environment, "libfoo.so.1"), expected);
    // A RUNPATH switches the RPATH off, and comes after the environment.
    program.runpath = Some("${ORIGIN}/runpath".to_owned());
    tree.program("/app/worker", program.clone());
    let expected = why("/env/libfoo.so.1", "LD_LIBRARY_PATH /env");
    assert_eq!(rule(&tree, &environment, "libfoo.so.1"), expected);
    let expected = why(
        "/app/runpath/libfoo.so.1",
        "RUNPATH /app/runpath of /app/worker",
    );
    assert_eq!(rule(&tree, &[], "libfoo.so.1"), expected);
    program.runpath = Some("/usr/$LIB".to_owned());
    tree.program("/app/worker", program);
    let path = "/usr/lib/x86_64-linux-gnu/libfoo.so.1";
    let expected = why(path, "RUNPATH /usr/lib/x86_64-linux-gnu of /app/worker");
    assert_eq!(rule(&tree, &[], "libfoo.so.1"), expected);
}

#[test]
fn rpath_is_inherited_and_runpath_is_not() {
    let mut tree = Tree::debian();
    let mut program = Elf::program(&["libfoo.so.1", "libc.so.6"]);
    tree.file(
        "/app/lib/libfoo.so.1",
        &Elf::library("libfoo.so.1", &["libbar.so.2"]).build(),
    );
    tree.file(
        "/app/lib/libbar.so.2",
        &Elf::library("libbar.so.2", &[]).build(),
    );
    program.rpath = Some("/app/lib".to_owned());
    tree.program("/app/worker", program.clone());
    check_proven(&tree, &launch(&["/app/worker"]));
    program.rpath = None;
    program.runpath = Some("/app/lib".to_owned());
    tree.program("/app/worker", program.clone());
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libbar.so.2: cannot open",
    );
    // An object with a RUNPATH of its own does not inherit either.
    program.runpath = None;
    program.rpath = Some("/app/lib".to_owned());
    tree.program("/app/worker", program);
    let foo = Elf {
        runpath: Some("/none".to_owned()),
        ..Elf::library("libfoo.so.1", &["libbar.so.2"])
    };
    tree.file("/app/lib/libfoo.so.1", &foo.build());
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libbar.so.2: cannot open",
    );
}

#[test]
fn origin_of_the_program_is_without_links_and_of_a_library_as_it_was_found() {
    let mut tree = Tree::debian();
    let program = Elf {
        runpath: Some("$ORIGIN/../lib".to_owned()),
        ..Elf::program(&["libfoo.so.1", "libc.so.6"])
    };
    tree.program("/opt/app/bin/worker", program)
        .link("/app/worker", "/opt/app/bin/worker");
    let foo = Elf {
        runpath: Some("$ORIGIN/more".to_owned()),
        ..Elf::library("libfoo.so.1", &["libbar.so.2"])
    };
    tree.file("/srv/libfoo.so.1.0", &foo.build())
        .link("/opt/app/lib/libfoo.so.1", "/srv/libfoo.so.1.0");
    tree.file(
        "/opt/app/lib/more/libbar.so.2",
        &Elf::library("libbar.so.2", &[]).build(),
    );
    let (path, _) = rule(&tree, &[], "libbar.so.2");
    assert_eq!(path, "/opt/app/bin/../lib/more/libbar.so.2");
}

#[test]
fn a_need_is_satisfied_by_the_soname_of_anything_loaded() {
    let mut tree = Tree::debian();
    tree.program(
        "/app/worker",
        Elf::program(&["/app/odd-name.so", "libfoo.so.1", "libc.so.6"]),
    );
    tree.file(
        "/app/odd-name.so",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(report.programs[0].objects.len(), 3);
    assert_eq!(
        report.programs[0].objects[1].why_found,
        "path in /app/worker"
    );
}

#[test]
fn system_directories_are_not_searched_with_nodeflib() {
    let mut tree = tree();
    let program = Elf {
        flags_1: 0x800,
        runpath: Some("/app".to_owned()),
        ..Elf::program(&["libfoo.so.1"])
    };
    tree.program("/app/worker", program);
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libfoo.so.1: cannot open",
    );
    // The flag is the asking object's: what libfoo needs is found again.
    tree.file(
        "/app/libfoo.so.1",
        &Elf::library("libfoo.so.1", &["libc.so.6"]).build(),
    );
    check_proven(&tree, &launch(&["/app/worker"]));
}

#[test]
fn old_loaders_search_more_directories_than_new_ones() {
    let mut tree = tree();
    tree.file(
        &format!("{LIBRARIES}/tls/libfoo.so.1"),
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let (path, _) = rule(&tree, &[], "libfoo.so.1");
    assert_eq!(path, "/lib/x86_64-linux-gnu/tls/libfoo.so.1");
    tree.file(
        &format!("{LIBRARIES}/ld-linux-x86-64.so.2"),
        &super::loader("2.41-1").build(),
    );
    tree.library("libc.so.6", super::libc("2.41-1"));
    assert_eq!(
        rule(&tree, &[], "libfoo.so.1").0,
        "/lib/x86_64-linux-gnu/libfoo.so.1"
    );
}

#[test]
fn platform_in_a_path_is_never_a_pass() {
    let mut tree = tree();
    let program = Elf {
        runpath: Some("/opt/$PLATFORM".to_owned()),
        ..Elf::program(&["libfoo.so.1", "libc.so.6"])
    };
    tree.program("/app/worker", program);
    let report = proof(&tree);
    assert!(
        report
            .findings
            .iter()
            .all(|finding| finding.code == Code::CpuDependentPath),
        "{report:#?}"
    );
    assert!(!report.proven());
}

#[test]
fn libraries_that_need_one_another_end() {
    let mut tree = tree();
    tree.library(
        "libfoo.so.1",
        Elf::library("libfoo.so.1", &["libbar.so.2", "libfoo.so.1"]),
    );
    tree.library(
        "libbar.so.2",
        Elf::library("libbar.so.2", &["libfoo.so.1", "libc.so.6"]),
    );
    assert_eq!(
        prove(&tree, &launch(&["/app/worker"])).programs[0]
            .objects
            .len(),
        4
    );
}

#[test]
fn the_same_file_by_two_names_is_loaded_once() {
    let mut tree = tree();
    tree.program(
        "/app/worker",
        Elf::program(&["libfoo.so.1", "libfoo.so", "libc.so.6"]),
    );
    tree.link(&format!("{LIBRARIES}/libfoo.so"), "libfoo.so.1");
    assert_eq!(
        check_proven(&tree, &launch(&["/app/worker"])).programs[0]
            .objects
            .len(),
        3
    );
}

//! What a program opens while it runs: proven where the launch says so, told where its files do.

use super::{LIBRARIES, Tree, check_proven, launch, only};
use crate::elf::writer::{Elf, Export};
use crate::start::{Code, Dlopen, Finding, Launch, Presence, Report, Verdict, prove};

const SLOT: u32 = 7;

/// A launch of `/app/worker`, which opens this.
pub(super) fn opening(name: &str) -> Launch {
    let mut launch = launch(&["/app/worker"]);
    launch.dlopen.push(Dlopen {
        name: name.to_owned(),
        origin: "dlopen in coracle.toml".to_owned(),
    });
    launch
}

/// A program, and a library that it does not need.
fn tree(program: Elf, library: Elf) -> Tree {
    let mut tree = Tree::debian();
    tree.program("/app/worker", program);
    tree.library("libfoo.so.1", library);
    tree
}

fn program() -> Elf {
    Elf::program(&["libc.so.6"])
}

#[track_caller]
fn dies_later(report: &Report, code: Code, explanation: &str) -> Finding {
    let finding = only(report);
    assert_eq!(
        (finding.code, finding.verdict),
        (code, Verdict::DiesLater),
        "{finding:#?}"
    );
    assert!(finding.may_be_allowed());
    assert!(
        finding
            .explanation
            .starts_with("it starts, and cannot open libfoo.so.1: "),
        "{finding:#?}"
    );
    assert!(finding.explanation.contains(explanation), "{finding:#?}");
    finding.clone()
}

#[test]
fn what_is_opened_is_found_with_all_that_it_needs() {
    let mut tree = tree(
        program(),
        Elf::library("libfoo.so.1", &["libbar.so.2", "libc.so.6"]),
    );
    tree.library("libbar.so.2", Elf::library("libbar.so.2", &[]));
    let report = check_proven(&tree, &opening("libfoo.so.1"));
    let opened: Vec<_> = report.programs[0]
        .opened
        .iter()
        .map(|object| object.needed_by.clone())
        .collect();
    let chain = [
        "ENTRYPOINT",
        "/app/worker",
        "libfoo.so.1 (dlopen in coracle.toml)",
        "libbar.so.2 (NEEDED)",
    ];
    assert_eq!(opened, [chain[..3].to_vec(), chain.to_vec()]);
    let path = format!("{LIBRARIES}/libfoo.so.1");
    check_proven(&tree, &opening(&path));
}

#[test]
fn one_that_is_missing_is_a_finding_with_its_chain() {
    let mut tree = tree(program(), Elf::library("libfoo.so.1", &[]));
    tree.remove(&format!("{LIBRARIES}/libfoo.so.1"));
    let report = prove(&tree, &opening("libfoo.so.1"));
    let text = "libfoo.so.1: cannot open shared object file";
    let finding = dies_later(&report, Code::LibraryMissing, text);
    assert_eq!(
        finding.chain,
        [
            "ENTRYPOINT",
            "/app/worker",
            "libfoo.so.1 (dlopen in coracle.toml)"
        ]
    );
}

#[test]
fn a_library_that_it_needs_in_turn_must_be_there_too() {
    let tree = tree(program(), Elf::library("libfoo.so.1", &["libbar.so.2"]));
    let report = prove(&tree, &opening("libfoo.so.1"));
    let finding = dies_later(&report, Code::LibraryMissing, "libbar.so.2: cannot open");
    assert_eq!(
        finding.chain[2..],
        [
            "libfoo.so.1 (dlopen in coracle.toml)",
            "libbar.so.2 (NEEDED)"
        ]
    );
}

#[test]
fn the_program_asks_so_that_its_runpath_counts_and_not_that_of_its_libraries() {
    let elsewhere = "/app/lib/libfoo.so.1";
    let with = |program: Elf, library: Elf| {
        let mut tree = tree(program, Elf::library("libuser.so.1", &[]));
        tree.remove(&format!("{LIBRARIES}/libfoo.so.1"));
        tree.library("libuser.so.1", library);
        tree.file(elsewhere, &Elf::library("libfoo.so.1", &[]).build());
        prove(&tree, &opening("libfoo.so.1")).proven()
    };
    let runpath = Some("/app/lib".to_owned());
    let asks = Elf {
        runpath: runpath.clone(),
        ..Elf::program(&["libuser.so.1"])
    };
    assert!(with(asks, Elf::library("libuser.so.1", &[])));
    let library = Elf {
        runpath,
        ..Elf::library("libuser.so.1", &[])
    };
    assert!(!with(Elf::program(&["libuser.so.1"]), library));
}

#[test]
fn versions_and_symbols_of_what_is_opened_are_proven_with_all_bound_at_once() {
    let asks = Elf::library("libfoo.so.1", &["libc.so.6"]).needing("libc.so.6", &["GLIBC_2.39"]);
    let report = prove(&tree(program(), asks), &opening("libfoo.so.1"));
    dies_later(
        &report,
        Code::VersionMissing,
        "version `GLIBC_2.39' not found",
    );
    // A call is bound when it is made, in a program; what is opened is bound whole.
    let calls = Elf::library("libfoo.so.1", &["libbar.so.2"]).wanting("bar_run", None, SLOT, true);
    let mut tree = tree(program(), calls);
    tree.library("libbar.so.2", Elf::library("libbar.so.2", &[]));
    let report = prove(&tree, &opening("libfoo.so.1"));
    let finding = dies_later(&report, Code::SymbolMissing, "undefined symbol: bar_run");
    assert!(!finding.explanation.contains("first call"), "{finding:#?}");
    let defines = Elf {
        exports: vec![Export::function("bar_run")],
        ..Elf::library("libbar.so.2", &[])
    };
    tree.library("libbar.so.2", defines);
    check_proven(&tree, &opening("libfoo.so.1"));
}

#[test]
fn what_is_opened_finds_the_program_s_symbols_and_not_the_other_way_round() {
    let export = || vec![Export::function("run")];
    let calls = Elf::library("libfoo.so.1", &[]).wanting("run", None, SLOT, true);
    let program = Elf {
        exports: export(),
        ..program()
    };
    check_proven(&tree(program, calls), &opening("libfoo.so.1"));
    let calls = self::program().wanting("run", None, SLOT, true);
    let library = Elf {
        exports: export(),
        ..Elf::library("libfoo.so.1", &[])
    };
    let report = prove(&tree(calls, library), &opening("libfoo.so.1"));
    let finding = only(&report);
    assert!(
        finding.explanation.contains("at the first call of run"),
        "{finding:#?}"
    );
}

#[test]
fn two_libraries_that_are_opened_do_not_find_each_other_s_symbols() {
    let calls = Elf::library("libfoo.so.1", &[]).wanting("run", None, SLOT, true);
    let mut tree = tree(program(), calls);
    let library = Elf {
        exports: vec![Export::function("run")],
        ..Elf::library("libbar.so.2", &[])
    };
    tree.library("libbar.so.2", library);
    let mut launch = opening("libbar.so.2");
    launch.dlopen.extend(opening("libfoo.so.1").dlopen);
    dies_later(
        &prove(&tree, &launch),
        Code::SymbolMissing,
        "undefined symbol: run",
    );
}

#[test]
fn a_static_program_opens_nothing() {
    let mut tree = Tree::debian();
    tree.program("/app/worker", Elf::fixed());
    let report = prove(&tree, &opening("libfoo.so.1"));
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.verdict),
        (Code::DlopenUnproven, Verdict::NotProven)
    );
}

#[test]
fn the_service_opens_it_and_neither_its_wrapper_nor_its_health_check() {
    let mut tree = tree(program(), Elf::library("libfoo.so.1", &[]));
    tree.remove(&format!("{LIBRARIES}/libfoo.so.1"));
    tree.file(
        "/app/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let finds = Elf {
        runpath: Some("/app".to_owned()),
        ..program()
    };
    tree.program("/app/worker", finds)
        .program("/usr/bin/tini", program());
    tree.program("/app/check", program());
    let mut launch = opening("libfoo.so.1");
    launch.entrypoint = ["tini", "--", "/app/worker"].map(str::to_owned).into();
    launch.healthcheck = Some(["CMD", "/app/check"].map(str::to_owned).into());
    assert_eq!(check_proven(&tree, &launch).programs.len(), 3);
}

#[test]
fn what_files_say_that_they_open_is_told_and_never_a_finding() {
    let note = br#"[{"feature":"lzma","soname":["liblzma.so.5"],"priority":"recommended"},{"soname":["libfoo.so.1"]}]"#;
    let opens = Elf {
        notes: vec![("FDO", 0x407c_0c0a, note.to_vec())],
        extra: b"\0libbar.so.2\0libbar.so\0libfoo.so.1\0libc.so.6\0libnv.so.1\0".to_vec(),
        imports: vec![("dlopen".to_owned(), false, None)],
        ..program()
    };
    let mut launch = launch(&["/app/worker"]);
    launch.provided.insert("libnv.so.1".to_owned());
    let report = check_proven(&tree(opens, Elf::library("libfoo.so.1", &[])), &launch);
    let [opener] = report.openers.as_slice() else {
        panic!("{report:#?}")
    };
    assert_eq!(opener.path, "/app/worker");
    let features: Vec<_> = opener
        .features
        .iter()
        .map(|feature| feature.libraries[0].presence)
        .collect();
    assert_eq!(features, [Presence::Missing, Presence::There]);
    let mentions: Vec<_> = opener
        .mentions
        .iter()
        .map(|one| (one.name.as_str(), one.presence))
        .collect();
    let missing = |name| (name, Presence::Missing);
    assert_eq!(
        mentions,
        [
            missing("libbar.so"),
            missing("libbar.so.2"),
            ("libnv.so.1", Presence::Provided)
        ]
    );
    assert_eq!(opener.missing(), ["liblzma.so.5", "libbar.so.2"]);
    assert!(report.unneeded.is_empty());
}

#[test]
fn without_dlopen_a_name_in_the_data_means_nothing() {
    let names = Elf {
        extra: b"\0libbar.so.2\0".to_vec(),
        ..program()
    };
    let tree = tree(names, Elf::library("libfoo.so.1", &[]));
    assert!(
        check_proven(&tree, &launch(&["/app/worker"]))
            .openers
            .is_empty()
    );
}

#[test]
fn the_unwinder_that_libc_opens_is_named_where_something_ends_without_it() {
    let exits = Elf {
        imports: vec![("pthread_exit".to_owned(), false, None)],
        ..program()
    };
    let mut tree = tree(exits, Elf::library("libfoo.so.1", &[]));
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(report.openers[0].missing(), ["libgcc_s.so.1"]);
    tree.library("libgcc_s.so.1", Elf::library("libgcc_s.so.1", &[]));
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert!(report.openers[0].missing().is_empty());
    assert!(
        report.openers[0].known[0].contains("pthread_exit of /app/worker"),
        "{report:#?}"
    );
}

//! Symbols wanted and missing: which are looked up, when and where, and what is said of them.

mod answers;

use super::{Tree, check_proven, launch, only, proof};
use crate::elf::writer::{Elf, Export};
use crate::start::{Code, Finding, Launch, Verdict, prove};
use Verdict::{DiesLater, DoesNotStart};

const ADDRESS: u32 = 1;
const COPY: u32 = 5;
const GLOBAL_DATA: u32 = 6;
const SLOT: u32 = 7;
const RELATIVE: u32 = 8;
const THREAD_LOCAL: u32 = 16;

/// `/app/worker` and the library that it needs.
fn tree(program: Elf, library: Elf) -> Tree {
    let mut tree = Tree::debian();
    tree.program("/app/worker", program);
    tree.library("libfoo.so.1", library);
    tree
}

/// A program that calls `foo_run`, without a version.
fn caller() -> Elf {
    Elf::program(&["libfoo.so.1"]).wanting("foo_run", None, SLOT, true)
}

/// The same, of the version `FOO_1`.
fn caller_of_version() -> Elf {
    Elf::program(&["libfoo.so.1"])
        .needing("libfoo.so.1", &["FOO_1"])
        .wanting("foo_run", Some(0), SLOT, true)
}

fn library() -> Elf {
    Elf::library("libfoo.so.1", &[])
}

fn versioned(versions: &[&str]) -> Elf {
    let mut all = vec!["libfoo.so.1"];
    all.extend(versions);
    library().defining(&all)
}

#[track_caller]
fn found(program: Elf, library: Elf) {
    for gnu_hash in [false, true] {
        let library = Elf {
            gnu_hash,
            ..library.clone()
        };
        let report = check_proven(&tree(program.clone(), library), &launch(&["/app/worker"]));
        assert_eq!(report.programs[0].symbols_checked, 1);
    }
}

#[track_caller]
fn missing(program: Elf, library: Elf, verdict: Verdict) -> Finding {
    let mut last = None;
    for gnu_hash in [false, true] {
        let library = Elf {
            gnu_hash,
            ..library.clone()
        };
        let report = proof(&tree(program.clone(), library));
        let finding = only(&report);
        assert_eq!(
            (finding.code, finding.verdict),
            (Code::SymbolMissing, verdict),
            "{finding:#?}"
        );
        last = Some(finding.clone());
    }
    last.unwrap()
}

#[test]
fn a_call_that_nothing_defines_ends_the_program_later() {
    let finding = missing(caller(), library(), DiesLater);
    assert_eq!(finding.subject, "foo_run");
    assert_eq!(finding.chain, ["ENTRYPOINT", "/app/worker"]);
    let path = "/lib/x86_64-linux-gnu/libfoo.so.1";
    assert_eq!(finding.provider.as_deref(), Some(path));
    let said = "symbol lookup error: /app/worker: undefined symbol: foo_run";
    assert_eq!(
        finding.explanation,
        format!(
            "it starts, and dies at the first call of foo_run: {said}; {path} does not define it"
        )
    );
    assert_eq!(
        finding.ways_out,
        [
            "have the libfoo.so.1 in the image that /app/worker was linked with, or a newer one",
            "build /app/worker against the libfoo.so.1 that the image has"
        ]
    );
}

#[test]
fn a_symbol_of_a_version_is_named_with_it() {
    let finding = missing(caller_of_version(), versioned(&["FOO_1"]), DiesLater);
    let text = "undefined symbol: foo_run, version FOO_1; ";
    assert!(finding.explanation.contains(text), "{finding:#?}");
}

#[test]
fn a_symbol_bound_at_start_stops_it() {
    let now = |mut elf: Elf| {
        elf.flags_1 |= 1;
        elf
    };
    let finding = missing(now(caller()), library(), DoesNotStart);
    let text = "it does not start: symbol lookup error: /app/worker: undefined symbol: foo_run;";
    assert!(finding.explanation.starts_with(text), "{finding:#?}");
    for (kind, lazy) in [
        (ADDRESS, false),
        (GLOBAL_DATA, false),
        (COPY, false),
        (THREAD_LOCAL, false),
        (THREAD_LOCAL, true),
        (SLOT, false),
    ] {
        let program = Elf::program(&["libfoo.so.1"]).wanting("foo_run", None, kind, lazy);
        missing(program, library(), DoesNotStart);
    }
}

#[test]
fn the_environment_decides_when_calls_are_bound() {
    let tree = tree(caller(), library());
    for (value, verdict) in [("1", DoesNotStart), ("", DiesLater)] {
        let mut launch = launch(&["/app/worker"]);
        launch
            .environment
            .insert("LD_BIND_NOW".to_owned(), value.to_owned());
        let report = prove(&tree, &launch);
        assert_eq!(only(&report).verdict, verdict);
    }
}

#[test]
fn what_no_relocation_names_is_never_looked_up() {
    let mut program = Elf::program(&["libfoo.so.1"]);
    program.imports.push(("foo_run".to_owned(), false, None));
    let unused = check_proven(&tree(program.clone(), library()), &launch(&["/app/worker"]));
    assert_eq!(unused.programs[0].symbols_checked, 0);
    let relative = program.relocating("foo_run", RELATIVE, false);
    check_proven(&tree(relative, library()), &launch(&["/app/worker"]));
}

#[test]
fn a_weak_symbol_may_be_missing() {
    let mut program = Elf::program(&["libfoo.so.1"]);
    program.imports.push(("foo_run".to_owned(), true, None));
    let program = program.relocating("foo_run", GLOBAL_DATA, false);
    check_proven(&tree(program, library()), &launch(&["/app/worker"]));
}

#[test]
fn a_preload_supplies_what_a_library_lacks() {
    let mut tree = tree(caller(), library());
    tree.library(
        "libpre.so.1",
        Elf::library("libpre.so.1", &[]).exporting(Export::function("foo_run")),
    );
    let mut launch = launch(&["/app/worker"]);
    launch
        .environment
        .insert("LD_PRELOAD".to_owned(), "libpre.so.1".to_owned());
    check_proven(&tree, &launch);
}

#[test]
fn a_library_is_served_by_the_program_and_by_the_loader() {
    let library = Elf::library("libfoo.so.1", &["libc.so.6"])
        .wanting("callback", None, SLOT, true)
        .wanting("of_loader", None, SLOT, true);
    let program = Elf::program(&["libfoo.so.1"]).exporting(Export::function("callback"));
    let mut tree = tree(program.clone(), library);
    let loader = super::loader("2.36-9").exporting(Export::numbered("of_loader", 2));
    let path = format!("{}/ld-linux-x86-64.so.2", super::LIBRARIES);
    tree.file(&path, &loader.build());
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(report.programs[0].symbols_checked, 2);

    // Nobody needs the loader: nobody looks in it.
    let alone = Elf::library("libfoo.so.1", &[]).wanting("of_loader", None, SLOT, true);
    tree.library("libfoo.so.1", alone);
    let report = proof(&tree);
    assert_eq!(only(&report).chain.last().unwrap(), "libfoo.so.1 (NEEDED)");
}

#[test]
fn many_symbols_of_one_object_are_one_finding() {
    let names = ["a1", "a2", "a3", "a4", "a5", "a6", "a7"];
    let program = names
        .iter()
        .fold(Elf::program(&["libfoo.so.1"]), |program, name| {
            program.wanting(name, None, SLOT, true)
        });
    let program = program.wanting("start", None, GLOBAL_DATA, false);
    let finding = missing(program, library(), DoesNotStart);
    assert_eq!(finding.subject, "start");
    assert!(
        finding
            .explanation
            .ends_with("it misses 8 symbols: start, a1, a2, a3, a4 and 3 more"),
        "{finding:#?}"
    );
}

#[test]
fn the_library_whose_name_fits_should_have_had_it() {
    let mut tree = tree(
        Elf::program(&["libfoo.so.1", "libcurl.so.4"]).wanting("curl_now", None, SLOT, true),
        library(),
    );
    tree.library("libcurl.so.4", Elf::library("libcurl.so.4", &[]));
    let finding = only(&proof(&tree)).clone();
    let path = "/lib/x86_64-linux-gnu/libcurl.so.4";
    assert_eq!(finding.provider.as_deref(), Some(path));
    tree.program(
        "/app/worker",
        Elf::program(&["libfoo.so.1", "libcurl.so.4"]).wanting("inflate", None, SLOT, true),
    );
    let finding = only(&proof(&tree)).clone();
    assert_eq!(finding.provider, None);
    assert!(
        finding.ways_out[0].contains("the library that defines inflate (-l…)"),
        "{finding:#?}"
    );
}

#[test]
fn a_missing_library_or_version_is_told_once() {
    let mut without = tree(caller(), library());
    without.remove(&format!("{}/libfoo.so.1", super::LIBRARIES));
    let report = proof(&without);
    assert_eq!(only(&report).code, Code::LibraryMissing);
    let report = proof(&tree(caller_of_version(), versioned(&["FOO_0"])));
    assert_eq!(only(&report).code, Code::VersionMissing);
}

#[test]
fn other_machines_have_numbers_of_their_own() {
    use crate::Machine;
    // The copy and the slot of each; both are 32 and 64 bits wide.
    for (machine, wide, copy, slot) in [
        (Machine::Aarch64, true, 1024, 1026),
        (Machine::Arm, false, 20, 22),
        (Machine::I386, false, 5, 7),
        (Machine::Riscv64, true, 4, 5),
    ] {
        let of = |elf: Elf| Elf {
            machine: machine.number(),
            wide,
            ..elf
        };
        let mut tree = Tree::debian();
        let path = format!("{}/ld-linux-x86-64.so.2", super::LIBRARIES);
        tree.file(&path, &of(super::loader("2.36-9")).build());
        tree.library("libc.so.6", of(super::libc("2.36-9")));
        tree.library("libfoo.so.1", of(library()));
        let mut check = |kind, lazy, verdict| {
            let program = Elf::program(&["libfoo.so.1"]).wanting("foo_run", None, kind, lazy);
            tree.program("/app/worker", of(program));
            let launch = Launch::of(vec!["/app/worker".to_owned()], machine);
            let report = prove(&tree, &launch);
            assert_eq!(only(&report).verdict, verdict, "{machine}");
        };
        check(slot, true, DiesLater);
        check(copy, false, DoesNotStart);
    }
}

#[test]
fn chains_without_end_end() {
    let name = "n".repeat(1 << 20);
    let program = Elf::program(&["libfoo.so.1"]).wanting(&name, None, SLOT, true);
    let mut bytes = library().exporting(Export::function("x")).build();
    // The hash table: four buckets and two chains, all leading to symbol 1, which leads to itself.
    let head = [4_u32, 2].map(u32::to_le_bytes).concat();
    let at = memchr::memmem::find(&bytes, &head).unwrap();
    for word in 2..8 {
        bytes[at + 4 * word..at + 4 * word + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let mut tree = tree(program, library());
    tree.file(&format!("{}/libfoo.so.1", super::LIBRARIES), &bytes);
    let report = proof(&tree);
    let finding = only(&report);
    assert_eq!(
        (finding.code, finding.verdict),
        (Code::TooMuch, Verdict::NotProven)
    );
}

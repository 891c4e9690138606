//! What a program of musl opens while it runs, and what comes to it from outside.

use super::super::dlopen::opening;
use super::super::provided::providing;
use super::super::{Tree, check_proven, launch, only, proof};
use super::{library, musl, program};
use crate::elf::writer::{Elf, Export};
use crate::start::{Code, Finding, Presence, Verdict, prove};

const SLOT: u32 = 7;

fn tree(program: Elf, library: Elf) -> Tree {
    let mut tree = musl();
    tree.program("/app/worker", program);
    tree.program("/usr/lib/libfoo.so.1", library);
    tree
}

#[track_caller]
fn dies_later(tree: &Tree, code: Code, said: &str) -> Finding {
    let report = prove(tree, &opening("libfoo.so.1"));
    let finding = only(&report).clone();
    assert_eq!((finding.code, finding.verdict), (code, Verdict::DiesLater));
    let explanation = format!("it starts, and cannot open libfoo.so.1: {said}");
    assert!(
        finding.explanation.starts_with(&explanation),
        "{finding:#?}"
    );
    finding
}

#[test]
fn what_is_opened_is_found_with_all_that_it_needs() {
    let mut tree = tree(program(&["libc.so"]), library(&["libbar.so.2"]));
    tree.program("/usr/lib/libbar.so.2", Elf::library("libbar.so.2", &[]));
    let report = check_proven(&tree, &opening("libfoo.so.1"));
    let opened = report.programs[0].opened.iter();
    let opened: Vec<_> = opened.map(|object| object.needed_by.clone()).collect();
    let chain = [
        "ENTRYPOINT",
        "/app/worker",
        "libfoo.so.1 (dlopen in coracle.toml)",
        "libbar.so.2 (NEEDED)",
    ];
    assert_eq!(opened, [chain[..3].to_vec(), chain.to_vec()]);
}

#[test]
fn what_is_missing_of_it_is_found_when_it_is_opened() {
    let mut without = tree(program(&["libc.so"]), library(&[]));
    without.remove("/usr/lib/libfoo.so.1");
    let said = "Error loading shared library libfoo.so.1: No such file or directory";
    let finding = dies_later(&without, Code::LibraryMissing, said);
    assert!(!finding.explanation.contains("needed by"), "{finding:#?}");
    let needs = tree(program(&["libc.so"]), library(&["libbar.so.2"]));
    let said = "Error loading shared library libbar.so.2: No such file or directory (needed by /usr/lib/libfoo.so.1)";
    dies_later(&needs, Code::LibraryMissing, said);
    let wants = library(&[]).wanting("bar_run", None, SLOT, true);
    let said = "Error relocating /usr/lib/libfoo.so.1: bar_run: symbol not found";
    dies_later(
        &tree(program(&["libc.so"]), wants),
        Code::SymbolMissing,
        said,
    );
}

#[test]
fn the_program_s_own_symbols_serve_it_and_nothing_is_looked_up_twice() {
    let exports = program(&["libc.so"]).exporting(Export::function("bar_run"));
    let wants = library(&[]).wanting("bar_run", None, SLOT, true);
    let report = check_proven(&tree(exports, wants), &opening("libfoo.so.1"));
    assert_eq!(report.programs[0].symbols_checked, 1);
}

#[test]
fn what_is_provided_is_not_missing_and_may_have_what_nothing_else_has() {
    let calls = program(&["libcuda.so.1", "libc.so"]).wanting("cu_init", None, SLOT, true);
    let tree = tree(calls, library(&[]));
    assert_eq!(only(&proof(&tree)).code, Code::LibraryMissing);
    let report = check_proven(&tree, &providing("libcuda.so.1"));
    let chain = ["ENTRYPOINT", "/app/worker", "libcuda.so.1 (NEEDED)"];
    assert_eq!(report.provided[0].chain, chain);
    assert!(report.unneeded.is_empty());
    assert_eq!(
        prove(&tree, &providing("libfoo.so.1")).unneeded,
        ["libfoo.so.1"]
    );
}

#[test]
fn what_its_data_names_is_told() {
    let mut names = program(&["libc.so"]).wanting("dlopen", None, SLOT, true);
    names.extra = b"\0libfoo.so.1\0libgone.so.3\0".to_vec();
    let mut tree = tree(names, library(&[]));
    let opens = super::loader("1.2.5").exporting(Export::function("dlopen"));
    tree.file(super::MUSL, &opens.build());
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    let mentions = report.openers[0].mentions.iter();
    let mentions: Vec<_> = mentions
        .map(|mention| (mention.name.as_str(), mention.presence))
        .collect();
    assert_eq!(
        mentions,
        [
            ("libfoo.so.1", Presence::There),
            ("libgone.so.3", Presence::Missing)
        ]
    );
}

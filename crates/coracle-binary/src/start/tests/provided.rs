//! Libraries that come from outside when the container starts.

use super::{Tree, check_launch, check_proven, launch, only};
use crate::elf::writer::Elf;
use crate::start::{Code, Launch, Verdict, prove};

const SLOT: u32 = 7;

pub(super) fn providing(name: &str) -> Launch {
    let mut launch = launch(&["/app/worker"]);
    launch.provided.insert(name.to_owned());
    launch
}

fn tree(program: Elf) -> Tree {
    let mut tree = Tree::debian();
    tree.program("/app/worker", program);
    tree
}

#[test]
fn one_that_is_needed_is_not_missing_and_is_not_looked_at() {
    let tree =
        tree(Elf::program(&["libcuda.so.1", "libc.so.6"]).needing("libcuda.so.1", &["CUDA_12"]));
    let text = "libcuda.so.1: cannot open";
    check_launch(
        &tree,
        &launch(&["/app/worker"]),
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        text,
    );
    let report = check_proven(&tree, &providing("libcuda.so.1"));
    assert_eq!(
        report.provided[0].chain,
        ["ENTRYPOINT", "/app/worker", "libcuda.so.1 (NEEDED)"]
    );
    let told = "libcuda.so.1 is provided at run time (asked for by /app/worker), with all that it needs itself";
    assert_eq!(report.not_looked_at, [told]);
    assert!(report.unneeded.is_empty());
}

#[test]
fn a_library_of_the_image_may_need_it_too() {
    let mut tree = tree(Elf::program(&["libfoo.so.1", "libc.so.6"]));
    tree.library(
        "libfoo.so.1",
        Elf::library("libfoo.so.1", &["libcuda.so.1"]),
    );
    check_proven(&tree, &providing("libcuda.so.1"));
}

#[test]
fn symbols_that_nothing_has_may_come_from_it_and_those_of_another_file_s_version_may_not() {
    let calls = Elf::program(&["libcuda.so.1", "libc.so.6"]).wanting("cu_init", None, SLOT, true);
    check_proven(&tree(calls.clone()), &providing("libcuda.so.1"));
    let of_its_version = Elf::program(&["libcuda.so.1", "libc.so.6"])
        .needing("libcuda.so.1", &["CUDA_12"])
        .wanting("cu_init", Some(0), SLOT, true);
    check_proven(&tree(of_its_version), &providing("libcuda.so.1"));
    let of_libc = Elf::program(&["libcuda.so.1", "libc.so.6"])
        .needing("libc.so.6", &["GLIBC_2.34"])
        .wanting("gone", Some(0), SLOT, true);
    let report = prove(&tree(of_libc), &providing("libcuda.so.1"));
    assert_eq!(only(&report).code, Code::SymbolMissing);
    // Where it is not loaded, nothing comes from it.
    let alone = Elf::program(&["libc.so.6"]).wanting("cu_init", None, SLOT, true);
    let report = prove(&tree(alone), &providing("libcuda.so.1"));
    assert_eq!(only(&report).code, Code::SymbolMissing);
}

#[test]
fn what_else_is_missing_stays_missing() {
    let tree = tree(Elf::program(&["libcuda.so.1", "libfoo.so.1", "libc.so.6"]));
    let report = prove(&tree, &providing("libcuda.so.1"));
    assert_eq!(only(&report).subject, "libfoo.so.1");
}

#[test]
fn a_name_that_nothing_asks_for_is_told() {
    let report = check_proven(
        &tree(Elf::program(&["libc.so.6"])),
        &providing("libcuba.so.1"),
    );
    assert_eq!(report.unneeded, ["libcuba.so.1"]);
}

//! Where `/etc/ld.so.cache` leads glibc's loader.

use super::search::{rule, tree};
use super::{LIBRARIES, check};
use crate::elf::writer::Elf;
use crate::start::glibc::cache_of as cache;
use crate::start::{Code, Verdict};

#[test]
fn the_cache_comes_before_the_system_directories_and_may_be_stale() {
    let mut tree = tree();
    let rows = [("libfoo.so.1", "/opt/libfoo.so.1", 0x303, 0)];
    tree.file("/etc/ld.so.cache", &cache(&rows));
    assert_eq!(
        rule(&tree, &[], "libfoo.so.1").1,
        "system directory /lib/x86_64-linux-gnu"
    );
    tree.file(
        "/opt/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    let found = ("/opt/libfoo.so.1".to_owned(), "/etc/ld.so.cache".to_owned());
    assert_eq!(rule(&tree, &[], "libfoo.so.1"), found);
    tree.remove("/opt/libfoo.so.1")
        .remove(&format!("{LIBRARIES}/libfoo.so.1"));
    let text = "/opt/libfoo.so.1 is passed over: /etc/ld.so.cache names it, and it is not there: the cache is stale";
    check(&tree, Code::LibraryMissing, Verdict::DoesNotStart, text);
}

#[test]
fn entries_of_the_cache_that_are_system_files_do_not_count_with_nodeflib() {
    let mut tree = tree();
    tree.file(
        "/opt/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    tree.program(
        "/app/worker",
        Elf {
            flags_1: 0x800,
            ..Elf::program(&["libfoo.so.1"])
        },
    );
    tree.file(
        "/etc/ld.so.cache",
        &cache(&[("libfoo.so.1", "/opt/libfoo.so.1", 0x303, 0)]),
    );
    assert_eq!(rule(&tree, &[], "libfoo.so.1").1, "/etc/ld.so.cache");
    let path = "/lib/x86_64-linux-gnu/libfoo.so.1";
    tree.file(
        "/etc/ld.so.cache",
        &cache(&[("libfoo.so.1", path, 0x303, 0)]),
    );
    check(
        &tree,
        Code::LibraryMissing,
        Verdict::DoesNotStart,
        "libfoo.so.1: cannot open",
    );
}

#[test]
fn an_entry_of_the_cache_for_some_cpus_is_never_a_pass() {
    let mut tree = tree();
    let rows = [
        ("libfoo.so.1", "/opt/v3/libfoo.so.1", 0x303, 1 << 62),
        ("libfoo.so.1", "/opt/libfoo.so.1", 0x303, 0),
    ];
    tree.file(
        "/opt/libfoo.so.1",
        &Elf::library("libfoo.so.1", &[]).build(),
    );
    tree.file("/etc/ld.so.cache", &cache(&rows));
    check(
        &tree,
        Code::CpuDependentPath,
        Verdict::NotProven,
        "/opt/v3/libfoo.so.1",
    );
}

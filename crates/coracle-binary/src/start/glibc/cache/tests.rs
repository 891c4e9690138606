//! Caches: written here, changed at random, and the machine's own beside what `ldconfig -p` prints of it.

use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

use super::{Cache, Entry};
use crate::Machine;

/// A cache of rows of a soname, a path, flags and hwcap bits.
pub(in crate::start) fn cache(rows: &[(&str, &str, u32, u64)]) -> Vec<u8> {
    let mut strings = Vec::new();
    let mut entries = Vec::new();
    let start = 48 + 24 * rows.len();
    for (name, path, flags, hwcap) in rows {
        let mut text = |text: &str| {
            let at = u32::try_from(start + strings.len()).unwrap();
            strings.extend(text.bytes());
            strings.push(0);
            at
        };
        let (name, path) = (text(name), text(path));
        for word in [*flags, name, path, 0] {
            entries.extend(word.to_le_bytes());
        }
        entries.extend(hwcap.to_le_bytes());
    }
    let mut bytes = b"glibc-ld.so.cache1.1".to_vec();
    bytes.extend(u32::try_from(rows.len()).unwrap().to_le_bytes());
    bytes.extend(u32::try_from(strings.len()).unwrap().to_le_bytes());
    bytes.extend([2, 0, 0, 0]);
    bytes.resize(48, 0);
    [bytes, entries, strings].concat()
}

const ROWS: [(&str, &str, u32, u64); 5] = [
    ("libfoo.so.1", "/opt/v3/libfoo.so.1", 0x303, 1 << 62),
    ("libfoo.so.1", "/opt/libfoo.so.1", 0x303, 0),
    ("libfoo.so.1", "/opt/lib32/libfoo.so.1", 0x003, 0),
    ("libfoo.so.1", "/opt/arm64/libfoo.so.1", 0xa03, 0),
    ("libbar.so.2", "/opt/libbar.so.2", 0x303, 0),
];

fn paths(bytes: &[u8], machine: Machine, name: &str) -> Vec<(String, bool)> {
    let cache = Cache::read(bytes, machine).unwrap();
    cache
        .look_up(name)
        .into_iter()
        .map(
            |Entry {
                 path,
                 for_some_cpus,
             }| (path.to_owned(), for_some_cpus),
        )
        .collect()
}

#[test]
fn entries_of_the_machine_are_found_in_order() {
    let bytes = cache(&ROWS);
    let expected = [
        ("/opt/v3/libfoo.so.1".to_owned(), true),
        ("/opt/libfoo.so.1".to_owned(), false),
    ];
    assert_eq!(paths(&bytes, Machine::X86_64, "libfoo.so.1"), expected);
    assert_eq!(
        paths(&bytes, Machine::Aarch64, "libfoo.so.1"),
        [("/opt/arm64/libfoo.so.1".to_owned(), false)]
    );
    assert_eq!(
        paths(&bytes, Machine::I386, "libfoo.so.1"),
        [("/opt/lib32/libfoo.so.1".to_owned(), false)]
    );
    assert_eq!(paths(&bytes, Machine::X86_64, "libfoo.so"), []);
}

#[test]
fn the_new_format_is_found_behind_the_old_one() {
    let mut bytes = b"ld.so-1.7.0\0".to_vec();
    bytes.extend(1_u32.to_le_bytes());
    bytes.resize(16 + 12, 0);
    bytes.resize(bytes.len().next_multiple_of(8), 0);
    bytes.extend(cache(&ROWS));
    assert_eq!(
        paths(&bytes, Machine::X86_64, "libbar.so.2"),
        [("/opt/libbar.so.2".to_owned(), false)]
    );
}

#[test]
fn names_are_found_by_halving_and_digits_count_as_numbers() {
    let rows = ["libz.so.10", "libz.so.9", "liba.so.2", "liba.so.1"];
    let rows = rows.map(|name| (name, name, 0x303, 0));
    let found = |rows: &[_], name: &str| !paths(&cache(rows), Machine::X86_64, name).is_empty();
    for (name, ..) in rows {
        assert!(found(&rows, name), "{name}");
    }
    assert!(found(&rows, "liba.so.01"));
    assert!(!found(&rows, "liba.so"));
    // The other way round the halving goes astray, as the loader's does.
    let mut turned = rows;
    turned.reverse();
    assert!(!found(&turned, "libz.so.10"));
}

#[test]
fn a_name_beyond_the_end_ends_the_search_and_a_path_that_is_cut_is_short() {
    let whole = cache(&ROWS);
    // The strings of the last row are the last: its path is cut, then its name is gone.
    let cut = |length: usize| {
        paths(
            &whole[..whole.len() - length],
            Machine::X86_64,
            "libbar.so.2",
        )
    };
    assert_eq!(cut(3), [("/opt/libbar.so".to_owned(), false)]);
    assert_eq!(cut("libbar.so.2/opt/libbar.so.2".len() + 2), []);
}

#[test]
fn what_the_loader_would_not_use_is_no_cache() {
    let whole = cache(&ROWS);
    let refused = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = whole.clone();
        edit(&mut bytes);
        assert!(Cache::read(&bytes, Machine::X86_64).is_none());
    };
    refused(&|bytes| bytes.clear());
    refused(&|bytes| bytes.truncate(47));
    refused(&|bytes| bytes.truncate(48 + 24 * 5 - 1));
    refused(&|bytes| bytes[19] = b'2');
    refused(&|bytes| bytes[28] = 3);
    refused(&|bytes| bytes[20..24].fill(0xff));
}

#[test]
fn no_mutation_makes_the_reader_panic() {
    let whole = cache(&ROWS);
    let edits = proptest::collection::vec((any::<u16>(), any::<u8>()), 0..16);
    let config = Config {
        cases: 2048,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&(edits, any::<u16>()), |(edits, cut)| {
            let mut bytes = whole.clone();
            for (at, value) in edits {
                let at = usize::from(at) % bytes.len();
                bytes[at] = value;
            }
            if cut % 4 == 0 {
                bytes.truncate(usize::from(cut) % bytes.len());
            }
            for machine in [Machine::X86_64, Machine::S390x] {
                if let Some(cache) = Cache::read(&bytes, machine) {
                    let _ = cache.look_up("libfoo.so.1");
                }
            }
            Ok(())
        })
        .unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
#[expect(
    clippy::disallowed_methods,
    reason = "the oracle is another program, and this crate has no I/O outside tests"
)]
fn the_machines_cache_holds_what_ldconfig_prints() {
    let bytes = std::fs::read("/etc/ld.so.cache").unwrap();
    let cache = Cache::read(&bytes, Machine::X86_64).unwrap();
    let output = std::process::Command::new("/sbin/ldconfig")
        .arg("-p")
        .output()
        .expect("apt-get install libc-bin");
    let text = String::from_utf8(output.stdout).unwrap();
    let mut compared = 0;
    for line in text.lines().filter(|line| line.contains("(libc6,x86-64)")) {
        let (name, path) = line.trim().split_once(" (libc6,x86-64) => ").unwrap();
        let found = cache.look_up(name);
        assert!(
            found
                .iter()
                .any(|entry| entry.path == path && !entry.for_some_cpus),
            "{line}: {found:?}"
        );
        compared += 1;
    }
    assert!(
        compared > 100,
        "expected hundreds of entries, got {compared}"
    );
}

//! What was found before, run again; and that the lists of targets agree.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use coracle_binary::elf::Machine;
use coracle_binary::go::BuildInfo;
use coracle_binary::start::{Launch, prove};

use crate::binaries::go_program;
use crate::{LIBRARY, Root, TARGETS};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn what_was_found_stays_mended() {
    let found = fuzz().join("found");
    for target in TARGETS {
        let folder = found.join(target.name);
        for name in names(&folder) {
            let input = std::fs::read(folder.join(&name)).unwrap();
            // A panic names its thread.
            let thread = std::thread::Builder::new().name(format!("{}/{name}", target.name));
            let ran = thread.spawn(move || (target.run)(&input)).unwrap();
            assert!(ran.join().is_ok(), "{}/{name}", target.name);
        }
    }
}

#[test]
fn each_target_has_a_program_and_a_folder_and_no_other_has() {
    let expected: BTreeSet<String> = TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(expected.len(), TARGETS.len());
    assert_eq!(names(&fuzz().join("found")), expected);
    let programs: BTreeSet<String> = names(&fuzz().join("fuzz_targets"))
        .iter()
        .map(|name| name.strip_suffix(".rs").unwrap().to_owned())
        .collect();
    assert_eq!(programs, expected);
}

/// Else the fuzzers would only ever see refusals.
#[test]
fn the_small_root_starts() {
    let mut root = Root::debian();
    root.file("/usr/lib/x86_64-linux-gnu/libfoo.so.1", LIBRARY);
    let launch = Launch::of(vec!["/app/worker".to_owned()], Machine::X86_64);
    let report = prove(&root, &launch);
    assert!(report.proven(), "{report:#?}");
    assert_eq!(report.programs[0].objects.len(), 3);
    assert!(report.programs[0].symbols_checked > 4);
}

#[test]
fn what_follows_gos_magic_is_read() {
    let text = [&[8, 2][..], &[0; 16], &[4], b"go1.", &[0]].concat();
    let info = BuildInfo::read(&go_program(&text)).unwrap().unwrap();
    assert_eq!(info.go_version, "go1.");
}

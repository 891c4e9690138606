//! The machine's own binaries, read by this crate and by two others: the `object` crate (through section
//! headers, which this crate never reads) and `readelf`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use object::read::elf::{ElfFile64, FileHeader as _};
use object::{LittleEndian, Object as _, ObjectSymbol as _};

use crate::elf::{ElfFacts, Error, SegmentKind};

const FOLDERS: [&str; 4] = [
    "/usr/bin",
    "/usr/sbin",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
];

/// Every 64-bit little-endian ELF file of the folders, once.
fn binaries() -> Vec<(PathBuf, Vec<u8>)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for folder in FOLDERS {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let Ok(path) = std::fs::canonicalize(entry.unwrap().path()) else {
                continue;
            };
            if !path.is_file() || !seen.insert(path.clone()) {
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            if bytes.starts_with(b"\x7fELF\x02\x01") && matches!(bytes.get(16), Some(2 | 3)) {
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn facts_without_section_headers_equal_what_object_reads_with_them() {
    let binaries = binaries();
    assert!(
        binaries.len() > 300,
        "expected hundreds of system binaries, got {}",
        binaries.len()
    );
    for (path, bytes) in binaries {
        let facts =
            ElfFacts::read(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        compare(&path, &bytes, &facts);
        // Without its section headers, and with lying ones, the file says the same.
        let mut stripped = bytes.clone();
        stripped[40..48].fill(0);
        stripped[58..64].fill(0);
        assert_eq!(
            ElfFacts::read(&stripped).unwrap(),
            facts,
            "{}",
            path.display()
        );
        stripped[40..48].fill(0xff);
        stripped[58..64].fill(0x7f);
        assert_eq!(
            ElfFacts::read(&stripped).unwrap(),
            facts,
            "{}",
            path.display()
        );
    }
}

fn compare(path: &Path, bytes: &[u8], facts: &ElfFacts) {
    let shown = path.display();
    let file = ElfFile64::<LittleEndian>::parse(bytes).unwrap();
    let endian = LittleEndian;
    let (header, sections) = (file.elf_header(), file.elf_section_table());
    assert_eq!(
        facts.machine.number(),
        header.e_machine(endian).0,
        "{shown}"
    );
    let mut imports: Vec<(String, bool)> = file
        .dynamic_symbols()
        .filter(|symbol| symbol.is_undefined() && !symbol.name_bytes().unwrap().is_empty())
        .map(|symbol| (symbol.name().unwrap().to_owned(), symbol.is_weak()))
        .collect();
    imports.sort();
    imports.dedup();
    let mut ours: Vec<(String, bool)> = facts
        .imports
        .iter()
        .map(|import| (import.name.to_owned(), import.weak))
        .collect();
    ours.sort();
    ours.dedup();
    assert_eq!(ours, imports, "{shown}");
    let mut needed = Vec::new();
    if let Some((mut needs, link)) = sections.gnu_verneed(endian, bytes).unwrap() {
        let strings = sections.strings(endian, bytes, link).unwrap();
        while let Some((need, mut versions)) = needs.next().unwrap() {
            let file = String::from_utf8(need.file(endian, strings).unwrap().to_vec()).unwrap();
            while let Some(version) = versions.next().unwrap() {
                let name =
                    String::from_utf8(version.name(endian, strings).unwrap().to_vec()).unwrap();
                needed.push((file.clone(), name));
            }
        }
    }
    let ours = facts.version_needs.iter().flat_map(|need| {
        need.versions
            .iter()
            .map(|version| (need.file.clone(), version.name.clone()))
    });
    assert_eq!(ours.collect::<Vec<_>>(), needed, "{shown}");
    let mut defined = None;
    if let Some((mut definitions, link)) = sections.gnu_verdef(endian, bytes).unwrap() {
        let strings = sections.strings(endian, bytes, link).unwrap();
        let names = defined.get_or_insert_with(Vec::new);
        while let Some((_, mut auxiliary)) = definitions.next().unwrap() {
            let own = auxiliary.next().unwrap().unwrap();
            names.push(String::from_utf8(own.name(endian, strings).unwrap().to_vec()).unwrap());
        }
    }
    assert_eq!(facts.version_definitions, defined, "{shown}");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
#[expect(
    clippy::disallowed_methods,
    reason = "the oracle is another program, and this crate has no I/O outside tests"
)]
fn names_equal_what_readelf_prints() {
    let mut compared = 0;
    for (path, bytes) in binaries().iter().step_by(3) {
        let facts = ElfFacts::read(bytes).unwrap();
        let output = std::process::Command::new("readelf")
            .args(["--dynamic", "--program-headers", "--wide"])
            .arg(path)
            .env("LC_ALL", "C")
            .output()
            .expect("readelf is needed: apt-get install binutils");
        names_equal(
            &path.display().to_string(),
            &facts,
            &String::from_utf8_lossy(&output.stdout),
        );
        compared += 1;
    }
    assert!(
        compared > 100,
        "expected hundreds of system binaries, got {compared}"
    );
}

fn names_equal(shown: &str, facts: &ElfFacts, text: &str) {
    let bracketed = |mark: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| line.contains(mark));
        lines
            .filter_map(|line| Some(line.rsplit_once('[')?.1.trim_end_matches(']').to_owned()))
            .collect()
    };
    assert_eq!(facts.needed, bracketed("Shared library:"), "{shown}");
    assert_eq!(
        facts.soname.iter().cloned().collect::<Vec<_>>(),
        bracketed("Library soname:"),
        "{shown}"
    );
    assert_eq!(
        facts.runpath.iter().cloned().collect::<Vec<_>>(),
        bracketed("Library runpath:"),
        "{shown}"
    );
    assert_eq!(
        facts.rpath.iter().cloned().collect::<Vec<_>>(),
        bracketed("Library rpath:"),
        "{shown}"
    );
    let interpreter = text
        .lines()
        .find_map(|line| line.split_once("interpreter: "))
        .map(|(_, path)| path);
    let interpreter = interpreter.map(|path| path.trim_end_matches(']'));
    assert_eq!(facts.interpreter.as_deref(), interpreter, "{shown}");
    let line = |mark: &str| {
        text.lines()
            .find(|line| line.contains(mark))
            .unwrap_or_default()
    };
    let flags = format!("{} {}", line("(FLAGS)"), line("(FLAGS_1)"));
    let has = |word: &str| flags.split([' ', ':']).any(|known| known == word);
    assert_eq!(
        facts.flags.bind_now,
        has("NOW") || has("BIND_NOW") || !line("(BIND_NOW)").is_empty(),
        "{shown}"
    );
    assert_eq!(facts.flags.pie, has("PIE"), "{shown}");
    assert_eq!(
        facts.is_dynamic,
        text.contains("Dynamic section at offset"),
        "{shown}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_system_binary_whose_last_loaded_byte_is_cut_off_is_an_error() {
    for (path, bytes) in binaries().iter().step_by(5) {
        let facts = ElfFacts::read(bytes).unwrap();
        let loads = facts
            .segments
            .iter()
            .filter(|segment| segment.kind == SegmentKind::Load);
        let end = loads
            .map(|load| load.offset + load.file_size)
            .max()
            .unwrap();
        let cut = &bytes[..usize::try_from(end).unwrap() - 1];
        let error = ElfFacts::read(cut).unwrap_err();
        let expected = matches!(
            error,
            Error::SegmentBeyondFile {
                kind: SegmentKind::Load,
                ..
            }
        );
        assert!(expected, "{}: {error}", path.display());
    }
}

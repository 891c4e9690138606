//! ELF files, what they hold, and what the loader would make of them.

use coracle_binary::elf::Machine;
use coracle_binary::go::BuildInfo;
use coracle_binary::inspect::Facts;
use coracle_binary::reduce::Reduced;
use coracle_binary::start::{Launch, Report, User, prove};
use coracle_binary::{ElfFacts, Linkage};

use crate::agreement;
use crate::root::{LIBRARY, PROGRAM, Root};

const PROGRAM_PATH: &str = "/app/worker";
const LIBRARY_PATH: &str = "/usr/lib/x86_64-linux-gnu/libfoo.so.1";

/// Any file as an ELF file: its facts, beside what another reader says; and its symbols, versions, notes and relocations, as
/// the library of a program and as a program.
pub fn elf(bytes: &[u8]) {
    let Ok(facts) = ElfFacts::read(bytes) else {
        return;
    };
    assert_eq!(ElfFacts::read(bytes).as_ref(), Ok(&facts));
    let _ = (Linkage::of(&facts), facts.glibc_ceiling());
    let _ = Facts::read(bytes);
    agreement::elf(bytes, &facts);
    let as_library = |bytes: &[u8]| {
        let mut root = Root::debian();
        root.file(LIBRARY_PATH, bytes);
        proof(&root, facts.machine)
    };
    let as_program = |bytes: &[u8]| {
        let mut root = Root::debian();
        root.file(LIBRARY_PATH, LIBRARY);
        root.file(PROGRAM_PATH, bytes);
        proof(&root, facts.machine)
    };
    let proofs = [as_library(bytes), as_program(bytes)];
    // What is kept of a reduced file says the same.
    if let Some(reduced) = Reduced::of(bytes) {
        let filled = reduced.fill(Vec::new());
        assert_eq!(ElfFacts::read(&filled).as_ref(), Ok(&facts));
        assert_eq!(Facts::read(&filled).ok(), Facts::read(bytes).ok());
        assert_eq!([as_library(&filled), as_program(&filled)], proofs);
    }
}

/// Go's build information: any file; and any text behind its magic in a file that is well otherwise, which a fuzzer would
/// not make by itself.
pub fn go_build_info(bytes: &[u8]) {
    let _ = BuildInfo::read(bytes);
    let program = go_program(bytes);
    let _ = BuildInfo::read(&program);
    let _ = Facts::read(&program);
}

/// The small program with Go's magic and these bytes at the end of its data.
pub(crate) fn go_program(bytes: &[u8]) -> Vec<u8> {
    let mut program = PROGRAM.to_vec();
    program.resize(program.len().next_multiple_of(16), 0);
    program.extend_from_slice(b"\xff Go buildinf:");
    program.extend_from_slice(bytes);
    lengthen_data(&mut program);
    program
}

/// Lets the last `PT_LOAD`, which holds the data, reach to the file's end.
fn lengthen_data(program: &mut [u8]) -> Option<()> {
    const HEADERS: usize = 64;
    const SIZE: usize = 56;
    let count = usize::from(*program.get(56)?);
    let is_load = |at: &usize| program.get(*at..at + 4) == Some(&[1, 0, 0, 0]);
    let mut headers = (0..count).map(|index| HEADERS + index * SIZE).rev();
    let at = headers.find(is_load)?;
    let offset: [u8; 8] = program.get(at + 8..at + 16)?.try_into().ok()?;
    let size = (program.len() as u64).checked_sub(u64::from_le_bytes(offset))?;
    // In the file and in memory.
    for place in [at + 32, at + 40] {
        let field = program.get_mut(place..place + 8)?;
        field.copy_from_slice(&size.to_le_bytes());
    }
    Some(())
}

/// `/etc/ld.so.cache`: the proof of a program whose library only the cache leads to.
pub fn loader_cache(bytes: &[u8]) {
    let mut root = Root::debian();
    root.file("/opt/libfoo.so.1", LIBRARY);
    root.file("/etc/ld.so.cache", bytes);
    let report = proof(&root, Machine::X86_64);
    // Nothing but an entry of the cache leads there, and that one has to name it.
    let names = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    let used = report
        .programs
        .iter()
        .flat_map(|program| &program.objects)
        .any(|object| object.path == "/opt/libfoo.so.1");
    assert!(!used || names(b"libfoo.so.1\0"), "{report:#?}");
}

/// A whole launch: the first bytes choose what is where and how it is started, the rest is the files' bytes.
pub fn start(bytes: &[u8]) {
    let Some((&[shape, files, more, high, low], rest)) = bytes.split_first_chunk() else {
        return;
    };
    let cut = usize::from(u16::from_be_bytes([high, low])).min(rest.len());
    let (first, second) = rest.split_at(cut);
    let mode = match more & 3 {
        0 | 1 => 0o755,
        2 => 0o600,
        _ => 0o4755,
    };
    let mut root = Root::debian();
    root.file("/bin/sh", PROGRAM);
    root.file(LIBRARY_PATH, LIBRARY);
    for (bit, path) in SECOND_PLACES {
        if files & bit != 0 {
            root.file(path, second);
        }
    }
    let mut words = Vec::new();
    match FIRST_PLACES.get(usize::from(shape % 8)) {
        Some(path) => root.file_with_mode(path, first, mode),
        None if shape & 8 == 0 => words = split(first),
        None => words = [vec!["/bin/sh".to_owned(), "-c".to_owned()], split(first)].concat(),
    }
    if words.is_empty() {
        words.push(PROGRAM_PATH.to_owned());
    }
    let mut launch = Launch::of(words, Machine::X86_64);
    if more & 4 != 0 {
        launch.user = User {
            uid: 0,
            gid: 0,
            groups: Vec::new(),
        };
    }
    let text = String::from_utf8_lossy(second);
    for (bit, name) in [(8, "LD_LIBRARY_PATH"), (16, "LD_PRELOAD"), (32, "PATH")] {
        if more & bit != 0 {
            launch.environment.insert(name.to_owned(), text.to_string());
        }
    }
    let report = judge(&root, &launch);
    let again = prove(&root, &launch);
    assert_eq!(report, again, "the same launch is proven in two ways");
}

/// The file that the first part of the input is.
const FIRST_PLACES: [&str; 6] = [
    PROGRAM_PATH,
    LIBRARY_PATH,
    "/usr/lib/x86_64-linux-gnu/libc.so.6",
    "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "/bin/sh",
    "/etc/ld.so.preload",
];

/// The files that the second part may be.
const SECOND_PLACES: [(u8, &str); 5] = [
    (1, LIBRARY_PATH),
    (2, "/etc/ld.so.cache"),
    (4, "/etc/ld.so.preload"),
    (8, "/etc/passwd"),
    (16, "/app/libfoo.so.1"),
];

/// Words between zero bytes.
fn split(bytes: &[u8]) -> Vec<String> {
    let words = bytes.split(|byte| *byte == 0);
    words
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

fn proof(root: &Root<'_>, machine: Machine) -> Report {
    judge(root, &Launch::of(vec![PROGRAM_PATH.to_owned()], machine))
}

/// Proves, and holds the report to what every report keeps.
fn judge(root: &Root<'_>, launch: &Launch) -> Report {
    let report = prove(root, launch);
    let said = !report.findings.is_empty() || !report.programs.is_empty();
    assert!(said, "a launch of which nothing is said");
    for finding in &report.findings {
        assert!(!finding.explanation.is_empty(), "{finding:?}");
    }
    for program in &report.programs {
        for object in program.objects.iter().filter(|_| report.proven()) {
            assert!(
                root.holds(&object.file),
                "proven with {} that is not there",
                object.file
            );
        }
    }
    report
}

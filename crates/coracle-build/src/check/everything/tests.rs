//! What is said of all files, without any that is real.

use super::super::made::Made;
use super::*;

fn missing(name: &str, library: &str) -> Finding {
    Finding {
        code: Code::LibraryMissing,
        verdict: coracle_binary::start::Verdict::DiesLater,
        subject: name.to_owned(),
        chain: vec![library.to_owned(), format!("{name} (NEEDED)")],
        explanation: format!("{name}: cannot open shared object file: no such file or directory"),
        ways_out: Vec::new(),
        missing_version: None,
        provider: None,
    }
}

#[test]
fn what_several_libraries_miss_is_said_once_and_what_lies_elsewhere_is_a_note() {
    let mut files = Files::default();
    let place = "/opt/java/server/libjvm.so".to_owned();
    files.names.insert("libjvm.so".to_owned(), place);
    let mut others = Others::default();
    for library in ["/opt/java/libawt.so", "/opt/java/libnet.so"] {
        others.add(library, missing("libjvm.so", library), &files);
        others.add(library, missing("libX11.so.6", library), &files);
    }
    let subjects: Vec<&str> = others.findings.iter().map(|one| &*one.subject).collect();
    assert_eq!(subjects, ["libX11.so.6"]);
    assert_eq!(others.notes.len(), 2);
    assert!(others.notes[0].contains("which is at /opt/java/server/libjvm.so"));
}

#[test]
fn what_only_debuggers_read_and_what_cannot_be_read_is_neither_program_nor_library() {
    let mut made = Made::default();
    made.elf("usr/lib/debug/.build-id/ab/cd.debug", 64)
        .elf("opt/libfoo.so.debug", 64)
        .elf("opt/broken.so", 64);
    let tree = made.tree();
    let files = Files::of(&tree, &Prover::new(&tree));
    assert!(files.programs.is_empty() && files.libraries.is_empty());
}

#[test]
fn each_is_asked_once_and_answers_come_in_order() {
    let words: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let asked: Vec<&String> = words.iter().collect();
    assert_eq!(each(&asked, str::to_owned), words);
}

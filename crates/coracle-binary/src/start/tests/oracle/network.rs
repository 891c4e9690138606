//! A program of one release among the libraries of another: every version is there, and a symbol is not.

use std::process::Command;

use super::Fate::Dies;
use super::archive::Package;
use super::fixture::LIBRARIES;
use super::{reality_of_calls, verdict};
use crate::start::tests::root::Root;
use crate::start::tests::{launch, only};
use crate::start::{Code, prove};

/// `sqlite3_stmt_explain` came with SQLite 3.43; bookworm has 3.40, trixie 3.46, and both call it libsqlite3.so.0.
const SOURCE: &str = r#"
#include <sqlite3.h>
int main(void) {
    sqlite3 *database;
    sqlite3_stmt *statement;
    if (sqlite3_open(":memory:", &database) || sqlite3_prepare_v2(database, "select 1", -1, &statement, 0)) return 2;
    return sqlite3_stmt_explain(statement, 0);
}
"#;

fn run(command: &mut Command) {
    let output = command.output();
    let output =
        output.expect("mmdebstrap and a C compiler are needed: apt-get install mmdebstrap gcc");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_linked_to_a_newer_sqlite_is_refused_and_dies() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("bookworm");
    let include = "--include=libsqlite3-0";
    run(Command::new("mmdebstrap")
        .args(["--quiet", "--variant=extract", include, "bookworm"])
        .arg(&place));
    let library = Package::fetch("trixie", "libsqlite3-0");
    let headers = Package::fetch("trixie", "libsqlite3-dev");
    let source = folder.path().join("worker.c");
    std::fs::write(&source, SOURCE).unwrap();
    std::fs::create_dir(place.join("app")).unwrap();
    run(Command::new("cc")
        .args(["-Wl,-z,lazy", "-Wl,--allow-shlib-undefined", "-I"])
        .arg(headers.file("usr/include"))
        .arg("-o")
        .arg(place.join("app/worker"))
        .arg(source)
        .arg(library.file(&format!("{LIBRARIES}/libsqlite3.so.0"))));

    let launch = launch(&["/app/worker"]);
    let report = prove(&Root(place.clone()), &launch);
    let finding = only(&report);
    assert_eq!(finding.code, Code::SymbolMissing, "{finding:#?}");
    assert_eq!(finding.subject, "sqlite3_stmt_explain");
    let provider = finding.provider.as_deref().unwrap();
    assert!(provider.ends_with("/libsqlite3.so.0"), "{finding:#?}");
    assert!(report.programs[0].versions_checked > 0, "{report:#?}");
    let (fate, text) = reality_of_calls(&place, &launch);
    assert_eq!((verdict(&report), fate), (Dies, Dies), "{text}");
    let words = "undefined symbol: sqlite3_stmt_explain";
    assert!(text.contains(words), "{text}");
}

//! A program linked with one library and started with another: what is missing, and when, as in reality.
//!
//! Each case is judged and started twice: as it stands, and with `LD_BIND_NOW=1`.

mod table;

use super::fixture::{Fixture, LIBRARIES};
use super::{Fate, reality_of_calls, verdict};
use crate::start::tests::launch;
use crate::start::tests::root::Root;
use crate::start::{Code, prove};
use Fate::{Dies, Fails};
use table::{Library, PARTS, Parts};

/// Compiles a library into a file of this name.
fn make(fixture: &Fixture, name: &str, library: &Library, needed: &[&str]) {
    fixture.write("library.c", library.source);
    fixture.write("versions.map", library.versions);
    let soname = format!("-Wl,-soname,{name}");
    let usual = [
        "-shared",
        "-fPIC",
        "-Wl,-z,lazy",
        &soname,
        "-o",
        name,
        "library.c",
    ];
    let versions: &[&str] = match library.versions {
        "" => &[],
        _ => &["-Wl,--version-script,versions.map"],
    };
    fixture.compile(&[&usual, versions, library.options, needed].concat());
}

fn check(fixture: &Fixture, parts: &Parts) {
    let name = parts.name;
    make(fixture, "libfoo.so.1", &parts.linked, &[]);
    let mut linked = vec!["./libfoo.so.1"];
    if let Some(middle) = &parts.middle {
        make(fixture, "libmid.so.1", middle, &["./libfoo.so.1"]);
        linked.insert(0, "./libmid.so.1");
    }
    fixture.write("program.c", parts.program);
    let usual = [
        "-Wl,-z,lazy",
        "-Wl,-rpath-link,.",
        "-o",
        "program",
        "program.c",
    ];
    fixture.compile(&[&usual, parts.options, &linked].concat());
    make(fixture, "libfoo.so.1", &parts.shipped, &[]);

    let case = fixture.root("program");
    let mut launch = launch(&["/app/worker"]);
    for library in ["libfoo.so.1", "libmid.so.1"] {
        if library == "libfoo.so.1" || parts.middle.is_some() {
            case.copy(&fixture.file(library), &format!("{LIBRARIES}/{library}"));
        }
    }
    let pairs = parts.environment.iter();
    launch
        .environment
        .extend(pairs.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    if let Some(preload) = &parts.preload {
        make(fixture, "libpre.so.1", preload, &[]);
        case.copy(&fixture.file("libpre.so.1"), "env/libpre.so.1");
        let path = "/env/libpre.so.1".to_owned();
        launch.environment.insert("LD_PRELOAD".to_owned(), path);
    }
    let mut judge = |fate| {
        let report = prove(&Root(case.root.clone()), &launch);
        let (real, text) = reality_of_calls(&case.root, &launch);
        assert_eq!(real, fate, "reality, {name}:\n{text}");
        assert_eq!(
            verdict(&report),
            fate,
            "the proof, {name}: {report:#?}\n{text}"
        );
        let mut codes = report.findings.iter().map(|finding| finding.code);
        assert!(
            codes.all(|code| code == Code::SymbolMissing),
            "{name}: {report:#?}"
        );
        for finding in &report.findings {
            let said = format!("undefined symbol: {}", finding.subject);
            let says = text.contains(&said) || text.contains("check_match");
            assert!(says, "{name}: {finding:#?}\n{text}");
        }
        let now = "1".to_owned();
        launch.environment.insert("LD_BIND_NOW".to_owned(), now);
    };
    judge(parts.fate);
    judge(match parts.fate {
        Dies => Fails,
        other => other,
    });
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_symbol_is_found_or_missed_as_proven() {
    let fixture = Fixture::new();
    for parts in &PARTS {
        check(&fixture, parts);
    }
}

//! `coracle lint` as users meet it: what is printed, where, and how it ends.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::Ended;
use serde_json::Value;

use crate::support::Place;

const DOCKERFILE: &str = "FROM debian:trixie-slim\nCOPY api /app/api\nCMD /app/api\n";

/// A repository with these files.
fn repository(place: &Place, files: &[(&str, &str)]) -> PathBuf {
    let folder = place.path().join("work");
    fs::create_dir_all(folder.join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn lint(files: &[(&str, &str)], more: &[&str]) -> Ended {
    let place = Place::new();
    let folder = repository(&place, files);
    let first = ["-C", folder.to_str().unwrap(), "lint"];
    let coracle = place.coracle().args([&first[..], more].concat());
    coracle.run().unwrap()
}

#[test]
fn findings_are_underlined_and_end_with_one() {
    let ended = lint(
        &[("api/Dockerfile", DOCKERFILE)],
        &["--select", "CRC303,CRC304,CRC305"],
    );
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    insta::assert_snapshot!(ended.stdout);
    assert!(
        ended.stderr.contains("error: 2 warnings found"),
        "{}",
        ended.stderr
    );
}

#[test]
fn the_threshold_decides_and_nothing_found_is_well() {
    let files = [("api/Dockerfile", DOCKERFILE)];
    for (more, code) in [
        (&["--error-on", "never"][..], 0),
        (
            &["--error-on", "error", "--select", "CRC303,CRC304,CRC305"],
            0,
        ),
        (&["--select", "CRC304"], 0),
        (&["--ignore", "CRC"], 0),
        (&["--select", "CRC305", "--min-severity", "error"], 0),
        (&["--select", "CRC305"], 1),
    ] {
        assert_eq!(lint(&files, more).code, code, "{more:?}");
    }
}

#[test]
fn every_form_tells_the_same() {
    let files = [("api/Dockerfile", DOCKERFILE)];
    let json = lint(
        &files,
        &["--select", "CRC303,CRC304,CRC305", "--format", "json"],
    );
    let output: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(output["version"], 1);
    let findings = output["findings"].as_array().unwrap();
    let told: Vec<_> = findings
        .iter()
        .map(|one| {
            (
                one["rule"].as_str().unwrap(),
                one["place"]["line"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("CRC303", 1), ("CRC305", 3)]);
    let sarif = lint(
        &files,
        &["--select", "CRC303,CRC304,CRC305", "--format", "sarif"],
    );
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(log["runs"][0]["results"].as_array().unwrap().len(), 2);
    let github = lint(
        &files,
        &["--select", "CRC303,CRC304,CRC305", "--format", "github"],
    );
    let lines: Vec<&str> = github.stdout.lines().collect();
    assert!(
        lines[0].starts_with("::warning file=api/Dockerfile,line=1,"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
}

#[test]
fn comments_silence_and_one_for_nothing_is_told() {
    let text = "# coracle ignore=CRC303 a box of tools\nFROM debian:trixie-slim\n# hadolint ignore=DL3025\nCMD /app/api\n# coracle ignore=CRC304\nUSER root\n";
    let ended = lint(
        &[("Dockerfile", text)],
        &[
            "--select",
            "CRC0,CRC303,CRC304,CRC305",
            "--error-on",
            "note",
        ],
    );
    assert!(ended.stdout.contains("note[CRC001]"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("CRC305"), "{}", ended.stdout);
}

#[test]
fn only_what_is_asked_for_is_told_and_all_is_read() {
    let files = [
        ("api/Dockerfile", DOCKERFILE),
        ("web/Dockerfile", DOCKERFILE),
        (
            "compose.yaml",
            "services: {x: {build: {context: ., dockerfile: other/file.df}}}\n",
        ),
        ("other/file.df", DOCKERFILE),
    ];
    let one = lint(&files, &["--select", "CRC305", "web"]);
    assert!(one.stdout.contains("web/Dockerfile:3"), "{}", one.stdout);
    assert!(!one.stdout.contains("api/Dockerfile"), "{}", one.stdout);
    let all = lint(&files, &["--select", "CRC305"]);
    assert!(all.stdout.contains("other/file.df:3"), "{}", all.stdout);
    let outside = lint(&files, &["/"]);
    assert_eq!(outside.code, 2);
    assert!(
        outside.stderr.contains("coracle -C / lint"),
        "{}",
        outside.stderr
    );
}

#[test]
fn a_page_explains_a_rule_and_an_unknown_one_names_the_nearest() {
    let page = lint(&[], &["--explain", "CRC303"]);
    assert_eq!(page.code, 0);
    assert!(
        page.stdout.starts_with("CRC303 runs-as-root\n"),
        "{}",
        page.stdout
    );
    let list = lint(&[], &["--explain"]);
    assert!(
        list.stdout.contains("\nCRC304  warning  floating-base"),
        "{}",
        list.stdout
    );
    let unknown = lint(&[], &["--select", "run-as-root"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.stderr.contains("did you mean `runs-as-root`?"),
        "{}",
        unknown.stderr
    );
}

/// The report of one rule, and how it is written.
fn by_rule(place: &Place, folder: &Path, rule: &str, more: &[&str]) -> (Value, String) {
    let folder = folder.to_str().unwrap();
    let first = ["-C", folder, "lint", "--select", rule, "--format", "json"];
    let command = place.coracle().args([&first[..], more].concat());
    let ended = command.run().unwrap();
    (serde_json::from_str(&ended.stdout).unwrap(), ended.stdout)
}

/// What the lock says is the same whether a crate is linked or only used by a build script: cargo knows, from manifests that
/// are not in the repository.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn cargo_decides_what_the_lock_does_not_where_it_is_asked() {
    let sum = "0".repeat(64);
    let source = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let lock = format!(
        "version = 4\n\n[[package]]\nname = \"api\"\nversion = \"0.1.0\"\ndependencies = [\n \"client\",\n]\n\n[[package]]\nname = \"client\"\nversion = \"1.0.0\"\n{source}\nchecksum = \"{sum}\"\ndependencies = [\n \"native-tls\",\n]\n\n[[package]]\nname = \"native-tls\"\nversion = \"0.2.14\"\n{source}\nchecksum = \"{sum}\"\n"
    );
    let files = [
        (
            "Dockerfile",
            "FROM rust:1.91-bookworm AS build\nWORKDIR /work\nCOPY . .\nRUN cargo build --locked --release && install -D target/release/api /out/api\n\nFROM debian:bookworm-slim\nCOPY --from=build /out/api /usr/local/bin/api\nCMD [\"/usr/local/bin/api\"]\n",
        ),
        (
            "Cargo.toml",
            "[package]\nname = \"api\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[dependencies]\nclient = \"1\"\n",
        ),
        ("Cargo.lock", lock.as_str()),
        ("src/main.rs", "fn main() {}\n"),
    ];
    let judged = |kind: Option<&str>, more: &[&str]| {
        let place = Place::new();
        let folder = repository(&place, &files);
        let crates = place.path().join("crates");
        let manifest = |name: &str, version: &str| {
            format!("[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n")
        };
        let client = format!(
            "{}\n[{}]\nnative-tls = \"0.2\"\n",
            manifest("client", "1.0.0"),
            kind.unwrap_or("dependencies")
        );
        for (name, text) in [
            ("client", client),
            ("native-tls", manifest("native-tls", "0.2.14")),
        ] {
            let folder = crates.join(name);
            fs::create_dir_all(folder.join("src")).unwrap();
            fs::write(folder.join("Cargo.toml"), text).unwrap();
            fs::write(folder.join("src/lib.rs"), "").unwrap();
            fs::write(folder.join("build.rs"), "fn main() {}\n").unwrap();
            let sums = format!("{{\"files\":{{}},\"package\":\"{sum}\"}}");
            fs::write(folder.join(".cargo-checksum.json"), sums).unwrap();
        }
        // Outside of the repository, so that only cargo reads it.
        if kind.is_some() {
            let configuration = format!(
                "[source.crates-io]\nreplace-with = \"here\"\n[source.here]\ndirectory = {crates:?}\n"
            );
            fs::create_dir(place.path().join(".cargo")).unwrap();
            fs::write(place.path().join(".cargo/config.toml"), configuration).unwrap();
        }
        let (report, told) = by_rule(&place, &folder, "CRC109", more);
        let count = |key: &str| report[key].as_array().map_or(0, Vec::len);
        (count("findings"), count("skipped"), told)
    };
    let (found, skipped, told) = judged(Some("dependencies"), &[]);
    assert_eq!((found, skipped), (0, 1), "{told}");
    let (found, skipped, told) = judged(Some("dependencies"), &["--with-graph"]);
    assert_eq!((found, skipped), (1, 0), "{told}");
    let (found, skipped, told) = judged(Some("build-dependencies"), &["--with-graph"]);
    assert_eq!((found, skipped), (0, 0), "{told}");
    // Without the manifests cargo does not answer, and nothing is downloaded.
    let (found, skipped, told) = judged(None, &["--with-graph"]);
    assert_eq!((found, skipped), (0, 1), "{told}");
    assert!(told.contains("cargo does not tell"), "{told}");
}

/// A module that is not in the repository is not read, but by go.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn go_decides_what_the_sources_here_do_not_where_it_is_asked() {
    let main = "package main\n\nimport \"example.com/store\"\n\nfunc main() { store.Open() }\n";
    let judged = |store: &[(&str, &str)], more: &[&str]| {
        let place = Place::new();
        // Outside of the repository, so that only go reads it.
        let beside = place.path().join("store");
        for (name, text) in store {
            let file = beside.join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }
        let folder = repository(
            &place,
            &[
                (
                    "Dockerfile",
                    "FROM golang:1.26-bookworm AS build\nWORKDIR /work\nCOPY . .\nRUN CGO_ENABLED=0 go build -o /api .\n\nFROM scratch\nCOPY --from=build /api /api\nCMD [\"/api\"]\n",
                ),
                (
                    "go.mod",
                    &format!(
                        "module example.com/api\n\ngo 1.24\n\nrequire example.com/store v0.0.0\n\nreplace example.com/store => {}\n",
                        beside.display()
                    ),
                ),
                ("main.go", main),
            ],
        );
        let (report, told) = by_rule(&place, &folder, "CRC105", more);
        let messages = report["findings"].as_array().unwrap().iter();
        let messages: Vec<String> = messages
            .map(|finding| finding["message"].as_str().unwrap().to_owned())
            .collect();
        (messages, told)
    };
    let module = ("go.mod", "module example.com/store\n\ngo 1.24\n");
    let opens = (
        "store.go",
        "package store\n\nimport \"example.com/store/native\"\n\nfunc Open() { native.Open() }\n",
    );
    let native = (
        "native/native.go",
        "package native\n\nimport \"C\"\n\nfunc Open() {}\n",
    );
    let other = (
        "native/other.go",
        "//go:build !cgo\n\npackage native\n\nfunc Open() {}\n",
    );
    let needs_cgo = [module, opens, native];
    let (found, told) = judged(&needs_cgo, &[]);
    assert!(found.is_empty(), "{told}");
    let (found, told) = judged(&needs_cgo, &["--with-graph"]);
    assert_eq!(
        found,
        ["nothing of example.com/store/native is left without cgo, and api does not build"],
        "{told}"
    );
    let (found, told) = judged(&[module, opens, native, other], &["--with-graph"]);
    assert!(found.is_empty(), "{told}");
}

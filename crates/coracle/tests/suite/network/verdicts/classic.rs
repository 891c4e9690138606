//! The failures that everybody meets, made by ourselves on bookworm, refused in the words of one snapshot; each is started,
//! too, and fails.

use std::fs;
use std::path::Path;

use coracle_testkit::command::tool;
use coracle_testkit::reach::Reached;

use super::super::parts::{linked_to_trixie, packed};
use super::base::{self, Program};
use super::image::{Case, Images};
use crate::support::Place;

const NEWER: &str = "fn main() { std::process::Command::new(\"true\").status().ok(); }\n";
const WORKER: &str = "/app/worker";

/// A failure by its name, and what leads to it. The folder is for what is compiled.
type Failure = (&'static str, fn(&mut Case<'_>, &Path));

const FAILURES: [Failure; 9] = [
    ("a program for glibc on musl", |case, folder| {
        let loader = case.program.loader.clone();
        case.remove(&loader);
        let musl = fs::read("/lib/ld-musl-x86_64.so.1").unwrap();
        case.write("/lib/ld-musl-x86_64.so.1", &musl, 0o755);
        case.write(
            WORKER,
            &compiled(folder, "int main() { return 0; }", &[]),
            0o755,
        );
    }),
    ("GLIBC_2.39 by a weak symbol", |case, folder| {
        case.write(WORKER, &linked_to_trixie(folder, NEWER), 0o755);
    }),
    ("libssl.so.3 is missing", |case, folder| {
        library(folder, "libssl.so.3", "int SSL_new() { return 0; }");
        let text = "int SSL_new(); int main() { return SSL_new(); }";
        case.write(WORKER, &compiled(folder, text, &["libssl.so.3"]), 0o755);
        let libraries = format!("{}/libssl.so.3", case.base.libraries);
        case.remove(&libraries);
    }),
    ("a symbol without a version is missing", |case, folder| {
        let older = library(folder, "libthing.so.1", "int one() { return 1; }");
        library(
            folder,
            "libthing.so.1",
            "int one() { return 1; } int two() { return 2; }",
        );
        let text = "int two(); int main() { return two(); }";
        case.write(WORKER, &compiled(folder, text, &["libthing.so.1"]), 0o755);
        let place = format!("{}/libthing.so.1", case.base.libraries);
        case.write(&place, &older, 0o644);
    }),
    (
        "a library is copied to /usr/local/lib without ldconfig",
        |case, folder| {
            let bytes = library(folder, "libthing.so.1", "int one() { return 1; }");
            let text = "int one(); int main() { return one(); }";
            case.write(WORKER, &compiled(folder, text, &["libthing.so.1"]), 0o755);
            case.write("/usr/local/lib/libthing.so.1", &bytes, 0o644);
        },
    ),
    ("a program for another machine", |case, _| {
        let foreign = case.base.foreign.join("ld-linux-aarch64.so.1");
        case.write(WORKER, &fs::read(foreign).unwrap(), 0o755);
    }),
    ("a packed program on an empty root", |case, folder| {
        let program = linked_to_trixie(folder, NEWER);
        case.write(WORKER, &packed(folder, &program), 0o755);
        let loader = case.program.loader.clone();
        case.remove(&loader);
    }),
    ("a script with the line ends of Windows", |case, _| {
        case.write(WORKER, b"#!/bin/sh\r\nexec /usr/bin/true\r\n", 0o755);
    }),
    ("a library that the user may not read", |case, folder| {
        let bytes = library(folder, "libthing.so.1", "int one() { return 1; }");
        let text = "int one(); int main() { return one(); }";
        case.write(WORKER, &compiled(folder, text, &["libthing.so.1"]), 0o755);
        let place = format!("{}/libthing.so.1", case.base.libraries);
        case.write(&place, &bytes, 0o600);
    }),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_classic_failures_are_refused_in_words_that_help() {
    let place = Place::new();
    let bases = base::debian(&place, false);
    let base = bases.iter().find(|base| base.suite == "bookworm").unwrap();
    let program = Program {
        path: WORKER.to_owned(),
        loader: format!("{}/ld-linux-x86-64.so.2", base.libraries),
        libraries: Vec::new(),
    };
    let mut images = Images::new(&place.path().join("images"));
    let mut text = String::new();
    for (name, fail) in FAILURES {
        let mut case = Case::new(base, &program, name);
        let folder = tempfile::tempdir().unwrap();
        fail(&mut case, folder.path());
        let target = images.add(&case);
        let checked = place
            .coracle()
            .args(["--quiet", "check", &target])
            .run()
            .unwrap();
        assert_eq!(
            checked.code, 1,
            "{name}: {}{}",
            checked.stdout, checked.stderr
        );
        // A packed program's entry point is its unpacker's: that one is reached, and what it unpacks cannot be seen.
        let is_certain = checked.stdout.contains("  does not start\n");
        assert_eq!(is_certain, !name.starts_with("a packed program"), "{name}");
        assert!(
            !is_certain || case.start().reached != Reached::Entry,
            "{name}"
        );
        // What else the root has is of its packages.
        let told = checked.stdout.lines().filter(|line| {
            let of_root = ["  packages ", "  warning ", "  not needed "];
            !of_root.iter().any(|word| line.starts_with(word))
        });
        let told: Vec<&str> = told.collect();
        text.push_str(&format!("## {name}\n{}\n\n", told.join("\n")));
    }
    let mut settings = insta::Settings::clone_current();
    let folder = place.path().display().to_string().replace('.', r"\.");
    settings.add_filter(&folder, "[place]");
    settings.add_filter("sha256:[0-9a-f]{64}", "sha256:[digest]");
    settings.add_filter(
        r"\d+ versions and \d+ symbols",
        "[many] versions and [many] symbols",
    );
    settings.bind(|| insta::assert_snapshot!("classic-failures", text));
}

/// A library of this name, in the folder and as bytes.
fn library(folder: &Path, name: &str, text: &str) -> Vec<u8> {
    let soname = format!("-Wl,-soname,{name}");
    gcc(folder, text, name, &["-shared", "-fPIC", &soname])
}

/// A program that is linked with libraries of the folder, and asks for no newer glibc than bookworm's.
fn compiled(folder: &Path, text: &str, libraries: &[&str]) -> Vec<u8> {
    let libraries: Vec<String> = libraries
        .iter()
        .map(|name| folder.join(name).display().to_string())
        .collect();
    let libraries: Vec<&str> = libraries.iter().map(String::as_str).collect();
    gcc(folder, text, "worker", &libraries)
}

fn gcc(folder: &Path, text: &str, name: &str, more: &[&str]) -> Vec<u8> {
    let (source, output) = (folder.join("source.c"), folder.join(name));
    fs::write(&source, text).unwrap();
    let (source, target) = (source.to_str().unwrap(), output.to_str().unwrap());
    tool("gcc", &[&["-O1", "-o", target, source], more].concat()).unwrap();
    fs::read(output).unwrap()
}

//! Programs compiled here, against suites, releases and roots: what `coracle check --against` says of each place is what
//! happens where it is really started, until its entry point, in a root of the same packages.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::tool;
use coracle_testkit::reach::{Reached, Start};
use serde_json::Value;

use super::parts::linked_to_trixie;
use super::prebuilt::PROGRAM;
use super::verdicts::base::Root;
use crate::support::Place;

const SUITES: [&str; 2] = ["trixie", "bookworm"];
/// What the programs need, and what else a build would ship is nothing that starts.
const PACKAGES: &str = "libc6,libgcc-s1,libsqlite3-0";

/// A program that is linked to functions of a library by name alone: none of its files are needed.
fn linked_to(folder: &Path, name: &str, soname: &str, function: &str) -> PathBuf {
    let stub = folder.join("stub.c");
    fs::write(&stub, format!("int {function}(void) {{ return 0; }}\n")).unwrap();
    let library = folder.join(soname);
    let text = format!("int {function}(void);\nint main(void) {{ return {function}(); }}\n");
    let source = folder.join("source.c");
    fs::write(&source, text).unwrap();
    let named = format!("-Wl,-soname,{soname}");
    let program = folder.join(name);
    let [stub, library, source, output] =
        [&stub, &library, &source, &program].map(|path| path.to_str().unwrap());
    tool("cc", &["-shared", "-fPIC", &named, "-o", library, stub]).unwrap();
    tool("cc", &["-Wl,-z,now", "-o", output, source, library]).unwrap();
    program
}

fn go(place: &Place, folder: &Path, name: &str, architecture: &str) -> PathBuf {
    fs::write(
        folder.join("go.mod"),
        "module example.invalid/new\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(folder.join("main.go"), "package main\n\nfunc main() {}\n").unwrap();
    place
        .coracle_through("go")
        .args(["build", "-o", name, "."])
        .env("CGO_ENABLED", "0")
        .env("GOARCH", architecture)
        .directory(folder)
        .succeed()
        .unwrap();
    folder.join(name)
}

fn musl(folder: &Path) -> PathBuf {
    let (source, program) = (folder.join("source.c"), folder.join("musl"));
    fs::write(&source, "int main(void) { return 0; }\n").unwrap();
    let (source, output) = (source.to_str().unwrap(), program.to_str().unwrap());
    tool("musl-gcc", &["-o", output, source]).unwrap();
    program
}

/// What is said of each program, by its path: a verdict a place.
fn check(place: &Place, folder: &Path, programs: &[PathBuf], places: &str) -> Vec<Value> {
    let words = ["-q", "check", "--format", "json", "--against", places];
    let programs = programs.iter().map(|path| path.display().to_string());
    let command = place.coracle().args(words.map(str::to_owned));
    let ended = command.args(programs).directory(folder).run().unwrap();
    assert!([0, 1].contains(&ended.code), "{}", ended.stderr);
    let told: Value = serde_json::from_str(&ended.stdout).unwrap();
    told["programs"].as_array().unwrap().clone()
}

fn verdict<'a>(told: &'a Value, place: &str) -> (&'a str, &'a str) {
    let places = told["places"].as_array().unwrap();
    let found = places.iter().find(|one| one["place"] == place).unwrap();
    let word = |key: &str| found[key].as_str().unwrap();
    (word("verdict"), word("reason"))
}

/// Whether it reaches its entry point there.
fn starts(root: &Path, program: &Path, is_foreign: bool) -> bool {
    let inside = format!("/app/{}", program.file_name().unwrap().to_str().unwrap());
    fs::copy(program, root.join(inside.trim_start_matches('/'))).unwrap();
    let mut start = Start::of(root, &inside);
    if is_foreign {
        start.emulator = Some(Start::emulator_in(root).unwrap());
    }
    start.reach().unwrap().reached == Reached::Entry
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_is_said_of_a_program_in_a_place_is_what_happens_there() {
    let place = Place::new();
    let folder = place.path().join("dist");
    fs::create_dir_all(&folder).unwrap();
    let newer = folder.join("newer");
    fs::write(&newer, linked_to_trixie(place.path(), PROGRAM)).unwrap();
    tool("chmod", &["755", newer.to_str().unwrap()]).unwrap();
    let programs = [
        newer,
        linked_to(
            &folder,
            "explains",
            "libsqlite3.so.0",
            "sqlite3_stmt_explain",
        ),
        linked_to(&folder, "opens", "libsqlite3.so.0", "sqlite3_open"),
        musl(&folder),
        go(&place, &folder, "static", "amd64"),
    ];
    let roots = SUITES.map(|suite| Root::made(&place, suite, "amd64", PACKAGES).folder);
    let images = roots
        .each_ref()
        .map(|root| format!("rootfs:{}", root.display()));
    let places = format!("{},{}", SUITES.join(","), images.join(","));
    let told = check(&place, &folder, &programs, &places);
    let mut seen = Vec::new();
    for (program, told) in programs.iter().zip(&told) {
        for ((suite, root), image) in SUITES.into_iter().zip(&roots).zip(&images) {
            let really = starts(root, program, false);
            let named = format!("debian/{suite}");
            for place in [&named, image] {
                let (said, reason) = verdict(told, place);
                let told = format!("{} on {place}: {said}: {reason}", program.display());
                assert_eq!(said == "starts", really, "{told}");
                println!("{told}");
            }
            seen.push(really);
        }
    }
    // newer, explains, opens, musl, static; trixie and bookworm.
    let expected = [
        true, false, true, false, true, true, false, false, true, true,
    ];
    assert_eq!(seen, expected);
    let (_, reason) = verdict(&told[0], "debian/bookworm");
    assert!(
        reason.contains("version `GLIBC_2.39' not found"),
        "{reason}"
    );
    let (_, reason) = verdict(&told[1], "debian/bookworm");
    assert!(
        reason.contains("undefined symbol: sqlite3_stmt_explain"),
        "{reason}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_for_another_machine_is_checked_like_any_other() {
    let place = Place::new();
    let folder = place.path().join("dist");
    fs::create_dir_all(&folder).unwrap();
    // trixie's own program, which asks for what bookworm may not have.
    let trixie = Root::made(&place, "trixie", "arm64", "libc6,sqlite3").folder;
    let bookworm = Root::made(&place, "bookworm", "arm64", "libc6,libsqlite3-0").folder;
    let program = folder.join("sqlite3");
    fs::copy(trixie.join("usr/bin/sqlite3"), &program).unwrap();
    let static_one = go(&place, &folder, "static", "arm64");
    let told = check(&place, &folder, &[program.clone(), static_one], "all");
    for (suite, root) in [("trixie", &trixie), ("bookworm", &bookworm)] {
        let (said, reason) = verdict(&told[0], &format!("debian/{suite}"));
        let really = starts(root, &program, true);
        assert_eq!(said == "starts", really, "{suite}: {said}: {reason}");
    }
    assert_eq!(told[0]["platform"], "linux/arm64");
    assert_eq!(verdict(&told[1], "alpine/3.22").0, "starts");
    assert_eq!(verdict(&told[1], "debian/bookworm").0, "starts");
}

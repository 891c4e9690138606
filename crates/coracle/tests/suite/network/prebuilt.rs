//! Programs that were compiled elsewhere: refused where they would not start, with the ways out, and shipped where they
//! do, whatever the suite; packages found from the archive's index alone.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{Ended, tool, try_tool};

use super::parts::linked_to_trixie;
use crate::support::Place;

/// Asks for GLIBC_2.39 (`pidfd_spawnp`) when it is linked against trixie's C library.
pub(super) const PROGRAM: &str =
    "fn main() { println!(\"{:?}\", std::process::Command::new(\"/none\").status().is_err()); }\n";

/// A folder with nothing but the program in it.
fn compiled(place: &Place, name: &str, bytes: &[u8]) -> PathBuf {
    let folder = place.path().join("work");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
    tool("chmod", &["755", folder.join(name).to_str().unwrap()]).unwrap();
    folder
}

fn build(place: &Place, folder: &Path, name: &str, more: &[&str]) -> Ended {
    let prebuilt = format!("{name}={}", folder.join(name).display());
    place.build(folder, &[&["--prebuilt", &prebuilt], more].concat())
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_for_a_newer_glibc_is_refused_on_bookworm_and_starts_on_trixie() {
    let place = Place::new();
    let program = linked_to_trixie(place.path(), PROGRAM);
    let folder = compiled(&place, "newer", &program);
    let refused = build(&place, &folder, "newer", &["--distro", "debian/bookworm"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    assert!(refused.stdout.is_empty(), "{}", refused.stdout);
    let at = refused.stderr.find("error: ").unwrap();
    insta::assert_snapshot!("newer-glibc", &refused.stderr[at..]);
    // Seen to fail there: this machine, or a root of that suite.
    let said = on_bookworm(&folder.join("newer"));
    assert!(said.contains("version `GLIBC_2.39' not found"), "{said}");

    let built = build(&place, &folder, "newer", &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(
        built.stderr.contains("prebuilt  linux/"),
        "{}",
        built.stderr
    );
    assert!(built.stderr.contains("debian/trixie"), "{}", built.stderr);
    assert_eq!(place.run("newer"), (0, "true\n".to_owned()));
}

/// What bookworm's own loader says of a program, in a root of libc6 alone.
fn on_bookworm(program: &Path) -> String {
    let root = crate::support::repository().join("target/test-downloads/bookworm-libc");
    if !root.join("usr/lib").exists() {
        let path = root.to_str().unwrap();
        let include = "--include=libc6,libgcc-s1";
        tool(
            "mmdebstrap",
            &["--quiet", "--variant=extract", include, "bookworm", path],
        )
        .unwrap();
    }
    fs::copy(program, root.join("program")).unwrap();
    let ended = try_tool("chroot", &[root.to_str().unwrap(), "/program"]).unwrap();
    assert_ne!(ended.code, 0, "it starts on bookworm: {}", ended.stdout);
    ended.stderr
}

/// A program that needs what only bookworm has.
fn old_program(place: &Place) -> PathBuf {
    // bookworm's libpcre.so.3 is not in trixie: a program that was linked to it, made without any of its headers.
    let source = place.path().join("old.c");
    let text = "extern const char *pcre_version(void);\nint puts(const char *);\nint main(void) { return puts(pcre_version()) < 0; }\n";
    fs::write(&source, text).unwrap();
    let library = place.path().join("libpcre.so");
    let stub = place.path().join("stub.c");
    fs::write(&stub, "const char *pcre_version(void) { return \"\"; }\n").unwrap();
    let (stub, library) = (stub.to_str().unwrap(), library.to_str().unwrap());
    let soname = "-Wl,-soname,libpcre.so.3";
    tool("cc", &["-shared", "-fPIC", soname, "-o", library, stub]).unwrap();
    let program = place.path().join("old");
    let (source, output) = (source.to_str().unwrap(), program.to_str().unwrap());
    tool("cc", &["-o", output, source, library]).unwrap();
    program
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_library_that_only_the_older_suite_has_moves_a_prebuilt_program_there() {
    let place = Place::new();
    let folder = compiled(&place, "old", &fs::read(old_program(&place)).unwrap());
    let built = build(&place, &folder, "old", &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let moved =
        "debian/trixie does not serve, trying debian/bookworm: no package of it has libpcre.so.3";
    assert!(built.stderr.contains(moved), "{}", built.stderr);
    let (code, printed) = place.run("old");
    assert!(
        code == 0 && printed.starts_with("8.39"),
        "{code}: {printed}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn where_one_platform_moves_to_another_suite_all_do() {
    let place = Place::new();
    let folder = compiled(&place, "old", &fs::read(old_program(&place)).unwrap());
    // One that needs no suite in particular, for the platform that this machine is not.
    let (host, other) = match std::env::consts::ARCH {
        "aarch64" => ("arm64", "amd64"),
        _ => ("amd64", "arm64"),
    };
    fs::write(
        folder.join("go.mod"),
        "module example.invalid/new\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(folder.join("main.go"), "package main\n\nfunc main() {}\n").unwrap();
    place
        .coracle_through("go")
        .args(["build", "-o", "new", "."])
        .env("CGO_ENABLED", "0")
        .env("GOARCH", other)
        .directory(&folder)
        .succeed()
        .unwrap();
    let programs = format!("{{ \"linux/{host}\" = \"old\", \"linux/{other}\" = \"new\" }}");
    let text = format!("[services.api]\nprebuilt = {programs}\n");
    fs::write(folder.join("coracle.toml"), text).unwrap();
    let built = place.build(&folder, &["--platform", "linux/amd64,linux/arm64"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(
        built
            .stderr
            .contains("debian/trixie does not serve, trying debian/bookworm"),
        "{}",
        built.stderr
    );
    let lock = fs::read_to_string(folder.join("coracle.lock")).unwrap();
    assert_eq!(
        lock.matches("suite = \"debian/bookworm\"").count(),
        2,
        "{lock}"
    );
    assert!(!lock.contains("trixie"), "{lock}");
}

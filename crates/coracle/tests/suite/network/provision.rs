//! What programs are compiled against: found by itself, told where it is not, and another suite where the newest one
//! does not serve.

use std::fs;
use std::path::PathBuf;

use coracle_testkit::command::Ended;

use crate::support::Place;

/// A Go program of one file with these lines of C above it.
pub(super) fn program(place: &Place, name: &str, c: &str, go: &str) -> PathBuf {
    let folder = place.path().join("work").join(name);
    let main = folder.join("cmd").join(name);
    fs::create_dir_all(&main).unwrap();
    fs::write(
        folder.join("go.mod"),
        format!("module example.invalid/{name}\n\ngo 1.24\n"),
    )
    .unwrap();
    let c: String = c.lines().map(|line| format!("// {line}\n")).collect();
    let text = format!(
        "package main\n\n{c}import \"C\"\n\nimport \"fmt\"\n\nfunc main() {{\n\t{go}\n}}\n"
    );
    fs::write(main.join("main.go"), text).unwrap();
    folder
}

/// The error as it is shown, without the names of this test's folders and tools.
pub(super) fn show(place: &Place, name: &str, ended: &Ended) {
    let at = ended.stderr.rfind("\nerror: ").map_or(0, |at| at + 1);
    let mut settings = insta::Settings::clone_current();
    let folder = place.path().display().to_string().replace('.', r"\.");
    settings.add_filter(&folder, "[place]");
    settings.add_filter(r"tools/[0-9a-f]{16}", "tools/[key]");
    settings.bind(|| insta::assert_snapshot!(name, &ended.stderr[at..]));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_module_that_only_the_older_suite_has_moves_the_build_there_once() {
    let place = Place::new();
    let folder = program(
        &place,
        "old",
        "#cgo pkg-config: libpcre\n#include <pcre.h>",
        "fmt.Println(C.GoString(C.pcre_version()))",
    );
    let built = place.build(&folder, &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let moved =
        "debian/trixie does not serve, trying debian/bookworm: no package of it has libpcre.pc";
    assert!(built.stderr.contains(moved), "{}", built.stderr);
    assert!(
        built.stderr.contains("LTS until 2028-06-30"),
        "{}",
        built.stderr
    );
    let (code, printed) = place.run("old");
    assert!(
        code == 0 && printed.starts_with("8.39"),
        "{code}: {printed}"
    );
    // The lock pins the suite: nothing is tried again.
    let again = place.build(&folder, &["--locked"]);
    assert_eq!((again.code, again.stdout), (0, built.stdout));
    assert!(!again.stderr.contains("does not serve"), "{}", again.stderr);
    // Who chooses a suite gets that one or an error.
    let folder = program(
        &place,
        "chosen",
        "#cgo pkg-config: libpcre\n#include <pcre.h>",
        "fmt.Println(C.GoString(C.pcre_version()))",
    );
    let refused = place.build(&folder, &["--distro", "debian/trixie"]);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "module-of-nobody", &refused);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_no_package_has_is_named_with_the_build_s_own_words() {
    let place = Place::new();
    let header = program(
        &place,
        "header",
        "#include <nosuch/header.h>",
        "fmt.Println(C.int(1))",
    );
    let ended = place.build(&header, &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    show(&place, "header-of-nobody", &ended);
    let library = program(
        &place,
        "library",
        "#cgo LDFLAGS: -lnosuchlibrary\n#include <stdlib.h>",
        "fmt.Println(C.abs(-1))",
    );
    let ended = place.build(&library, &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains(
            "its build looks for the library nosuchlibrary (-lnosuchlibrary), which no package of"
        ),
        "{}",
        ended.stderr
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn where_several_packages_have_a_module_the_configuration_chooses() {
    let place = Place::new();
    let folder = program(
        &place,
        "stream",
        "#cgo pkg-config: srt\n#include <srt/srt.h>",
        "fmt.Println(uint32(C.srt_getversion()) > 0)",
    );
    let ended = place.build(&folder, &[]);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    show(&place, "module-of-several", &ended);
    let configuration = "[services.stream]\nbuild-packages = [\"libsrt-openssl-dev\"]\n";
    fs::write(folder.join("coracle.toml"), configuration).unwrap();
    let built = place.build(&folder, &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert_eq!(place.run("stream"), (0, "true\n".to_owned()));
    let unknown = "[services.stream]\nbuild-packages = [\"libsrt-opnessl-dev\"]\n";
    fs::write(folder.join("coracle.toml"), unknown).unwrap();
    let ended = place.build(&folder, &[]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    show(&place, "unknown-build-package", &ended);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_header_that_nothing_declares_is_found_when_the_build_lacks_it() {
    let place = Place::new();
    let folder = program(
        &place,
        "undeclared",
        "#include <sodium.h>",
        "fmt.Println(C.crypto_box_PUBLICKEYBYTES == 32)",
    );
    let built = place.build(&folder, &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let found = "undeclared: compiled against libsodium-dev: the build looks for sodium.h";
    assert!(built.stderr.contains(found), "{}", built.stderr);
    assert_eq!(place.run("undeclared"), (0, "true\n".to_owned()));
}

/// A crate that binds four libraries, each in another way.
fn vendoring(place: &Place, configuration: &str) -> PathBuf {
    let folder = place.path().join("work/vendoring");
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"vendoring\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
        libz-sys = \"1\"\nlz4-sys = \"1\"\nrusqlite = { version = \"0.39\", features = [\"bundled\"] }\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    let main = "fn main() {\n    let zlib = unsafe { std::ffi::CStr::from_ptr(libz_sys::zlibVersion()) };\n    \
        let lz4 = unsafe { lz4_sys::LZ4_versionNumber() };\n    \
        println!(\"{} {zlib:?} {} {:?}\", rusqlite::version(), lz4 > 0, option_env!(\"VERSION\"));\n}\n";
    fs::write(folder.join("src/main.rs"), main).unwrap();
    fs::write(folder.join("coracle.toml"), configuration).unwrap();
    let lock = place
        .coracle_through("cargo")
        .args(["generate-lockfile"])
        .directory(&folder);
    lock.succeed().unwrap();
    folder
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn crates_take_the_suite_s_libraries_and_a_copy_that_is_taken_all_the_same_is_told() {
    let place = Place::new();
    let folder = vendoring(&place, "");
    let built = place.build(&folder, &["--build-arg", "VERSION=v7"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    for package in ["libsqlite3-0", "zlib1g"] {
        assert!(
            built.stderr.contains(&format!("\n  {package} ")),
            "{}",
            built.stderr
        );
    }
    let copy =
        "links its own copy of liblz4 into the program: updates of liblz4-dev do not reach it";
    assert!(built.stderr.contains(copy), "{}", built.stderr);
    assert!(
        !built.stderr.contains("copy of libsqlite3"),
        "{}",
        built.stderr
    );
    let (code, printed) = place.run("vendoring");
    assert!(code == 0 && printed.starts_with("3."), "{code}: {printed}");
    // A build argument is a variable of the build.
    assert!(printed.contains("Some(\"v7\")"), "{printed}");

    let folder = vendoring(&place, "[services.vendoring]\nbundled = true\n");
    let kept = place.build(&folder, &[]);
    assert_eq!(kept.code, 0, "{}", kept.stderr);
    for package in ["libsqlite3-0", "zlib1g"] {
        assert!(
            !kept.stderr.contains(&format!("\n  {package} ")),
            "{}",
            kept.stderr
        );
    }
    assert_eq!(place.run("vendoring").0, 0);
}

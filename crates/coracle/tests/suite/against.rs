//! Programs that are no images yet, in places: a suite (the testkit's archive, whose C library is this machine's), releases
//! by their C library alone, and a root filesystem; in every form, and every refusal, each a snapshot.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_distro::ArchiveName;
use coracle_testkit::archive::TestPackage;
use coracle_testkit::command::{Ended, tool};
use serde_json::Value;

use crate::archive::World;
use crate::commands::error_of;

/// The loader that programs of this machine name, and where the libraries are.
pub(crate) fn loader() -> (&'static str, &'static str) {
    match std::env::consts::ARCH {
        "aarch64" => ("lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu"),
        _ => ("lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu"),
    }
}

/// This machine's C library as a suite's package.
fn libc() -> TestPackage {
    let (loader, folder) = loader();
    let (_, name) = loader.rsplit_once('/').unwrap();
    let (_, triplet) = folder.rsplit_once('/').unwrap();
    let bytes = |path: &str| fs::read(Path::new("/").join(path)).unwrap();
    let libc = format!("{folder}/libc.so.6");
    TestPackage::new("libc6", "2.41-12")
        .program(&format!("{folder}/{name}"), bytes(loader))
        .symlink(
            &format!("usr/{loader}"),
            &format!("../lib/{triplet}/{name}"),
        )
        .file(&libc, bytes(&libc))
        .file("usr/share/doc/libc6/copyright", "free\n")
}

pub(crate) fn cc(folder: &Path, name: &str, text: &str, more: &[&str]) -> PathBuf {
    let (source, output) = (folder.join("source.c"), folder.join(name));
    fs::write(&source, text).unwrap();
    let (source, target) = (source.to_str().unwrap(), output.to_str().unwrap());
    tool("cc", &[&["-O1", "-o", target, source], more].concat()).unwrap();
    output
}

/// A world whose suite has a C library and an old libthing, and a folder of programs.
pub(crate) fn world() -> (World, PathBuf) {
    let mut world = World::new();
    let folder = world.place.path().join("dist");
    fs::create_dir_all(&folder).unwrap();
    let library = |name: &str, text: &str| {
        let soname = format!("-Wl,-soname,{name}");
        let path = cc(&folder, name, text, &["-shared", "-fPIC", &soname]);
        fs::read(path).unwrap()
    };
    let older = library("libthing.so.1", "int one(void) { return 1; }");
    library(
        "libthing.so.1",
        "int one(void) { return 1; } int two(void) { return 2; }",
    );
    library("libnobody.so.1", "int nobody(void) { return 0; }");
    let inside = |name: &str| folder.join(name).display().to_string();
    let now = "-Wl,-z,now";
    cc(&folder, "plain", "int main(void) { return 0; }", &[]);
    let text = "int two(void); int main(void) { return two(); }";
    cc(&folder, "newer", text, &[&inside("libthing.so.1"), now]);
    let text = "int nobody(void); int main(void) { return nobody(); }";
    cc(&folder, "lonely", text, &[&inside("libnobody.so.1")]);
    cc(
        &folder,
        "static",
        "int main(void) { return 0; }",
        &["-static"],
    );
    let thing = TestPackage::new("libthing1", "1.0")
        .file(&format!("{}/libthing.so.1", loader().1), older)
        .file("usr/share/doc/libthing1/copyright", "free\n");
    // It comes with every C library.
    let unwinding = TestPackage::new("libgcc-s1", "14.2.0-19")
        .file("usr/share/doc/libgcc-s1/copyright", "free\n");
    for package in [libc(), unwinding, thing] {
        world.archive.add(ArchiveName::Main, package).unwrap();
    }
    (world, folder)
}

pub(crate) fn check(world: &World, folder: &Path, arguments: &[&str]) -> Ended {
    let command = world.command(folder, &[&["-q", "check"], arguments].concat());
    command.directory(folder).run().unwrap()
}

/// What counts on this machine's toolchain is left out.
fn show(name: &str, world: &World, text: &str) {
    let mut settings = insta::Settings::clone_current();
    for (path, word) in [
        (world.archive.folder(), "[archive]"),
        (world.place.path(), "[place]"),
    ] {
        settings.add_filter(&path.display().to_string().replace('.', r"\."), word);
    }
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    settings.add_filter(&version.replace('.', r"\."), "\"version\": \"[version]\"");
    settings.add_filter(
        r"\d+ versions and \d+ symbols",
        "[many] versions and [many] symbols",
    );
    settings.add_filter(r"glibc 2\.\d+, (\d)", "glibc [ours], $1");
    settings.add_filter(r"asks for GLIBC_2\.\d+", "asks for GLIBC_[ours]");
    settings.add_filter(
        r#""glibc_needed": "2\.\d+""#,
        "\"glibc_needed\": \"[ours]\"",
    );
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn programs_in_places_are_a_table_each_with_the_first_reason() {
    let (world, folder) = world();
    let root = world.place.path().join("root");
    let (loader, libraries) = loader();
    for path in [loader.to_owned(), format!("{libraries}/libc.so.6")] {
        let to = root.join(&path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(Path::new("/").join(&path), to).unwrap();
    }
    let places = "trixie,amazonlinux/2,alpine/3.22,scratch,rootfs:../root";
    let mut told = String::new();
    for (program, code) in [("plain", 1), ("newer", 1), ("lonely", 1), ("static", 0)] {
        let ended = check(&world, &folder, &[program, "--against", places]);
        assert_eq!(
            ended.code, code,
            "{program}: {}{}",
            ended.stdout, ended.stderr
        );
        told.push_str(&ended.stdout);
        told.push_str(&ended.stderr);
        told.push('\n');
    }
    show("against", &world, &told);
    let kept = check(
        &world,
        &folder,
        &["./plain", "--against", "trixie", "--offline"],
    );
    assert_eq!(kept.code, 0, "{}{}", kept.stdout, kept.stderr);
}

#[test]
fn a_program_without_places_is_checked_against_all_and_must_start_in_one() {
    let (world, folder) = world();
    // Only one of the suites is in this archive: the others say so, and hide nothing.
    let ended = check(&world, &folder, &["./plain"]);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    show(
        "against-all",
        &world,
        &format!("{}{}", ended.stdout, ended.stderr),
    );
    let static_one = check(&world, &folder, &["./static"]);
    assert_eq!((static_one.code, static_one.stderr.as_str()), (0, ""));
    assert!(
        static_one.stdout.contains("  everywhere  starts"),
        "{}",
        static_one.stdout
    );
    let lonely = check(&world, &folder, &["file:lonely", "--against", "all"]);
    // Another release's libc would do, and what else it needs may be there.
    assert_eq!(lonely.code, 0, "{}{}", lonely.stdout, lonely.stderr);
}

#[test]
fn programs_in_places_have_every_form() {
    let (world, folder) = world();
    for form in ["json", "github", "sarif"] {
        let words = [
            "newer",
            "plain",
            "--against",
            "trixie,alpine/3.22",
            "--format",
            form,
        ];
        let ended = check(&world, &folder, &words);
        assert_eq!(ended.code, 1, "{}{}", ended.stdout, ended.stderr);
        if form != "github" {
            serde_json::from_str::<Value>(&ended.stdout).unwrap();
        }
        show(&format!("against-{form}"), &world, &ended.stdout);
    }
}

#[test]
fn what_is_no_program_and_no_place_is_refused_with_a_hint() {
    let (world, folder) = world();
    fs::write(folder.join("script"), "#!/bin/sh\nexec server\n").unwrap();
    fs::write(folder.join("image.tar.gz"), b"\x1f\x8b\x08").unwrap();
    let mut told = String::new();
    for (words, code) in [
        (&["./missing"][..], 2),
        (&["dist/missing", "--against", "trixie"], 2),
        (&["file:."], 2),
        (&["./script"], 2),
        (&["./libthing.so.1"], 2),
        (&["./image.tar.gz"], 2),
        (&["./plain", "--against", "bokworm"], 2),
        (&["./plain", "--against", "nginx"], 2),
        (&["./plain", "--against", "oci:"], 2),
        (&["oci:out", "--against", "trixie"], 2),
        (&["./plain", "--against", "trixie", "--offline"], 4),
        (&["./plain", "./script", "--against", "ubuntu/24.04"], 2),
    ] {
        let ended = check(&world, &folder, words);
        assert_eq!(
            ended.code, code,
            "{words:?}: {}{}",
            ended.stdout, ended.stderr
        );
        let words = words.join(" ");
        told.push_str(&format!("$ coracle check {words}\n{}\n", error_of(&ended)));
    }
    show("against-refused", &world, &told);
}

//! Real `dlopen` by musl: each case in a root of its own, with the proof before it.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::super::launch;
use super::super::root::Root;
use crate::start::{Dlopen, prove};

const LOADER: &str = "/lib/ld-musl-x86_64.so.1";
const HINT: &str = "musl's compiler is needed: apt-get install musl-tools";

const PROGRAM: &str = r#"
#include <dlfcn.h>
#include <stdio.h>
int shared(void) { return 1; }
int main(int count, char **words) {
    if (!dlopen(words[1], RTLD_NOW | RTLD_LOCAL)) {
        puts(dlerror());
        return 7;
    }
    return 0;
}
"#;

/// A library's source, its name and further arguments for the compiler.
const LIBRARIES: [(&str, &str, &[&str]); 9] = [
    ("int plain(void) { return 1; }", "libplain.so.1", &[]),
    (
        "int gone(void); int wants(void) { return gone(); }",
        "libwants.so.1",
        &[],
    ),
    (
        "int shared(void); int asks(void) { return shared(); }",
        "libasks.so.1",
        &[],
    ),
    (
        "int gone(void); int (*data)(void) = gone;",
        "libdata.so.1",
        &[],
    ),
    (
        "int plain(void); int needs(void) { return plain(); }",
        "libneeds.so.1",
        &["-l:libplain.so.1"],
    ),
    (
        "__thread int own = 7; int late(void) { return own; }",
        "liblate.so.1",
        &["-ftls-model=initial-exec"],
    ),
    (
        "static __thread int own = 7; int local(void) { return own++; }",
        "liblocal.so.1",
        &["-ftls-model=initial-exec"],
    ),
    (
        "__thread int own = 7; int any(void) { return own; }",
        "libany.so.1",
        &["-ftls-model=global-dynamic"],
    ),
    (
        "int lonely(void) { return 1; }",
        "liblonely.so.1",
        &["-l:libabsent.so.1"],
    ),
];

fn compile(arguments: &[&str], folder: &Path) {
    let status = Command::new("musl-gcc")
        .args(arguments)
        .current_dir(folder)
        .status();
    assert!(status.is_ok_and(|status| status.success()), "{HINT}");
}

fn made_root(root: &Path) {
    for folder in ["lib", "usr/lib", "app/lib"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let loader = fs::canonicalize(LOADER).expect(HINT);
    fs::copy(loader, root.join(LOADER.trim_start_matches('/'))).unwrap();
    let sources = root.join("sources");
    fs::create_dir(&sources).unwrap();
    fs::write(sources.join("main.c"), PROGRAM).unwrap();
    let program = [
        "-rdynamic",
        "-Wl,-rpath,/app/lib",
        "-o",
        "../app/opener",
        "main.c",
    ];
    compile(&program, &sources);
    fs::write(sources.join("absent.c"), "int absent;").unwrap();
    compile(
        &[
            "-shared",
            "-Wl,-soname,libabsent.so.1",
            "-o",
            "libabsent.so.1",
            "absent.c",
        ],
        &sources,
    );
    for (source, name, more) in LIBRARIES {
        fs::write(sources.join("library.c"), source).unwrap();
        let soname = format!("-Wl,-soname,{name}");
        let shared = [
            "-shared",
            "-fPIC",
            &soname,
            "-Wl,--no-as-needed",
            "-o",
            name,
            "library.c",
            "-L.",
        ];
        compile(&[&shared[..], more].concat(), &sources);
        fs::copy(sources.join(name), root.join("usr/lib").join(name)).unwrap();
    }
    fs::copy(
        sources.join("libplain.so.1"),
        root.join("app/lib/libelsewhere.so.1"),
    )
    .unwrap();
    let plain = fs::read(sources.join("libplain.so.1")).unwrap();
    fs::write(root.join("usr/lib/libcut.so.1"), &plain[..plain.len() / 4]).unwrap();
    fs::write(root.join("usr/lib/libtext.so.1"), "no library at all\n").unwrap();
    fs::remove_dir_all(sources).unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn libraries_open_with_musl_as_proven() {
    let folder = tempfile::tempdir().unwrap();
    made_root(folder.path());
    let root = Root(folder.path().to_owned());
    let mut names: Vec<&str> = LIBRARIES.iter().map(|(_, name, _)| *name).collect();
    names.extend([
        "libelsewhere.so.1",
        "libcut.so.1",
        "libtext.so.1",
        "libgone.so.1",
        "libc.so",
    ]);
    names.extend(["/usr/lib/libplain.so.1", "/app/opener"]);
    let mut opened = Vec::new();
    for name in names {
        let mut launch = launch(&["/app/opener"]);
        launch.user = super::super::root();
        launch.dlopen.push(Dlopen {
            name: name.to_owned(),
            origin: "dlopen".to_owned(),
        });
        let report = prove(&root, &launch);
        let ended = Command::new("chroot")
            .arg(folder.path())
            .args(["/app/opener", name])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        let findings = &report.findings;
        assert_eq!(
            report.proven(),
            ended.status.success(),
            "{name}: {said}{findings:#?}"
        );
        if report.proven() {
            opened.push(name);
        } else if let Some(said) = said.lines().next() {
            // Before 1.2.4 it takes the file's first bytes for the name of what has none.
            let said = &said.replace("\u{7f}ELF\u{2}\u{1}\u{1}", "(local)");
            let is_told = findings
                .iter()
                .any(|finding| finding.explanation.contains(said));
            assert!(is_told, "{name}: {said}\n{findings:#?}");
        }
    }
    let expected = [
        "libplain.so.1",
        "libasks.so.1",
        "libneeds.so.1",
        "libany.so.1",
        "libelsewhere.so.1",
        "libc.so",
        "/usr/lib/libplain.so.1",
        // glibc refuses a program, musl does not.
        "/app/opener",
    ];
    assert_eq!(opened, expected);
}

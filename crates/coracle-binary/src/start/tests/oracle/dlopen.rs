//! Real `dlopen`: a program opens libraries of this machine, each in a process of its own, and the proof says before
//! whether it will. What of them names others is printed, to be looked at.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::launch;
use super::super::root::Root;
use crate::start::{Dlopen, Verdict, prove};

/// As many of the machine's libraries as are tried.
const TRIED: usize = 250;
/// Libraries that do more than to define something when they are opened.
const NOT_HARMLESS: [&str; 6] = [
    "libasan",
    "libtsan",
    "libhwasan",
    "liblsan",
    "libubsan",
    "libfakeroot",
];

const PROGRAM: &str = r#"
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char **words) {
    if (count > 1 && !dlopen(words[1], RTLD_NOW | RTLD_LOCAL)) {
        puts(dlerror());
        return 7;
    }
    return 0;
}
"#;

fn program(folder: &Path) -> PathBuf {
    let source = folder.join("main.c");
    fs::write(&source, PROGRAM).unwrap();
    let program = folder.join("opener");
    let status = Command::new("cc")
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .arg("-ldl")
        .status();
    assert!(
        status.unwrap().success(),
        "install a C compiler: apt-get install gcc libc6-dev"
    );
    program
}

/// Bytes of thread-local variables, what they are aligned to, their model, and whether the proof is certain of them.
const THREAD_LOCAL: [(usize, usize, &str, bool); 10] = [
    (16, 8, "initial-exec", true),
    (1600, 16, "initial-exec", true),
    (1664, 1, "initial-exec", true),
    (1665, 1, "initial-exec", false),
    (1700, 16, "initial-exec", false),
    (1728, 1, "initial-exec", true),
    (4096, 8, "initial-exec", true),
    (128, 128, "initial-exec", true),
    (4096, 8, "global-dynamic", true),
    (128, 128, "global-dynamic", true),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn thread_local_variables_find_room_as_proven() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let root = Root(PathBuf::from("/"));
    for (number, (size, alignment, model, is_certain)) in THREAD_LOCAL.into_iter().enumerate() {
        let source = folder.path().join("library.c");
        let variable = format!(
            "__thread char own[{size}] __attribute__((aligned({alignment}))) = {{7}}; int f(void) {{ return own[0]; }}"
        );
        fs::write(&source, variable).unwrap();
        let library = folder.path().join(format!("lib{number}.so.1"));
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-o"])
            .args([&library, &source])
            .arg(format!("-ftls-model={model}"))
            .status();
        assert!(compiled.unwrap().success());
        let mut launch = launch(&[program.to_str().unwrap()]);
        launch.user = super::super::root();
        launch.dlopen.push(Dlopen {
            name: library.to_str().unwrap().to_owned(),
            origin: "dlopen".to_owned(),
        });
        let report = prove(&root, &launch);
        let ended = Command::new(&program).arg(&library).env_clear().output();
        let ended = ended.unwrap();
        let opens = ended.status.success();
        let said = String::from_utf8_lossy(&ended.stdout);
        let what = format!("{size} {alignment} {model}: {said}{:#?}", report.findings);
        let verdicts: Vec<Verdict> = report.findings.iter().map(|one| one.verdict).collect();
        match is_certain {
            true if opens => assert!(report.proven(), "{what}"),
            true => {
                assert_eq!(verdicts, [Verdict::DiesLater], "{what}");
                let said = "cannot allocate memory in static TLS block";
                assert!(report.findings[0].explanation.contains(said), "{what}");
            }
            false => assert_eq!(verdicts, [Verdict::NotProven], "{what}"),
        }
    }
}

/// Names of libraries where the loader looks, evenly over the alphabet.
fn names() -> Vec<String> {
    let folder = fs::read_dir("/usr/lib/x86_64-linux-gnu").unwrap();
    let names = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let names: BTreeSet<String> = names.filter(|name| name.contains(".so.")).collect();
    let step = names.len().div_ceil(TRIED);
    let harmless = |name: &&String| !NOT_HARMLESS.iter().any(|start| name.starts_with(start));
    names
        .iter()
        .filter(harmless)
        .step_by(step)
        .cloned()
        .collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn libraries_of_this_machine_open_as_proven() {
    let folder = tempfile::tempdir().unwrap();
    let program = program(folder.path());
    let root = Root(PathBuf::from("/"));
    let mut names = names();
    names.extend(["libgone.so.1", "libc.so.6", "/etc/passwd", "/bin/true"].map(str::to_owned));
    let mut opened = 0;
    for name in &names {
        let mut launch = launch(&[program.to_str().unwrap()]);
        launch.user = super::super::root();
        launch.dlopen.push(Dlopen {
            name: name.clone(),
            origin: "dlopen".to_owned(),
        });
        let report = prove(&root, &launch);
        let ended = Command::new(&program)
            .arg(name)
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned();
        assert_eq!(
            report.proven(),
            ended.status.success(),
            "{name}: {said}{:#?}",
            report.findings
        );
        opened += usize::from(report.proven());
    }
    assert!(
        opened > 20 && opened < names.len(),
        "{opened} of {}",
        names.len()
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_programs_of_this_machine_may_open_is_told_in_few_words() {
    let root = Root(PathBuf::from("/"));
    let programs = [
        "python3",
        "curl",
        "openssl",
        "git",
        "gpg",
        "bash",
        "systemctl",
        "apt-get",
    ];
    let mut told = 0;
    for program in programs {
        let mut launch = launch(&[program]);
        launch.user = super::super::root();
        let report = prove(&root, &launch);
        for opener in &report.openers {
            assert!(opener.missing().len() <= 8, "{program}: {opener:#?}");
            told += 1;
        }
    }
    assert!(told > 3);
}

//! Real starts on this machine's CPU: libraries whose note asks for a level, and libraries in glibc-hwcaps.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::super::root::Root;
use super::super::{launch, root};
use crate::start::{Code, Launch, prove};
use crate::{CpuLevel, Machine};

const LOADER: &str = "/lib64/ld-linux-x86-64.so.2";

/// The number of the level of this machine, as its loader says it.
fn here() -> u8 {
    let told = Command::new(LOADER).arg("--help").output().unwrap();
    let told = String::from_utf8(told.stdout).unwrap();
    let has = |level: &u8| {
        told.lines()
            .any(|line| line.contains(&format!("x86-64-v{level} (supported")))
    };
    [4, 3, 2].into_iter().find(has).unwrap_or(1)
}

fn compile(folder: &Path, words: &[&str]) {
    let status = Command::new("cc").current_dir(folder).args(words).status();
    assert!(
        status.unwrap().success(),
        "install a C compiler: apt-get install gcc libc6-dev"
    );
}

fn stated(program: &str, number: u8) -> Launch {
    let mut launch = launch(&[program]);
    launch.user = root();
    launch.level = CpuLevel::of_variant(Machine::X86_64, Some(&format!("v{number}"))).unwrap();
    launch
}

/// A folder with a program that needs the `liba.so.1` beside it.
fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("a.c"), "int a(void) { return 0; }").unwrap();
    fs::write(
        path.join("main.c"),
        "int a(void); int main(void) { return a(); }",
    )
    .unwrap();
    library(path, "liba.so.1", &[]);
    compile(
        path,
        &[
            "-o",
            "worker",
            "main.c",
            "liba.so.1",
            "-Wl,--enable-new-dtags,-rpath,$ORIGIN",
        ],
    );
    let program = path.join("worker").to_str().unwrap().to_owned();
    (folder, program)
}

fn library(folder: &Path, output: &str, more: &[&str]) {
    let words = [
        "-shared",
        "-fPIC",
        "-Wl,-soname,liba.so.1",
        "-o",
        output,
        "a.c",
    ];
    compile(folder, &[&words[..], more].concat());
}

fn starts(program: &str) -> bool {
    let ended = Command::new(program).env_clear().output().unwrap();
    ended.status.success()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_library_starts_where_the_cpu_has_the_level_of_its_note() {
    let (folder, program) = folder();
    let here = here();
    for number in 2..=4 {
        library(
            folder.path(),
            "liba.so.1",
            &[&format!("-Wl,-z,x86-64-v{number}")],
        );
        let report = prove(&Root("/".into()), &stated(&program, here));
        assert_eq!(
            report.proven(),
            starts(&program),
            "v{number} on v{here}: {report:#?}"
        );
        // Below its level it never is proven, whatever this machine is.
        let report = prove(&Root("/".into()), &stated(&program, number - 1));
        assert_eq!(
            report.findings[0].code,
            Code::CpuLevel,
            "v{number}: {report:#?}"
        );
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_library_in_glibc_hwcaps_is_taken_by_the_cpus_of_its_level() {
    let (folder, program) = folder();
    let here = here();
    let path = folder.path();
    for number in 2..=4_u8 {
        let place = format!("glibc-hwcaps/x86-64-v{number}");
        fs::create_dir_all(path.join(&place)).unwrap();
        fs::write(path.join("b.c"), "int b(void) { return 0; }").unwrap();
        compile(
            path,
            &[
                "-shared",
                "-fPIC",
                "-Wl,-soname,libgone.so.1",
                "-o",
                "libb.so",
                "b.c",
            ],
        );
        // It needs what is nowhere.
        library(
            path,
            &format!("{place}/liba.so.1"),
            &["-Wl,--no-as-needed", "libb.so"],
        );
        let root = Root("/".into());
        let report = prove(&root, &stated(&program, here));
        let fails_here = report
            .findings
            .iter()
            .any(|finding| !finding.explanation.starts_with("on x86-64-v"));
        assert_eq!(
            !fails_here,
            starts(&program),
            "v{number} on v{here}: {report:#?}"
        );
        let report = prove(&root, &stated(&program, 1));
        assert!(
            report.findings[0]
                .explanation
                .starts_with(&format!("on x86-64-v{number} CPUs: libgone.so.1"))
        );
        fs::remove_dir_all(path.join("glibc-hwcaps")).unwrap();
    }
}

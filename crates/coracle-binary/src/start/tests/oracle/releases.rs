//! Roots made of several releases and C libraries, a packed program, and programs that need no root.

use std::path::Path;
use std::process::Command;

use super::Fate::{Fails, Starts, Undecided};
use super::archive::Package;
use super::fixture::{Fixture, LIBRARIES, LOADER};
use super::mutants::{LIBC, PROGRAM, check};
use crate::elf::ElfFacts;
use crate::start::identity::{self, Loader};
use crate::start::tests::launch;
use crate::start::tests::root::Root;
use crate::start::{Code, prove};

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn programs_without_a_loader_start_on_an_empty_root() {
    let fixture = Fixture::new();
    for program in ["static", "static-pie"] {
        let case = fixture.root(program);
        std::fs::remove_dir_all(case.path("usr")).unwrap();
        check(program, &case, &launch(&["/app/worker"]), Starts);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_of_glibc_fails_on_a_root_with_musl() {
    let fixture = Fixture::new();
    let case = fixture.root("worker");
    let musl = Package::fetch("bookworm", "musl");
    case.remove(LOADER);
    case.copy(
        &std::fs::canonicalize(musl.file("lib/ld-musl-x86_64.so.1")).unwrap(),
        "usr/lib/ld-musl-x86_64.so.1",
    );
    let report = prove(&Root(case.root.clone()), &launch(&["/app/worker"]));
    assert!(
        report.findings[0].explanation.contains("the root has musl"),
        "{report:#?}"
    );
    assert_eq!(
        check("musl", &case, &launch(&["/app/worker"]), Fails),
        [Code::InterpreterMissing]
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn libc_and_loader_work_only_as_a_pair() {
    let fixture = Fixture::new();
    let multiarch = "usr/lib/x86_64-linux-gnu";
    for (suite, folder) in [
        ("trixie", multiarch),
        ("sid", multiarch),
        ("bullseye", "lib/x86_64-linux-gnu"),
    ] {
        let package = Package::fetch(suite, "libc6");
        let file = |name: &str| std::fs::canonicalize(package.file(folder).join(name)).unwrap();
        let (libc, loader) = (file("libc.so.6"), file("ld-linux-x86-64.so.2"));
        let start = |change: &[(&Path, &str)], fate| {
            let case = fixture.root("worker");
            for (from, to) in change {
                // Before 2.33 only the name of the loader's file says its release.
                let own = from.file_name().unwrap().to_str().unwrap();
                case.copy(from, &format!("{LIBRARIES}/{own}"));
                if !to.ends_with(own) {
                    case.link(to, own);
                }
            }
            check(suite, &case, &launch(&["/app/worker"]), fate)
        };
        let codes = start(&[(&libc, LIBC)], Fails);
        assert!(
            codes.contains(&Code::LibcLoaderMismatch),
            "{suite}: {codes:?}"
        );
        let codes = start(&[(&loader, LOADER)], Fails);
        assert!(
            codes.contains(&Code::LibcLoaderMismatch),
            "{suite}: {codes:?}"
        );
        // The host's program asks for GLIBC_2.34, which bullseye's 2.31 lacks.
        let both = start(
            &[(&libc, LIBC), (&loader, LOADER)],
            if suite == "bullseye" { Fails } else { Starts },
        );
        assert_eq!(
            both,
            if suite == "bullseye" {
                vec![Code::VersionMissing]
            } else {
                vec![]
            }
        );
    }
}

/// Suite, architecture, where the loader is, its multiarch triplet, its release.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    (u32, u32),
);
const LOADERS: [Row; 9] = [
    (
        "bookworm",
        "amd64",
        "lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "x86_64-linux-gnu",
        (2, 36),
    ),
    (
        "trixie",
        "amd64",
        "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        "x86_64-linux-gnu",
        (2, 41),
    ),
    (
        "bookworm",
        "arm64",
        "lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
        "aarch64-linux-gnu",
        (2, 36),
    ),
    (
        "trixie",
        "arm64",
        "usr/lib/aarch64-linux-gnu/ld-linux-aarch64.so.1",
        "aarch64-linux-gnu",
        (2, 41),
    ),
    (
        "trixie",
        "armhf",
        "usr/lib/arm-linux-gnueabihf/ld-linux-armhf.so.3",
        "arm-linux-gnueabihf",
        (2, 41),
    ),
    (
        "trixie",
        "riscv64",
        "usr/lib/riscv64-linux-gnu/ld-linux-riscv64-lp64d.so.1",
        "riscv64-linux-gnu",
        (2, 41),
    ),
    (
        "trixie",
        "ppc64el",
        "usr/lib/powerpc64le-linux-gnu/ld64.so.2",
        "powerpc64le-linux-gnu",
        (2, 41),
    ),
    (
        "trixie",
        "s390x",
        "usr/lib/s390x-linux-gnu/ld64.so.1",
        "s390x-linux-gnu",
        (2, 41),
    ),
    (
        "trixie",
        "i386",
        "usr/lib/i386-linux-gnu/ld-linux.so.2",
        "i386-linux-gnu",
        (2, 41),
    ),
];

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn loaders_say_themselves_where_they_look() {
    for (suite, architecture, path, triplet, release) in LOADERS {
        let package = Package::fetch_for(suite, architecture, "libc6");
        let bytes = std::fs::read(package.file(path)).unwrap();
        let loader = identity::of("/ld.so", &bytes, &ElfFacts::read(&bytes).unwrap());
        let Loader::Glibc(loader) = loader else {
            panic!("{suite} {architecture}: {loader:?}")
        };
        let directories = [
            format!("/lib/{triplet}"),
            format!("/usr/lib/{triplet}"),
            "/lib".into(),
            "/usr/lib".into(),
        ];
        assert_eq!(
            loader.system_directories, directories,
            "{suite} {architecture}"
        );
        assert_eq!(loader.cache, "/etc/ld.so.cache");
        assert_eq!(loader.preload.as_deref(), Some("/etc/ld.so.preload"));
        assert_eq!(loader.lib, Some(format!("lib/{triplet}")));
        assert_eq!(loader.release.unwrap().number, release);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_packed_program_is_not_proven() {
    let fixture = Fixture::new();
    let upx = Package::fetch("bullseye", "upx-ucl");
    let libucl = Package::fetch("bullseye", "libucl1");
    let case = fixture.root("worker");
    // UPX itself is no packed program, whatever magic it holds.
    let packer = upx.file("usr/bin/upx-ucl");
    let bytes = std::fs::read(&packer).unwrap();
    assert_eq!(crate::inspect::Facts::read(&bytes).unwrap().packer, None);
    case.copy(
        &std::fs::canonicalize("/usr/bin/openssl").expect("apt-get install openssl"),
        PROGRAM,
    );
    let output = Command::new(&packer)
        .arg("-qq")
        .arg(case.path(PROGRAM))
        .env("LD_LIBRARY_PATH", libucl.file("usr/lib/x86_64-linux-gnu"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "upx: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(
        check("packed", &case, &launch(&["/app/worker"]), Undecided),
        [Code::Packed]
    );
}

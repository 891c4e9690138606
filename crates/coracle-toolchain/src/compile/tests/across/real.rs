//! Real builds for other platforms that need nothing of an archive.

use super::super::*;

/// What `readelf` says of a program.
pub(super) fn readelf(option: &str, program: &Path) -> String {
    let readelf = coracle_process::Program::new("readelf")
        .args(["-W", option])
        .arg(program)
        .env("LC_ALL", "C");
    String::from_utf8(readelf.output().unwrap().stdout).unwrap()
}

/// What a program prints under an emulator that is given its loader's folder, if it has a loader.
fn emulated(emulator: &str, program: &Path) -> String {
    let program = coracle_process::Program::new(emulator).arg(program);
    String::from_utf8(program.output().unwrap().stdout).unwrap()
}

const MANIFEST: &str = "[package]\nname = \"worker\"\nversion = \"1.0.0\"\nedition = \"2024\"\n";
const LOCK: &str = "version = 4\n\n[[package]]\nname = \"worker\"\nversion = \"1.0.0\"\n";
const MAIN: &str = "fn main() { println!(\"{} bits\", usize::BITS); }\n";

fn package(target: Target) -> (tempfile::TempDir, CompileRequest) {
    let folder = repository(&[
        ("Cargo.toml", MANIFEST),
        ("Cargo.lock", LOCK),
        ("src/main.rs", MAIN),
    ]);
    let request = CompileRequest {
        target,
        ..request(folder.path(), "worker")
    };
    (folder, request)
}

fn other() -> Target {
    match Target::host().unwrap() {
        Target::LinuxAmd64 => Target::LinuxArm64,
        _ => Target::LinuxAmd64,
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_rust_program_for_another_platform_is_that_platform_s_and_asks_no_later_glibc() {
    let (_folder, request) = package(other());
    let request = CompileRequest {
        glibc: Some((2, 31)),
        ..request
    };
    let (artifact, events) = compiled(&request, &Toolchain::default());
    let artifact = artifact.unwrap();
    assert_eq!(artifact.back_end, Some(BackEnd::Zig));
    assert!(artifact.time64 && !artifact.fresh);
    assert_eq!(warnings(&events), [""; 0]);
    let machine = match request.target {
        Target::LinuxArm64 => "AArch64",
        _ => "X86-64",
    };
    assert!(readelf("-h", &artifact.path).contains(machine));
    let versions = readelf("-V", &artifact.path);
    let minors = versions.split("GLIBC_2.").skip(1).map(|rest| {
        let digits = rest.split(|letter: char| !letter.is_ascii_digit());
        digits.into_iter().next().unwrap().parse::<u32>().unwrap()
    });
    assert!(minors.max().unwrap() <= 31, "{versions}");
    // The profile drops debug information and keeps names for backtraces.
    let sections = readelf("-S", &artifact.path);
    assert!(sections.contains(" .symtab "), "{sections}");
    assert!(!sections.contains(" .debug_info "), "{sections}");
    let (again, _) = compiled(&request, &Toolchain::default());
    assert!(again.unwrap().fresh);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_musl_program_is_all_in_one_file_and_runs() {
    let (_folder, request) = package(Target::host().unwrap());
    let request = CompileRequest {
        musl: true,
        ..request
    };
    let artifact = compiled(&request, &Toolchain::default()).0.unwrap();
    assert_eq!(artifact.back_end, Some(BackEnd::Zig));
    assert!(!readelf("-l", &artifact.path).contains("INTERP"));
    assert_eq!(printed(&artifact.path), "64 bits");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn go_without_cgo_needs_nothing_but_go_on_every_platform() {
    let folder = repository(&[
        ("go.mod", "module example.invalid/m\n\ngo 1.21\n"),
        (
            "cmd/worker/main.go",
            "package main\n\nimport (\n\t\"fmt\"\n\t\"math/bits\"\n)\n\nfunc main() { fmt.Println(bits.UintSize, \"bits\") }\n",
        ),
    ]);
    let none = Toolchain {
        zig: "no-zig".into(),
        python: "no-python".into(),
        clang: Vec::new(),
        ..Toolchain::default()
    };
    for (target, emulator, expected) in [
        (Target::LinuxArm64, "qemu-aarch64-static", "64 bits\n"),
        (Target::LinuxArmV7, "qemu-arm-static", "32 bits\n"),
    ] {
        let request = CompileRequest {
            target,
            ..request(folder.path(), "worker")
        };
        let artifact = compiled(&request, &none).0.unwrap();
        assert_eq!(artifact.back_end, None);
        assert_eq!(emulated(emulator, &artifact.path), expected);
        if target == Target::LinuxArmV7 {
            let told = coracle_process::Program::new("go").args(["version", "-m"]);
            let told = told.arg(&artifact.path).output().unwrap().stdout;
            assert!(String::from_utf8(told).unwrap().contains("GOARM=7"));
        }
    }
}

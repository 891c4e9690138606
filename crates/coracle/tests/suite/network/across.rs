//! What compiling for another platform may lack: each error says what to do, which is done, and then it succeeds.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{Ended, tool};

use super::provision::{program, show};
use crate::support::Place;

const ARM64: [&str; 4] = ["--platform", "linux/arm64", "--distro", "trixie"];
const TRIPLE: &str = "aarch64-unknown-linux-gnu";

/// A crate that needs nothing.
fn hello(place: &Place) -> PathBuf {
    let folder = place.path().join("work/hello");
    fs::create_dir_all(folder.join("src")).unwrap();
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n",
        ),
        ("src/main.rs", "fn main() { println!(\"hello\"); }\n"),
    ];
    for (path, text) in files {
        fs::write(folder.join(path), text).unwrap();
    }
    folder
}

/// A folder of links to programs of this machine, instead of all that PATH has.
fn programs(place: &Place, name: &str, wanted: &[(&str, &Path)]) -> PathBuf {
    let folder = place.path().join(name);
    fs::create_dir_all(&folder).unwrap();
    for (name, program) in wanted {
        std::os::unix::fs::symlink(program, folder.join(name)).unwrap();
    }
    folder
}

/// Where this machine has a program.
fn which(name: &str) -> PathBuf {
    let script = format!("command -v {name}");
    let found = tool("sh", &["-c", &script]);
    found
        .unwrap_or_else(|_| panic!("{name} is installed by cargo xtask test"))
        .stdout
        .trim()
        .into()
}

/// The Rust toolchain of this machine, without the standard library for arm64: a copy by links.
fn toolchain_without(place: &Place) -> PathBuf {
    let whole = PathBuf::from(
        tool("rustc", &["--print", "sysroot"])
            .unwrap()
            .stdout
            .trim(),
    );
    let folder = place.path().join("toolchain");
    let copied = [
        "-r",
        "--link",
        whole.to_str().unwrap(),
        folder.to_str().unwrap(),
    ];
    // Across filesystems there are no links.
    if tool("cp", &copied).is_err() {
        let _ = fs::remove_dir_all(&folder);
        tool("cp", &["-r", copied[2], copied[3]]).unwrap();
    }
    fs::remove_dir_all(folder.join("lib/rustlib").join(TRIPLE)).unwrap();
    folder
}

fn build(place: &Place, folder: &Path, path: &str) -> Ended {
    let building = place.building(folder, &ARM64).env("PATH", path);
    building.run().unwrap()
}

fn is_proven(ended: &Ended) {
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let proven = ended.stderr.contains("proven to start");
    assert!(
        proven && ended.stderr.contains("ld-linux-aarch64.so.1"),
        "{}",
        ended.stderr
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn without_zig_cargo_zigbuild_or_the_target_the_error_names_the_command_that_installs_it() {
    let place = Place::new();
    let folder = hello(&place);
    let rust = toolchain_without(&place);
    let (cargo, rustc) = (rust.join("bin/cargo"), rust.join("bin/rustc"));
    let (cc, ld, git) = (which("cc"), which("ld"), which("git"));
    let plain = [
        ("cargo", cargo.as_path()),
        ("rustc", rustc.as_path()),
        ("cc", cc.as_path()),
        ("ld", ld.as_path()),
        ("git", git.as_path()),
    ];
    let path = programs(&place, "plain", &plain).display().to_string();
    let refused = build(&place, &folder, &path);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "without-zig", &refused);
    let zig = programs(&place, "zig", &[("zig", &which("zig"))]);
    let path = format!("{}:{path}", zig.display());
    let refused = build(&place, &folder, &path);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "without-cargo-zigbuild", &refused);
    let zigbuild = which("cargo-zigbuild");
    let zigbuild = programs(&place, "zigbuild", &[("cargo-zigbuild", &zigbuild)]);
    let path = format!("{}:{path}", zigbuild.display());
    let refused = build(&place, &folder, &path);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "without-rust-target", &refused);
    let whole = tool("rustc", &["--print", "sysroot"]).unwrap();
    let library = Path::new(whole.stdout.trim())
        .join("lib/rustlib")
        .join(TRIPLE);
    let to = rust.join("lib/rustlib");
    tool(
        "cp",
        &["-r", library.to_str().unwrap(), to.to_str().unwrap()],
    )
    .unwrap();
    is_proven(&build(&place, &folder, &path));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_c_plus_plus_library_that_zig_cannot_link_is_linked_by_clang_in_a_full_run() {
    let place = Place::new();
    let folder = program(
        &place,
        "squeeze",
        "#cgo LDFLAGS: -lsnappy -lstdc++\nint squeezed(void);",
        "fmt.Println(C.squeezed())",
    );
    let source = "#include <snappy.h>\n#include <string>\n\nextern \"C\" int squeezed(void) {\n  std::string text(1000, 'x'), \
        out;\n  snappy::Compress(text.data(), text.size(), &out);\n  return out.size() < 100;\n}\n";
    fs::write(folder.join("cmd/squeeze/squeeze.cc"), source).unwrap();
    fs::write(folder.join("coracle.toml"), "back-end = \"zig\"\n").unwrap();
    let refused = place.build(&folder, &ARM64);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "library-of-c-plus-plus", &refused);
    fs::write(folder.join("coracle.toml"), "back-end = \"clang\"\n").unwrap();
    let built = place.build(&folder, &ARM64);
    is_proven(&built);
    assert!(built.stderr.contains("\n  libstdc++6 "), "{}", built.stderr);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_package_that_another_platform_s_build_lacks_is_named_and_then_taken() {
    let place = Place::new();
    let folder = program(
        &place,
        "ask",
        "#cgo pkg-config: srt\n#include <srt/srt.h>",
        "fmt.Println(uint32(C.srt_getversion()) > 0)",
    );
    let refused = place.build(&folder, &ARM64);
    assert_eq!(refused.code, 3, "{}", refused.stderr);
    show(&place, "module-of-several-for-arm64", &refused);
    let configuration = "[services.ask]\nbuild-packages = [\"libsrt-openssl-dev\"]\n";
    fs::write(folder.join("coracle.toml"), configuration).unwrap();
    is_proven(&place.build(&folder, &ARM64));
}

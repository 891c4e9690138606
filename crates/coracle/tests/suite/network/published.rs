//! Published programs of other people's, unchanged: from the crate registry one that needs system libraries, and a Go
//! module with several commands. No configuration but the feature flags.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::tool;
use coracle_testkit::container::Bundle;
use serde_json::Value;

use crate::support::{Place, shared};

const BOTH: &str = "linux/amd64,linux/arm64";
const DIESEL: &str = "2.3.14";
const TOOLS: &str = "golang.org/x/tools@v0.45.0";

/// The source of a published crate, as cargo unpacks it.
fn published_crate(place: &Place, name: &str, version: &str) -> PathBuf {
    let asking = place.path().join("asking");
    fs::create_dir_all(asking.join("src")).unwrap();
    let manifest = format!(
        "[package]\nname = \"asking\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n{name} = {{ version = \"={version}\", default-features = false }}\n"
    );
    fs::write(asking.join("Cargo.toml"), manifest).unwrap();
    fs::write(asking.join("src/lib.rs"), "").unwrap();
    let cargo = place.coracle_through("cargo").directory(&asking);
    cargo.args(["fetch", "--quiet"]).succeed().unwrap();
    // Where cargo unpacks what it fetches; a program is nobody's dependency, so metadata does not name it.
    let registries = shared().join("cargo/registry/src");
    let registries = fs::read_dir(registries).unwrap();
    let mut folders = registries.map(|registry| {
        let registry = registry.unwrap().path();
        registry.join(format!("{name}-{version}"))
    });
    let folder = folders.find(|folder| folder.join("Cargo.lock").is_file());
    copied(place, &folder.expect("cargo has unpacked it"), name)
}

/// The source of a published module, as go unpacks it.
fn published_module(place: &Place, module: &str, name: &str) -> PathBuf {
    let go = place.coracle_through("go").directory(place.path());
    let answer = go.args(["mod", "download", "-json", module]).succeed();
    let answer: Value = serde_json::from_str(&answer.unwrap().stdout).unwrap();
    copied(place, Path::new(answer["Dir"].as_str().unwrap()), name)
}

fn copied(place: &Place, source: &Path, name: &str) -> PathBuf {
    let target = place.path().join("work").join(name);
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    let (from, to) = (source.to_str().unwrap(), target.to_str().unwrap());
    tool("cp", &["-r", "--no-preserve=mode", from, to]).unwrap();
    target
}

/// The image for this machine, and that for arm64 where there is one, to be started under an emulator.
fn images(place: &Place, name: &str, platforms: &str) -> Vec<Bundle> {
    let mut images = vec![place.unpack(name)];
    if platforms == BOTH {
        let folder = place.path().join(format!("arm64-{name}"));
        let (layout, image) = (place.path().join("layout"), format!("{name}:latest"));
        let emulator = ("arm64", "/usr/bin/qemu-aarch64-static");
        let other = Bundle::unpack_emulated(&layout, &image, &folder, emulator);
        images.push(other.unwrap());
    }
    images
}

/// Starts an image with other arguments: its exit code and what it prints.
fn run(bundle: &Bundle, name: &str, arguments: &[&str]) -> (i32, String) {
    let program = format!("/app/{name}");
    let words: Vec<&str> = [&[program.as_str()], arguments].concat();
    bundle.start_as(&words).unwrap().end().unwrap()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn diesel_s_command_line_ships_with_libpq_and_sqlite_in_a_full_run() {
    let architecture = tool("dpkg", &["--print-architecture"]).unwrap().stdout;
    check_diesel(&format!("linux/{}", architecture.trim()));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn diesel_s_command_line_ships_for_both_platforms_in_a_full_run() {
    check_diesel(BOTH);
}

fn check_diesel(platforms: &str) {
    let place = Place::new();
    let folder = published_crate(&place, "diesel_cli", DIESEL);
    let features = ["--no-default-features", "--features", "postgres,sqlite"];
    let built = place.build(
        &folder,
        &[&features[..], &["--platform", platforms]].concat(),
    );
    assert_eq!(built.code, 0, "{}", built.stderr);
    for package in ["libpq5", "libsqlite3-0", "libssl3t64"] {
        assert!(
            built.stderr.contains(&format!("  {package} ")),
            "{}",
            built.stderr
        );
    }
    assert!(
        built.stderr.contains("pq-sys") && built.stderr.contains("looks for libpq.pc"),
        "{}",
        built.stderr
    );
    for bundle in images(&place, "diesel", platforms) {
        let (code, printed) = run(&bundle, "diesel", &["--version"]);
        assert_eq!(code, 0, "{printed}");
        assert!(
            printed.contains(DIESEL) && printed.contains("postgres") && printed.contains("sqlite"),
            "{printed}"
        );
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn commands_of_a_go_module_ship_each_in_an_image_of_its_own() {
    let place = Place::new();
    let folder = published_module(&place, TOOLS, "tools");
    let built = place.build(
        &folder,
        &[&["goimports", "stringer"][..], &["--platform", BOTH]].concat(),
    );
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert_eq!(built.stdout.lines().count(), 2, "{}", built.stdout);
    for bundle in images(&place, "goimports", BOTH) {
        let (code, printed) = run(&bundle, "goimports", &["-help"]);
        assert!(
            code == 2 && printed.contains("usage: goimports"),
            "{code}: {printed}"
        );
    }
    for bundle in images(&place, "stringer", BOTH) {
        let (code, printed) = run(&bundle, "stringer", &["-help"]);
        assert!(printed.contains("Usage of stringer"), "{code}: {printed}");
    }
}

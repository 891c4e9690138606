//! README's first command and its like on a bare machine: a fresh root with only ca-certificates, gcc, libc6-dev and a
//! toolchain, as an ordinary user. No git, no make, no g++, no pkg-config, no -dev package of any library.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::bare::BareRoot;
use coracle_testkit::command::tool;
use coracle_testkit::container::Bundle;
use coracle_testkit::http::free_port;

use crate::support::{Place, git, program, repository};

/// What a machine needs besides a toolchain.
const PACKAGES: &[&str] = &["ca-certificates", "gcc", "libc6-dev"];

/// The first command of README: the first line of its first console block, without the prompt.
fn first_command() -> String {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let line = readme
        .lines()
        .skip_while(|line| !line.starts_with("```console"))
        .find_map(|line| line.strip_prefix("$ "));
    line.expect("README has a console block").to_owned()
}

/// A root with the Rust toolchain of this machine, and Go's.
fn root(place: &Place, suite: &str) -> BareRoot {
    let cache = repository().join("target/test-downloads");
    fs::create_dir_all(&cache).unwrap();
    let folder = place.path().join("root");
    let root = BareRoot::make(suite, PACKAGES, &cache, &folder).unwrap();
    let rust = answer("rustc", &["--print", "sysroot"]);
    let go = answer("go", &["env", "GOROOT"]);
    root.show(&rust, "/opt/rust")
        .unwrap()
        .show(&go, "/opt/go")
        .unwrap()
}

fn answer(program: &str, question: &[&str]) -> PathBuf {
    PathBuf::from(tool(program, question).unwrap().stdout.trim())
}

fn clone_into(root: &BareRoot, place: &Place) {
    let clone = place.path().join("clone");
    let source = repository().display().to_string();
    git(
        place.path(),
        &["clone", "--quiet", &source, clone.to_str().unwrap()],
    );
    root.put(&clone, "/srv/user/coracle").unwrap();
}

/// Starts an image of the root's store and waits until it answers.
fn starts(root: &BareRoot, place: &Place, example: &str, service: &str) {
    let layout = root.at("/srv/user/.cache/coracle");
    let folder = place.path().join(format!("bundle-{example}-{service}"));
    let bundle = Bundle::unpack(&layout, &format!("{service}:latest"), &folder).unwrap();
    let volume = place.path().join(format!("volume-{example}-{service}"));
    fs::create_dir(&volume).unwrap();
    for destination in ["/data/shop", "/data/photos"] {
        if bundle
            .root()
            .join(destination.trim_start_matches('/'))
            .exists()
        {
            bundle.mount_volume(&volume, destination).unwrap();
        }
    }
    let port = free_port().unwrap();
    bundle.set_env("PORT", &port.to_string()).unwrap();
    let mut container = bundle.start().unwrap();
    assert_eq!(container.wait_for(port, "/health").unwrap().trim(), "ok");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_first_command_builds_all_of_both_examples_as_an_ordinary_user_with_an_empty_home() {
    let place = Place::new();
    let root = root(&place, "bookworm");
    for absent in ["git", "make", "g++", "c++", "pkg-config", "pkgconf"] {
        let found = root.run("/", &format!("command -v {absent}")).unwrap();
        assert_ne!(found.code, 0, "{absent} is there: {}", found.stdout);
    }
    assert!(!root.at("/usr/include/openssl").exists());
    clone_into(&root, &place);
    // Less optimised, coracle itself is compiled in about half the time.
    let command = format!("CARGO_PROFILE_RELEASE_OPT_LEVEL=1 {}", first_command());
    let built = root.succeed("/srv/user/coracle", &command).unwrap();
    let references: Vec<&str> = built.stdout.lines().collect();
    assert_eq!(references.len(), 2, "{}", built.stdout);
    for service in ["api", "worker"] {
        let proven = format!("proven to start: /app/{service}");
        assert!(built.stderr.contains(&proven), "{}", built.stderr);
        starts(&root, &place, "shop", service);
    }
    let photos = command.replace("examples/shop", "examples/photos");
    assert_ne!(photos, command);
    let built = root.succeed("/srv/user/coracle", &photos).unwrap();
    assert_eq!(built.stdout.lines().count(), 3, "{}", built.stdout);
    for service in ["scheduler", "server", "worker"] {
        starts(&root, &place, "photos", service);
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_host_whose_glibc_is_newer_than_the_suite_s_ships_images_that_start() {
    let place = Place::new();
    let root = root(&place, "trixie");
    root.put(&program(), "/srv/user/coracle").unwrap();
    root.put(&place.example("shop"), "/srv/user/shop").unwrap();
    let command = "/srv/user/coracle -C shop build api --distro debian/bookworm";
    let built = root.succeed("/srv/user", command).unwrap();
    assert!(built.stderr.contains("debian/bookworm"), "{}", built.stderr);
    starts(&root, &place, "shop", "api");
    // What makes it worth saying: compiled as that host would by itself, a program asks for a newer glibc.
    root.put(&probe(&place), "/srv/user/probe").unwrap();
    let by_hand = "cd probe && cargo build --quiet --release --locked";
    root.succeed("/srv/user", by_hand).unwrap();
    let programs = root.at("/srv/user/probe/target");
    assert!(newest_glibc(&programs.join("release/probe")) > (2, 36));
    let command = "/srv/user/coracle -C probe build --distro debian/bookworm";
    root.succeed("/srv/user", command).unwrap();
    let triple = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let shipped = programs.join("coracle").join(triple).join("release/probe");
    assert!(newest_glibc(&shipped) <= (2, 36));
    let layout = root.at("/srv/user/.cache/coracle");
    let bundle = Bundle::unpack(&layout, "probe:latest", &place.path().join("bundle-probe"));
    let ended = bundle.unwrap().start().unwrap().end().unwrap();
    assert_eq!(ended, (0, "true\n".to_owned()));
}

/// A crate whose program, linked against a new glibc, asks for GLIBC_2.39 (`pidfd_spawnp`).
fn probe(place: &Place) -> PathBuf {
    let folder = place.path().join("work/probe");
    fs::create_dir_all(folder.join("src")).unwrap();
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"probe\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"probe\"\nversion = \"0.1.0\"\n",
        ),
        ("src/main.rs", super::prebuilt::PROGRAM),
    ];
    for (path, text) in files {
        fs::write(folder.join(path), text).unwrap();
    }
    folder
}

/// The newest glibc that a program asks for.
fn newest_glibc(program: &Path) -> (u32, u32) {
    let said = tool(
        "readelf",
        &["--version-info", "--wide", program.to_str().unwrap()],
    )
    .unwrap();
    let versions = said.stdout.split("GLIBC_").skip(1).filter_map(|text| {
        let end = text.find(|letter: char| !letter.is_ascii_digit() && letter != '.')?;
        let mut numbers = text.get(..end)?.split('.').map(str::parse);
        Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
    });
    versions.max().unwrap_or_default()
}

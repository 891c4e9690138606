//! The Dockerfiles that stand in docs/ejected are what coracle writes of the examples now. What the archive and whoever
//! runs the tests decide is not compared: versions of packages, and of the toolchain.

use std::fs;
use std::path::Path;

use crate::support::{Place, repository, shared};

const PLATFORMS: &str = "linux/amd64,linux/arm64";

/// Ejects a service of an example and compares. What was written stays below the target folder, to be copied where it differs.
fn check(place: &Place, example: &Path, service: &str) {
    let name = example.file_name().unwrap().to_str().unwrap();
    let kept = Path::new("docs/ejected").join(name);
    let written = shared().join("ejected").join(name);
    let _ = fs::remove_dir_all(&written);
    let first = ["-C", example.to_str().unwrap(), "eject", "dockerfile"];
    let more = [service, "--platform", PLATFORMS];
    let output = ["--output", written.to_str().unwrap()];
    let command = place.coracle().args([&first[..], &more, &output].concat());
    command.succeed().unwrap();
    for file in ["Dockerfile", ".dockerignore"] {
        let read = |path: &Path| fs::read_to_string(path).unwrap_or_default();
        let now = without_versions(&read(&written.join(file)));
        let before = without_versions(&read(&repository().join(&kept).join(file)));
        assert!(!now.is_empty(), "{file} is not written");
        let mut lines = (0..now.len().max(before.len())).map(|at| (now.get(at), before.get(at)));
        assert_eq!(
            lines.find(|(now, before)| now != before),
            None,
            "{}/{file} is behind {}",
            kept.display(),
            written.display()
        );
    }
}

/// Its lines, without versions of packages (`libc6=2.41-12`) and of the toolchain.
fn without_versions(text: &str) -> Vec<String> {
    let toolchain = |image: &str| {
        let (_, rest) = text.split_once(image)?;
        Some(rest.split_once('-')?.0.to_owned())
    };
    let toolchain = toolchain(" rust:").or_else(|| toolchain(" golang:"));
    let text = match toolchain {
        Some(version) => text.replace(&version, "VERSION"),
        None => text.to_owned(),
    };
    let package = |line: &str| {
        let (name, version) = line.split_once('=')?;
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        let is_pinned =
            name.bytes().all(is_name) && version.starts_with(|c: char| c.is_ascii_digit());
        is_pinned.then(|| format!("{name}=VERSION"))
    };
    text.lines()
        .map(|line| package(line).unwrap_or_else(|| line.to_owned()))
        .collect()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_go_example_s_dockerfile_in_docs_is_what_is_written_now_in_a_full_run() {
    let place = Place::new();
    check(&place, &place.example("photos"), "server");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_rust_example_s_dockerfile_in_docs_is_what_is_written_now_in_a_full_run() {
    let place = Place::new();
    check(&place, &place.example("shop"), "api");
}

#[test]
fn versions_alone_are_left_out_of_the_comparison() {
    let text = "FROM --platform=$BUILDPLATFORM rust:1.95.0-trixie AS tools\nENV RUSTUP_TOOLCHAIN=1.95.0\n\
                libc6=2.41-12\nlibstdc++6=14.2.0-19\nset -eu\nARG VERSION=\"0.1.0\"\npath=usr/$path\n";
    let expected = "FROM --platform=$BUILDPLATFORM rust:VERSION-trixie AS tools\nENV RUSTUP_TOOLCHAIN=VERSION\n\
                    libc6=VERSION\nlibstdc++6=VERSION\nset -eu\nARG VERSION=\"0.1.0\"\npath=usr/$path";
    assert_eq!(without_versions(text).join("\n"), expected);
}

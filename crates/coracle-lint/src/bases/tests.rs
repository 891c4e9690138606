//! What the table says of references as people write them.

use super::*;

fn check(written: &str, release: Option<&str>, libc: &str) {
    let base = look_up(written).unwrap_or_else(|| panic!("{written} is not known"));
    assert_eq!(
        base.release.map(|release| release.name),
        release,
        "{written}"
    );
    let got = base.libc.map_or("?".to_owned(), |libc| libc.to_string());
    assert_eq!(got, libc, "{written}");
}

#[test]
fn a_tag_that_names_its_release_is_that() {
    check("debian:bookworm-slim", Some("debian/12"), "glibc 2.36");
    check("debian:12.5", Some("debian/12"), "glibc 2.36");
    check(
        "debian:trixie-20250811-slim",
        Some("debian/13"),
        "glibc 2.41",
    );
    check("ubuntu:24.04", Some("ubuntu/24.04"), "glibc 2.39");
    check("ubuntu:jammy", Some("ubuntu/22.04"), "glibc 2.35");
    check("alpine:3.22.1", Some("alpine/3.22"), "musl 1.2.5");
    check("rust:1.85-slim-bookworm", Some("debian/12"), "glibc 2.36");
    check("rust:1.99-bookworm", Some("debian/12"), "glibc 2.36");
    check("golang:1.25-alpine3.22", Some("alpine/3.22"), "musl 1.2.5");
    check(
        "registry.access.redhat.com/ubi9/ubi-minimal:9.5",
        Some("rhel/9"),
        "glibc 2.34",
    );
    check("redhat/ubi9-minimal", Some("rhel/9"), "glibc 2.34");
    check("almalinux:9.8", Some("almalinux/9"), "glibc 2.34");
    check(
        "amazonlinux:2023.12.20260831.0",
        Some("amazonlinux/2023"),
        "glibc 2.34",
    );
    check(
        "rockylinux/rockylinux:10-minimal",
        Some("rockylinux/10"),
        "glibc 2.39",
    );
    check(
        "gcr.io/distroless/cc-debian12:nonroot",
        Some("debian/12"),
        "glibc 2.36",
    );
}

#[test]
fn a_tag_without_a_release_is_what_it_was_last_and_says_when() {
    check("rust:1.88", Some("debian/12"), "glibc 2.36");
    check("rust:1.89-slim", Some("debian/13"), "glibc 2.41");
    check("rust", Some("debian/13"), "glibc 2.41");
    check(
        "docker.io/library/golang:1.24.5",
        Some("debian/12"),
        "glibc 2.36",
    );
    check("golang:1.24", Some("debian/13"), "glibc 2.41");
    check("rust:1.90-alpine", Some("alpine/3.22"), "musl 1.2.5");
    check("node:22-slim", Some("debian/12"), "glibc 2.36");
    check(
        "lukemathwalker/cargo-chef:latest-rust-1.88",
        Some("debian/12"),
        "glibc 2.36",
    );
    check("gcr.io/distroless/cc", Some("debian/13"), "glibc 2.41");
    assert!(look_up("rust:1.88").unwrap().as_of.is_some());
    assert!(look_up("rust:1.88-bookworm").unwrap().as_of.is_none());
}

#[test]
fn what_is_not_known_is_not_guessed() {
    check("rust:1.99", None, "?");
    check("rust:nightly", None, "?");
    check("debian", None, "?");
    check("alpine:3", None, "?");
    check("busybox", None, "?");
    check("golang:1.25-windowsservercore", None, "?");
    assert_eq!(look_up("ghcr.io/acme/base:1"), None);
    assert_eq!(look_up("postgres:17-alpine"), None);
}

#[test]
fn contents_follow_from_the_flavour() {
    let contents = |written: &str| look_up(written).unwrap().contents;
    let has = |written: &str| {
        let contents = contents(written);
        (
            contents.shell,
            contents.curl,
            contents.wget,
            contents.certificates,
        )
    };
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(has("debian:bookworm-slim"), (yes, no, no, no));
    assert_eq!(has("alpine:3.22"), (yes, no, yes, yes));
    assert_eq!(has("golang:1.25"), (yes, yes, yes, yes));
    assert_eq!(has("rust:1.90-slim"), (yes, None, None, yes));
    assert_eq!(has("scratch"), (no, no, no, no));
    assert_eq!(has("gcr.io/distroless/cc-debian12"), (no, no, no, yes));
    assert_eq!(
        has("gcr.io/distroless/cc-debian12:debug"),
        (no, no, yes, yes)
    );
    assert_eq!(has("ubuntu:24.04"), (yes, no, no, no));
    assert_eq!(has("cgr.dev/chainguard/wolfi-base"), (yes, no, no, yes));
    assert_eq!(has("rockylinux:9-minimal"), (yes, yes, no, yes));
    assert_eq!(has("rockylinux/rockylinux:10"), (yes, None, None, None));
    assert_eq!(
        has("rockylinux/rockylinux:10-ubi"),
        (None, None, None, None)
    );
    assert_eq!(has("almalinux:9"), (yes, yes, None, yes));
    assert_eq!(
        has("public.ecr.aws/amazonlinux/amazonlinux:2023"),
        (yes, yes, no, yes)
    );
    assert_eq!(has("redhat/ubi9-minimal"), (yes, yes, None, yes));
    assert_eq!(has("redhat/ubi9-micro"), (None, None, None, None));
    let user = |written: &str| contents(written).user;
    assert_eq!(user("gcr.io/distroless/static-debian12"), Some("root"));
    assert_eq!(
        user("gcr.io/distroless/static-debian12:debug-nonroot"),
        Some("65532")
    );
    assert_eq!(user("cgr.dev/chainguard/static:latest"), Some("65532"));
    assert_eq!(user("cgr.dev/chainguard/wolfi-base"), Some("root"));
    assert_eq!(user("ubuntu:24.04"), Some("root"));
    assert_eq!(user("redhat/ubi9"), None);
}

#[test]
fn images_without_a_c_library_have_none() {
    check("scratch", None, "no C library");
    check(
        "gcr.io/distroless/static-debian12",
        Some("debian/12"),
        "no C library",
    );
    check("busybox:1.37-musl", None, "musl");
}

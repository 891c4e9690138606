//! `coracle eject dockerfile`: what is written, when it is behind, and what is never replaced. The archive is the testkit's.

use std::fs;

use coracle_distro::{Architecture, ArchiveName};
use coracle_testkit::archive::TestPackage;
use coracle_testkit::command::Ended;

use crate::archive::World;
use crate::commands::error_of;

const BOTH: [Architecture; 2] = [Architecture::Amd64, Architecture::Arm64];

fn eject(world: &World, more: &[&str]) -> Ended {
    let words = [
        "eject",
        "dockerfile",
        "--distro",
        "debian/trixie",
        "--platform",
        "linux/amd64,linux/arm64",
    ];
    let words = [&words[..], more].concat();
    world.command(&world.module(), &words).run().unwrap()
}

fn succeed(world: &World, more: &[&str]) -> String {
    let ended = eject(world, more);
    assert_eq!(ended.code, 0, "{}{}", ended.stdout, ended.stderr);
    ended.stdout
}

fn written(world: &World, name: &str) -> String {
    let text = fs::read_to_string(world.module().join(name)).unwrap();
    // The version of whoever runs the tests.
    let release = |line: &str| match line.split_once("golang:") {
        Some((before, rest)) => {
            let (_, suite) = rest.split_once('-').unwrap();
            format!("{before}golang:VERSION-{suite}\n")
        }
        None => format!("{line}\n"),
    };
    text.lines().map(release).collect()
}

#[test]
fn a_service_s_dockerfile_is_written_and_is_behind_when_it_needs_something_else() {
    let mut world = World::of(&BOTH);
    let told = succeed(&world, &[]);
    assert_eq!(
        told,
        "written       Dockerfile\nwritten       .dockerignore\n"
    );
    insta::assert_snapshot!("dockerfile", written(&world, "Dockerfile"));
    assert_eq!(
        succeed(&world, &["--check"]),
        "current       Dockerfile\ncurrent       .dockerignore\n"
    );
    // Neither the sources nor a commit of them.
    let main = world.module().join("cmd/hello/main.go");
    fs::write(main, "package main\n\nfunc main() { println(\"again\") }\n").unwrap();
    succeed(&world, &["--check"]);
    crate::support::commit(&world.module(), "again");
    succeed(&world, &["--check"]);

    let package = TestPackage::new("media-types", "10").file("etc/mime.types", "text/plain txt\n");
    let package = package.file("usr/share/doc/media-types/copyright", "free\n");
    world.archive.add(ArchiveName::Main, package).unwrap();
    let settings = "[services.hello]\npackages = [\"media-types\"]\nexpose = [8080]\n";
    fs::write(world.module().join("coracle.toml"), settings).unwrap();
    let behind = eject(&world, &["--check"]);
    assert_eq!(behind.code, 1, "{}", behind.stderr);
    assert_eq!(
        behind.stdout,
        "behind        Dockerfile\ncurrent       .dockerignore\n"
    );
    assert!(
        behind.stderr.contains("1 of 2 files is behind the plan"),
        "{}",
        behind.stderr
    );
    succeed(&world, &[]);
    let text = written(&world, "Dockerfile");
    assert!(
        text.contains("\nmedia-types=10\n") && text.contains("\nEXPOSE 8080/tcp\n"),
        "{text}"
    );

    // What it says is not taken for what somebody else said of the service.
    fs::write(world.module().join("coracle.toml"), "").unwrap();
    succeed(&world, &[]);
    assert!(!written(&world, "Dockerfile").contains("EXPOSE"));
}

#[test]
fn a_program_of_ci_has_a_dockerfile_of_its_own_beside_the_other() {
    let world = World::of(&BOTH);
    succeed(&world, &[]);
    succeed(&world, &["--prebuilt"]);
    succeed(&world, &["--prebuilt", "--check"]);
    succeed(&world, &["--check"]);
    let text = written(&world, "prebuilt.Dockerfile");
    assert!(!text.contains("golang"), "{text}");
    let copied = "COPY --chmod=0755 dist/$TARGETPLATFORM/hello /app/hello\n";
    assert!(text.contains(copied), "{text}");
    let ignored = written(&world, "prebuilt.Dockerfile.dockerignore");
    assert!(
        ignored.ends_with("\n*\n!dist/linux/amd64/hello\n!dist/linux/arm64/hello\n"),
        "{ignored}"
    );
}

#[test]
fn somebody_s_own_dockerfile_is_kept() {
    let world = World::of(&BOTH);
    let theirs = world.module().join("Dockerfile");
    fs::write(&theirs, "FROM scratch\n").unwrap();
    let refused = eject(&world, &[]);
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let error = error_of(&refused);
    assert!(
        error.contains("coracle did not write Dockerfile"),
        "{error}"
    );
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "FROM scratch\n");
    assert!(!world.module().join(".dockerignore").exists());
    succeed(&world, &["--force"]);
    assert!(written(&world, "Dockerfile").starts_with("# syntax=docker/dockerfile:1\n"));
}

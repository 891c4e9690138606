//! README's first command, as written there, in a fresh clone with an empty home.

use std::fs;

use coracle_testkit::container::Bundle;
use coracle_testkit::http::free_port;

use crate::support::{Place, digest, git, repository};

/// The first command of README: the first line of its first console block, without the prompt.
fn first_command() -> String {
    let readme = fs::read_to_string(repository().join("README.md")).unwrap();
    let line = readme
        .lines()
        .skip_while(|line| !line.starts_with("```console"))
        .find_map(|line| line.strip_prefix("$ "));
    line.expect("README has a console block").to_owned()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_first_command_builds_shop_s_worker_from_a_fresh_clone_with_an_empty_home() {
    let place = Place::new();
    let clone = place.path().join("clone");
    let source = repository().display().to_string();
    git(
        place.path(),
        &["clone", "--quiet", &source, clone.to_str().unwrap()],
    );
    let command = first_command();
    let built = place
        .hermetic("/bin/sh")
        .args(["-c", &command])
        .directory(&clone)
        .succeed()
        .unwrap();
    let reference = built.stdout.trim();
    assert!(digest(&built).starts_with("sha256:"), "{reference}");
    assert!(
        built.stderr.contains("proven to start: /app/worker"),
        "{}",
        built.stderr
    );
    let run = built
        .stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("run it: "));
    let run = run.expect("says how to run it");
    assert!(run.starts_with("podman run "), "{run}");

    let layout = place.path().join("home/.cache/coracle");
    let bundle = Bundle::unpack(&layout, "worker:latest", &place.path().join("bundle")).unwrap();
    let port = free_port().unwrap();
    bundle.set_env("PORT", &port.to_string()).unwrap();
    let mut container = bundle.start().unwrap();
    assert_eq!(container.wait_for(port, "/health").unwrap().trim(), "ok");
}

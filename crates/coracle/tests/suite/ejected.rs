//! Compose and bake files for those who stay on Docker, and what the real buildx makes of the latter.

use std::fs;
use std::path::PathBuf;

use coracle_testkit::command::Ended;
use serde_json::Value;

use crate::commands::{offline, run, show};
use crate::support::Place;

/// Runs coracle again in the fixture's copy.
fn again(place: &Place, arguments: &[&str]) -> Ended {
    let folder = fixture(place).display().to_string();
    let command = offline(place).env("CORACLE_REPOSITORY", "ghcr.io/acme");
    let command = command.args(["-C", &folder]).args(arguments.to_vec());
    command.run().unwrap()
}

fn fixture(place: &Place) -> PathBuf {
    place.path().join("already-docker")
}

#[test]
fn compose_and_bake_files_are_written_and_checked() {
    let (place, first) = run("already-docker", &["eject", "compose,bake", "--check"]);
    assert_eq!(first.code, 1, "{}", first.stderr);
    let ended = again(
        &place,
        &[
            "eject",
            "compose,bake",
            "--platform",
            "linux/amd64,linux/arm64",
        ],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let read = |name: &str| fs::read_to_string(fixture(&place).join(name)).unwrap();
    let shown = format!(
        "{}\n== stderr\n{}\n== compose.coracle.yaml\n{}\n== docker-bake.json\n{}",
        ended.stdout,
        ended.stderr,
        read("compose.coracle.yaml"),
        read("docker-bake.json")
    );
    show("eject-compose-bake", &place, &shown);
    let check = [
        "eject",
        "compose,bake",
        "--platform",
        "linux/amd64,linux/arm64",
        "--check",
    ];
    let current = again(&place, &check);
    assert_eq!(current.code, 0, "{}{}", current.stdout, current.stderr);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn buildx_reads_the_bake_file_as_it_is_meant_in_a_full_run() {
    let (place, _) = run("already-docker", &["plan"]);
    let ended = again(
        &place,
        &["eject", "bake", "--platform", "linux/amd64,linux/arm64"],
    );
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    let bake = |variables: &[(&str, &str)], targets: &[&str]| -> Value {
        let mut command = place
            .hermetic("buildx")
            .args([&["bake", "--print"], targets].concat());
        for (name, value) in variables {
            command = command.env(name, *value);
        }
        let printed = command.directory(&fixture(&place)).succeed().unwrap();
        serde_json::from_str(&printed.stdout).unwrap()
    };
    let printed = bake(&[], &[]);
    let api = &printed["target"]["api"];
    assert_eq!(api["dockerfile"], "api.Dockerfile");
    assert_eq!(api["tags"][0], "ghcr.io/acme/api:latest");
    assert_eq!(api["platforms"].as_array().unwrap().len(), 2);
    assert_eq!(api["cache-from"][0]["ref"], "ghcr.io/acme/api:buildcache");
    assert_eq!(api["output"][0]["type"], "image");
    assert!(api["cache-to"].is_null() && api["args"].is_null(), "{api}");
    let revision = "org.opencontainers.image.revision";
    assert!(api["labels"][revision].is_null(), "{api}");
    assert_eq!(
        printed["group"]["default"]["targets"]
            .as_array()
            .unwrap()
            .len(),
        2
    );

    let variables = [
        ("COMMIT_SHA", "0123"),
        ("VERSION", "v2"),
        ("TAG", "v2"),
        ("REPOSITORY", "quay.io/x"),
        ("WRITE_CACHE", "true"),
    ];
    let printed = bake(&variables, &["worker"]);
    let worker = &printed["target"]["worker"];
    assert_eq!(worker["tags"][0], "quay.io/x/worker:v2");
    assert_eq!(worker["args"]["VERSION"], "v2");
    assert_eq!(worker["labels"][revision], "0123");
    assert_eq!(worker["cache-to"][0]["mode"], "max");
    assert!(printed["target"]["api"].is_null());
}

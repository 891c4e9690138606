//! Images that were built apart, joined under one index: each proven again, and nothing joined that is not.

use std::fs;

use coracle_testkit::command::Ended;
use coracle_testkit::registry::{Effect, Fault, Registry};

use crate::archive::World;
use crate::commands::{error_of, show};
use crate::platforms::{BOTH, entries, record, store, world};
use crate::support::digest;

/// Pushes each platform's image alone, as jobs of CI do.
fn push_apart(world: &World, registry: &str) -> Vec<Ended> {
    let push = |architecture: &str| {
        let platform = format!("linux/{architecture}");
        let arguments = [
            "build",
            "--distro",
            "trixie",
            "--push",
            "-t",
            architecture,
            "--platform",
            &platform,
        ];
        let pushed = world
            .command(&world.module(), &arguments)
            .env("CORACLE_REPOSITORY", format!("{registry}/acme"))
            .run()
            .unwrap();
        assert_eq!(pushed.code, 0, "{}", pushed.stderr);
        pushed
    };
    ["arm64", "amd64"].map(push).into()
}

fn index(world: &World, arguments: &[&str]) -> Ended {
    let command = world
        .place
        .coracle()
        .args([&["index", "create"][..], arguments].concat());
    command.directory(world.place.path()).run().unwrap()
}

#[test]
fn images_that_were_pushed_apart_are_joined_proven_by_digest_or_tag() {
    let world = world();
    let registry = Registry::start().unwrap();
    let pushed = push_apart(&world, &registry.host());
    // Another machine: nothing of the images is here.
    fs::remove_dir_all(store(&world)).unwrap();
    let by_digest = pushed[0].stdout.trim();
    let by_tag = format!("{}/acme/hello:amd64", registry.host());
    let joined = index(&world, &["--push", "-t", "v1", by_digest, &by_tag]);
    assert_eq!(joined.code, 0, "{}", joined.stderr);
    assert!(
        joined.stderr.contains("proven to start"),
        "{}",
        joined.stderr
    );
    let expected = format!("{}/acme/hello@sha256:", registry.host());
    assert!(joined.stdout.starts_with(&expected), "{}", joined.stdout);
    let index = record(&store(&world), &digest(&joined));
    let digests: Vec<(String, String)> = entries(&index);
    assert_eq!(
        digests,
        [
            ("linux/amd64".to_owned(), digest(&pushed[1])),
            ("linux/arm64".to_owned(), digest(&pushed[0])),
        ]
    );
    let together = world.build(&BOTH);
    assert_eq!(
        digest(&together),
        digest(&joined),
        "joined or built together, it is one index"
    );
}

#[test]
fn images_of_layouts_are_joined_and_an_index_counts_as_its_images() {
    let world = world();
    let both = world.build(&BOTH);
    let amd64 = world.build(&["--platform", "linux/amd64", "-t", "one"]);
    let arm64 = world.build(&["--platform", "linux/arm64", "-t", "other"]);
    let named = format!("oci:{}:hello:one", store(&world).display());
    let joined = index(
        &world,
        &[
            "-o",
            "out",
            "-t",
            "acme/hello:v1",
            &named,
            arm64.stdout.trim(),
        ],
    );
    assert_eq!(joined.code, 0, "{}", joined.stderr);
    assert_eq!(digest(&joined), digest(&both));
    assert!(joined.stdout.starts_with("oci:"), "{}", joined.stdout);
    let out = world.place.path().join("out");
    assert_eq!(entries(&record(&out, &digest(&both))).len(), 2);
    let again = index(&world, &["-t", "acme/hello:v2", both.stdout.trim()]);
    assert_eq!(digest(&again), digest(&both), "{}", again.stderr);
    let alone = index(&world, &["-t", "acme/hello:v3", amd64.stdout.trim()]);
    assert_eq!(
        digest(&alone),
        digest(&amd64),
        "one image is a plain manifest"
    );
}

#[test]
fn what_cannot_be_joined_is_refused_with_a_hint() {
    let world = world();
    let built = world.build(&["--platform", "linux/amd64"]);
    let image = built.stdout.trim();
    let missing = format!("oci:{}:hello:v9", store(&world).display());
    let mut text = String::new();
    for (arguments, code) in [
        (vec!["-t", "a/b:v1", image, image], 2),
        (vec!["-t", "v1", image], 2),
        (vec!["-t", "a/b:v1", "oci:"], 2),
        (vec!["-t", "a/b:v1", &missing], 2),
        (vec!["-t", "a/b:v1", "oci:nowhere:hello:v1"], 2),
    ] {
        let ended = index(&world, &arguments);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stdout.is_empty());
        text.push_str(&format!("{}\n", error_of(&ended)));
    }
    let text = text.replace(&digest(&built), "sha256:[digest]");
    show("index-refused", &world.place, &text);
}

#[test]
fn an_image_that_lies_is_joined_by_nobody() {
    let world = world();
    let registry = Registry::start().unwrap();
    let pushed = push_apart(&world, &registry.host());
    let manifest = record(&store(&world), &digest(&pushed[0]));
    let layer = manifest["layers"][0]["digest"].as_str().unwrap().to_owned();
    fs::remove_dir_all(store(&world)).unwrap();
    registry.fail(Fault::on("GET", &layer, Effect::Corrupt));
    let ended = index(
        &world,
        &["-t", "v1", pushed[0].stdout.trim(), pushed[1].stdout.trim()],
    );
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    assert!(ended.stderr.contains(&layer), "{}", ended.stderr);
}

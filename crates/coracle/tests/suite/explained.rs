//! What is said of a service: where in its source something comes from, and which input made its image anew. No network:
//! the program is a Go one, the package archive the testkit's.

use std::fs;

use coracle_testkit::command::Ended;
use serde_json::Value;

use crate::archive::World;
use crate::commands::error_of;
use crate::support::{Place, digest};

/// `why` in the module of a world.
fn why(world: &World, arguments: &[&str]) -> Ended {
    let folder = world.module();
    let first = ["-C", folder.to_str().unwrap(), "--quiet", "why"];
    let arguments = [&first[..], arguments].concat();
    world.place.coracle().args(arguments).run().unwrap()
}

/// What `why` answers.
fn answered(world: &World, arguments: &[&str]) -> String {
    let ended = why(world, arguments);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    ended.stdout
}

fn build(world: &World, more: &[&str]) -> String {
    let built = world.build(more);
    assert_eq!(built.code, 0, "{}", built.stderr);
    digest(&built)
}

/// A snapshot without what differs from machine to machine: versions of go, sizes, numbers of ways.
fn show(name: &str, place: &Place, text: &str) {
    let mut settings = insta::Settings::clone_current();
    let folder = place.path().display().to_string().replace('.', r"\.");
    settings.add_filter(&folder, "[place]");
    settings.add_filter(r"sha256:[0-9a-f]{64}", "[digest]");
    settings.add_filter(r"\d+(\.\d)? k?M?B\b", "[size]");
    settings.add_filter(r#""bytes": \d+"#, r#""bytes": [bytes]"#);
    settings.add_filter("linux/(amd64|arm64)", "linux/[host]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// A library package between the program and what it uses.
fn with_greeting(world: &World) {
    let module = world.module();
    fs::create_dir_all(module.join("greeting")).unwrap();
    let greeting = "package greeting\n\nconst Hello = \"hello\"\n";
    fs::write(module.join("greeting/greeting.go"), greeting).unwrap();
    let main = "package main\n\nimport \"example.invalid/hello/greeting\"\n\nfunc main() { println(greeting.Hello) }\n";
    fs::write(module.join("cmd/hello/main.go"), main).unwrap();
}

#[test]
fn what_is_asked_of_a_service_is_answered_from_its_source_on() {
    let world = World::new();
    with_greeting(&world);
    let unbuilt = answered(&world, &["hello", "greeting"]);
    show("service-unbuilt", &world.place, &unbuilt);
    let too_early = why(&world, &["hello", "/app/hello"]);
    assert_eq!(too_early.code, 2, "{}", too_early.stdout);
    show("service-not-built", &world.place, error_of(&too_early));

    let image = build(&world, &[]);
    let mut told = String::new();
    for subject in ["greeting", "/app/hello", "base-files"] {
        let text = answered(&world, &["hello", subject]);
        assert!(text.contains(&image), "{text}");
        told.push_str(&format!("$ coracle why hello {subject}\n{text}\n"));
    }
    told.push_str(&answered(&world, &["hello"]));
    show("service", &world.place, &told);

    let json = answered(&world, &["--format", "json", "hello", "greeting"]);
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["services"][0]["image"], image);
    show("service-json", &world.place, &json);
    let nowhere = why(&world, &["hello", "libssl.so.3"]);
    assert_eq!(nowhere.code, 2);
    show("service-nowhere", &world.place, error_of(&nowhere));
}

#[test]
fn a_word_that_is_neither_a_service_nor_an_image_is_told_so() {
    let world = World::new();
    let near = why(&world, &["helo", "libssl.so.3"]);
    assert_eq!(near.code, 2);
    show("service-misspelt", &world.place, error_of(&near));
    let image = why(&world, &["oci:nowhere", "--rebuilt"]);
    assert_eq!(image.code, 2);
    show("service-rebuilt-image", &world.place, error_of(&image));
    let unbuilt = why(&world, &["hello", "--rebuilt"]);
    assert_eq!(unbuilt.code, 2);
    show("service-rebuilt-unbuilt", &world.place, error_of(&unbuilt));
}

#[test]
fn which_input_made_an_image_anew_is_told_and_where_the_bytes_are_the_same() {
    let world = World::new();
    let main = world.module().join("cmd/hello/main.go");
    let mut told = String::new();
    let mut rebuilt = |world: &World, what: &str| {
        let text = answered(world, &["hello", "--rebuilt"]);
        told.push_str(&format!("# {what}\n{text}\n"));
        text
    };
    let first = build(&world, &[]);
    assert!(rebuilt(&world, "a first build").contains("built once"));
    assert_eq!(build(&world, &[]), first);
    assert!(rebuilt(&world, "the same again").contains("built 2 times"));

    let source = fs::read_to_string(&main).unwrap();
    fs::write(&main, source.replace("hello", "good day")).unwrap();
    let second = build(&world, &[]);
    let text = rebuilt(&world, "another source");
    assert!(text.contains(&format!("{first} → {second}")), "{text}");
    assert!(text.contains("cmd/hello/main.go\n"), "{text}");

    // After all code a comment moves no line of it.
    let source = fs::read_to_string(&main).unwrap();
    fs::write(&main, format!("{source}// Nothing else.\n")).unwrap();
    assert_eq!(build(&world, &[]), second);
    let text = rebuilt(&world, "a comment");
    assert!(text.contains("the same, byte for byte"), "{text}");

    let third = build(&world, &["--build-arg", "VERSION=secret"]);
    let text = rebuilt(&world, "a build argument that nothing reads");
    assert_eq!(third, second);
    assert!(text.contains("build argument VERSION (new)"), "{text}");
    fs::write(
        world.module().join("coracle.toml"),
        "[services.hello]\nuser = \"root\"\nlabels = { a = \"b\" }\n",
    )
    .unwrap();
    let fourth = build(&world, &["--build-arg", "VERSION=secret"]);
    let text = rebuilt(&world, "settings");
    assert!(text.contains(&format!("{third} → {fourth}")), "{text}");
    show("rebuilt", &world.place, &told);

    let json = answered(&world, &["--format", "json", "hello", "--rebuilt"]);
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["builds"][0]["image"], fourth);
    show("rebuilt-json", &world.place, &json);
    let records = world.module().join("target/coracle/records/hello");
    for record in fs::read_dir(records).unwrap() {
        let text = fs::read_to_string(record.unwrap().path()).unwrap();
        assert!(!text.contains("secret"), "a secret is written down");
    }
}

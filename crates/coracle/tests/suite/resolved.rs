//! Files that name services: what they name is built and pushed, and they name its digest.

use std::fs;
use std::path::PathBuf;

use coracle_testkit::command::Ended;
use coracle_testkit::registry::{Effect, Fault, Registry};

use crate::archive::World;
use crate::commands::{error_of, show};
use crate::support::program;

/// A world with a second service, that no file names.
fn world() -> World {
    let world = World::new();
    let other = world.module().join("cmd/other");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("main.go"), "package main\n\nfunc main() {}\n").unwrap();
    world
}

fn file(world: &World, name: &str, text: &str) -> PathBuf {
    let path = world.place.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn resolve(world: &World, registry: &Registry, more: &[&str]) -> Ended {
    let arguments = [&["resolve", "--distro", "trixie"], more].concat();
    let command = world.command(&world.module(), &arguments);
    let command = command.env("CORACLE_REPOSITORY", format!("{}/acme", registry.host()));
    command.directory(world.place.path()).run().unwrap()
}

/// The text with what changes from run to run left out.
fn plain(text: &str, registry: &Registry) -> String {
    let text = text.replace(&registry.host(), "[registry]");
    let mut parts = text.split("@sha256:");
    let mut plain = parts.next().unwrap().to_owned();
    for part in parts {
        plain.push_str("@sha256:[digest]");
        plain.push_str(part.get(64..).unwrap());
    }
    plain
}

const DEPLOYMENT: &str = "# The greeter.\napiVersion: apps/v1\nkind: Deployment\nspec:\n  containers:\n    - name: hello  # first\n      image: \"coracle://hello\"\n";
const COMPOSE: &str = "services:\n  hello:\n    # From here.\n    build: {context: ., target: hello}\n    restart: always\n  db: {image: postgres:18}\n";

#[test]
fn files_name_the_digests_of_what_they_asked_for_and_nothing_else_is_pushed() {
    let (world, registry) = (world(), Registry::start().unwrap());
    file(&world, "k8s/a.yaml", DEPLOYMENT);
    file(&world, "k8s/below/b.yml", COMPOSE);
    let resolved = resolve(&world, &registry, &["-R", "-f", "k8s"]);
    assert_eq!(resolved.code, 0, "{}", resolved.stderr);
    insta::assert_snapshot!(plain(&resolved.stdout, &registry), @r#"
    # The greeter.
    apiVersion: apps/v1
    kind: Deployment
    spec:
      containers:
        - name: hello  # first
          image: "[registry]/acme/hello@sha256:[digest]"
    ---
    services:
      hello:
        # From here.
        image: "[registry]/acme/hello@sha256:[digest]"
        restart: always
      db: {image: postgres:18}
    "#);
    let digest = registry.tag("acme/hello", "latest").unwrap().to_string();
    assert_eq!(resolved.stdout.matches(&digest).count(), 2);
    assert!(registry.tag("acme/other", "latest").is_none());
}

#[test]
fn files_are_changed_in_place_or_read_from_stdin() {
    let (world, registry) = (world(), Registry::start().unwrap());
    let path = file(&world, "deploy.yaml", &DEPLOYMENT.replace('\n', "\r\n"));
    let piped = {
        let sources = world.archive.sources();
        let line = format!(
            "exec {} -C hello resolve --distro trixie -f - --archive {} --archive-security {} --signed-by keys.pgp < deploy.yaml",
            program().display(),
            sources.main[0],
            sources.security[0]
        );
        let command = world.place.coracle_through("sh").args(["-c", &line]);
        let command = command.env("CORACLE_REPOSITORY", format!("{}/acme", registry.host()));
        command.directory(world.place.path()).run().unwrap()
    };
    assert_eq!(piped.code, 0, "{}", piped.stderr);
    let changed = resolve(&world, &registry, &["-f", "deploy.yaml", "--in-place"]);
    assert_eq!(changed.code, 0, "{}", changed.stderr);
    assert_eq!(changed.stdout, "");
    assert_eq!(fs::read_to_string(&path).unwrap(), piped.stdout);
    assert!(
        piped.stdout.contains("hello  # first\r\n"),
        "{}",
        piped.stdout
    );
    let again = resolve(&world, &registry, &["-f", "deploy.yaml"]);
    assert_eq!(again.stdout, piped.stdout);
    assert!(
        again.stderr.contains("nothing is built"),
        "{}",
        again.stderr
    );
}

#[test]
fn where_anything_fails_no_file_is_changed_and_nothing_printed() {
    let (world, registry) = (world(), Registry::start().unwrap());
    let mut told = String::new();
    let mut refused = |name: &str, text: &str, more: &[&str], code: i32| {
        let path = file(&world, name, text);
        let ended = resolve(&world, &registry, &[&["-f", name], more].concat());
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert_eq!(ended.stdout, "");
        assert_eq!(fs::read_to_string(path).unwrap(), text);
        told.push_str(&format!("{name}\n{}\n", error_of(&ended)));
    };
    file(&world, "good.yaml", DEPLOYMENT);
    let good = ["-f", "good.yaml", "--in-place"];
    refused("misspelt.yaml", "a:\n  - coracle://helo\n", &good, 2);
    refused("broken.yaml", "a: [1\nb: 2\n", &good, 2);
    refused(
        "alias.yaml",
        "services:\n  other: &x {build: .}\n  hello: *x\n",
        &good,
        2,
    );
    refused("fine.yaml", "a: b\n", &["-f", "absent.yaml"], 2);
    refused("stdin.yaml", "a: b\n", &["-f", "-", "--in-place"], 2);
    assert_eq!(registry.requests().len(), 0);
    registry.fail(Fault::on("PUT", "/manifests/", Effect::Status(403)));
    refused("forbidden.yaml", DEPLOYMENT, &good, 4);
    let folder = world.place.path();
    assert_eq!(
        fs::read_to_string(folder.join("good.yaml")).unwrap(),
        DEPLOYMENT
    );
    let told = plain(&told, &registry);
    show("resolve-refused", &world.place, &told);
    let nowhere = world.command(&world.module(), &["resolve", "-f", "good.yaml"]);
    let nowhere = nowhere.directory(folder).run().unwrap();
    assert_eq!(nowhere.code, 2);
    show("resolve-nowhere", &world.place, error_of(&nowhere));
}

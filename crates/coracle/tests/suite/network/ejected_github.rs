//! Ejected workflows with real parts: what linters say of them, and every step of them run, from the checkout to the index
//! in a registry.
//!
//! The runners are this machine. Of what is not here one thing is stood in for: `cargo install` of coracle's own release
//! brings the coracle that is under test.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use coracle_testkit::command::tool;
use coracle_testkit::registry::docker::DockerRegistry;
use coracle_testkit::workflow::{Ran, World};
use serde_json::Value;

use crate::support::{Place, commit, program, repository};

const BOTH: [&str; 2] = ["--platform", "linux/amd64,linux/arm64"];
const WORKFLOWS: [&str; 3] = ["images", "images-pull-request", "images-release"];

/// Ejects the workflows of an example.
fn eject(place: &Place, example: &Path, more: &[&str]) {
    let first = ["-C", example.to_str().unwrap(), "eject", "github"];
    let arguments = [&first[..], &BOTH, more].concat();
    place.coracle().args(arguments).succeed().unwrap();
}

fn workflow(example: &Path, name: &str) -> String {
    let path = example
        .join(".github/workflows")
        .join(format!("{name}.yml"));
    fs::read_to_string(path).unwrap()
}

/// What actionlint (which has shellcheck read the scripts) and zizmor find: nothing.
fn check_lint(folder: &Path) {
    let files = fs::read_dir(folder.join(".github/workflows")).unwrap();
    let files: Vec<String> = files
        .map(|file| file.unwrap().path().display().to_string())
        .collect();
    assert!(files.len() >= WORKFLOWS.len(), "{files:?}");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    tool("actionlint", &[&["-no-color"], &files[..]].concat()).unwrap();
    let strict = [
        "--offline",
        "--no-progress",
        "--color=never",
        "--persona=pedantic",
    ];
    tool("zizmor", &[&strict[..], &files].concat()).unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn workflows_of_the_examples_are_as_they_were_and_no_linter_finds_fault() {
    let place = Place::new();
    for name in ["shop", "photos"] {
        let example = place.example(name);
        eject(&place, &example, &[]);
        check_lint(&example);
        for workflow in WORKFLOWS {
            let text = self::workflow(&example, workflow);
            insta::assert_snapshot!(format!("github-{name}-{workflow}"), text);
        }
    }
    let path = place.example("shop").join("coracle.toml");
    let text = fs::read_to_string(&path).unwrap();
    for configuration in [
        "sccache = \"gha\"\ntest = \"cargo test\"",
        "sccache = \"s3\"\ncoracle = { package = \"api\" }",
        "sccache = \"redis\"\nrunners = { \"linux/arm64\" = \"ubuntu-24.04\" }",
    ] {
        fs::write(&path, format!("{text}\n[github]\n{configuration}\n")).unwrap();
        eject(&place, path.parent().unwrap(), &[]);
        check_lint(path.parent().unwrap());
    }
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn no_linter_finds_fault_with_this_repository_s_own_workflows() {
    check_lint(&repository());
}

/// `cargo install` of coracle brings the one under test; every other cargo is the real one.
fn stand_in(place: &Place) -> PathBuf {
    let folder = place.path().join("stand-in");
    fs::create_dir_all(&folder).unwrap();
    let real = tool("sh", &["-c", "command -v cargo"]).unwrap();
    let (real, coracle) = (real.stdout.trim().to_owned(), program());
    let script = format!(
        "#!/bin/bash\nset -eu\nif [ \"$1 ${{!#}}\" != \"install coracle\" ]; then exec '{real}' \"$@\"; fi\n\
         [[ \" $* \" == *' --locked '* && \" $* \" == *' --tag v'* ]]\n\
         while [ \"$1\" != --root ]; do shift; done\n\
         mkdir -p \"$2/bin\"\ncp '{}' \"$2/bin/coracle\"\n",
        coracle.display()
    );
    let cargo = folder.join("cargo");
    fs::write(&cargo, script).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// GitHub, with the secrets of the registry's user.
fn world(place: &Place, example: &Path, reference: &str) -> World {
    let passed = [
        "GOFLAGS",
        "GOPROXY",
        "GOSUMDB",
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "NO_PROXY",
        "SSL_CERT_DIR",
        "SSL_CERT_FILE",
        "https_proxy",
        "http_proxy",
        "no_proxy",
    ];
    let given = |name: &&str| Some(((*name).to_owned(), std::env::var(name).ok()?));
    let mut environment: BTreeMap<String, String> = passed.iter().filter_map(given).collect();
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", stand_in(place).display());
    environment.insert("PATH".to_owned(), path);
    let secrets = [("REGISTRY_USER", "boat"), ("REGISTRY_PASSWORD", "oar")];
    World {
        folder: place.path().join("github"),
        repository: example.to_owned(),
        name: "Acme/photos".to_owned(),
        event: "push".to_owned(),
        reference: reference.to_owned(),
        secrets: secrets
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into(),
        environment,
    }
}

/// The example, its workflows ejected for this registry.
fn photos(place: &Place, registry: &DockerRegistry, services: &[&str]) -> PathBuf {
    let example = place.example("photos");
    let path = example.join("coracle.toml");
    let text = fs::read_to_string(&path).unwrap();
    let with = format!("repository = \"{}/photos\"\n{text}", registry.host());
    fs::write(path, with).unwrap();
    eject(place, &example, services);
    commit(&example, "ejected");
    example
}

fn steps(ran: &Ran, id: &str) -> Vec<String> {
    let job = ran.jobs.iter().find(|job| job.id == id).unwrap();
    job.steps.clone()
}

/// The platforms of a name in the registry, which only its user may read.
fn platforms(registry: &DockerRegistry, name: &str) -> Vec<String> {
    let reference = format!("docker://{}/photos/{name}", registry.host());
    let arguments = [
        "inspect",
        "--raw",
        "--tls-verify=false",
        "--creds=boat:oar",
        &reference,
    ];
    let index: Value = serde_json::from_str(&tool("skopeo", &arguments).unwrap().stdout).unwrap();
    let entries = index["manifests"].as_array().unwrap().iter();
    entries
        .map(|entry| {
            entry["platform"]["architecture"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect()
}

/// Runs the workflows of a branch and of a proposed change for these services, and looks at what is in the registry.
fn check_steps(place: &Place, services: &[&str]) -> (PathBuf, DockerRegistry) {
    let registry = DockerRegistry::start(Some(("boat", "oar"))).unwrap();
    let example = photos(place, &registry, services);
    let main = world(place, &example, "refs/heads/main");
    let pushed = main.run(&workflow(&example, "images")).unwrap();
    let jobs: Vec<&str> = pushed.jobs.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(
        jobs,
        [
            "coracle", "coracle", "compile", "compile", "image", "image", "index"
        ]
    );
    assert!(steps(&pushed, "coracle").contains(&"Install coracle".to_owned()));
    for job in &pushed.jobs {
        let compiles = job.log.contains("compiling");
        assert_eq!(compiles, job.id == "compile", "{}: {}", job.id, job.log);
    }
    for service in services {
        let name = format!("{service}:latest");
        assert_eq!(platforms(&registry, &name), ["amd64", "arm64"]);
        check(place, &registry, &name);
        let tags = format!("docker://{}/photos/{service}", registry.host());
        let arguments = ["list-tags", "--tls-verify=false", "--creds=boat:oar", &tags];
        let listed = tool("skopeo", &arguments).unwrap();
        let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
        let expected = serde_json::json!(["latest"]);
        assert_eq!(listed["Tags"], expected, "jobs push no tag of their own");
    }

    let before = registry.uploads().unwrap();
    let change = World {
        event: "pull_request".to_owned(),
        secrets: BTreeMap::new(),
        reference: "refs/pull/1/merge".to_owned(),
        ..main
    };
    let proposed = change
        .run(&workflow(&example, "images-pull-request"))
        .unwrap();
    assert_eq!(
        registry.uploads().unwrap(),
        before,
        "a proposed change is pushed"
    );
    let kept = place.path().join("github/caches/refs-pull-1-merge");
    assert!(!kept.exists(), "what a proposed change compiled is kept");
    assert!(
        !steps(&proposed, "coracle").contains(&"Install coracle".to_owned()),
        "it was kept"
    );
    let summary = proposed.summary();
    for service in services {
        assert!(
            summary.contains(&format!("| {service} | linux/arm64 |")),
            "{summary}"
        );
    }
    (example, registry)
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn every_step_from_the_checkout_to_the_joined_index_does_what_it_says_in_a_full_run() {
    check_steps(&Place::new(), &["worker"]);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn full_run_every_step_for_all_of_photos_and_its_release_does_what_it_says() {
    let place = Place::new();
    let (example, registry) = check_steps(&place, &["scheduler", "server", "worker"]);
    let release = world(&place, &example, "refs/tags/v1.2.0");
    release.run(&workflow(&example, "images-release")).unwrap();
    assert_eq!(platforms(&registry, "worker:v1.2.0"), ["amd64", "arm64"]);
}

/// The proof of what is in the registry, by a coracle that has none of it.
fn check(place: &Place, registry: &DockerRegistry, name: &str) {
    let folder = place.path().join("login");
    fs::create_dir_all(&folder).unwrap();
    let login = tool("sh", &["-c", "printf boat:oar | base64"])
        .unwrap()
        .stdout;
    let auths = serde_json::json!({"auths": {registry.host(): {"auth": login.trim()}}});
    let file = folder.join("auth.json");
    fs::write(&file, auths.to_string()).unwrap();
    place
        .coracle()
        .env("REGISTRY_AUTH_FILE", file.display().to_string())
        .env("CORACLE_STORE", folder.join("store").display().to_string())
        .args([
            "check".to_owned(),
            format!("{}/photos/{name}", registry.host()),
        ])
        .succeed()
        .unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn full_run_an_index_that_lacks_a_platform_is_not_made_and_a_wrong_password_pushes_nothing() {
    let place = Place::new();
    let registry = DockerRegistry::start(Some(("boat", "oar"))).unwrap();
    let example = photos(&place, &registry, &["worker"]);
    let main = world(&place, &example, "refs/heads/main");
    let text = workflow(&example, "images");
    let row = "          - platform: linux/arm64\n            name: linux-arm64\n            machine: linux-arm64\n";
    assert!(text.contains(row), "{text}");
    let failed = main.run(&text.replace(row, "")).unwrap_err();
    let failed = format!("{failed:#}");
    let expected = "::error::worker has 1 images, expected 2";
    assert!(failed.contains(expected), "{failed}");
    let stranger = World {
        secrets: BTreeMap::new(),
        ..main
    };
    let before = registry.uploads().unwrap();
    let failed = format!("{:#}", stranger.run(&text).unwrap_err());
    assert!(failed.contains("job image"), "{failed}");
    assert_eq!(registry.uploads().unwrap(), before);
}

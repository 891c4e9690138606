//! A real registry: what is pushed is what others read, and nothing is pushed twice.

use std::fs;
use std::path::Path;

use coracle_testkit::command::{Ended, tool};
use coracle_testkit::registry::docker::DockerRegistry;

use crate::support::{Place, commit, digest};

fn push(
    place: &Place,
    example: &Path,
    registry: &DockerRegistry,
    login: Option<(&str, &str)>,
) -> Ended {
    let mut coracle = place
        .coracle()
        .env("CORACLE_REPOSITORY", format!("{}/acme", registry.host()));
    if let Some((user, password)) = login {
        coracle = coracle.env(
            "DOCKER_CONFIG",
            docker_configuration(place, registry, user, password),
        );
    }
    coracle
        .args(["-C", example.to_str().unwrap(), "build", "worker", "--push"])
        .succeed()
        .unwrap()
}

/// What a registry took so far.
#[derive(Debug, PartialEq, Eq)]
struct Uploads {
    blobs: usize,
    manifests: usize,
}

/// Counted from the registry's own log: PUTs that it answered with 201.
fn uploads(registry: &DockerRegistry) -> Uploads {
    let requests = registry.requests("PUT").unwrap();
    let count = |part: &str| {
        requests
            .iter()
            .filter(|line| line.contains("\" 201 ") && line.contains(part))
            .count()
    };
    Uploads {
        blobs: count("/blobs/uploads/"),
        manifests: count("/manifests/"),
    }
}

/// What `docker login` writes.
fn docker_configuration(
    place: &Place,
    registry: &DockerRegistry,
    user: &str,
    password: &str,
) -> String {
    let folder = place.path().join("docker");
    fs::create_dir_all(&folder).unwrap();
    let login = tool(
        "sh",
        &["-c", &format!("printf '%s' '{user}:{password}' | base64")],
    )
    .unwrap()
    .stdout;
    let auths = serde_json::json!({"auths": {registry.host(): {"auth": login.trim()}}});
    fs::write(folder.join("config.json"), auths.to_string()).unwrap();
    folder.display().to_string()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_is_pushed_is_read_by_skopeo_umoci_buildah_and_podman() {
    let place = Place::new();
    let registry = DockerRegistry::start(None).unwrap();
    let example = place.example("photos");
    let pushed = push(&place, &example, &registry, None);
    let reference = pushed.stdout.trim();
    assert!(
        reference.starts_with(&format!("{}/acme/worker@sha256:", registry.host())),
        "{reference}"
    );

    let docker = format!("docker://{reference}");
    let raw = tool(
        "skopeo",
        &["inspect", "--tls-verify=false", "--raw", &docker],
    )
    .unwrap()
    .stdout;
    let manifest: serde_json::Value = serde_json::from_str(&raw).unwrap();
    assert_eq!(
        manifest["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    let by_tag = format!("docker://{}/acme/worker:latest", registry.host());
    let inspected = tool("skopeo", &["inspect", "--tls-verify=false", &by_tag])
        .unwrap()
        .stdout;
    let inspected: serde_json::Value = serde_json::from_str(&inspected).unwrap();
    assert_eq!(inspected["Digest"].as_str().unwrap(), digest(&pushed));

    let layout = place.path().join("copied");
    let to = format!("oci:{}:worker", layout.display());
    tool(
        "skopeo",
        &[
            "--insecure-policy",
            "copy",
            "--src-tls-verify=false",
            &docker,
            &to,
        ],
    )
    .unwrap();
    let bundle = place.path().join("bundle");
    tool(
        "umoci",
        &[
            "unpack",
            "--image",
            &format!("{}:worker", layout.display()),
            bundle.to_str().unwrap(),
        ],
    )
    .unwrap();
    assert!(bundle.join("rootfs/app/worker").is_file());

    read_by_buildah(&place, &docker);
    run_by_podman(&place, reference);
}

fn read_by_buildah(place: &Place, reference: &str) {
    let root = place.path().join("buildah");
    let storage = [
        "--root",
        root.to_str().unwrap(),
        "--runroot",
        root.to_str().unwrap(),
        "--storage-driver",
        "vfs",
    ];
    let from = ["from", "--tls-verify=false", "--name", "read", reference];
    tool("buildah", &[&storage[..], &from[..]].concat()).unwrap();
    let inspected = tool("buildah", &[&storage[..], &["inspect", "read"]].concat())
        .unwrap()
        .stdout;
    assert!(inspected.contains("65532:65532"), "{inspected}");
    tool("buildah", &[&storage[..], &["rm", "read"]].concat()).unwrap();
}

/// podman pulls it and starts it: `--help`-less as services are, it is given a port that is taken, and must have run to say so.
fn run_by_podman(place: &Place, reference: &str) {
    let root = place.path().join("podman");
    let root = root.to_str().unwrap();
    let storage = [
        "--root",
        root,
        "--runroot",
        root,
        "--storage-driver",
        "vfs",
        "--cgroup-manager",
        "cgroupfs",
    ];
    let run = [
        "run",
        "--detach",
        "--name",
        "coracle-test",
        "--runtime",
        "runc",
        "--tls-verify=false",
        "--network=host",
        "--ulimit=nofile=1024:1024",
        "--ulimit=nproc=1024:1024",
    ];
    let port = coracle_testkit::http::free_port().unwrap();
    let variable = format!("PORT={port}");
    tool(
        "podman",
        &[
            &storage[..],
            &run[..],
            &["--read-only", "--env", &variable, reference],
        ]
        .concat(),
    )
    .unwrap();
    let started = std::time::Instant::now();
    let answer = loop {
        if let Ok(answer) = coracle_testkit::http::get(port, "/health") {
            break answer;
        }
        assert!(started.elapsed().as_secs() < 20, "no answer under podman");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    tool(
        "podman",
        &[
            &storage[..],
            &["rm", "--force", "--time", "0", "coracle-test"],
        ]
        .concat(),
    )
    .unwrap();
    assert_eq!(answer.status, 200);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_second_push_uploads_nothing_and_one_changed_line_one_of_each() {
    let place = Place::new();
    let login = Some(("coracle", "secret"));
    let registry = DockerRegistry::start(login).unwrap();
    let example = place.example("photos");
    push(&place, &example, &registry, login);
    let first = uploads(&registry);
    assert!(first.blobs >= 3 && first.manifests >= 1, "{first:?}");

    push(&place, &example, &registry, login);
    assert_eq!(uploads(&registry), first, "a second push uploads nothing");

    let main = example.join("internal/about/answers.go");
    let text = fs::read_to_string(&main).unwrap();
    assert!(text.contains("\"ok\\n\""), "the line to change is there");
    fs::write(&main, text.replace("\"ok\\n\"", "\"OK\\n\"")).unwrap();
    commit(&example, "one line");
    push(&place, &example, &registry, login);
    let third = uploads(&registry);
    assert_eq!(third.blobs - first.blobs, 2, "one layer and one config");
    assert_eq!(third.manifests - first.manifests, 1, "one manifest");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_registry_that_wants_a_login_says_what_to_do() {
    let place = Place::new();
    let registry = DockerRegistry::start(Some(("coracle", "secret"))).unwrap();
    let example = place.example("photos");
    let coracle = place
        .coracle()
        .env("CORACLE_REPOSITORY", format!("{}/acme", registry.host()));
    let refused = coracle
        .args(["-C", example.to_str().unwrap(), "build", "worker", "--push"])
        .run()
        .unwrap();
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    assert!(refused.stdout.is_empty());
    assert!(
        refused.stderr.contains("docker login"),
        "{}",
        refused.stderr
    );
    assert_eq!(uploads(&registry).blobs, 0);
}

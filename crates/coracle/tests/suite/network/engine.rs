//! `--engine buildkit`: what a real BuildKit compiles comes to the images that this machine makes, and what goes wrong
//! there is told as what goes wrong here.

use std::fs;
use std::path::Path;

use coracle_testkit::buildkit::{Base, Buildkit, Forward, Mirror};
use coracle_testkit::command::{Ended, Hermetic};
use coracle_testkit::registry::docker::DockerRegistry;
use serde_json::Value;

use crate::support::{Place, Shared, buildkit_tools, commit};

const PLATFORMS: &str = "linux/amd64,linux/arm64";
/// The suite that all of it is built for, and whose base images are there.
const SUITE: &str = "trixie";

/// A docker.io with what compiling takes.
fn mirror(rust: bool, go: bool) -> Mirror {
    let mirror = Mirror::start(&buildkit_tools()).unwrap();
    if rust {
        mirror.push(&Base::rust(SUITE).unwrap()).unwrap();
    }
    if go {
        mirror.push(&Base::golang(SUITE).unwrap()).unwrap();
    }
    mirror
}

/// A build of services into a layout of this name.
fn build(place: &Place, folder: &Path, layout: &str, more: &[&str]) -> Hermetic {
    let layout = place.path().join(layout);
    let first = [
        "-C",
        folder.to_str().unwrap(),
        "--progress",
        "plain",
        "build",
    ];
    let output = ["--distro", SUITE, "-o", layout.to_str().unwrap()];
    place.coracle().args([&first[..], &output, more].concat())
}

fn on(address: &str) -> String {
    format!("--engine=buildkit={address}")
}

/// What differs between a service's images of two layouts, by platform: packages, and what programs load. Told are the
/// platforms whose images are the same to the last byte.
fn check_same(place: &Place, service: &str, layouts: [&str; 2]) -> Vec<String> {
    let target = |layout: &str| {
        let layout = place.path().join(layout);
        format!("oci:{}:{service}:latest", layout.display())
    };
    let [old, new] = layouts.map(target);
    let compared = place
        .coracle()
        .args(["diff", "--format", "json", &old, &new]);
    let compared: Value = serde_json::from_str(&compared.succeed().unwrap().stdout).unwrap();
    let mut same = Vec::new();
    let diffs = compared["platforms"].as_array().unwrap();
    assert!(!diffs.is_empty(), "{compared}");
    for diff in diffs {
        for what in ["packages", "needs", "configuration"] {
            assert_eq!(
                diff[what].as_array().unwrap().len(),
                0,
                "{service}: {diff:#}"
            );
        }
        if diff["old"]["digest"] == diff["new"]["digest"] {
            same.push(diff["old"]["platform"].as_str().unwrap().to_owned());
        }
    }
    same
}

/// Builds services here and there, and compares. What was printed there is returned.
#[expect(
    clippy::print_stdout,
    reason = "whether the digests are the same is told, and not demanded"
)]
fn compare(
    place: &Place,
    folder: &Path,
    services: &[&str],
    platforms: &str,
    buildkit: &Buildkit,
) -> Ended {
    let told = ["--platform", platforms];
    build(place, folder, "here", &[services, &told[..]].concat())
        .succeed()
        .unwrap();
    let engine = on(&buildkit.address());
    let there = build(
        place,
        folder,
        "there",
        &[services, &told[..], &[&engine]].concat(),
    );
    let there = there.succeed().unwrap();
    assert_eq!(
        there.stdout.lines().count(),
        services.len(),
        "{}",
        there.stdout
    );
    for service in services {
        let same = check_same(place, service, ["here", "there"]);
        println!("{service}: the same digest on {same:?} of {platforms}");
    }
    there
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_compiled_by_buildkit_for_both_platforms_is_what_this_machine_makes_in_a_full_run() {
    let place = Place::new();
    let mirror = mirror(false, true);
    let buildkit = Buildkit::start(&mirror).unwrap();
    let photos = place.example("photos");
    let services = ["server", "scheduler", "worker"];
    let built = compare(&place, &photos, &services, PLATFORMS, &buildkit);
    for step in [
        "buildkit: started compile server",
        "buildkit: done compile worker",
    ] {
        assert!(built.stderr.contains(step), "{}", built.stderr);
    }
    // Of what did not change nothing is compiled again.
    let engine = on(&buildkit.address());
    let again = build(&place, &photos, "again", &["server", "worker", &engine])
        .succeed()
        .unwrap();
    assert!(
        again.stderr.contains("buildkit: cached compile server"),
        "{}",
        again.stderr
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_compiled_by_buildkit_is_what_this_machine_makes_in_a_full_run() {
    compare_shop(&["api"], "linux/amd64");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_compiled_by_buildkit_for_both_platforms_is_what_this_machine_makes_full_run() {
    compare_shop(&["api", "worker"], PLATFORMS);
}

fn compare_shop(services: &[&str], platforms: &str) {
    let place = Place::new();
    let mirror = mirror(true, false);
    let buildkit = Buildkit::start(&mirror).unwrap();
    let shop = Shared::example("shop");
    compare(&place, &shop.folder, services, platforms, &buildkit);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_builder_that_dies_is_told_and_the_next_one_goes_on_from_the_cache_of_the_registry_in_a_full_run()
 {
    let place = Place::new();
    let mirror = mirror(false, true);
    let mut first = Buildkit::start(&mirror).unwrap();
    let second = Buildkit::start(&mirror).unwrap();
    let sockets = vec![first.socket(), second.socket()];
    let both = Forward::start(sockets).unwrap();
    let registry = DockerRegistry::start(None).unwrap();
    let photos = place.example("photos");
    let cache = format!("type=registry,ref={}/cache:photos", registry.host());
    let engine = on(&both.address());
    let common = ["server", "--platform", "linux/arm64", &engine];
    let write = format!("--cache-to={cache},mode=max");
    build(&place, &photos, "one", &[&common[..], &[&write]].concat())
        .succeed()
        .unwrap();

    let main = photos.join("cmd/server/main.go");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, format!("{text}\nvar changed = 1\n")).unwrap();
    commit(&photos, "one line");
    let read = format!("--cache-from={cache}");
    let command = build(&place, &photos, "two", &[&common[..], &[&read]].concat());
    let waiting = std::thread::spawn({
        let command = command.clone();
        move || command.run().unwrap()
    });
    let started = std::time::Instant::now();
    while !first.runs("compile-errand") {
        assert!(started.elapsed().as_secs() < 240 && !waiting.is_finished());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    first.kill();
    let broken = waiting.join().unwrap();
    assert_eq!(broken.code, 75, "{}", broken.stderr);
    for told in [
        "went away during `compile server`",
        "run the same command again",
        &both.address(),
    ] {
        assert!(broken.stderr.contains(told), "{told}: {}", broken.stderr);
    }
    assert!(!place.path().join("two").exists(), "nothing is left of it");

    let again = command.succeed().unwrap();
    let cached = again
        .stderr
        .lines()
        .filter(|line| line.starts_with("buildkit: cached"));
    let cached: Vec<&str> = cached.collect();
    assert!(
        cached.iter().any(|step| step.contains("pip install")),
        "{}",
        again.stderr
    );
    assert!(
        again.stderr.contains("buildkit: done compile server"),
        "{}",
        again.stderr
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_a_compiler_says_there_is_told_as_here_and_a_builder_that_is_not_there_with_what_to_do_in_a_full_run()
 {
    let place = Place::new();
    let mirror = mirror(false, true);
    let buildkit = Buildkit::start(&mirror).unwrap();
    let photos = place.example("photos");
    let main = photos.join("cmd/worker/main.go");
    let text = fs::read_to_string(&main).unwrap();
    fs::write(&main, format!("{text}\nvar broken int = \"text\"\n")).unwrap();
    commit(&photos, "broken");
    let engine = on(&buildkit.address());
    let here = build(&place, &photos, "here", &["worker"]).run().unwrap();
    let there = build(&place, &photos, "there", &["worker", &engine])
        .run()
        .unwrap();
    assert_eq!((here.code, there.code), (3, 3), "{}", there.stderr);
    // Word for word, but for what go fetches there first.
    let told = |ended: &Ended| {
        let lines = ended
            .stderr
            .lines()
            .skip_while(|line| !line.starts_with("error: "));
        let lines = lines.filter(|line| !line.contains("go: downloading"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(
        there.stderr.contains("cannot use \"text\""),
        "{}",
        there.stderr
    );
    assert_eq!(told(&here).last(), told(&there).last());

    let nobody = build(
        &place,
        &photos,
        "there",
        &["worker", &on("unix:///nowhere/socket")],
    );
    let nobody = nobody.run().unwrap();
    assert_eq!(nobody.code, 4, "{}", nobody.stderr);
    assert!(
        nobody
            .stderr
            .contains("no BuildKit answers at unix:///nowhere/socket"),
        "{}",
        nobody.stderr
    );
    assert!(
        nobody.stderr.contains("start buildkitd there"),
        "{}",
        nobody.stderr
    );

    let path = std::env::var_os("PATH").unwrap();
    let without = std::env::split_paths(&path).filter(|folder| !folder.join("buildctl").exists());
    let without = std::env::join_paths(without)
        .unwrap()
        .into_string()
        .unwrap();
    let absent = build(&place, &photos, "there", &["worker", &engine]).env("PATH", without);
    let absent = absent.run().unwrap();
    assert_eq!(absent.code, 3, "{}", absent.stderr);
    assert!(
        absent.stderr.contains("install buildctl"),
        "{}",
        absent.stderr
    );
}

//! One digest from every folder, umask, time zone, locale, home and number of threads; and a commit that does not
//! concern a service does not change its image.

use std::fs;
use std::path::Path;

use crate::support::{Place, commit, digest, git};

/// Builds a service through a shell that sets the umask first.
fn build(
    place: &Place,
    example: &Path,
    (service, platforms): (&str, &str),
    around: &Around,
) -> String {
    let coracle = crate::support::program();
    let script = format!(
        "umask {} && exec '{}' -C '{}' build {service} --jobs {} --platform {platforms}",
        around.umask,
        coracle.display(),
        example.display(),
        around.threads
    );
    let home = place.path().join(around.home);
    fs::create_dir_all(&home).unwrap();
    let built = place
        .coracle_through("/bin/sh")
        .args(["-c", &script])
        .env("HOME", home.display().to_string())
        .env(
            "ZIG_GLOBAL_CACHE_DIR",
            home.join("zig").display().to_string(),
        )
        .env("TZ", around.time_zone)
        .env("LC_ALL", around.locale)
        .env("LANG", around.locale);
    digest(&built.succeed().unwrap())
}

struct Around {
    umask: &'static str,
    time_zone: &'static str,
    locale: &'static str,
    home: &'static str,
    threads: usize,
}

/// This machine's platform.
const HOST: &str = if cfg!(target_arch = "aarch64") {
    "linux/arm64"
} else {
    "linux/amd64"
};
const HERE: Around = Around {
    umask: "022",
    time_zone: "UTC",
    locale: "C",
    home: "home-one",
    threads: 1,
};
const THERE: Around = Around {
    umask: "077",
    time_zone: "Asia/Kathmandu",
    locale: "tr_TR.UTF-8",
    home: "home-two",
    threads: 2,
};

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_has_one_digest_from_two_folders_umasks_zones_locales_homes_and_thread_counts() {
    check_two_places("shop", ("worker", HOST));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_for_arm64_has_one_digest_from_two_folders_umasks_zones_locales_homes_and_thread_counts() {
    check_two_places("photos", ("server", "linux/arm64"));
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_for_two_platforms_has_one_digest_from_two_folders_umasks_and_zones_in_a_full_run() {
    check_two_places("photos", ("server", "linux/amd64,linux/arm64"));
}

fn check_two_places(name: &str, what: (&str, &str)) {
    let one = Place::new();
    let first = one.example(name);
    let two = Place::new();
    let second = two.path().join("a longer/way to go").join(name);
    fs::create_dir_all(second.parent().unwrap()).unwrap();
    // The same commits: labels name them.
    git(
        one.path(),
        &[
            "clone",
            "--quiet",
            first.to_str().unwrap(),
            second.to_str().unwrap(),
        ],
    );
    // The same pins: the archive may move between the two builds.
    let here = build(&one, &first, what, &HERE);
    fs::copy(first.join("coracle.lock"), second.join("coracle.lock")).unwrap();
    let there = build(&two, &second, what, &THERE);
    assert_eq!(here, there);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_commit_that_touches_only_the_other_service_leaves_this_one_s_digest_alone() {
    let place = Place::new();
    let folder = place.path().join("two");
    for service in ["one", "two"] {
        fs::create_dir_all(folder.join("cmd").join(service)).unwrap();
        fs::write(
            folder.join("cmd").join(service).join("main.go"),
            program(service),
        )
        .unwrap();
    }
    fs::write(
        folder.join("go.mod"),
        "module example.invalid/two\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(folder.join(".gitignore"), "/target/\n/coracle.lock\n").unwrap();
    commit(&folder, "both");
    let one = build(&place, &folder, ("one", HOST), &HERE);
    let two = build(&place, &folder, ("two", HOST), &HERE);
    fs::write(folder.join("cmd/two/main.go"), program("something else")).unwrap();
    commit(&folder, "only two");
    assert_eq!(
        build(&place, &folder, ("one", HOST), &HERE),
        one,
        "one did not change"
    );
    assert_ne!(build(&place, &folder, ("two", HOST), &HERE), two, "two did");
}

fn program(text: &str) -> String {
    format!("package main\n\nfunc main() {{ println(\"{text}\") }}\n")
}

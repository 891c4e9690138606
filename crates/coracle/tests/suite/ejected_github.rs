//! Workflows for GitHub, as far as the plan alone tells: what they say, and that this repository's own are current.

use std::fs;
use std::path::Path;

use coracle_testkit::command::Ended;

use crate::commands::{error_of, offline, run};
use crate::support::{Place, commit, repository};

/// Ejects the workflows of a fixture that is configured so.
fn eject(configuration: &str, more: &[&str]) -> (Place, Ended) {
    let (place, planned) = run("mixed", &["plan"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let folder = place.path().join("mixed");
    fs::write(folder.join("coracle.toml"), configuration).unwrap();
    commit(&folder, "configured");
    let first = ["-C", folder.to_str().unwrap(), "eject", "github"];
    let ended = offline(&place).args([&first[..], more].concat()).run();
    (place, ended.unwrap())
}

fn workflow(place: &Place, name: &str) -> String {
    let path = place.path().join("mixed/.github/workflows").join(name);
    fs::read_to_string(path).unwrap()
}

#[test]
fn a_platform_without_a_runner_is_compiled_on_the_first_with_what_that_takes() {
    let configuration = "repository = \"registry.example/acme\"\n\
        platforms = [\"linux/amd64\", \"linux/arm64\", \"linux/arm/v7\"]\n\
        [github]\nbranches = [\"main\", \"release-*\"]\nsccache = \"s3\"\ntest = \"cargo test\"\n\
        coracle = { rev = \"0123456789abcdef0123456789abcdef01234567\" }\n";
    let (place, ended) = eject(configuration, &["--distro", "bookworm"]);
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    insta::assert_snapshot!("github-told", ended.stdout);
    for name in ["images", "images-pull-request", "images-release", "tests"] {
        let text = workflow(&place, &format!("{name}.yml"));
        insta::assert_snapshot!(format!("github-mixed-{name}"), text);
    }
    let folder = place.path().join("mixed");
    let path = folder.join(".github/workflows/images.yml");
    let check = [
        "-C",
        folder.to_str().unwrap(),
        "eject",
        "github",
        "--check",
        "--distro",
        "bookworm",
    ];
    let checked = offline(&place).args(check).run().unwrap();
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    fs::write(
        &path,
        workflow(&place, "images.yml").replace("latest", "newest"),
    )
    .unwrap();
    let checked = offline(&place).args(check).run().unwrap();
    assert_eq!(checked.code, 1, "{}", checked.stdout);
    assert!(
        checked
            .stdout
            .contains("behind        .github/workflows/images.yml\n")
    );
}

#[test]
fn no_secret_is_named_where_a_change_is_only_proposed_and_no_cache_is_kept() {
    for sccache in [
        "",
        "sccache = \"s3\"",
        "sccache = \"redis\"",
        "sccache = \"gha\"",
    ] {
        let configuration = format!("platforms = [\"linux/amd64\"]\n[github]\n{sccache}\n");
        let (place, ended) = eject(&configuration, &[]);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let text = workflow(&place, "images-pull-request.yml");
        for forbidden in [
            "secrets.",
            "github.token",
            "write",
            "actions/cache@",
            "cache/save",
            "index create",
            "--push",
        ] {
            assert!(!text.contains(forbidden), "{sccache}: {forbidden}\n{text}");
        }
        let release = workflow(&place, "images-release.yml");
        assert!(!release.contains("actions/cache"), "{release}");
        assert!(!release.contains("sccache"), "{release}");
    }
}

#[test]
fn what_github_s_settings_do_not_know_is_refused_with_the_nearest() {
    for (line, message, hint) in [
        (
            "branchs = []",
            "unknown key `branchs` in [github]",
            "did you mean `branches`?",
        ),
        (
            "coracle = { revision = \"a\" }",
            "unknown key `revision` in `coracle` of [github]",
            "known keys: rev, package",
        ),
        (
            "coracle = { rev = \"main\" }",
            "`main` in `coracle` of [github] is no commit",
            "write all 40 digits",
        ),
        (
            "runners = { arm = \"x\" }",
            "`arm` in `runners` of [github] is no platform",
            "write OS/ARCHITECTURE",
        ),
    ] {
        let (_place, ended) = eject(&format!("[github]\n{line}\n"), &[]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        let error = error_of(&ended);
        assert!(error.contains(message) && error.contains(hint), "{error}");
    }
}

#[test]
fn this_repository_s_own_workflows_are_what_coracle_ejects() {
    let place = Place::new();
    let home = std::env::var("HOME").unwrap_or_default();
    let cargo = std::env::var("CARGO_HOME").unwrap_or(format!("{home}/.cargo"));
    let arguments = ["eject", "github", "--check", "--offline"];
    let checked = place
        .coracle()
        .env("CARGO_HOME", cargo)
        .directory(&repository())
        .args(arguments)
        .run()
        .unwrap();
    assert_eq!(
        checked.code, 0,
        "`cargo run -- eject github` writes what differs\n{}{}",
        checked.stdout, checked.stderr
    );
    assert!(
        Path::new(&repository())
            .join(".github/workflows/tests.yml")
            .is_file()
    );
}

//! What people see without building anything: help, plans, and errors about services, each a snapshot.

use std::fs;
use std::path::Path;

use coracle_testkit::command::{Ended, Hermetic};

use crate::support::{Place, commit, repository};

/// Runs coracle in a copy of a fixture.
pub(crate) fn run(fixture: &str, arguments: &[&str]) -> (Place, Ended) {
    let place = Place::new();
    let folder = place.path().join(fixture);
    copy(&repository().join("fixtures").join(fixture), &folder);
    commit(&folder, "first");
    let ended = offline(&place)
        .args(["-C", folder.to_str().unwrap()])
        .args(arguments.iter().copied())
        .run()
        .unwrap();
    (place, ended)
}

pub(crate) fn offline(place: &Place) -> Hermetic {
    place
        .coracle()
        .env("GOFLAGS", "-mod=mod")
        .env("GOPROXY", "off")
        .env("CARGO_NET_OFFLINE", "true")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            if entry.file_name() != "target" {
                copy(&entry.path(), &to.join(entry.file_name()));
            }
        } else {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

pub(crate) fn show(name: &str, place: &Place, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.add_filter(
        &place.path().display().to_string().replace('.', r"\."),
        "[place]",
    );
    settings.add_filter("[0-9a-f]{40}", "[commit]");
    settings.add_filter("linux/(amd64|arm64)", "linux/[host]");
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn help_tells_a_stranger_what_to_do() {
    let place = Place::new();
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help-build", vec!["build", "--help"]),
        ("help-check", vec!["check", "--help"]),
        ("help-diff", vec!["diff", "--help"]),
        ("help-why", vec!["why", "--help"]),
        ("help-explain", vec!["explain", "--help"]),
        ("help-resolve", vec!["resolve", "--help"]),
    ] {
        let ended = place
            .coracle()
            .args(arguments)
            .env("COLUMNS", "110")
            .run()
            .unwrap();
        assert_eq!(ended.code, 0);
        show(name, &place, &ended.stdout);
    }
}

#[test]
fn a_mixed_repository_is_planned_as_a_tree_and_as_json() {
    let (place, tree) = run("mixed", &["plan"]);
    assert_eq!(tree.code, 0, "{}", tree.stderr);
    show("plan-mixed", &place, &tree.stdout);
    let (place, json) = run("mixed", &["plan", "--format", "json"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    let document: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["version"], 1);
    show("plan-mixed-json", &place, &json.stdout);
}

#[test]
fn what_a_dockerfile_and_a_compose_file_already_say_is_taken_with_its_place() {
    let (place, tree) = run("already-docker", &["plan"]);
    assert_eq!(tree.code, 0, "{}", tree.stderr);
    show("plan-already-docker", &place, &tree.stdout);
    show("plan-already-docker-remarks", &place, &tree.stderr);
    let (place, json) = run("already-docker", &["plan", "--format", "json"]);
    assert_eq!(json.code, 0, "{}", json.stderr);
    show("plan-already-docker-json", &place, &json.stdout);
}

#[test]
fn files_that_cannot_be_read_are_warned_of_and_stop_nothing() {
    let place = Place::new();
    let folder = place.path().join("mixed");
    copy(&repository().join("fixtures/mixed"), &folder);
    fs::write(folder.join("compose.yaml"), "services: [api\nqueue: {}\n").unwrap();
    fs::write(folder.join("api/Dockerfile"), "FROM debian\nINSTALL curl\n").unwrap();
    let ended = offline(&place)
        .args(["-C", folder.to_str().unwrap(), "plan"])
        .run()
        .unwrap();
    assert_eq!(ended.code, 0, "{}", ended.stderr);
    show("plan-unreadable-recipes", &place, &ended.stderr);
}

#[test]
fn static_linkage_is_refused_with_the_import_chain_where_the_graph_reaches_cgo() {
    let (place, ended) = run("looks-pure", &["build"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    show("looks-pure", &place, error_of(&ended));
}

#[test]
fn two_programs_of_one_name_are_listed_and_one_is_taken_by_its_full_name() {
    let (place, ended) = run("two-of-a-name", &["plan"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    show("two-of-a-name", &place, error_of(&ended));
    let (_, chosen) = run("two-of-a-name", &["plan", "one:server"]);
    assert_eq!(chosen.code, 0, "{}", chosen.stderr);
    assert!(
        chosen.stdout.contains("server  rust  one"),
        "{}",
        chosen.stdout
    );
}

#[test]
fn an_unknown_service_names_the_nearest_one() {
    let (place, ended) = run("mixed", &["build", "wroker"]);
    assert_eq!(ended.code, 2, "{}", ended.stderr);
    show("unknown-service", &place, error_of(&ended));
}

#[test]
fn usage_and_configuration_errors_exit_with_2() {
    let (place, ended) = run("mixed", &["build", "--push"]);
    assert_eq!(ended.code, 2);
    show("push-without-repository", &place, error_of(&ended));
    let (place, ended) = run("mixed", &["plan", "--distro", "debian/trixy"]);
    assert_eq!(ended.code, 2);
    show("unknown-suite", &place, error_of(&ended));
    let (_, ended) = run("mixed", &["plan", "--no-such-flag"]);
    assert_eq!(ended.code, 2);
}

#[test]
fn an_unknown_key_of_the_configuration_names_the_nearest_known_one() {
    let place = Place::new();
    fs::write(
        place.path().join("coracle.toml"),
        "[services.a]\nexpoes = [80]\n",
    )
    .unwrap();
    let ended = offline(&place)
        .args(["-C", place.path().to_str().unwrap(), "plan"])
        .run()
        .unwrap();
    assert_eq!(ended.code, 2);
    show("unknown-key", &place, &ended.stderr);
}

#[test]
fn a_program_that_does_not_compile_exits_with_3_and_shows_what_the_compiler_said() {
    let place = Place::new();
    let folder = place.path().join("broken");
    fs::create_dir_all(folder.join("cmd/broken")).unwrap();
    fs::write(
        folder.join("go.mod"),
        "module example.invalid/broken\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(
        folder.join("cmd/broken/main.go"),
        "package main\n\nfunc main() { nothing() }\n",
    )
    .unwrap();
    let ended = offline(&place)
        .args(["-C", folder.to_str().unwrap(), "build"])
        .run()
        .unwrap();
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("undefined: nothing"),
        "{}",
        ended.stderr
    );
    assert!(ended.stdout.is_empty());
}

pub(crate) fn error_of(ended: &Ended) -> &str {
    ended
        .stderr
        .find("error: ")
        .map_or(ended.stderr.as_str(), |at| &ended.stderr[at..])
}

#[test]
fn build_scripts_get_pkg_config_s_answers_and_what_they_missed_is_noted() {
    let place = Place::new();
    let text = "prefix=/usr\nName: x\nDescription: y\nVersion: 1.2\nLibs: -L${prefix}/x -lx\n";
    fs::write(place.path().join("x.pc"), text).unwrap();
    let log = place.path().join("log").display().to_string();
    let ask = |arguments: &[&str]| {
        let command = place
            .coracle()
            .env("PKG_CONFIG_LIBDIR", place.path().display().to_string());
        let line = [["pkg-config", "--coracle-log", &log].as_slice(), arguments].concat();
        command
            .env("PKG_CONFIG_SYSROOT_DIR", "/s")
            .args(line)
            .run()
            .unwrap()
    };
    let found = ask(&["--libs", "--", "x"]);
    assert_eq!(
        (found.stdout.as_str(), found.code),
        ("-L/s/usr/x -lx \n", 0)
    );
    assert_eq!(ask(&["--version"]).stdout, "1.8.1\n");
    assert!(ask(&["--help"]).stdout.starts_with("usage: pkg-config"));
    let missing = ask(&["--libs", "x >= 2", "gone"]);
    assert_eq!((missing.stdout.as_str(), missing.code), ("", 1));
    assert!(
        missing.stderr.contains("'gone', required by"),
        "{}",
        missing.stderr
    );
    let noted = fs::read_to_string(log).unwrap();
    assert_eq!(
        noted,
        "asked\tfound\tx\t1.2\t.\nasked\ttoo-old\tx\t>= 2\t1.2\t.\nasked\tmissing\tgone\t.\n"
    );
}

#[test]
fn a_code_that_no_finding_has_names_the_nearest_and_lists_all() {
    for (name, written) in [
        ("unknown-code", "symbl-missing"),
        ("unknown-code-of-several", "packed,everything"),
    ] {
        let (place, ended) = run("mixed", &["build", "--allow-unproven", written]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        show(name, &place, &ended.stderr);
    }
}

#[test]
fn what_is_opened_and_provided_is_planned_and_a_wrong_name_refused() {
    let place = Place::new();
    let folder = place.path().join("work");
    fs::create_dir_all(&folder).unwrap();
    fs::copy("/proc/self/exe", folder.join("api")).unwrap();
    let plan = |more: &str| {
        let configuration = format!(
            "[services.api]\nprebuilt = {{ \"linux/amd64\" = \"api\", \"linux/arm64\" = \"api\" }}\n{more}\n"
        );
        fs::write(folder.join("coracle.toml"), configuration).unwrap();
        commit(&folder, "one");
        let arguments = ["-C", folder.to_str().unwrap(), "plan", "--distro", "trixie"];
        offline(&place).args(arguments).run().unwrap()
    };
    let planned = plan("dlopen = [\"libfoo.so.2\"]\nprovided = [\"libcuda.so.1\"]");
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let rows: Vec<&str> = planned
        .stdout
        .lines()
        .filter(|line| line.contains("lib") && line.contains("configuration"))
        .collect();
    insta::assert_snapshot!(rows.join("\n"), @r"
    ├── opens    libfoo.so.2  (the configuration says so)
    ├── provided libcuda.so.1 at run time  (the configuration says so)
    ");
    let refused = plan("dlopen = [\"lib/foo.so\"]");
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    show("relative-dlopen", &place, &refused.stderr);
}

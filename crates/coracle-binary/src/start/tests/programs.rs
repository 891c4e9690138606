//! Which programs a launch means: PATH, scripts, wrappers, health checks.

use super::{Tree, check, check_launch, check_proven, launch, prove};
use crate::elf::writer::Elf;
use crate::start::{Code, Launch, Verdict};

/// A root with static programs at these paths.
fn tree(paths: &[&str]) -> Tree {
    let mut tree = Tree::default();
    for path in paths {
        tree.program(path, Elf::fixed());
    }
    tree
}

#[track_caller]
fn started(tree: &Tree, launch: &Launch) -> Vec<String> {
    check_proven(tree, launch)
        .programs
        .into_iter()
        .map(|program| program.path)
        .collect()
}

#[test]
fn a_launch_without_words_starts_nothing() {
    check_launch(
        &tree(&[]),
        &launch(&[]),
        Code::NothingToStart,
        Verdict::DoesNotStart,
        "neither an entrypoint",
    );
}

#[test]
fn entrypoint_and_command_are_one_command_line() {
    let mut launch = launch(&["/usr/bin/env", "A=1"]);
    launch.command = vec!["/app/worker".to_owned(), "serve".to_owned()];
    let tree = tree(&["/usr/bin/env", "/app/worker"]);
    assert_eq!(started(&tree, &launch), ["/usr/bin/env", "/app/worker"]);
}

#[test]
fn words_without_a_slash_are_looked_up_in_path() {
    let mut launch = launch(&["worker"]);
    assert_eq!(
        started(&tree(&["/usr/bin/worker", "/bin/worker"]), &launch),
        ["/usr/bin/worker"]
    );
    launch
        .environment
        .insert("PATH".to_owned(), "/opt:/app".to_owned());
    assert_eq!(
        started(&tree(&["/app/worker", "/usr/bin/worker"]), &launch),
        ["/app/worker"]
    );
    let missing = tree(&["/usr/bin/worker"]);
    let text = "executable file not found in $PATH (/opt:/app)";
    check_launch(
        &missing,
        &launch,
        Code::ProgramMissing,
        Verdict::DoesNotStart,
        text,
    );
    let mut denied = tree(&["/app/worker"]);
    denied.mode("/app/worker", 0o644);
    check_launch(
        &denied,
        &launch,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "/app/worker is there",
    );
    // A file that may not be executed does not hide one that may.
    denied.program("/usr/bin/worker", Elf::fixed());
    launch
        .environment
        .insert("PATH".to_owned(), "/app:/usr/bin".to_owned());
    assert_eq!(started(&denied, &launch), ["/usr/bin/worker"]);
}

#[test]
fn relative_paths_start_at_the_working_directory() {
    let mut launch = launch(&["./bin/../worker"]);
    launch.working_directory = "/app".to_owned();
    let mut tree = tree(&["/app/worker", "/app/bin/x"]);
    assert_eq!(started(&tree, &launch), ["/app/worker"]);
    tree.program("/file", Elf::fixed());
    launch.entrypoint = vec!["/app/worker".to_owned()];
    launch.working_directory = "/file".to_owned();
    check_launch(
        &tree,
        &launch,
        Code::WorkingDirectory,
        Verdict::DoesNotStart,
        "not a directory",
    );
    // runc makes one that is missing.
    launch.working_directory = "/data".to_owned();
    check_proven(&tree, &launch);
}

#[test]
fn scripts_lead_to_their_interpreters() {
    let mut tree = tree(&["/bin/sh", "/usr/bin/env", "/usr/bin/python3"]);
    tree.file("/app/worker", b"#!/bin/sh -e\nexit 0\n");
    let report = check_proven(&tree, &launch(&["/app/worker"]));
    assert_eq!(
        report.programs[0].chain,
        [
            "ENTRYPOINT",
            "/app/worker",
            "/bin/sh (first line)",
            "/bin/sh"
        ]
    );
    assert_eq!(report.not_looked_at, ["what the script /app/worker does"]);
    tree.file("/app/worker", b"#!/usr/bin/env python3\n");
    assert_eq!(
        started(&tree, &launch(&["/app/worker"])),
        ["/usr/bin/env", "/usr/bin/python3"]
    );
    tree.file("/app/worker", b"#!/usr/bin/env -S python3 -u\n");
    assert_eq!(
        started(&tree, &launch(&["/app/worker"])),
        ["/usr/bin/env", "/usr/bin/python3"]
    );
    tree.file("/app/worker", b"#!/usr/bin/env ruby\n");
    check(
        &tree,
        Code::ProgramMissing,
        Verdict::DoesNotStart,
        "executable file not found",
    );
}

#[test]
fn first_lines_that_lead_nowhere_say_so() {
    let mut tree = tree(&["/bin/sh"]);
    tree.file("/app/worker", b"#!/bin/sh\r\nexit 0\r\n");
    check(
        &tree,
        Code::BadShebang,
        Verdict::DoesNotStart,
        "its first line names /bin/sh\\r",
    );
    let report = prove(&tree, &launch(&["/app/worker"]));
    assert_eq!(
        report.findings[0].ways_out,
        ["the line ends with CR LF: write the script with LF line ends"]
    );
    tree.file("/app/worker", b"#!/bin/bash\n");
    check(
        &tree,
        Code::BadShebang,
        Verdict::DoesNotStart,
        "the script is there, but its first line names /bin/bash",
    );
    tree.file("/app/worker", b"#!\n");
    check(
        &tree,
        Code::BadShebang,
        Verdict::DoesNotStart,
        "names no interpreter",
    );
    tree.file("/app/worker", b"#!/bin/sh\n")
        .mode("/app/worker", 0o711);
    check(
        &tree,
        Code::NotReadable,
        Verdict::DoesNotStart,
        "/bin/sh cannot open the script",
    );
}

#[test]
fn five_scripts_are_followed_and_six_are_not() {
    let mut tree = tree(&["/bin/sh"]);
    tree.file("/s1", b"#!/bin/sh\n");
    for depth in 2..7 {
        tree.file(
            &format!("/s{depth}"),
            format!("#!/s{}\n", depth - 1).as_bytes(),
        );
    }
    assert_eq!(prove(&tree, &launch(&["/s5"])).findings, []);
    check_launch(
        &tree,
        &launch(&["/s6"]),
        Code::ScriptsTooDeep,
        Verdict::DoesNotStart,
        "five scripts",
    );
    tree.file("/app/worker", b"#!/app/worker\n");
    check(
        &tree,
        Code::ScriptsTooDeep,
        Verdict::DoesNotStart,
        "too many levels",
    );
}

#[test]
fn wrappers_are_followed_into_their_arguments() {
    let paths = [
        "/sbin/tini",
        "/usr/bin/dumb-init",
        "/bin/sh",
        "/app/worker",
        "/usr/bin/env",
    ];
    let tree = tree(&paths);
    let check =
        |words: &[&str], expected: &[&str]| assert_eq!(started(&tree, &launch(words)), expected);
    check(
        &["tini", "--", "/app/worker", "-p"],
        &["/sbin/tini", "/app/worker"],
    );
    check(
        &["tini", "-g", "-e", "143", "/app/worker"],
        &["/sbin/tini", "/app/worker"],
    );
    check(
        &["dumb-init", "tini", "--", "/app/worker"],
        &["/usr/bin/dumb-init", "/sbin/tini", "/app/worker"],
    );
    check(
        &["/bin/sh", "-c", "exec /app/worker --port 80"],
        &["/bin/sh", "/app/worker"],
    );
    check(
        &["/bin/sh", "-ec", "A=1 /app/worker"],
        &["/bin/sh", "/app/worker"],
    );
    check(
        &["/bin/sh", "-c", "exec \"$@\"", "--", "/app/worker"],
        &["/bin/sh", "/app/worker"],
    );
    check(
        &["env", "-i", "PATH=/app", "worker"],
        &["/usr/bin/env", "/app/worker"],
    );
    check(&["/app/worker", "--", "/none"], &["/app/worker"]);
}

#[test]
fn what_a_wrapper_starts_must_be_there() {
    let tree = tree(&["/sbin/tini", "/bin/sh"]);
    let missing = |words: &[&str]| {
        check_launch(
            &tree,
            &launch(words),
            Code::ProgramMissing,
            Verdict::DoesNotStart,
            "no such file",
        );
    };
    missing(&["tini", "--", "/app/worker"]);
    missing(&["/bin/sh", "-c", "/app/worker"]);
}

#[test]
fn what_a_shell_does_otherwise_is_said_not_to_be_looked_at() {
    let tree = tree(&["/bin/sh"]);
    for text in [
        "cd /app && ./worker",
        "$HOME/worker",
        "worker | tee log",
        "echo hello",
        "w=$(date)",
    ] {
        let report = check_proven(&tree, &launch(&["/bin/sh", "-c", text]));
        assert_eq!(
            report.not_looked_at,
            [format!("what the shell does with `{text}`")]
        );
    }
}

#[test]
fn an_entrypoint_script_that_hands_over_is_followed() {
    let mut tree = tree(&["/bin/sh", "/app/worker"]);
    tree.file(
        "/entry.sh",
        b"#!/bin/sh\nset -e\nif [ -n \"$X\" ]; then migrate; fi\nexec \"$@\"\n",
    );
    let mut launch = launch(&["/entry.sh"]);
    launch.command = vec!["/app/worker".to_owned()];
    let report = check_proven(&tree, &launch);
    let chain = &report.programs[1].chain;
    assert_eq!(chain.first().map(String::as_str), Some("ENTRYPOINT"));
    assert_eq!(chain.last().map(String::as_str), Some("/app/worker"));
    assert_eq!(
        report.not_looked_at,
        ["what the script /entry.sh does before `exec \"$@\"`"]
    );
    launch.command = vec!["/app/absent".to_owned()];
    check_launch(
        &tree,
        &launch,
        Code::ProgramMissing,
        Verdict::DoesNotStart,
        "no such file",
    );
}

#[test]
fn gosu_changes_who_the_permissions_are_for() {
    let mut tree = tree(&["/usr/bin/gosu", "/app/worker"]);
    tree.file(
        "/etc/passwd",
        b"root:x:0:0::/:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n",
    );
    tree.file("/etc/group", b"ops:x:50:worker\n")
        .mode("/app/worker", 0o750);
    let mut launch = launch(&["gosu", "worker", "/app/worker"]);
    launch.user = super::root();
    check_launch(
        &tree,
        &launch,
        Code::NotExecutable,
        Verdict::DoesNotStart,
        "1000:1000 execute it",
    );
    tree.mode("/app/worker", 0o755);
    check_proven(&tree, &launch);
    launch.entrypoint[1] = "nobody".to_owned();
    check_launch(
        &tree,
        &launch,
        Code::UnknownUser,
        Verdict::DoesNotStart,
        "/etc/passwd has no user nobody",
    );
    launch.entrypoint[1] = "4242:ops".to_owned();
    check_proven(&tree, &launch);
}

#[test]
fn health_checks_are_programs_too() {
    let tree = tree(&["/app/worker", "/bin/sh", "/usr/bin/curl"]);
    let mut launch = launch(&["/app/worker"]);
    let mut with = |words: &[&str]| {
        launch.healthcheck = Some(words.iter().map(|word| (*word).to_owned()).collect());
        prove(&tree, &launch)
    };
    assert!(with(&["NONE"]).proven());
    assert_eq!(with(&["CMD", "/app/worker", "health"]).programs.len(), 1);
    assert_eq!(
        with(&["CMD-SHELL", "curl -f http://localhost/"])
            .programs
            .len(),
        3
    );
    let report = with(&["CMD", "wget", "-q", "-O-", "http://localhost/"]);
    assert_eq!(
        (report.findings[0].code, &report.findings[0].chain[0][..]),
        (Code::ProgramMissing, "HEALTHCHECK")
    );
}

#[test]
fn a_circle_of_wrappers_ends() {
    let mut tree = tree(&["/bin/sh"]);
    tree.file("/app/worker", b"#!/bin/sh\nexec /app/worker \"$@\" more\n");
    check(
        &tree,
        Code::TooMuch,
        Verdict::NotProven,
        "start one another",
    );
}

//! Tests of running real little programs (`sh`).

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::{Error, Program, Stream};

fn shell(script: &str) -> Program {
    Program::new("sh").arg("-c").arg(script)
}

#[test]
fn both_streams_are_captured_apart() {
    let output = shell("echo out; echo err >&2; printf '\\377'")
        .output()
        .unwrap();
    assert_eq!(output.stdout, b"out\n\xff");
    assert_eq!(output.stderr, "err\n");
}

#[test]
fn output_larger_than_any_pipe_arrives_whole() {
    let output = shell("head -c 3000000 /dev/zero; head -c 2000000 /dev/zero >&2")
        .output()
        .unwrap();
    assert_eq!(
        (output.stdout.len(), output.stderr.len()),
        (3_000_000, 2_000_000)
    );
}

#[test]
fn lines_arrive_while_the_program_still_runs() {
    let directory = tempfile::tempdir().unwrap();
    let seen = directory.path().join("seen");
    // The program ends only when the first line was seen.
    let script = format!(
        "echo ready; while ! test -e {}; do sleep 0.01; done; echo done",
        seen.display()
    );
    let mut lines = Vec::new();
    let program = shell(&script).timeout(Duration::from_secs(20));
    program
        .stream(&mut |stream, line| {
            fs::write(&seen, "").unwrap();
            lines.push((stream, line.to_owned()));
        })
        .unwrap();
    let expected = ["ready", "done"].map(|line| (Stream::Stdout, line.to_owned()));
    assert_eq!(lines, expected);
}

#[test]
fn a_failure_shows_the_command_the_status_and_the_last_lines() {
    let error = shell("echo fine; echo broken >&2; exit 3")
        .output()
        .unwrap_err();
    let shown = error.to_string();
    assert_eq!(
        shown,
        "sh -c 'echo fine; echo broken >&2; exit 3' failed (exit status: 3): broken"
    );
    let error = shell("echo only this; exit 1")
        .stream(&mut |_, _| {})
        .unwrap_err();
    assert!(
        matches!(&error, Error::Failed { tail, .. } if tail == "only this"),
        "{error}"
    );
}

#[test]
fn a_program_killed_by_a_signal_says_which() {
    let error = shell("kill -9 $$").output().unwrap_err();
    assert!(error.to_string().contains("signal: 9"), "{error}");
}

#[test]
fn secrets_are_hidden_in_lines_errors_and_stderr_but_not_in_data() {
    let script = "echo hunter2; echo hunter2 >&2";
    let output = shell(script).secret("hunter2").output().unwrap();
    assert_eq!(output.stdout, b"hunter2\n");
    assert_eq!(output.stderr, "***\n");
    let mut lines = Vec::new();
    let failing = shell("echo hunter2; echo hunter2 >&2; exit 1").secret("hunter2");
    let error = failing
        .stream(&mut |_, line| lines.push(line.to_owned()))
        .unwrap_err();
    assert_eq!(lines, ["***", "***"]);
    assert!(
        !format!("{error:?} {error}").contains("hunter2"),
        "{error:?}"
    );
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_all_it_started() {
    let directory = tempfile::tempdir().unwrap();
    let alive = directory.path().join("alive");
    let script = format!("(sleep 2; touch {}) & echo begun; wait", alive.display());
    let before = Instant::now();
    let error = shell(&script)
        .timeout(Duration::from_millis(300))
        .output()
        .unwrap_err();
    assert!(
        matches!(&error, Error::TimedOut { tail, .. } if tail == "begun"),
        "{error}"
    );
    assert!(before.elapsed() < Duration::from_secs(2));
    std::thread::sleep(Duration::from_millis(2500).saturating_sub(before.elapsed()));
    assert!(!alive.exists(), "the grandchild lived on");
}

#[test]
fn a_daemon_left_behind_does_not_hold_up_the_end_and_lives_on() {
    let directory = tempfile::tempdir().unwrap();
    let alive = directory.path().join("alive");
    let script = format!("(sleep 1.5; touch {}) & echo started", alive.display());
    let before = Instant::now();
    let output = shell(&script).output().unwrap();
    assert_eq!(output.stdout, b"started\n");
    assert!(
        before.elapsed() < Duration::from_millis(1400),
        "{:?}",
        before.elapsed()
    );
    while !alive.exists() && before.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(alive.exists());
}

#[test]
fn a_caller_that_panics_leaves_nothing_running() {
    let directory = tempfile::tempdir().unwrap();
    let alive = directory.path().join("alive");
    let script = format!("echo line; sleep 1; touch {}", alive.display());
    let panicked = std::panic::catch_unwind(|| shell(&script).stream(&mut |_, _| panic!("caller")));
    assert!(panicked.is_err());
    std::thread::sleep(Duration::from_millis(1300));
    assert!(!alive.exists(), "the child lived on");
}

#[test]
fn stdin_is_given_whole_or_empty() {
    let bytes = vec![b'x'; 300_000];
    assert_eq!(
        Program::new("cat")
            .stdin(bytes.clone())
            .output()
            .unwrap()
            .stdout,
        bytes
    );
    assert_eq!(Program::new("cat").output().unwrap().stdout, b"");
    // It need not be read.
    Program::new("true").stdin(bytes).output().unwrap();
}

#[test]
fn variables_and_directory_are_the_childs_own() {
    let directory = tempfile::tempdir().unwrap();
    let program = shell("pwd -P; echo \"$ONE-$PATH-${HOME-unset}\"")
        .directory(directory.path())
        .env("ONE", "1")
        .env("PATH", "/usr/bin:/bin")
        .env_remove("HOME");
    let stdout = String::from_utf8(program.output().unwrap().stdout).unwrap();
    let physical = directory.path().canonicalize().unwrap();
    assert_eq!(
        stdout,
        format!("{}\n1-/usr/bin:/bin-unset\n", physical.display())
    );
}

#[test]
fn what_is_missing_is_named() {
    let error = Program::new("no-such-program-here").output().unwrap_err();
    assert!(matches!(&error, Error::NotFound { program } if program == "no-such-program-here"));
    assert!(error.hint().unwrap().contains("PATH"));

    let error = shell("true")
        .directory("/no/such/directory")
        .output()
        .unwrap_err();
    assert!(matches!(error, Error::NoDirectory { .. }), "{error}");
}

#[test]
fn a_missing_interpreter_is_not_a_missing_program() {
    let directory = tempfile::tempdir().unwrap();
    let script = directory.path().join("script");
    fs::write(&script, "#!/no/such/interpreter\n").unwrap();
    let error = Program::new(&script).output().unwrap_err();
    assert!(matches!(error, Error::Start { .. }), "{error}");

    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let error = Program::new(&script).output().unwrap_err();
    assert!(error.hint().unwrap().contains("interpreter"), "{error}");
}

/// The file in whose folder this test is the process that is interrupted.
const TO_BE_INTERRUPTED: &str = "to-be-interrupted";

/// Signals are for whole processes: this test program, again, is the one that is interrupted.
#[test]
fn an_interrupt_ends_the_children_and_then_us_by_the_same_signal() {
    use std::os::unix::process::ExitStatusExt;
    if Path::new(TO_BE_INTERRUPTED).exists() {
        crate::end_children_on_signals().unwrap();
        let _ = shell("touch begun; sleep 1; touch alive").output();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let (begun, alive) = (
        directory.path().join("begun"),
        directory.path().join("alive"),
    );
    fs::write(directory.path().join(TO_BE_INTERRUPTED), "").unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "run::tests::an_interrupt_ends_the_children_and_then_us_by_the_same_signal",
        ])
        .current_dir(directory.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let before = Instant::now();
    while !begun.exists() && before.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(10));
    }
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    std::thread::sleep(Duration::from_millis(1500));
    assert!(begun.exists() && !alive.exists(), "the child lived on");
}

//! Programs of Go that ask another implementation's library: JSON in, a line an answer out. For tests with real parts.
#![expect(
    clippy::disallowed_methods,
    reason = "the oracle is another program, and this crate has no I/O outside tests"
)]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Compiles a program against a module (`PATH@VERSION`), hands it the questions, and takes its answers: as many as questions.
pub(crate) fn ask(program: &str, module: &str, questions: &[Value]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::write(folder.join("main.go"), program).unwrap();
    let own = "module example.org/oracle\n\ngo 1.23\n";
    std::fs::write(folder.join("go.mod"), own).unwrap();
    go(folder, &["get", module], None);
    go(folder, &["mod", "tidy"], None);
    let input = folder.join("questions.json");
    std::fs::write(&input, serde_json::to_string(questions).unwrap()).unwrap();
    let answers = go(folder, &["run", "."], Some(&input));
    let answers: Vec<String> = answers.lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len());
    answers
}

fn go(folder: &Path, arguments: &[&str], input: Option<&Path>) -> String {
    let mut command = Command::new("go");
    command.args(arguments).current_dir(folder);
    if let Some(input) = input {
        command.stdin(std::fs::File::open(input).unwrap());
    }
    let output = command.output().expect("go is needed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

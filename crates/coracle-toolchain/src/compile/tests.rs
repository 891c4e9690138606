//! Real builds with the installed cargo and go: small ones of made-up packages, and the examples.

mod across;
mod real_go;
mod real_rust;
mod same_bytes;

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::project::Project;

/// Files in a folder of their own.
fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        write(&folder.path().join(path), text);
    }
    folder
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn discover(folder: &Path) -> Project {
    crate::discover(folder, &Toolchain::default()).unwrap()
}

/// A request for the program of this name. It builds in the folder's own `out`, whatever
/// `CARGO_TARGET_DIR` the tests run under.
fn request(folder: &Path, name: &str) -> CompileRequest {
    let project = discover(folder);
    let program = crate::select::select(&project, &[name.to_owned()]).unwrap()[0].clone();
    CompileRequest {
        target_directory: Some(project.root.join("out")),
        ..CompileRequest::new(program, Target::host().unwrap())
    }
}

/// Compiles, and gives what happened meanwhile too.
fn compiled(
    request: &CompileRequest,
    toolchain: &Toolchain,
) -> (Result<Artifact, Error>, Vec<CompileEvent>) {
    let mut events = Vec::new();
    let result = compile(request, toolchain, &mut |event| events.push(event));
    (result, events)
}

/// What a program prints.
fn printed(program: &Path) -> String {
    let output = coracle_process::Program::new(program).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn lines(events: &[CompileEvent]) -> Vec<&str> {
    let texts = events.iter().map(|event| match event {
        CompileEvent::Line(line) => Some(line.as_str()),
        _ => None,
    });
    texts.flatten().collect()
}

fn warnings(events: &[CompileEvent]) -> Vec<&str> {
    let texts = events.iter().map(|event| match event {
        CompileEvent::Warning(text) => Some(text.as_str()),
        _ => None,
    });
    texts.flatten().collect()
}

#[test]
fn building_leaves_nothing_that_git_would_show() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("target/coracle");
    output::prepare(&out).unwrap();
    assert_eq!(fs::read_to_string(out.join(".gitignore")).unwrap(), "*\n");
    assert!(
        fs::read_to_string(out.join("CACHEDIR.TAG"))
            .unwrap()
            .starts_with("Signature: 8a477f597d28d172789f06886806bc55")
    );
    fs::write(out.join(".gitignore"), "mine").unwrap();
    output::prepare(&out).unwrap();
    assert_eq!(fs::read_to_string(out.join(".gitignore")).unwrap(), "mine");
}

#[test]
fn a_folder_that_cannot_be_made_is_the_disk_s_failure() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let error = output::prepare(&file.path().join("target")).unwrap_err();
    assert!(error.is_disk() && !error.is_toolchain());
}

#[test]
fn ends_of_builds_are_told_apart() {
    let failed = |tail: &str| {
        let script = format!("cat >&2 <<'END'\n{tail}\nEND\nexit 101");
        coracle_process::Program::new("sh")
            .arg("-c")
            .arg(script)
            .output()
            .unwrap_err()
    };
    let lock = PathBuf::from("/no/such/Cargo.lock");
    let error = Error::of_cargo(
        "w",
        lock.clone(),
        failed("error: cannot create the lock file /w/Cargo.lock because --locked was passed"),
    );
    assert_eq!(error.to_string(), "/no/such/Cargo.lock is missing");
    assert!(!error.is_toolchain());
    assert!(error.hint().unwrap().contains("commit Cargo.lock"));

    let error = Error::of_cargo("w", lock, failed("error: linker `cc` not found"));
    assert_eq!(
        error.to_string(),
        "cargo could not compile w (exit status: 101): error: linker `cc` not found"
    );
    assert!(error.is_toolchain());
    assert!(error.hint().unwrap().contains("apt install gcc"));

    let error = Error::of_go(
        "w",
        PathBuf::from("/m"),
        failed("missing go.sum entry for module providing package x"),
    );
    assert!(!error.is_toolchain());
    assert!(error.hint().unwrap().contains("go mod tidy"));
}

#[test]
fn messages_of_kinds_that_later_cargos_add_are_skipped() {
    let folder = repository(&[
        (
            "Cargo.toml",
            "[package]\nname = \"w\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
        ),
        ("src/main.rs", "fn main() {}\n"),
    ]);
    let request = request(folder.path(), "w");
    let Language::Rust(program) = &request.program.language else {
        panic!("not Rust")
    };
    let mut messages = messages::Messages::new(PathBuf::from("/t"));
    assert_eq!(
        messages.take(program, r#"{"reason":"tea-time","cups":2}"#),
        None
    );
    assert_eq!(messages.take(program, "{ not json"), None);
    assert_eq!(
        messages.take(program, "said by a wrapper"),
        Some(CompileEvent::Line("said by a wrapper".to_owned()))
    );
    let script = |out: &str| {
        format!(
            r#"{{"reason":"build-script-executed","package_id":"path+file:///p#ssl-sys@1.0.0","linked_libs":["ssl","static=ring"],"linked_paths":["native=/s"],"cfgs":[],"env":[],"out_dir":"{out}"}}"#
        )
    };
    assert_eq!(messages.take(program, &script("/elsewhere/o")), None);
    assert_eq!(messages.linked(), [], "a procedural macro's");
    assert_eq!(messages.take(program, &script("/t/release/build/o")), None);
    let linked = |name: &str, kind| Linked {
        by: "ssl-sys 1.0.0".to_owned(),
        name: name.to_owned(),
        kind,
        folders: vec![PathBuf::from("/s")],
    };
    let expected = [linked("ring", Kind::Static), linked("ssl", Kind::Shared)];
    assert_eq!(messages.linked(), expected);
    assert!(messages.fresh() && messages.executable.is_none());
}

//! go builds of modules without dependencies.

use super::*;

fn module(main: &str) -> tempfile::TempDir {
    repository(&[
        ("go.mod", "module example.invalid/m\n\ngo 1.21\n"),
        ("cmd/worker/main.go", main),
        (
            "inner/inner.go",
            "package inner\n\nfunc Hello() string { return \"hello\" }\n",
        ),
    ])
}

const MAIN: &str = "package main\n\nimport \"example.invalid/m/inner\"\n\nvar version = \"none\"\n\n\
                    func main() { println(inner.Hello()); print(version) }\n";
/// `println` goes to standard error; what is tested goes to standard output.
const PRINTING: &str = "package main\n\nimport \"fmt\"\n\nvar version = \"none\"\nvar other = \"none\"\n\nfunc main() { fmt.Print(version, \" \", other, \" \", tagged) }\n";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_is_compiled_once_and_fresh_then() {
    let folder = module(MAIN);
    let request = request(folder.path(), "worker");
    let (artifact, events) = compiled(&request, &Toolchain::default());
    let artifact = artifact.unwrap();
    assert!(!artifact.fresh && artifact.toolchain.starts_with("go version go1."));
    assert!(
        matches!(&events[0], CompileEvent::Command(command) if command.starts_with("go build "))
    );
    let (again, events) = compiled(&request, &Toolchain::default());
    assert!(again.unwrap().fresh, "{events:?}");
    write(
        &folder.path().join("inner/inner.go"),
        "package inner\n\nfunc Hello() string { return \"changed, never seen by any cache\" }\n",
    );
    assert!(!compiled(&request, &Toolchain::default()).0.unwrap().fresh);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn flags_in_goflags_and_ours_are_joined() {
    let folder = module(PRINTING);
    write(
        &folder.path().join("cmd/worker/a.go"),
        "//go:build !one || !two\n\npackage main\n\nconst tagged = \"no\"\n",
    );
    write(
        &folder.path().join("cmd/worker/b.go"),
        "//go:build one && two\n\npackage main\n\nconst tagged = \"yes\"\n",
    );
    // A go whose GOFLAGS are set, as the user's environment would.
    let script = "#!/bin/sh\nGOFLAGS=\"'-ldflags=-X main.version=1' -tags=one\" exec go \"$@\"\n";
    let go = folder.path().join("go-with-flags");
    write(&go, script);
    fs::set_permissions(&go, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let toolchain = Toolchain {
        go: go.into(),
        ..Toolchain::default()
    };
    let mut request = request(folder.path(), "worker");
    assert_eq!(
        printed(&compiled(&request, &toolchain).0.unwrap().path),
        "1 none no"
    );
    request.tags.push("two".to_owned());
    request.ldflags.push("-X main.other=2".to_owned());
    assert_eq!(
        printed(&compiled(&request, &toolchain).0.unwrap().path),
        "1 2 yes"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_that_does_not_compile_is_a_toolchain_failure_with_what_go_said() {
    let folder = module(
        "package main\n\nimport \"example.invalid/m/inner\"\n\nfunc main() { inner.Hello(); noSuchFunction() }\n",
    );
    // A package that no cache holds is told of while it is compiled, and is no part of the error.
    let unique = folder.path().file_name().unwrap().to_string_lossy();
    write(
        &folder.path().join("inner/inner.go"),
        &format!("package inner\n\nfunc Hello() string {{ return {unique:?} }}\n"),
    );
    let (result, events) = compiled(&request(folder.path(), "worker"), &Toolchain::default());
    let error = result.unwrap_err();
    assert!(error.is_toolchain());
    assert!(error.to_string().contains("noSuchFunction"), "{error}");
    let told = error.to_string();
    assert!(!told.lines().any(|line| line == "example.invalid/m/inner"));
    assert!(events.iter().any(|event| {
        matches!(event, CompileEvent::Progress { what, .. } if what == "example.invalid/m/inner")
    }));
    assert!(
        lines(&events)
            .iter()
            .any(|line| line.contains("undefined: noSuchFunction"))
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_go_sum_that_is_behind_is_no_toolchain_failure() {
    let folder =
        module("package main\n\nimport _ \"golang.org/x/sync/errgroup\"\n\nfunc main() {}\n");
    write(
        &folder.path().join("go.mod"),
        "module example.invalid/m\n\ngo 1.21\n\nrequire golang.org/x/sync v0.10.0\n",
    );
    let error = compiled(&request(folder.path(), "worker"), &Toolchain::default())
        .0
        .unwrap_err();
    assert!(matches!(error, Error::StaleModule { .. }), "{error:?}");
    assert!(!folder.path().join("go.sum").exists());
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_graph_is_right_about_what_the_build_alone_would_not_tell() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/looks-pure");
    let out = tempfile::tempdir().unwrap();
    let mut request = request(&fixture, "worker");
    request.target_directory = Some(out.path().to_owned());
    let run = |request: &CompileRequest| {
        let artifact = compiled(request, &Toolchain::default()).0.unwrap();
        coracle_process::Program::new(artifact.path).output()
    };
    let without = run(&request).unwrap_err();
    assert!(
        without.to_string().contains("built without cgo"),
        "{without}"
    );
    request.cgo = true;
    assert_eq!(run(&request).unwrap().stderr.trim(), "42");
}

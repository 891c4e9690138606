//! Discovery over the fixtures and made-up repositories, with the installed cargo and go.

use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::project::Language;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

fn repository(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn look(folder: &Path) -> Project {
    let toolchain = Toolchain {
        offline: true,
        ..Toolchain::default()
    };
    discover(folder, &toolchain).unwrap()
}

fn programs(project: &Project) -> Vec<String> {
    project.programs.iter().map(Program::full_name).collect()
}

fn left_out(project: &Project) -> Vec<String> {
    project
        .left_out
        .iter()
        .map(|out| format!("{} {}: {}", out.path, out.name, out.reason))
        .collect()
}

fn paths(paths: &std::collections::BTreeSet<PathBuf>) -> Vec<&str> {
    paths.iter().map(|path| path.to_str().unwrap()).collect()
}

const MAIN: &str = "fn main() {}\n";
const GO_MAIN: &str = "package main\n\nfunc main() {}\n";

/// A package's manifest, with more after it.
fn package(name: &str, more: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"1.2.3\"\nedition = \"2024\"\n{more}\n")
}

#[test]
fn a_workspace_and_a_module_in_a_folder_are_found_together() {
    let project = look(&fixture("mixed"));
    assert_eq!(
        programs(&project),
        ["api:api", "example.invalid/mixed/backend/cmd/worker:worker"]
    );
    assert_eq!(
        left_out(&project),
        ["backend/tools/gen gen: in a folder called `tools`"]
    );
    assert_eq!(project.left_out_programs.len(), 1);
    let Language::Go(go) = &project.programs[1].language else {
        panic!("not Go")
    };
    assert_eq!(go.module_directory, project.root.join("backend"));
    assert_eq!(go.directory, project.root.join("backend/cmd/worker"));
    assert_eq!(go.module_path, "example.invalid/mixed/backend");
}

#[test]
fn two_binaries_of_one_name_are_both_found() {
    let project = look(&fixture("two-of-a-name"));
    assert_eq!(programs(&project), ["one:server", "two:server"]);
    assert!(crate::select::select(&project, &[]).is_err());
}

#[test]
fn a_program_that_reaches_cgo_is_found_with_the_chain() {
    let project = look(&fixture("looks-pure"));
    let Language::Go(go) = &project.programs[0].language else {
        panic!("not Go")
    };
    let finding = crate::go::graph(go, &[], &Toolchain::default()).unwrap();
    let package = |name: &str| format!("example.invalid/looks-pure/{name}");
    assert_eq!(
        finding.chain.unwrap(),
        ["cmd/worker", "a", "b", "c"].map(package)
    );
    assert_eq!(finding.packages[0].import_path, package("c"));
}

#[test]
fn inputs_are_the_program_s_own_and_never_another_service_s() {
    let project = look(&fixture("looks-pure"));
    let inputs = &project.programs[0].inputs;
    assert_eq!(paths(&inputs.folders), ["a", "b", "c", "cmd/worker"]);
    assert_eq!(paths(&inputs.files), ["go.mod", "go.sum"]);

    let project = look(&fixture("two-of-a-name"));
    assert_eq!(paths(&project.programs[0].inputs.trees), ["one"]);
    let files = [
        ".cargo/config",
        ".cargo/config.toml",
        "Cargo.lock",
        "Cargo.toml",
        "rust-toolchain",
        "rust-toolchain.toml",
    ];
    assert_eq!(paths(&project.programs[0].inputs.files), files);
}

#[test]
fn what_a_manifest_says_of_a_program_is_kept() {
    let about = "description = \"\"\"\nA worker\n  of two lines\"\"\"\nlicense = \"MIT\"\nhomepage = \"https://h\"\nrepository = \"https://r\"\nauthors = [\"A\"]\n";
    let folder = repository(&[
        ("Cargo.toml", &package("worker", about)),
        ("src/main.rs", MAIN),
    ]);
    let project = look(folder.path());
    let program = &project.programs[0];
    assert_eq!(
        program.description.as_deref(),
        Some("A worker of two lines")
    );
    assert_eq!(program.version.as_deref(), Some("1.2.3"));
    assert_eq!(program.license.as_deref(), Some("MIT"));
    assert_eq!(program.homepage.as_deref(), Some("https://h"));
    assert_eq!(program.repository.as_deref(), Some("https://r"));
    assert_eq!(program.authors, ["A"]);
    let Language::Rust(rust) = &program.language else {
        panic!("not Rust")
    };
    assert_eq!(rust.edition, "2024");
    assert_eq!(rust.manifest, project.root.join("Cargo.toml"));
}

/// A workspace with every way to be left out.
fn workspace() -> tempfile::TempDir {
    let root = "[workspace]\nresolver = \"3\"\nmembers = [\"app\", \"admin\", \"tools/gen\", \"xtask\", \"shared\"]\n\
                default-members = [\"app\", \"tools/gen\", \"xtask\", \"shared\"]\nexclude = [\"old\"]\n";
    let app = "[[bin]]\nname = \"app\"\npath = \"src/main.rs\"\n[[bin]]\nname = \"probe\"\npath = \"tests/probe.rs\"\n\
               [[bin]]\nname = \"gui\"\npath = \"src/gui.rs\"\nrequired-features = [\"gui\"]\n\
               [features]\ngui = []\n[dependencies]\nshared = { path = \"../shared\" }\n\
               [dev-dependencies]\nadmin = { path = \"../admin\" }\n";
    repository(&[
        ("Cargo.toml", root),
        ("app/Cargo.toml", &package("app", app)),
        ("app/src/main.rs", MAIN),
        ("app/src/gui.rs", MAIN),
        ("app/tests/probe.rs", MAIN),
        ("app/examples/demo.rs", MAIN),
        ("shared/Cargo.toml", &package("shared", "")),
        ("shared/src/lib.rs", ""),
        ("admin/Cargo.toml", &package("admin", "")),
        ("admin/src/main.rs", MAIN),
        ("admin/src/lib.rs", ""),
        ("tools/gen/Cargo.toml", &package("gen-code", "")),
        ("tools/gen/src/main.rs", MAIN),
        ("xtask/Cargo.toml", &package("xtask", "")),
        ("xtask/src/main.rs", MAIN),
        ("old/Cargo.toml", &package("old", "[workspace]")),
        ("old/src/main.rs", MAIN),
        ("examples/demo/Cargo.toml", &package("demo", "[workspace]")),
        ("examples/demo/src/main.rs", MAIN),
        ("vendor/dep/Cargo.toml", &package("dep", "")),
        (".hidden/Cargo.toml", "not even TOML ["),
    ])
}

#[test]
fn everything_a_cargo_workspace_leaves_out_is_listed_with_the_reason() {
    let folder = workspace();
    let project = look(folder.path());
    assert_eq!(programs(&project), ["app:app"]);
    assert_eq!(
        left_out(&project),
        [
            "admin/src/main.rs admin: not among the workspace's default-members",
            "app/src/gui.rs gui: needs the feature gui, which the default does not switch on",
            "app/tests/probe.rs probe: in a folder called `tests`",
            "examples/demo demo: in a folder called `examples`",
            "old old: no member of the Cargo workspace in .",
            "tools/gen/src/main.rs gen-code: in a folder called `tools`",
            "xtask/src/main.rs xtask: in a folder called `xtask`",
        ]
    );
}

#[test]
fn a_member_s_sources_are_its_own_and_its_dependencies_but_not_its_tests_() {
    let folder = workspace();
    let project = look(folder.path());
    assert_eq!(paths(&project.programs[0].inputs.trees), ["app", "shared"]);
}

#[test]
fn in_a_member_s_folder_the_member_is_meant() {
    let folder = workspace();
    let project = look(&folder.path().join("admin"));
    assert_eq!(programs(&project), ["admin:admin"]);
    let inputs = &project.programs[0].inputs;
    assert_eq!(paths(&inputs.trees), [""]);
    assert!(inputs.files.contains(Path::new("../Cargo.lock")));
    assert_eq!(programs(&look(&folder.path().join("app/src"))), ["app:app"]);
}

#[test]
fn a_package_at_the_top_does_not_count_other_members_as_its_sources() {
    let root =
        "[workspace]\nmembers = [\"one\", \"two\"]\n[dependencies]\none = { path = \"one\" }\n";
    let folder = repository(&[
        ("Cargo.toml", &package("top", root)),
        ("src/main.rs", MAIN),
        ("one/Cargo.toml", &package("one", "")),
        ("one/src/lib.rs", ""),
        ("two/Cargo.toml", &package("two", "")),
        ("two/src/main.rs", MAIN),
    ]);
    let project = look(folder.path());
    assert_eq!(programs(&project), ["top:top"]);
    let inputs = &project.programs[0].inputs;
    assert_eq!(paths(&inputs.trees), ["", "one"]);
    assert!(paths(&inputs.except).contains(&"two"));
    assert!(!paths(&inputs.except).contains(&"one"));
    assert!(paths(&inputs.except).contains(&"coracle.lock"));
}

#[test]
fn packages_outside_the_workspace_and_patches_are_sources() {
    let app = "[workspace]\n[dependencies]\nnear = { path = \"../near\" }\n[patch.crates-io]\nfar = { path = \"../far\" }\n";
    let folder = repository(&[
        ("app/Cargo.toml", &package("app", app)),
        ("app/src/main.rs", MAIN),
        (
            "near/Cargo.toml",
            &package(
                "near",
                "[dependencies]\nnearer = { path = \"../nearer\" }\n",
            ),
        ),
        ("near/src/lib.rs", ""),
        ("nearer/Cargo.toml", &package("nearer", "")),
        ("nearer/src/lib.rs", ""),
        ("far/Cargo.toml", &package("far", "")),
        ("far/src/lib.rs", ""),
    ]);
    let project = look(folder.path());
    assert_eq!(programs(&project), ["app:app"]);
    assert_eq!(
        paths(&project.programs[0].inputs.trees),
        ["app", "far", "near", "nearer"]
    );
    let Language::Rust(rust) = &project.programs[0].language else {
        panic!("not Rust")
    };
    assert_eq!(
        rust.outside_directories,
        ["far", "near", "nearer"].map(|name| project.root.join(name))
    );
}

#[test]
fn everything_a_go_module_leaves_out_is_listed_with_the_reason() {
    let folder = repository(&[
        ("go.mod", "module example.invalid/m\n\ngo 1.21\n"),
        (
            "cmd/worker/main.go",
            "package main\n\nimport _ \"embed\"\n\n//go:embed page/index.html\nvar page string\n\nfunc main() {}\n",
        ),
        ("cmd/worker/page/index.html", "hello"),
        ("cmd/worker/v2/main.go", GO_MAIN),
        ("internal/tools/gen/main.go", GO_MAIN),
        ("scripts/main.go", GO_MAIN),
        (
            "lib/gen.go",
            "//go:build ignore\n\npackage main\n\nfunc main() {}\n",
        ),
        ("lib/lib.go", "package lib\n"),
        ("lib/testdata/main.go", GO_MAIN),
        ("cmd/tested/main_test.go", "package main\n"),
        ("examples/one/go.mod", "module example.invalid/one\n"),
        ("examples/one/main.go", GO_MAIN),
        ("sub/go.mod", "module example.invalid/sub\n\ngo 1.21\n"),
        ("sub/cmd/server/main.go", GO_MAIN),
    ]);
    let project = look(folder.path());
    let expected = [
        "example.invalid/sub/cmd/server:server",
        "example.invalid/m/cmd/worker:worker",
        "example.invalid/m/cmd/worker/v2:worker",
    ];
    assert_eq!(programs(&project).len(), expected.len());
    assert!(
        expected
            .iter()
            .all(|name| programs(&project).contains(&(*name).to_owned()))
    );
    assert_eq!(
        left_out(&project),
        [
            "examples/one one: in a folder called `examples`",
            "internal/tools/gen gen: in a folder called `internal/tools`",
            "lib/gen.go gen.go: its build constraint is `ignore`",
            "scripts scripts: in a folder called `scripts`",
        ]
    );
    let worker = project
        .programs
        .iter()
        .find(|program| program.package == "example.invalid/m/cmd/worker")
        .unwrap();
    assert_eq!(
        paths(&worker.inputs.folders),
        ["cmd/worker", "cmd/worker/page"]
    );
}

#[test]
fn a_module_that_was_never_downloaded_does_not_hide_the_program() {
    let folder = repository(&[
        (
            "go.mod",
            "module example.invalid/m\n\ngo 1.21\n\nrequire example.invalid/dep v1.0.0\n",
        ),
        (
            "main.go",
            "package main\n\nimport (\n\t_ \"example.invalid/dep\"\n\t_ \"example.invalid/m/inner\"\n)\n\nfunc main() {}\n",
        ),
        ("inner/inner.go", "package inner\n"),
    ]);
    let project = look(folder.path());
    assert_eq!(programs(&project), ["example.invalid/m:m"]);
    assert_eq!(paths(&project.programs[0].inputs.folders), ["", "inner"]);
}

#[test]
fn a_go_workspace_says_which_modules_count() {
    let module = |name: &str| format!("module example.invalid/{name}\n\ngo 1.21\n");
    let folder = repository(&[
        ("go.work", "go 1.21\n\nuse (\n\t./one\n\t./two\n)\n"),
        ("one/go.mod", &module("one")),
        (
            "one/main.go",
            "package main\n\nimport _ \"example.invalid/two/lib\"\n\nfunc main() {}\n",
        ),
        ("two/go.mod", &module("two")),
        ("two/lib/lib.go", "package lib\n"),
        ("three/go.mod", &module("three")),
        ("three/main.go", GO_MAIN),
    ]);
    let project = look(folder.path());
    assert_eq!(programs(&project), ["example.invalid/one:one"]);
    assert_eq!(
        left_out(&project),
        ["three three: a Go module that go.work does not use"]
    );
    let inputs = &project.programs[0].inputs;
    assert_eq!(paths(&inputs.folders), ["one", "two/lib"]);
    assert!(inputs.files.contains(Path::new("go.work")));
    assert!(inputs.files.contains(Path::new("two/go.mod")));
}

#[test]
fn a_replaced_module_by_local_path_is_a_source() {
    let folder = repository(&[
        (
            "app/go.mod",
            "module example.invalid/app\n\ngo 1.21\n\nrequire example.invalid/lib v0.0.0\n\nreplace example.invalid/lib => ../lib\n",
        ),
        (
            "app/main.go",
            "package main\n\nimport _ \"example.invalid/lib\"\n\nfunc main() {}\n",
        ),
        ("lib/go.mod", "module example.invalid/lib\n\ngo 1.21\n"),
        ("lib/lib.go", "package lib\n"),
    ]);
    let project = look(folder.path());
    assert_eq!(paths(&project.programs[0].inputs.folders), ["app", "lib"]);
}

#[test]
fn inside_a_module_the_programs_below_are_meant() {
    let folder = repository(&[
        ("go.mod", "module example.invalid/m\n\ngo 1.21\n"),
        ("cmd/one/main.go", GO_MAIN),
        ("cmd/two/main.go", GO_MAIN),
    ]);
    assert_eq!(
        programs(&look(&folder.path().join("cmd/two"))),
        ["example.invalid/m/cmd/two:two"]
    );
}

#[test]
fn clones_and_work_trees_inside_are_not_entered() {
    let module = "module example.invalid/m\n\ngo 1.21\n";
    let folder = repository(&[
        ("go.mod", module),
        ("main.go", GO_MAIN),
        ("clone/.git/HEAD", ""),
        ("clone/go.mod", module),
        ("clone/main.go", GO_MAIN),
        ("tree/.git", "gitdir: /r/.git/worktrees/tree\n"),
        ("tree/go.mod", module),
        ("sub/.git", "gitdir: ../.git/modules/sub\n"),
        ("sub/go.mod", "module example.invalid/sub\n\ngo 1.21\n"),
        ("sub/main.go", GO_MAIN),
    ]);
    let project = look(folder.path());
    assert_eq!(
        programs(&project),
        ["example.invalid/m:m", "example.invalid/sub:sub"]
    );
    let expected = [
        "clone clone: a git repository of its own",
        "tree tree: another work tree of a git repository",
    ];
    assert_eq!(left_out(&project), expected);
}

#[test]
fn an_empty_folder_has_no_programs_and_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    // A repository's top, so that nothing above it is asked.
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(look(folder.path()).programs, []);
}

#[test]
fn a_manifest_that_cargo_refuses_is_an_error_that_names_it() {
    let folder = repository(&[("Cargo.toml", "[package]\nname = 1\n")]);
    let error = discover(folder.path(), &Toolchain::default()).unwrap_err();
    assert!(error.is_toolchain());
    assert!(error.to_string().ends_with("Cargo.toml"), "{error}");
    assert!(error.hint().unwrap().contains("cargo metadata"));
}

#[test]
fn a_folder_that_is_not_there_is_no_toolchain_failure() {
    let error = discover(Path::new("/no/such/folder"), &Toolchain::default()).unwrap_err();
    assert!(!error.is_toolchain());
}

//! cargo builds of packages without dependencies.

use super::*;

fn package(main: &str) -> tempfile::TempDir {
    repository(&[
        (
            "Cargo.toml",
            "[package]\nname = \"worker\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[features]\nextra = []\n",
        ),
        (
            "Cargo.lock",
            "version = 4\n\n[[package]]\nname = \"worker\"\nversion = \"1.0.0\"\n",
        ),
        ("src/main.rs", main),
    ])
}

const MAIN: &str = "fn main() { println!(\"hello\"); }\n";
/// Prints which conditions it was compiled under.
const CONDITIONS: &str = "fn main() {\n    if cfg!(variable) { println!(\"variable\"); }\n    if cfg!(build) { println!(\"build\"); }\n    \
                          if cfg!(target) { println!(\"target\"); }\n    if cfg!(feature = \"extra\") { println!(\"extra\"); }\n}\n";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_is_compiled_once_and_fresh_then() {
    let folder = package(MAIN);
    let request = request(folder.path(), "worker");
    let (artifact, events) = compiled(&request, &Toolchain::default());
    let artifact = artifact.unwrap();
    assert_eq!(printed(&artifact.path), "hello");
    assert!(!artifact.fresh && artifact.toolchain.starts_with("rustc 1."));
    assert!(
        matches!(&events[0], CompileEvent::Command(command) if command.starts_with("cargo rustc ") && command.contains("--locked"))
    );
    assert!(
        lines(&events)
            .iter()
            .any(|line| line.contains("Compiling worker"))
    );
    let progress = CompileEvent::Progress {
        done: 1,
        total: None,
        what: "worker".to_owned(),
    };
    assert!(events.contains(&progress), "{events:?}");
    assert_eq!(warnings(&events), [""; 0]);
    assert!(compiled(&request, &Toolchain::default()).0.unwrap().fresh);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn without_a_target_folder_the_workspace_s_is_used() {
    let folder = package(MAIN);
    let mut request = request(folder.path(), "worker");
    request.target_directory = None;
    let Language::Rust(program) = &mut request.program.language else {
        panic!("not Rust")
    };
    program.target_directory = folder.path().join("target");
    let artifact = compiled(&request, &Toolchain::default()).0.unwrap();
    assert!(
        artifact
            .path
            .starts_with(folder.path().join("target/coracle"))
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_lock_that_is_missing_or_behind_is_an_error_and_is_not_written() {
    let folder = package(MAIN);
    let request = request(folder.path(), "worker");
    let lock = folder.path().join("Cargo.lock");
    fs::write(
        &lock,
        "version = 4\n\n[[package]]\nname = \"other\"\nversion = \"1.0.0\"\n",
    )
    .unwrap();
    let error = compiled(&request, &Toolchain::default()).0.unwrap_err();
    assert!(
        matches!(error, Error::StaleLock { missing: false, .. }),
        "{error:?}"
    );
    fs::remove_file(&lock).unwrap();
    let error = compiled(&request, &Toolchain::default()).0.unwrap_err();
    assert!(
        matches!(error, Error::StaleLock { missing: true, .. }),
        "{error:?}"
    );
    assert!(!lock.exists());
    let unlocked = CompileRequest {
        locked: false,
        ..request
    };
    compiled(&unlocked, &Toolchain::default()).0.unwrap();
    assert!(lock.exists());
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_program_that_does_not_compile_is_a_toolchain_failure_with_what_rustc_said() {
    let folder = package("fn main() { no_such_function(); }\n");
    let (result, events) = compiled(&request(folder.path(), "worker"), &Toolchain::default());
    let error = result.unwrap_err();
    assert!(error.is_toolchain());
    assert!(error.to_string().contains("could not compile"), "{error}");
    assert!(
        lines(&events)
            .iter()
            .any(|line| line.contains("no_such_function"))
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn features_variables_and_profiles_reach_cargo() {
    let folder = package(
        "fn main() { println!(\"{} {} {}\", env!(\"VERSION\"), cfg!(feature = \"extra\"), cfg!(debug_assertions)); }\n",
    );
    let mut request = request(folder.path(), "worker");
    request
        .environment
        .insert("VERSION".to_owned(), "v1".to_owned());
    assert_eq!(
        printed(&compiled(&request, &Toolchain::default()).0.unwrap().path),
        "v1 false false"
    );
    request.features.push("extra".to_owned());
    request.profile = "dev".to_owned();
    request.jobs = Some(1);
    request.offline = true;
    assert_eq!(
        printed(&compiled(&request, &Toolchain::default()).0.unwrap().path),
        "v1 true true"
    );
}

/// Compiles under the user's flags and gives the conditions that held, and whether ours did too.
fn conditions(
    configuration: &str,
    toolchain: &Toolchain,
    variables: &[(&str, &str)],
) -> (String, bool) {
    let folder = package(&format!(
        "{CONDITIONS}\n#[allow(dead_code)]\nfn place() -> &'static str {{ std::panic::Location::caller().file() }}\n"
    ));
    write(&folder.path().join(".cargo/config.toml"), configuration);
    let mut request = request(folder.path(), "worker");
    request.environment = variables
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let (artifact, events) = compiled(&request, toolchain);
    let ours = events.iter().any(|event| matches!(event, CompileEvent::Command(command) if command.contains("--remap-path-prefix")));
    (printed(&artifact.unwrap().path).replace('\n', " "), ours)
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn no_flags_of_the_user_s_are_lost_in_any_of_the_four_places() {
    let none = Toolchain::default;
    let triple = probe_host();
    let build = "build.rustflags = ['--cfg', 'build']\n";
    // Place 4, as a list and as a string.
    assert_eq!(conditions(build, &none(), &[]), ("build".to_owned(), true));
    assert_eq!(
        conditions("build.rustflags = '--cfg build'\n", &none(), &[]).0,
        "build"
    );
    // Place 3 wins over it: by triple, by condition, as a string, which cargo would not merge with a list.
    for target in [
        format!("{build}target.{triple}.rustflags = ['--cfg', 'target']\n"),
        format!("{build}target.{triple}.rustflags = '--cfg target'\n"),
        format!("{build}target.'cfg(unix)'.rustflags = '--cfg target'\n"),
    ] {
        assert_eq!(
            conditions(&target, &none(), &[]),
            ("target".to_owned(), true),
            "{target}"
        );
    }
    // What does not match leaves place 4 in force.
    let windows = format!("{build}target.'cfg(windows)'.rustflags = '--cfg target'\n");
    assert_eq!(conditions(&windows, &none(), &[]).0, "build");
    // Places 2 and 1 win over both.
    let both = format!("{build}target.{triple}.rustflags = ['--cfg', 'target']\n");
    let plain = Toolchain {
        rustflags: Some("--cfg variable".into()),
        ..none()
    };
    assert_eq!(conditions(&both, &plain, &[]).0, "variable");
    let encoded = Toolchain {
        encoded_rustflags: Some("--cfg\u{1f}variable".into()),
        rustflags: Some("--cfg build".into()),
        ..none()
    };
    assert_eq!(conditions(&both, &encoded, &[]).0, "variable");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn flags_in_variables_that_stand_for_configuration_are_kept() {
    let build = ("CARGO_BUILD_RUSTFLAGS", "--cfg build");
    let target = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        probe_host().to_uppercase().replace('-', "_")
    );
    let with = |variables: &[(&str, &str)]| {
        let known = variables
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).into()))
            .collect();
        conditions(
            "",
            &Toolchain {
                cargo_variables: known,
                ..Toolchain::default()
            },
            variables,
        )
        .0
    };
    assert_eq!(with(&[build]), "build");
    assert_eq!(with(&[build, (&target, "--cfg target")]), "target");
}

fn probe_host() -> String {
    crate::probe::rustc(&Toolchain::default(), Path::new("/"))
        .unwrap()
        .host
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_folder_s_name_that_the_source_puts_into_the_program_is_warned_of() {
    let folder = package(
        "fn main() { println!(\"{}\", concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/data\")); }\n",
    );
    let nested = folder.path().join("deep/er");
    fs::create_dir_all(&nested).unwrap();
    for name in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(folder.path().join(name), nested.join(name)).unwrap();
    }
    write(
        &nested.join("src/main.rs"),
        &fs::read_to_string(folder.path().join("src/main.rs")).unwrap(),
    );
    let (artifact, events) = compiled(&request(&nested, "worker"), &Toolchain::default());
    artifact.unwrap();
    assert!(
        matches!(warnings(&events).as_slice(), [one] if one.contains("deep/er/data")),
        "{events:?}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_dependency_outside_the_workspace_is_warned_of() {
    let manifest = |name: &str, more: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n{more}")
    };
    let folder = repository(&[
        (
            "app/Cargo.toml",
            &manifest(
                "worker",
                "[workspace]\n[dependencies]\nshared = { path = \"../shared\" }\n",
            ),
        ),
        (
            "app/src/main.rs",
            "fn main() { println!(\"{}\", shared::one()); }\n",
        ),
        ("shared/Cargo.toml", &manifest("shared", "")),
        ("shared/src/lib.rs", "pub fn one() -> u8 { 1 }\n"),
    ]);
    let request = CompileRequest {
        locked: false,
        ..request(folder.path(), "worker")
    };
    let (artifact, events) = compiled(&request, &Toolchain::default());
    assert_eq!(printed(&artifact.unwrap().path), "1");
    assert!(
        matches!(warnings(&events).as_slice(), [one] if one.contains("shared is outside the workspace")),
        "{events:?}"
    );
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_worker_of_the_example_asks_nothing_of_the_system() {
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/shop");
    let program = request(&shop, "worker").program;
    let Language::Rust(rust) = &program.language else {
        panic!("not Rust")
    };
    let features = crate::rust::Features::default();
    let native = crate::rust::native(rust, &features, false, &Toolchain::default()).unwrap();
    assert_eq!(native, crate::Native::default());
}

//! Workspaces and what their programs are made of.

mod oracle;

use proptest::prelude::*;

use super::*;
use crate::answer::Answer;
use crate::tests::files;

fn workspace(texts: &[(&str, &str)]) -> Workspace {
    Workspace::read(&files(texts), "").unwrap()
}

const LOCK: &str = r#"version = 4
[[package]]
name = "api"
version = "0.1.0"
dependencies = ["client", "serde", "winapi"]
[[package]]
name = "client"
version = "2.0.0"
source = "registry+https://example.invalid/index"
dependencies = ["native-sys"]
[[package]]
name = "native-sys"
version = "0.9.0"
source = "registry+https://example.invalid/index"
[[package]]
name = "serde"
version = "1.0.0"
source = "registry+https://example.invalid/index"
[[package]]
name = "winapi"
version = "0.3.0"
source = "registry+https://example.invalid/index"
[[package]]
name = "worker"
version = "0.1.0"
dependencies = ["native-sys"]
"#;

fn with_lock() -> Workspace {
    workspace(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = ['api', 'worker']\nresolver = '2'\n",
        ),
        ("Cargo.lock", LOCK),
        (
            "api/Cargo.toml",
            "[package]\nname = 'api'\nversion = '0.1.0'\nedition = '2021'\n[dependencies]\nserde = '1'\nclient = { version = '2', default-features = false, features = ['tls'], optional = true }\n\
             [target.'cfg(windows)'.dependencies]\nwinapi = '0.3'\n[features]\ndefault = ['net']\nnet = ['dep:client']\n",
        ),
        ("api/src/main.rs", ""),
        (
            "worker/Cargo.toml",
            "[package]\nname = 'worker'\nversion = '0.1.0'\n[build-dependencies]\nnative-sys = '0.9'\n",
        ),
        ("worker/src/main.rs", ""),
    ])
}

fn on_linux() -> Question {
    Question {
        target: Some("x86_64-unknown-linux-gnu".to_owned()),
        ..Question::default()
    }
}

#[test]
fn direct_dependencies_are_certain_and_what_is_behind_them_is_not() {
    let workspace = with_lock();
    assert_eq!(workspace.problems, []);
    let api = workspace.member("api").unwrap();
    let linked = workspace.linked(api, &on_linux());
    assert_eq!(linked.open, None);
    assert_eq!(linked.has("serde"), Answer::Yes);
    assert_eq!(linked.has("client"), Answer::Yes);
    assert_eq!(linked.has("winapi"), Answer::No);
    assert_eq!(linked.has("not-there"), Answer::No);
    let native = linked.named("native-sys").next().unwrap();
    let chain: Vec<&str> = native.chain.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(chain, ["api", "client", "native-sys"]);
    assert!(
        native
            .is_linked
            .because()
            .unwrap()
            .contains("dependencies of client")
    );
    assert_eq!(
        native.chain[1].place.as_ref().unwrap().file,
        "api/Cargo.toml"
    );
    let client = linked.named("client").next().unwrap();
    assert_eq!(client.features, ["tls".to_owned()].into());
}

#[test]
fn features_and_targets_decide_what_they_can() {
    let workspace = with_lock();
    let api = workspace.member("api").unwrap();
    let without = Question {
        no_default_features: true,
        ..on_linux()
    };
    assert_eq!(workspace.linked(api, &without).has("client"), Answer::No);
    assert_eq!(
        workspace.linked(api, &without).has("native-sys"),
        Answer::No
    );
    let anywhere = workspace.linked(api, &Question::default());
    assert!(
        anywhere
            .has("winapi")
            .because()
            .unwrap()
            .contains("cfg(windows)")
    );
}

#[test]
fn what_a_build_script_needs_is_not_in_the_program() {
    let workspace = with_lock();
    let worker = workspace.member("worker").unwrap();
    assert_eq!(
        workspace.linked(worker, &on_linux()).has("native-sys"),
        Answer::No
    );
}

#[test]
fn without_a_lock_only_what_manifests_say_is_known() {
    let workspace = workspace(&[
        (
            "Cargo.toml",
            "[package]\nname = 'a'\n[dependencies]\nserde = '1'\n",
        ),
        ("src/main.rs", ""),
    ]);
    let linked = workspace.linked(&workspace.packages[0], &on_linux());
    assert_eq!(linked.has("serde"), Answer::Yes);
    assert!(
        linked
            .has("openssl-sys")
            .because()
            .unwrap()
            .contains("no Cargo.lock")
    );
}

#[test]
fn vendored_manifests_decide() {
    let mut texts = vec![
        (
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = 'v'\n[source.v]\ndirectory = 'vendor'\n",
        ),
        (
            "vendor/client/Cargo.toml",
            "[package]\nname = 'client'\nversion = '2.0.0'\n[dependencies.native-sys]\nversion = '0.9'\noptional = true\n[features]\ntls = ['dep:native-sys']\n",
        ),
        (
            "vendor/native-sys/Cargo.toml",
            "[package]\nname = 'native-sys'\nversion = '0.9.0'\n",
        ),
        (
            "Cargo.toml",
            "[package]\nname = 'api'\nversion = '0.1.0'\n[dependencies]\nclient = { version = '2', features = ['tls'] }\n",
        ),
        ("Cargo.lock", LOCK),
        ("src/main.rs", ""),
    ];
    let read = workspace(&texts);
    assert_eq!(
        read.linked(&read.packages[0], &on_linux())
            .has("native-sys"),
        Answer::Yes
    );
    texts[3].1 = "[package]\nname = 'api'\nversion = '0.1.0'\n[dependencies]\nclient = '2'\n";
    let read = workspace(&texts);
    assert_eq!(
        read.linked(&read.packages[0], &on_linux())
            .has("native-sys"),
        Answer::No
    );
}

#[test]
fn what_cannot_be_read_is_a_problem_with_its_place() {
    let workspace = workspace(&[
        (
            "Cargo.toml",
            "[workspace]\nmembers = ['a', 'gone', '../x']\n",
        ),
        ("a/Cargo.toml", "[package\n"),
        ("Cargo.lock", "="),
    ]);
    let told: Vec<(&str, usize)> = workspace
        .problems
        .iter()
        .map(|problem| (problem.place.file.as_str(), problem.place.bytes.start))
        .collect();
    assert_eq!(told.len(), 4, "{:?}", workspace.problems);
    assert!(told.contains(&("Cargo.toml", 28)), "{told:?}");
    assert!(told.iter().any(|(file, _)| *file == "a/Cargo.toml"));
    assert!(told.iter().any(|(file, _)| *file == "Cargo.lock"));
}

#[test]
fn profiles_configuration_and_toolchain_are_read_with_places() {
    let texts = [
        (
            "Cargo.toml",
            "[package]\nname = 'a'\n[profile.release]\nstrip = true\nlto = 'thin'\n[profile.small]\ninherits = 'release'\npanic = 'abort'\ncodegen-units = 1\n",
        ),
        (
            ".cargo/config.toml",
            "[build]\ntarget = 'x86_64-unknown-linux-musl'\nrustflags = '-C target-cpu=native'\n[target.x86_64-unknown-linux-gnu]\nlinker = 'mold'\n",
        ),
        ("rust-toolchain", "1.80\n"),
    ];
    let read = workspace(&texts);
    let chain = read.profile("small");
    assert_eq!(chain[0].codegen_units.as_ref().unwrap().value, "1");
    assert_eq!(chain[1].strip.as_ref().unwrap().value, "true");
    let configuration = &read.configuration[0];
    assert_eq!(
        configuration.build_targets[0].value,
        "x86_64-unknown-linux-musl"
    );
    assert_eq!(configuration.build_rustflags.len(), 2);
    let target = &configuration.targets[0];
    assert_eq!(target.linker.as_ref().unwrap().value, "mold");
    let place = &target.condition.place.bytes;
    assert_eq!(&texts[1].1[place.clone()], "x86_64-unknown-linux-gnu");
    let toolchain = configuration::toolchain(&files(&texts), "")
        .unwrap()
        .unwrap();
    assert_eq!(toolchain.channel.unwrap().value, "1.80");
}

proptest! {
    #[test]
    fn any_manifest_and_lock_are_read(manifest in "[a-z\\[\\]='\".\n/*{},-]{0,200}", lock in "[a-z\\[\\]='\" .\n0-9()]{0,200}") {
        let texts = [("Cargo.toml", manifest.as_str()), ("Cargo.lock", lock.as_str())];
        if let Ok(workspace) = Workspace::read(&files(&texts), "") {
            for package in &workspace.packages {
                workspace.linked(package, &Question::default());
            }
        }
    }

    /// Whatever features are asked for, what is certain without them stays possible.
    #[test]
    fn more_features_never_take_a_package_away(on in proptest::collection::vec("net|default|nothing|client", 0..3)) {
        let workspace = with_lock();
        let api = workspace.member("api").unwrap();
        let least = workspace.linked(api, &Question { no_default_features: true, ..on_linux() });
        let more = workspace.linked(api, &Question { no_default_features: true, features: on, ..on_linux() });
        for package in &least.packages {
            prop_assert!(more.has(&package.name) >= package.is_linked);
        }
    }
}

//! What is built and with what: `-p` and `--bin`, build arguments and the texts they fill in, layers and packages for
//! compiling.

use std::fs;

use coracle_testkit::command::tool;

use crate::archive::World;
use crate::commands::{error_of, run, show};
use crate::files::record;
use crate::support::{Place, digest};

#[test]
fn a_package_or_a_program_of_one_name_is_enough_to_choose() {
    let names = |fixture, arguments: &[&str]| -> Vec<String> {
        let arguments = [&["plan", "--format", "json"], arguments].concat();
        let (_, ended) = run(fixture, &arguments);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        let plan: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
        let services = plan["services"].as_array().unwrap().iter();
        services
            .map(|service| format!("{}:{}", service["package"], service["name"]).replace('"', ""))
            .collect()
    };
    assert_eq!(names("two-of-a-name", &["-p", "one"]), ["one:server"]);
    assert_eq!(names("mixed", &["--bin", "api"]), ["api:api"]);
    let worker = "example.invalid/mixed/backend/cmd/worker";
    assert_eq!(
        names("mixed", &["-p", worker]),
        [format!("{worker}:worker")]
    );
    let left_out = "example.invalid/mixed/backend/tools/gen:gen";
    assert_eq!(names("mixed", &["--bin", "gen"]), [left_out]);
}

#[test]
fn a_package_or_a_program_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let mut text = String::new();
    for arguments in [
        &["-p", "apy"][..],
        &["--bin", "apy"],
        &["-p", "api", "--bin", "worker"],
    ] {
        let (_, ended) = run("mixed", &[&["plan"], arguments].concat());
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        text.push_str(&format!("{}\n{}\n", arguments.join(" "), error_of(&ended)));
    }
    show("narrow-refused", &Place::new(), &text);
}

const TEMPLATES: &str = r#"
[labels]
"example.release" = "{{ service }} {{ VERSION }}"
[services.hello]
ldflags = ["-X main.version={{ VERSION }}"]
build-packages = ["libpq-dev"]
bundled = true
labels = { "example.commit" = "{{ COMMIT_SHA }}", "example.literal" = "{ not } %}" }
"#;

/// A world whose program prints a version that the linker puts in.
fn versioned() -> World {
    let world = World::new();
    let main = "package main\n\nvar version = \"none\"\n\nfunc main() { println(version) }\n";
    fs::write(world.module().join("cmd/hello/main.go"), main).unwrap();
    fs::write(world.module().join("coracle.toml"), TEMPLATES).unwrap();
    world
}

#[test]
fn a_build_argument_reaches_linker_flags_and_labels() {
    let world = versioned();
    let build = ["build", "--distro", "debian/trixie"];
    let given = ["--build-arg", "VERSION=1.2.3", "--build-arg", "COMMIT_SHA"];
    let flag = ["--label", "example.flag=v{{ VERSION }}"];
    let built = world
        .command(&world.module(), &[&build[..], &given, &flag].concat())
        .env("COMMIT_SHA", "abcdef")
        .run()
        .unwrap();
    assert_eq!(built.code, 0, "{}", built.stderr);
    let architecture = crate::prebuilt::host().replace('/', "-");
    let program = world.module().join(format!(
        "target/coracle/go/{architecture}/example.invalid-hello-cmd-hello/hello"
    ));
    let ran = tool(program.to_str().unwrap(), &[]).unwrap();
    assert_eq!(ran.stderr, "1.2.3\n");
    let manifest = record(&world.place, &digest(&built));
    let config = record(&world.place, manifest["config"]["digest"].as_str().unwrap());
    let labels = &config["config"]["Labels"];
    for (key, value) in [
        ("example.release", "hello 1.2.3"),
        ("example.commit", "abcdef"),
        ("example.literal", "{ not } %}"),
        ("example.flag", "v1.2.3"),
    ] {
        assert_eq!(labels[key], value, "{labels}");
    }
}

#[test]
fn a_plan_shows_the_names_of_build_arguments_and_never_their_values() {
    let world = versioned();
    let folder = world.module().display().to_string();
    let given = [
        "--build-arg",
        "VERSION=1",
        "--build-arg",
        "COMMIT_SHA=2",
        "--build-arg",
        "TOKEN=hunter2",
    ];
    fs::create_dir(world.module().join("data")).unwrap();
    let files =
        "files = [{ from = \"data\", to = \"/app/\", owner = \"nonroot\", mode = \"0640\" }]\n";
    fs::write(
        world.module().join("coracle.toml"),
        format!("{TEMPLATES}{files}"),
    )
    .unwrap();
    for (name, format) in [("full-plan", "text"), ("full-plan-json", "json")] {
        let plan = world.place.coracle().args(["-C", &folder, "plan"]);
        let plan = plan.args(given).args(["--format", format]).run().unwrap();
        assert_eq!(plan.code, 0, "{}", plan.stderr);
        assert!(!plan.stdout.contains("hunter2"), "{}", plan.stdout);
        show(name, &world.place, &plan.stdout);
    }
}

#[test]
fn what_cannot_be_filled_in_and_what_is_no_number_of_layers_is_refused() {
    let place = Place::new();
    fs::write(
        place.path().join("go.mod"),
        "module example.invalid/a\n\ngo 1.21\n",
    )
    .unwrap();
    fs::write(
        place.path().join("main.go"),
        "package main\n\nfunc main() {}\n",
    )
    .unwrap();
    let label = "[services.a]\nlabels = { x = \"{{ VERSION }}\" }\n";
    let cases = [
        (label, vec![]),
        (label, vec!["--build-arg", "VERSION"]),
        (label, vec!["--build-arg", "=1"]),
        (
            "[services.a]\nldflags = [\"-X main.c={{ revision }}\"]\n",
            vec![],
        ),
        (
            "[services.a]\nldflags = [\"-X main.c={{ VERSION\"]\n",
            vec!["--build-arg", "VERSION=1"],
        ),
        ("", vec!["--label", "x={{ version }}"]),
        ("[layers]\nmax = 0\n", vec![]),
        ("[layers]\nmax = 101\n", vec![]),
        ("[layers]\nmin = 1\n", vec![]),
        ("[services.a]\nstatic = \"dist\"\n", vec![]),
    ];
    let mut text = String::new();
    for (configuration, arguments) in cases {
        fs::write(place.path().join("coracle.toml"), configuration).unwrap();
        let folder = ["-C", place.path().to_str().unwrap(), "plan"];
        let ended = crate::commands::offline(&place)
            .args(folder)
            .args(arguments.clone());
        let ended = ended.run().unwrap();
        assert_eq!(ended.code, 2, "{configuration}{}", ended.stderr);
        let arguments = arguments.join(" ");
        text.push_str(&format!(
            "{configuration}{arguments}\n{}\n",
            error_of(&ended)
        ));
    }
    show("templates-refused", &place, &text);
}

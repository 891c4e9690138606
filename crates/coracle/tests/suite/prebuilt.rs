//! Programs that something else compiled: they become images without cargo or go, and what is no such program is
//! refused with a hint, each a snapshot.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::{Ended, tool};

use crate::archive::World;
use crate::commands::{error_of, show};
use crate::support::{Place, commit, digest};

/// The platform of the host, which is built for.
pub(crate) fn host() -> String {
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        _ => "amd64",
    };
    format!("linux/{architecture}")
}

/// Compiles the world's program, as CI would before.
fn compiled(world: &World) -> PathBuf {
    let path = world.place.path().join("dist/hello");
    let output = path.display().to_string();
    world
        .place
        .coracle_through("go")
        .args(["build", "-o", &output, "./cmd/hello"])
        .env("CGO_ENABLED", "0")
        .directory(&world.module())
        .succeed()
        .unwrap();
    path
}

/// A folder with nothing but a program and what is said of it.
fn only(world: &World, configuration: Option<&str>) -> PathBuf {
    let folder = world.place.path().join("only");
    fs::create_dir_all(folder.join("dist")).unwrap();
    fs::copy(compiled(world), folder.join("dist/server")).unwrap();
    if let Some(text) = configuration {
        fs::write(folder.join("coracle.toml"), text).unwrap();
    }
    folder
}

const BUILD: [&str; 3] = ["build", "--distro", "debian/trixie"];

/// Builds with no program on PATH, neither cargo nor go nor git.
fn build_alone(world: &World, folder: &Path, more: &[&str]) -> Ended {
    let nothing = world.place.path().join("nothing");
    fs::create_dir_all(&nothing).unwrap();
    world
        .command(folder, &[&BUILD[..], more].concat())
        .env("PATH", nothing.display().to_string())
        .directory(folder)
        .run()
        .unwrap()
}

/// The bytes of a file in the last layer of the image that was printed.
fn last_layer(world: &World, built: &Ended, path: &str) -> Vec<u8> {
    let layer = crate::files::last_layer(&world.place, &digest(built));
    let output = world.place.path().join("unpacked");
    fs::create_dir_all(&output).unwrap();
    let (layer, folder) = (layer.display().to_string(), output.display().to_string());
    tool("tar", &["-xzf", &layer, "-C", &folder]).unwrap();
    fs::read(output.join(path)).unwrap()
}

#[test]
fn a_program_that_the_configuration_names_becomes_an_image_with_no_toolchain_at_all() {
    let world = World::new();
    let text = format!(
        "[services.api]\nprebuilt = {{ \"{}\" = \"dist/server\" }}\n",
        host()
    );
    let folder = only(&world, Some(&text));
    let built = build_alone(&world, &folder, &[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(!built.stderr.contains("note:"), "{}", built.stderr);
    let program = last_layer(&world, &built, "app/api");
    assert_eq!(program, fs::read(folder.join("dist/server")).unwrap());
}

#[test]
fn a_flag_alone_makes_a_service_of_a_folder_without_manifests() {
    let world = World::new();
    let folder = only(&world, None);
    let built = build_alone(&world, &folder, &["--prebuilt", "api=dist/server"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let program = last_layer(&world, &built, "app/api");
    assert_eq!(program, fs::read(folder.join("dist/server")).unwrap());
}

#[test]
fn a_flag_replaces_what_would_be_compiled_and_keeps_the_settings() {
    let world = World::new();
    let program = compiled(&world);
    fs::write(
        world.module().join("coracle.toml"),
        "[services.hello]\ngo = \"cmd/hello\"\nexpose = [8080]\n",
    )
    .unwrap();
    let flag = format!("hello={}", program.display());
    let built = build_alone(&world, &world.module(), &["--prebuilt", &flag]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(built.stderr.contains("go is not here"), "{}", built.stderr);
    // Nothing was compiled; what the build was made of is written down all the same.
    let ours = fs::read_dir(world.module().join("target/coracle")).unwrap();
    let ours = ours.map(|entry| entry.unwrap().file_name().display().to_string());
    let mut ours: Vec<String> = ours.collect();
    ours.sort();
    assert_eq!(ours, [".gitignore", "CACHEDIR.TAG", "records"]);
    let arguments = ["plan", "--prebuilt", &flag, "--format", "json"];
    let module = world.module().display().to_string();
    let plan = world.place.coracle().args(["-C", &module]);
    let plan = plan.args(arguments).run().unwrap();
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    let service = &plan["services"][0];
    assert_eq!(service["language"], "prebuilt");
    assert_eq!(service["linkage"]["value"], "as-built");
    assert_eq!(service["prebuilt"], program.display().to_string());
    assert_eq!(service["package"], "example.invalid/hello/cmd/hello");
    assert_eq!(service["expose"][0], "8080/tcp");
}

#[test]
fn what_a_manifest_says_of_a_replaced_program_stays_a_label() {
    let world = World::new();
    let program = compiled(&world);
    let flag = format!("api={}", program.display());
    let (_, plan) = crate::commands::run("mixed", &["plan", "--prebuilt", &flag]);
    assert_eq!(plan.code, 0, "{}", plan.stderr);
    let api = plan.stdout.split("\n\n").nth(1).unwrap();
    assert!(api.starts_with("api  prebuilt  api"), "{api}");
    assert!(api.contains("image.version = 0.1.0"), "{api}");
    assert!(!api.contains("image.revision"), "{api}");
}

#[test]
fn a_program_has_the_revision_of_its_commit_only_where_git_knows_it() {
    let world = World::new();
    let text = format!(
        "[services.api]\nprebuilt = {{ \"{}\" = \"dist/server\" }}\n\
        files = [{{ from = \"coracle.toml\", to = \"/app/\" }}]\n",
        host()
    );
    let folder = only(&world, Some(&text));
    let plan = || {
        let folder = folder.display().to_string();
        let plan = world.place.coracle().args(["-C", &folder, "plan"]);
        plan.run().unwrap()
    };
    fs::write(folder.join(".gitignore"), "dist\n").unwrap();
    commit(&folder, "without the program");
    let ignored = plan();
    assert_eq!(ignored.code, 0, "{}", ignored.stderr);
    assert!(!ignored.stdout.contains("revision"), "{}", ignored.stdout);
    assert!(!ignored.stderr.contains("note:"), "{}", ignored.stderr);
    fs::remove_file(folder.join(".gitignore")).unwrap();
    commit(&folder, "with it");
    let tracked = plan();
    assert!(tracked.stdout.contains("revision"), "{}", tracked.stdout);
    show("prebuilt-plan", &world.place, &tracked.stdout);
}

/// What `coracle plan` says to each configuration and each flag.
#[test]
fn what_is_no_program_for_the_platform_is_refused_with_a_hint() {
    let place = Place::new();
    let folder = place.path().join("only");
    fs::create_dir_all(folder.join("dist")).unwrap();
    fs::write(folder.join("dist/script"), "#!/bin/sh\nexec server\n").unwrap();
    fs::write(folder.join("dist/archive"), "PK\x03\x04").unwrap();
    let here = |path: &str| format!("prebuilt = {{ \"{}\" = \"{path}\" }}", host());
    let cases = [
        (here("dist/missing"), None),
        (here("dist"), None),
        (here("dist/script"), None),
        (here("dist/archive"), None),
        (
            "prebuilt = { \"linux/riscv64\" = \"dist/a\" }".to_owned(),
            None,
        ),
        ("prebuilt = {}".to_owned(), None),
        ("prebuilt = { linux = \"dist/a\" }".to_owned(), None),
        (format!("{}\ngo = \"cmd/a\"", here("dist/a")), None),
        (format!("{}\ncargo = {{}}", here("dist/a")), None),
        (here("dist/a"), Some("dist/a")),
        (here("dist/a"), Some("api=")),
        (here("dist/a"), Some("aip=dist/a")),
        (here("dist/a"), Some("api=dist/flag")),
    ];
    let mut text = String::new();
    for (configuration, flag) in cases {
        let configuration = format!("[services.api]\n{configuration}\n");
        fs::write(folder.join("coracle.toml"), &configuration).unwrap();
        let flags = flag.into_iter().flat_map(|flag| ["--prebuilt", flag]);
        let ended = place
            .coracle()
            .args(["plan"].into_iter().chain(flags))
            .directory(&folder)
            .run()
            .unwrap();
        assert_eq!(ended.code, 2, "{configuration}{}", ended.stderr);
        let flag = flag.map_or(String::new(), |flag| format!("--prebuilt {flag}\n"));
        text.push_str(&format!("{configuration}{flag}{}\n", error_of(&ended)));
    }
    show("prebuilt-refused", &place, &text);
}

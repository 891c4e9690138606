//! Several platforms in one build: one index, each image proven, one lock; and what becomes of all when one fails.
//!
//! The programs are pure Go, which its own compiler makes for every platform; the archive is the testkit's.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_distro::{Architecture, ArchiveName};
use coracle_testkit::archive::TestPackage;
use coracle_testkit::command::{Ended, tool};
use coracle_testkit::container::Bundle;
use coracle_testkit::registry::Registry;
use coracle_testkit::registry::docker::DockerRegistry;
use serde_json::Value;

use crate::archive::World;
use crate::commands::{error_of, show};
use crate::support::digest;

pub(crate) const BOTH: [&str; 2] = ["--platform", "linux/arm64,linux/amd64"];

pub(crate) fn world() -> World {
    World::of(&[Architecture::Amd64, Architecture::Arm64])
}

/// A blob of a layout, or of the store, as JSON.
pub(crate) fn record(layout: &Path, digest: &str) -> Value {
    let hex = digest.strip_prefix("sha256:").unwrap();
    let bytes = fs::read(layout.join("blobs/sha256").join(hex)).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

pub(crate) fn store(world: &World) -> PathBuf {
    world.place.path().join("store")
}

/// The platforms of an index, in its order, each with its manifest's digest.
pub(crate) fn entries(index: &Value) -> Vec<(String, String)> {
    let entry = |entry: &Value| {
        let platform = &entry["platform"];
        let text = |key: &str| platform[key].as_str().map(str::to_owned);
        let parts = [text("os"), text("architecture"), text("variant")];
        let platform: Vec<String> = parts.into_iter().flatten().collect();
        let digest = entry["digest"].as_str().unwrap().to_owned();
        (platform.join("/"), digest)
    };
    index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .map(entry)
        .collect()
}

fn lock(world: &World) -> String {
    fs::read_to_string(world.module().join("coracle.lock")).unwrap()
}

#[test]
fn several_platforms_are_one_index_sorted_and_one_lock() {
    let world = world();
    let layout = world.place.path().join("layout");
    let output = ["-o", layout.to_str().unwrap()];
    let built = world.build(&[&BOTH[..], &output].concat());
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert_eq!(built.stdout.lines().count(), 1, "{}", built.stdout);
    for folder in [&layout, &store(&world)] {
        let index = record(folder, &digest(&built));
        assert_eq!(
            index["mediaType"],
            "application/vnd.oci.image.index.v1+json"
        );
        let entries = entries(&index);
        let platforms: Vec<&str> = entries
            .iter()
            .map(|(platform, _)| platform.as_str())
            .collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
        for (platform, digest) in &entries {
            let manifest = record(folder, digest);
            let config = record(folder, manifest["config"]["digest"].as_str().unwrap());
            let stated = format!("linux/{}", config["architecture"].as_str().unwrap());
            assert_eq!(stated, *platform);
            assert_eq!(config["variant"], Value::Null);
        }
        let names = fs::read_to_string(folder.join("index.json")).unwrap();
        assert!(names.contains("\"hello:latest\""), "{names}");
    }
    for architecture in ["amd64", "arm64"] {
        assert!(lock(&world).contains(&format!("architecture = \"{architecture}\"\n")));
    }
    let again = world.build(&[&BOTH[..], &["--locked", "--offline"]].concat());
    assert_eq!(
        (again.code, again.stdout),
        (
            0,
            format!("oci:{}@{}\n", store(&world).display(), digest(&built))
        )
    );
}

#[test]
fn one_platform_of_several_is_the_same_image_as_alone() {
    let world = world();
    let both = world.build(&BOTH);
    assert_eq!(both.code, 0, "{}", both.stderr);
    let index = record(&store(&world), &digest(&both));
    for (platform, expected) in entries(&index) {
        let alone = world.build(&["--platform", &platform]);
        assert_eq!(digest(&alone), expected, "{}", alone.stderr);
    }
}

#[test]
fn platforms_may_be_given_one_by_one_or_in_the_configuration_and_all_says_what_it_leaves_out() {
    let world = world();
    let plan = |arguments: &[&str]| {
        let folder = world.module().display().to_string();
        let first = ["-C", &folder, "plan", "--distro", "trixie"];
        let ended = world
            .place
            .coracle()
            .args([&first[..], arguments].concat())
            .run()
            .unwrap();
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let line = |plan: &str| {
        plan.lines()
            .find(|line| line.starts_with("platform"))
            .unwrap()
            .to_owned()
    };
    let twice = plan(&["--platform", "linux/arm64", "--platform", "linux/amd64/v1"]);
    assert_eq!(line(&twice), "platform  linux/amd64, linux/arm64");
    fs::write(
        world.module().join("coracle.toml"),
        "platforms = [\"linux/aarch64\", \"linux/amd64\"]\n",
    )
    .unwrap();
    assert_eq!(line(&plan(&[])), "platform  linux/amd64, linux/arm64");
    assert_eq!(
        line(&plan(&["--platform", "linux/amd64"])),
        "platform  linux/amd64"
    );
    let all = plan(&["--platform", "all"]);
    let start = all.find("platform").unwrap();
    let end = all.find("lock").unwrap();
    insta::assert_snapshot!("all-platforms", &all[start..end]);
    let json: Value =
        serde_json::from_str(&plan(&["--platform", "all", "--format", "json"])).unwrap();
    assert_eq!(
        json["platforms"],
        serde_json::json!(["linux/amd64", "linux/arm/v7", "linux/arm64"])
    );
    assert!(!json["left_out_platforms"].as_array().unwrap().is_empty());
}

#[test]
fn a_platform_that_cannot_be_built_is_refused_with_what_can() {
    let world = world();
    let mut text = String::new();
    for platform in ["linux/mips", "linux", "linux/amd64,all", "linux/amd64/v3"] {
        let ended = world.build(&["--platform", platform]);
        assert_eq!(ended.code, 2, "{}", ended.stderr);
        text.push_str(&format!("--platform {platform}\n{}\n", error_of(&ended)));
    }
    insta::assert_snapshot!("platforms-refused", text);
}

#[test]
fn one_failing_platform_hides_no_other_and_nothing_is_published() {
    let world = world();
    let source = world.module().join("cmd/hello/only_arm64.go");
    fs::write(&source, "package main\n\nfunc init() { missing() }\n").unwrap();
    let ended = world.build(&BOTH);
    assert_eq!(ended.code, 3, "{}", ended.stderr);
    assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    world.show("one-platform-fails", &ended);
    let names = fs::read_to_string(store(&world).join("index.json")).unwrap();
    assert!(!names.contains("hello"), "{names}");
    assert!(!world.module().join("coracle.lock").exists());
    // What was compiled is kept.
    let kept = world.module().join("target/coracle/go/linux-amd64");
    assert!(kept.is_dir(), "{}", kept.display());
}

#[test]
fn every_failing_platform_is_told() {
    let world = world();
    world.archive.tamper_package("base-files").unwrap();
    let ended = world.build(&BOTH);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    world.show("every-platform-fails", &ended);
}

#[test]
fn a_package_has_the_version_that_the_lock_has_for_another_platform() {
    let mut world = world();
    assert_eq!(world.build(&["--platform", "linux/amd64"]).code, 0);
    let newer = TestPackage::new("base-files", "13.9")
        .file("usr/lib/os-release", "ID=debian\n")
        .file("usr/share/doc/base-files/copyright", "free\n");
    world.archive.add(ArchiveName::Updates, newer).unwrap();
    let both = world.build(&BOTH);
    assert_eq!(both.code, 0, "{}", both.stderr);
    assert_eq!(
        lock(&world).matches("\"13.8\"").count(),
        2,
        "{}",
        lock(&world)
    );
    assert!(!lock(&world).contains("\"13.9\""), "{}", lock(&world));
}

#[test]
fn lock_writes_the_rows_of_every_platform_and_makes_no_image() {
    let world = world();
    let first = world.build(&["--platform", "linux/amd64"]);
    assert_eq!(first.code, 0, "{}", first.stderr);
    let names = || fs::read_to_string(store(&world).join("index.json")).unwrap();
    let before = names();
    let locked = world.run(&["lock", "--distro", "debian/trixie"], &BOTH);
    assert_eq!(locked.code, 0, "{}", locked.stderr);
    assert!(locked.stdout.is_empty());
    assert!(
        locked.stderr.contains("coracle.lock has what"),
        "{}",
        locked.stderr
    );
    assert!(!locked.stderr.contains("assembling"), "{}", locked.stderr);
    assert_eq!(names(), before);
    let built = world.build(&[&BOTH[..], &["--locked"]].concat());
    assert_eq!(built.code, 0, "{}", built.stderr);
}

/// What pushing both platforms to a registry printed.
fn pushed(world: &World, host: &str) -> Ended {
    let arguments = [&["build", "--distro", "trixie", "--push"][..], &BOTH].concat();
    let command = world.command(&world.module(), &arguments);
    let command = command.env("CORACLE_REPOSITORY", format!("{host}/acme"));
    let pushed = command.run().unwrap();
    assert_eq!(pushed.code, 0, "{}", pushed.stderr);
    pushed
}

#[test]
fn a_pushed_index_comes_after_its_images_and_its_tag_last() {
    let world = world();
    let registry = Registry::start().unwrap();
    pushed(&world, &registry.host());
    let puts: Vec<String> = registry
        .requests()
        .into_iter()
        .filter(|asked| asked.method == "PUT" && asked.path().contains("/manifests/"))
        .map(|asked| asked.path().rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(puts.len(), 3, "{puts:?}");
    assert!(
        puts[..2].iter().all(|put| put.starts_with("sha256:")),
        "{puts:?}"
    );
    assert_eq!(puts[2], "latest");
}

/// Programs of two platforms as something else compiled them, and a configuration that names both.
fn prebuilt(world: &World) -> PathBuf {
    let folder = world.place.path().join("only");
    for architecture in ["amd64", "arm64"] {
        let program = folder.join("dist").join(architecture);
        world
            .place
            .coracle_through("go")
            .args(["build", "-o", program.to_str().unwrap(), "./cmd/hello"])
            .env("CGO_ENABLED", "0")
            .env("GOARCH", architecture)
            .directory(&world.module())
            .succeed()
            .unwrap();
    }
    let programs = "{ \"linux/amd64\" = \"dist/amd64\", \"linux/arm64/v8\" = \"dist/arm64\" }";
    let text = format!("[services.api]\nprebuilt = {programs}\n");
    fs::write(folder.join("coracle.toml"), text).unwrap();
    folder
}

fn build_in(world: &World, folder: &Path, more: &[&str]) -> Ended {
    let arguments = [&["build", "--distro", "trixie"], more].concat();
    world
        .command(folder, &arguments)
        .directory(folder)
        .run()
        .unwrap()
}

#[test]
fn prebuilt_programs_are_taken_each_for_its_platform_and_a_mistaken_one_is_refused() {
    let world = world();
    let folder = prebuilt(&world);
    let built = build_in(&world, &folder, &["--platform", "all"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let index = record(&store(&world), &digest(&built));
    let platforms: Vec<String> = entries(&index).into_iter().map(|entry| entry.0).collect();
    assert_eq!(platforms, ["linux/amd64", "linux/arm64"]);
    // One file for both platforms, and then for none but its own.
    let flag = ["--prebuilt", "api=dist/arm64"];
    let refused = build_in(&world, &folder, &[&BOTH[..], &flag].concat());
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    show(
        "one-program-for-two-platforms",
        &world.place,
        error_of(&refused),
    );
    let alone = build_in(
        &world,
        &folder,
        &[&["--platform", "all"][..], &flag].concat(),
    );
    assert_eq!(alone.code, 0, "{}", alone.stderr);
    let arm64 = &entries(&index)[1].1;
    assert_eq!(digest(&alone), *arm64);
}

#[test]
fn a_file_for_another_machine_is_a_finding_wherever_it_lies_in_an_image() {
    let world = world();
    let folder = prebuilt(&world);
    let text = fs::read_to_string(folder.join("coracle.toml")).unwrap();
    let files = "files = [{ from = \"dist/arm64\", to = \"/app/plugins/helper\" }]\n";
    fs::write(folder.join("coracle.toml"), format!("{text}{files}")).unwrap();
    let refused = build_in(&world, &folder, &["--platform", "linux/amd64"]);
    assert_eq!(refused.code, 1, "{}", refused.stderr);
    insta::assert_snapshot!("file-of-another-machine", error_of(&refused));
    let arm64 = build_in(&world, &folder, &["--platform", "linux/arm64"]);
    assert_eq!(arm64.code, 0, "{}", arm64.stderr);
    let allowed = build_in(
        &world,
        &folder,
        &[
            "--platform",
            "linux/amd64",
            "--allow-unproven",
            "wrong-machine",
        ],
    );
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}

#[test]
fn doctor_names_what_is_there_and_the_command_that_installs_what_is_not() {
    let world = world();
    let folder = world.module().display().to_string();
    let doctor = |more: &[&str]| {
        let first = ["-C", &folder, "doctor", "--distro", "trixie"];
        world.place.coracle().args([&first[..], more].concat())
    };
    let well = doctor(&BOTH).run().unwrap();
    assert_eq!(well.code, 0, "{}{}", well.stdout, well.stderr);
    let go = well
        .stdout
        .lines()
        .find(|line| line.starts_with("ok       go "))
        .unwrap();
    assert!(go.contains("(Go for linux/amd64, linux/arm64)"), "{go}");
    let nothing = world.place.path().join("nothing");
    fs::create_dir_all(&nothing).unwrap();
    let bare = doctor(&[])
        .env("PATH", nothing.display().to_string())
        .run()
        .unwrap();
    assert_eq!(bare.code, 3, "{}{}", bare.stdout, bare.stderr);
    show(
        "doctor-without-go",
        &world.place,
        &format!("{}{}", bare.stdout, error_of(&bare)),
    );
}

/// The emulator is a tool of the test's, as in `network`.
#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn pure_go_for_arm_v7_is_named_so_in_its_index_and_starts_without_a_sign_of_the_time_s_width() {
    let world = World::of(&[Architecture::Amd64, Architecture::Armhf]);
    let layout = world.place.path().join("layout");
    let platforms = ["--platform", "linux/arm/v7,linux/amd64"];
    let built = world.build(&[&platforms[..], &["-o", layout.to_str().unwrap()]].concat());
    assert_eq!(built.code, 0, "{}", built.stderr);
    let entries = entries(&record(&layout, &digest(&built)));
    let names: Vec<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
    assert_eq!(names, ["linux/amd64", "linux/arm/v7"]);
    let manifest = record(&layout, &entries[1].1);
    let config = record(&layout, manifest["config"]["digest"].as_str().unwrap());
    assert_eq!(
        (&config["architecture"], &config["variant"]),
        (&Value::from("arm"), &Value::from("v7"))
    );
    let alone = world.place.path().join("alone");
    let of_one = ["--platform", "linux/arm/v7", "-o", alone.to_str().unwrap()];
    let built = world.build(&of_one);
    assert_eq!(digest(&built), entries[1].1, "{}", built.stderr);
    let folder = world.place.path().join("bundle");
    let bundle = Bundle::unpack(&alone, "hello:latest", &folder).unwrap();
    let program = bundle.root().join("app/hello");
    let ran = tool("qemu-arm-static", &[program.to_str().unwrap()]).unwrap();
    assert_eq!(ran.stderr, "hello\n");
}

/// Real parts from here on.
const REAL: &str = "runc and podman are installed by cargo xtask test";

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn what_is_made_is_started_before_it_is_published_where_that_can_be() {
    let world = world();
    let main = "package main\n\nimport (\n\t\"os\"\n\t\"time\"\n)\n\nfunc main() {\n\tprintln(\"hello\", len(os.Args))\n\t\
        if len(os.Args) > 1 {\n\t\tos.Exit(len(os.Args) - 2)\n\t}\n\ttime.Sleep(time.Hour)\n}\n";
    fs::write(world.module().join("cmd/hello/main.go"), main).unwrap();
    let host = crate::prebuilt::host();
    let on_host = ["--platform", host.as_str()];
    let failing = world.build(&[&on_host[..], &["--smoke=one two 'and three'"]].concat());
    assert_eq!(failing.code, 1, "{REAL}: {}", failing.stderr);
    world.show("smoke-fails", &failing);
    let names = fs::read_to_string(store(&world).join("index.json")).unwrap();
    assert!(!names.contains("hello"), "{names}");
    let well = world.build(&[&on_host[..], &["--smoke=one"]].concat());
    assert_eq!(well.code, 0, "{REAL}: {}", well.stderr);
    assert!(
        well.stderr.contains("ran and ended well"),
        "{}",
        well.stderr
    );
    let serves = world.build(&[&BOTH[..], &["--smoke"]].concat());
    assert_eq!(serves.code, 0, "{REAL}: {}", serves.stderr);
    let line = |platform: &str| {
        let start = format!("smoke: hello {platform} ");
        let line = serves
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix(&start));
        line.unwrap_or_else(|| panic!("{}", serves.stderr))
            .to_owned()
    };
    assert_eq!(line(&host), "ran for 5 s");
    let other = BOTH[1]
        .split(',')
        .find(|platform| **platform != host)
        .unwrap();
    let foreign = line(other);
    assert!(
        foreign.starts_with("cannot be started here: ") || foreign == "ran for 5 s",
        "{foreign}"
    );
    let left = fs::read_dir(store(&world).join("partial")).unwrap().count();
    assert_eq!(left, 0, "nothing of it stays");
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn skopeo_reads_the_pushed_index_and_podman_picks_the_right_image_of_it() {
    let world = world();
    let registry = DockerRegistry::start(None).unwrap();
    let pushed = pushed(&world, &registry.host());
    let by_tag = format!("docker://{}/acme/hello:latest", registry.host());
    let raw = tool(
        "skopeo",
        &["inspect", "--tls-verify=false", "--raw", &by_tag],
    )
    .unwrap();
    let index: Value = serde_json::from_str(&raw.stdout).unwrap();
    assert_eq!(index, record(&store(&world), &digest(&pushed)));
    let root = world.place.path().join("podman");
    let root = root.to_str().unwrap();
    let storage = ["--root", root, "--runroot", root, "--storage-driver", "vfs"];
    for (platform, _) in entries(&index) {
        let pull = [
            "pull",
            "--quiet",
            "--tls-verify=false",
            "--platform",
            &platform,
            pushed.stdout.trim(),
        ];
        let pulled = tool("podman", &[&storage[..], &pull].concat()).unwrap();
        let format = [
            "image",
            "inspect",
            "--format",
            "{{.Os}}/{{.Architecture}}",
            pulled.stdout.trim(),
        ];
        let inspected = tool("podman", &[&storage[..], &format].concat()).unwrap();
        assert_eq!(inspected.stdout.trim(), platform);
    }
}

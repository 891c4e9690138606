//! The examples' ejected Dockerfiles, built by BuildKit for both platforms without emulation: they start, are proven, hold
//! what the native images hold, and compile no dependency again, neither on the same machine nor on a new one.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::buildkit::{Base, Build, Buildkit, Built, Mirror, Output};
use coracle_testkit::command::Ended;
use coracle_testkit::container::Bundle;
use coracle_testkit::registry::docker::DockerRegistry;
use serde_json::Value;
use tempfile::TempDir;

use super::across::{EMULATOR, PLATFORMS};
use super::photos::{check_photo, check_scheduler};
use super::shop::check_orders;
use super::{ask, check_health_command, check_identity, start};
use crate::support::{Place, buildkit_tools, commit};

const SUITE: &str = "bookworm";

/// An example, its Dockerfiles, and what builds them.
struct Ejected<'a> {
    place: &'a Place,
    folder: &'a Path,
    mirror: Mirror,
    /// Where caches are.
    registry: DockerRegistry,
}

impl<'a> Ejected<'a> {
    fn of(place: &'a Place, folder: &'a Path, base: Base) -> Ejected<'a> {
        let mirror = Mirror::start(&buildkit_tools()).unwrap();
        mirror.push(&Base::debian(SUITE)).unwrap();
        mirror.push(&base).unwrap();
        let ejected = Ejected {
            place,
            folder,
            mirror,
            registry: DockerRegistry::start(None).unwrap(),
        };
        ejected.eject(&[]).succeed();
        commit(folder, "what was ejected");
        ejected
    }

    fn coracle(&self, words: &[&str]) -> Ended {
        let folder = ["-C", self.folder.to_str().unwrap()];
        let words = [&folder[..], words].concat();
        self.place.coracle().args(words).run().unwrap()
    }

    fn eject(&self, more: &[&str]) -> Ended {
        let words = [
            "eject",
            "dockerfile",
            "--distro",
            SUITE,
            "--platform",
            PLATFORMS,
        ];
        self.coracle(&[&words[..], more].concat())
    }

    /// Builds one of the Dockerfiles into a layout; its cache goes to the registry, and comes from there where it is asked.
    fn build(&self, buildkit: &Buildkit, file: &str, cached: bool) -> (Built, PathBuf) {
        let host = self.registry.host();
        let of_file = file.to_lowercase();
        let cache = format!("type=registry,ref={host}/cache/{of_file},registry.insecure=true");
        let layout = self.place.path().join(format!("layout-{of_file}"));
        let _ = fs::remove_dir_all(&layout);
        let build = Build {
            platforms: PLATFORMS.split(',').collect(),
            arguments: [
                ("VERSION", "1.2.3".to_owned()),
                ("COMMIT_SHA", "abc".to_owned()),
            ]
            .into(),
            output: Output::Layout(layout.clone()),
            cache_from: if cached {
                vec![cache.clone()]
            } else {
                Vec::new()
            },
            cache_to: vec![format!("{cache},mode=max")],
            ..Build::new(self.folder, &self.folder.join(file))
        };
        (buildkit.build(&build).unwrap(), layout)
    }

    /// Builds the Dockerfile that compiles nothing: the programs lie where CI puts them.
    fn build_prebuilt(&self, buildkit: &Buildkit, service: &str, programs: &Path) -> PathBuf {
        self.eject(&["--prebuilt"]).succeed();
        let placed = self.folder.join("dist");
        for platform in PLATFORMS.split(',') {
            fs::create_dir_all(placed.join(platform)).unwrap();
            let program = format!("{platform}/{service}");
            fs::copy(programs.join(&program), placed.join(&program)).unwrap();
        }
        let file = format!("{service}.prebuilt.Dockerfile");
        let (_, layout) = self.build(buildkit, &file, false);
        // The other Dockerfiles' context is without it.
        fs::remove_dir_all(placed).unwrap();
        layout
    }

    /// The image for this machine or, under an emulator, for arm64.
    fn unpack(&self, layout: &Path, architecture: &str) -> Bundle {
        let folder = TempDir::new_in(self.place.path()).unwrap().keep();
        let folder = folder.join(architecture);
        let bundle = match architecture {
            "amd64" => Bundle::unpack(layout, "latest", &folder),
            _ => Bundle::unpack_emulated(layout, "latest", &folder, (architecture, EMULATOR)),
        };
        bundle.unwrap()
    }

    /// What coracle itself makes of the service: the layout of the image, and a folder with the programs.
    fn native(&self, service: &str) -> (PathBuf, PathBuf) {
        let layout = self.place.path().join(format!("native-{service}"));
        let programs = self.place.path().join(format!("programs-{service}"));
        let built = self.coracle(&[
            "build",
            service,
            "--distro",
            SUITE,
            "--platform",
            PLATFORMS,
            "-o",
            layout.to_str().unwrap(),
            "--programs",
            programs.to_str().unwrap(),
        ]);
        built.succeed();
        (layout, programs)
    }

    /// As proven as the native image, with the same packages and libraries.
    fn check(&self, layout: &Path, native: &Path) {
        let target = format!("oci:{}", layout.display());
        let checked = self.coracle(&["check", &target, "--platform", "all"]);
        checked.succeed();
        let native = format!("oci:{}", native.display());
        let told = self.coracle(&["diff", &native, &target, "--format", "json"]);
        let told: Value =
            serde_json::from_str(&told.stdout).unwrap_or_else(|_| panic!("{}", told.stderr));
        let platforms = told["platforms"].as_array().unwrap();
        assert_eq!(platforms.len(), 2, "{told}");
        for platform in platforms {
            for what in ["packages", "needs"] {
                assert_eq!(
                    platform[what],
                    Value::Array(Vec::new()),
                    "{what}: {platform:#}"
                );
            }
            let files = &platform["files"];
            assert_eq!(files["added"], 0, "{files:#}");
            assert_eq!(files["removed"], 0, "{files:#}");
        }
    }
}

trait Succeed {
    fn succeed(&self);
}

impl Succeed for Ended {
    fn succeed(&self) {
        assert_eq!(self.code, 0, "{}{}", self.stdout, self.stderr);
    }
}

/// Each of these was compiled, as its builder told.
fn check_compiled(built: &Built, dependencies: &[&str]) {
    for dependency in dependencies {
        assert!(
            built.log.contains(dependency),
            "{dependency}: {}",
            built.log
        );
    }
}

/// None was. What a step became tells nothing: one that is fetched from a cache elsewhere is told as done.
fn check_nothing_again(built: &Built, dependencies: &[&str]) {
    for dependency in dependencies {
        assert!(
            !built.log.contains(dependency),
            "{dependency}: {}",
            built.log
        );
    }
}

fn append(file: &Path, text: &str) {
    let before = fs::read_to_string(file).unwrap();
    fs::write(file, before + text).unwrap();
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn photos_builds_by_its_dockerfiles_as_coracle_builds_it_in_a_full_run() {
    let place = Place::new();
    let folder = place.example("photos");
    let ejected = Ejected::of(&place, &folder, Base::golang(SUITE).unwrap());
    let buildkit = Buildkit::start(&ejected.mirror).unwrap();
    let volume = place.path().join("volume");
    let dependencies = ["golang.org/x/image/draw\n", "net/http\n"];
    let mut servers = Vec::new();
    for service in ["worker", "server"] {
        let file = format!("{service}.Dockerfile");
        let (first, layout) = ejected.build(&buildkit, &file, false);
        if service == "server" {
            check_compiled(&first, &dependencies);
        }
        let (native, programs) = ejected.native(service);
        let prebuilt = ejected.build_prebuilt(&buildkit, service, &programs);
        for layout in [layout, prebuilt] {
            ejected.check(&layout, &native);
            for architecture in ["amd64", "arm64"] {
                let bundle = ejected.unpack(&layout, architecture);
                if service != "worker" {
                    bundle.mount_volume(&volume, "/data/photos").unwrap();
                }
                let (container, port) = start(&bundle);
                check_identity(port);
                check_health_command(&container, &format!("/app/{service}"));
                if service == "server" {
                    check_photo(port);
                    servers.push((container, port, architecture));
                }
            }
        }
    }
    let (_, scheduler) = ejected.build(&buildkit, "scheduler.Dockerfile", false);
    for (_container, port, architecture) in servers {
        let scheduler = ejected.unpack(&scheduler, architecture);
        scheduler.mount_volume(&volume, "/data/photos").unwrap();
        check_scheduler(&scheduler, &volume, port);
    }
    // A change of the sources alone.
    append(
        &folder.join("internal/about/about.go"),
        "\n// More is to be said.\n",
    );
    commit(&folder, "a comment");
    let current = ejected.eject(&["--check"]);
    assert_eq!(current.code, 0, "{}{}", current.stdout, current.stderr);
    let (again, _) = ejected.build(&buildkit, "server.Dockerfile", false);
    check_nothing_again(&again, &dependencies);
    drop(buildkit);
    // The same on a machine that has nothing but the registry.
    append(&folder.join("internal/about/about.go"), "\n// And more.\n");
    let other = Buildkit::start(&ejected.mirror).unwrap();
    let (again, _) = ejected.build(&other, "server.Dockerfile", true);
    check_nothing_again(&again, &dependencies);
    check_behind(&ejected, "server");
}

/// A package more, and the file is behind.
fn check_behind(ejected: &Ejected<'_>, service: &str) {
    let file = ejected.folder.join("coracle.toml");
    let text = fs::read_to_string(&file).unwrap();
    let section = format!("[services.{service}]\n");
    let more = format!("{section}packages = [\"media-types\"]\n");
    fs::write(&file, text.replace(&section, &more)).unwrap();
    let behind = ejected.eject(&["--check"]);
    assert_eq!(behind.code, 1, "{}{}", behind.stdout, behind.stderr);
    let line = format!("behind        {service}.Dockerfile\n");
    assert!(behind.stdout.contains(&line), "{}", behind.stdout);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn shop_builds_by_its_dockerfiles_as_coracle_builds_it_in_a_full_run() {
    let place = Place::new();
    let folder = place.example("shop");
    let ejected = Ejected::of(&place, &folder, Base::rust(SUITE).unwrap());
    let buildkit = Buildkit::start(&ejected.mirror).unwrap();
    let dependencies = ["Compiling rusqlite", "Compiling tokio", "Compiling axum"];
    for service in ["api", "worker"] {
        let file = format!("{service}.Dockerfile");
        let (first, layout) = ejected.build(&buildkit, &file, false);
        if service == "api" {
            check_compiled(&first, &dependencies);
        }
        let (native, programs) = ejected.native(service);
        let prebuilt = ejected.build_prebuilt(&buildkit, service, &programs);
        for layout in [layout, prebuilt] {
            ejected.check(&layout, &native);
            for architecture in ["amd64", "arm64"] {
                check_shop(&ejected, service, &ejected.unpack(&layout, architecture));
            }
        }
    }
    append(
        &folder.join("api/src/main.rs"),
        "\n// More is to be said.\n",
    );
    commit(&folder, "a comment");
    let current = ejected.eject(&["--check"]);
    assert_eq!(current.code, 0, "{}{}", current.stdout, current.stderr);
    let (again, _) = ejected.build(&buildkit, "api.Dockerfile", false);
    check_nothing_again(&again, &dependencies);
    drop(buildkit);
    append(&folder.join("api/src/main.rs"), "\n// And more.\n");
    let other = Buildkit::start(&ejected.mirror).unwrap();
    let (again, _) = ejected.build(&other, "api.Dockerfile", true);
    check_nothing_again(&again, &dependencies);
}

/// A service of the shop, started, does what it is for.
fn check_shop(ejected: &Ejected<'_>, service: &str, bundle: &Bundle) {
    if service == "api" {
        let volume = TempDir::new_in(ejected.place.path()).unwrap().keep();
        bundle.mount_volume(&volume, "/data/shop").unwrap();
    }
    let (container, port) = start(bundle);
    check_identity(port);
    check_health_command(&container, &format!("/app/{service}"));
    if service == "api" {
        check_orders(port);
    } else {
        assert!(ask(port, "/time?zone=Europe/Berlin").contains(":00"));
    }
}

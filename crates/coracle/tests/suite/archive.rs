//! A package archive that lies: each lie is refused with its own message and exit code, and nothing is published.
//!
//! The archive is the testkit's, signed with a key made on the spot and read by `file://`; the program is a Go one that
//! needs nothing but the suite's name files. No network, no root.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_distro::{Architecture, ArchiveName};
use coracle_testkit::archive::{TestArchive, TestPackage};
use coracle_testkit::command::{Ended, Hermetic};
use jiff::{SignedDuration, Timestamp};

use crate::support::Place;

/// A place with a service in it and an archive that has what the service needs.
pub(crate) struct World {
    pub(crate) place: Place,
    pub(crate) archive: TestArchive,
}

impl World {
    pub(crate) fn new() -> World {
        World::of(&[Architecture::Amd64])
    }

    /// A world whose archive has these architectures.
    pub(crate) fn of(architectures: &[Architecture]) -> World {
        let place = Place::new();
        let module = place.path().join("hello");
        fs::create_dir_all(module.join("cmd/hello")).unwrap();
        fs::write(
            module.join("go.mod"),
            "module example.invalid/hello\n\ngo 1.21\n",
        )
        .unwrap();
        fs::write(
            module.join("cmd/hello/main.go"),
            "package main\n\nfunc main() { println(\"hello\") }\n",
        )
        .unwrap();
        let base_files = TestPackage::new("base-files", "13.8")
            .file("usr/lib/os-release", "ID=debian\n")
            .symlink("etc/os-release", "../usr/lib/os-release")
            .file("usr/share/doc/base-files/copyright", "free\n");
        let now = Timestamp::now();
        let builder = TestArchive::builder().now(now).package(base_files);
        let (first, others) = architectures.split_first().unwrap();
        let builder = builder.architecture(*first);
        let builder = others
            .iter()
            .fold(builder, |builder, other| builder.also(*other));
        let archive = builder.build().unwrap();
        fs::write(place.path().join("keys.pgp"), archive.keyring()).unwrap();
        World { place, archive }
    }

    pub(crate) fn module(&self) -> PathBuf {
        self.place.path().join("hello")
    }

    pub(crate) fn build(&self, more: &[&str]) -> Ended {
        self.run(&["build", "--distro", "debian/trixie"], more)
    }

    fn update(&self) -> Ended {
        self.run(&["update"], &[])
    }

    pub(crate) fn run(&self, command: &[&str], more: &[&str]) -> Ended {
        let arguments = [command, more].concat();
        let command = self.command(&self.module(), &arguments);
        command.run().unwrap()
    }

    /// A command in a folder, with this archive.
    pub(crate) fn command(&self, folder: &Path, arguments: &[&str]) -> Hermetic {
        let sources = self.archive.sources();
        let keys = self.place.path().join("keys.pgp");
        let folder = ["-C", folder.to_str().unwrap(), "--progress", "plain"];
        let from = [
            "--archive",
            &sources.main[0],
            "--archive-security",
            &sources.security[0],
        ];
        let by = ["--signed-by", keys.to_str().unwrap()];
        let arguments = [&folder[..], arguments, &from[..], &by[..]].concat();
        self.place.coracle().args(arguments)
    }

    /// Says something of the service in its configuration.
    fn configure(&self, line: &str) {
        let text = format!("[services.hello]\n{line}\n");
        fs::write(self.module().join("coracle.toml"), text).unwrap();
    }

    /// The build fails with this exit code; the words are a snapshot.
    fn refused(&self, name: &str, code: i32, more: &[&str]) {
        let ended = self.build(more);
        assert_eq!(ended.code, code, "{}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{}", ended.stdout);
        self.show(name, &ended);
        let names =
            fs::read_to_string(self.place.path().join("store/index.json")).unwrap_or_default();
        assert!(
            !names.contains("hello:latest"),
            "an image was named: {names}"
        );
    }

    pub(crate) fn show(&self, name: &str, ended: &Ended) {
        let mut settings = insta::Settings::clone_current();
        let folder = self.archive.folder().display().to_string();
        settings.add_filter(&regex_of(&folder), "[archive]");
        settings.add_filter(
            &regex_of(&self.place.path().display().to_string()),
            "[place]",
        );
        settings.add_filter(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[time]");
        settings.add_filter(r"[0-9a-f]{64}", "[sha256]");
        settings.add_filter(r"[0-9A-F]{40}", "[fingerprint]");
        settings.add_filter(r"[0-9A-F]{16}", "[key]");
        settings.add_filter(r"over \d+ bytes", "over [size] bytes");
        settings.add_filter(r"\(\d+(\.\d)? k?B\)", "([size])");
        settings.bind(|| {
            let error = ended
                .stderr
                .find("error: ")
                .map_or(ended.stderr.as_str(), |at| &ended.stderr[at..]);
            insta::assert_snapshot!(name, error);
        });
    }
}

fn regex_of(text: &str) -> String {
    text.replace('.', r"\.")
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

#[test]
fn an_honest_archive_serves() {
    let world = World::new();
    let built = world.build(&[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(built.stdout.starts_with("oci:"), "{}", built.stdout);
    let lock = fs::read_to_string(world.module().join("coracle.lock")).unwrap();
    assert!(lock.contains("base-files"), "{lock}");
    let again = world.build(&["--locked", "--offline"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    assert_eq!(again.stdout, built.stdout);
}

#[test]
fn a_tampered_inrelease_is_refused() {
    let world = World::new();
    world
        .archive
        .tamper_release(ArchiveName::Main, "Origin: Debian", "Origin: Debiam")
        .unwrap();
    world.refused("tampered-inrelease", 5, &[]);
}

#[test]
fn an_unsigned_inrelease_is_refused() {
    let world = World::new();
    world.archive.unsign(ArchiveName::Main).unwrap();
    world.refused("unsigned-inrelease", 5, &[]);
}

#[test]
fn an_inrelease_signed_by_another_key_is_refused() {
    let mut world = World::new();
    world.archive.sign_with_another_key().unwrap();
    world.refused("another-key", 5, &[]);
}

#[test]
fn a_tampered_packages_file_is_refused() {
    let world = World::new();
    world.archive.tamper_index(ArchiveName::Main).unwrap();
    world.refused("tampered-packages", 5, &[]);
}

#[test]
fn a_tampered_deb_is_refused() {
    let world = World::new();
    world.archive.tamper_package("base-files").unwrap();
    world.refused("tampered-deb", 5, &[]);
}

#[test]
fn an_expired_release_is_refused() {
    let mut world = World::new();
    let now = world.archive.now();
    let expire = |release: &mut coracle_testkit::archive::ReleaseFields| {
        release.date = now - hours(9 * 24);
        release.valid_until = Some(now - hours(48));
    };
    world
        .archive
        .release(ArchiveName::Security, expire)
        .unwrap();
    world.refused("expired-release", 5, &[]);
}

#[test]
fn a_release_older_than_one_that_was_seen_is_refused_unless_allowed() {
    let mut world = World::new();
    assert_eq!(world.build(&[]).code, 0);
    let now = world.archive.now();
    world
        .archive
        .release(ArchiveName::Main, |release| release.date = now - hours(48))
        .unwrap();
    fs::remove_file(world.module().join("coracle.lock")).unwrap();
    let ended = world.build(&[]);
    assert_eq!(ended.code, 5, "{}", ended.stderr);
    world.show("older-release", &ended);
    let allowed = world.build(&["--allow-older"]);
    assert_eq!(allowed.code, 0, "{}", allowed.stderr);
}

#[test]
fn a_release_of_another_codename_is_refused() {
    let mut world = World::new();
    world
        .archive
        .release(ArchiveName::Main, |release| {
            release.codename = "bookworm".to_owned()
        })
        .unwrap();
    world.refused("wrong-codename", 5, &[]);
}

#[test]
fn a_release_from_the_future_is_refused() {
    let mut world = World::new();
    let now = world.archive.now();
    world
        .archive
        .release(ArchiveName::Main, |release| release.date = now + hours(72))
        .unwrap();
    world.refused("future-release", 5, &[]);
}

#[test]
fn a_stale_lock_is_refused_under_locked() {
    let world = World::new();
    world.refused("stale-lock", 2, &["--locked"]);
}

#[test]
fn nothing_kept_and_offline_says_what_is_missing() {
    let world = World::new();
    world.refused("offline-with-nothing", 4, &["--offline"]);
}

#[test]
fn packages_that_the_configuration_names_come_with_what_they_depend_on() {
    let mut world = World::new();
    let data = TestPackage::new("data", "1.0")
        .depends("other (>= 2), debconf")
        .file("usr/share/data/file", "data\n")
        .file("usr/share/man/man1/data.1", "left out\n");
    let other = TestPackage::new("other", "2.0").file("usr/share/other/file", "other\n");
    world.archive.add(ArchiveName::Main, data).unwrap();
    world.archive.add(ArchiveName::Main, other).unwrap();
    world.configure("packages = [\"data\"]");
    let built = world.build(&[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(built.stderr.contains("other 2.0"), "{}", built.stderr);
    let lock = fs::read_to_string(world.module().join("coracle.lock")).unwrap();
    assert!(
        lock.contains("name = \"other\"") && !lock.contains("debconf"),
        "{lock}"
    );
}

#[test]
fn a_package_whose_script_nobody_has_read_stops_the_build() {
    let mut world = World::new();
    let scripted = TestPackage::new("scripted", "1.0")
        .file("usr/share/scripted/file", "x\n")
        .script("postinst", "#!/bin/sh\nset -e\nadduser --system scripted\n");
    world.archive.add(ArchiveName::Main, scripted).unwrap();
    world.configure("packages = [\"scripted\"]");
    world.refused("unknown-script", 2, &[]);
}

#[test]
fn a_policy_that_does_not_hold_is_a_finding() {
    let world = World::new();
    world.configure("policy = { max-size = \"1kB\", linkage = \"dynamic\", forbid-packages = [\"base-files\"] }");
    let ended = world.build(&[]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
    for key in ["max-size", "linkage", "forbid-packages"] {
        assert!(
            ended.stderr.contains(&format!("\n  {key}: ")),
            "{}",
            ended.stderr
        );
    }
}

#[test]
fn update_moves_the_pins_and_nothing_else_does() {
    let mut world = World::new();
    assert_eq!(world.build(&[]).code, 0);
    let newer = TestPackage::new("base-files", "13.9")
        .file("usr/lib/os-release", "ID=debian\n")
        .file("usr/share/doc/base-files/copyright", "free\n");
    world.archive.add(ArchiveName::Updates, newer).unwrap();
    let lock = || fs::read_to_string(world.module().join("coracle.lock")).unwrap();
    assert_eq!(world.build(&[]).code, 0);
    assert!(
        lock().contains("\"13.8\"") && !lock().contains("\"13.9\""),
        "{}",
        lock()
    );
    let updated = world.update();
    assert_eq!(updated.code, 0, "{}", updated.stderr);
    assert!(updated.stderr.contains("13.9"), "{}", updated.stderr);
    assert!(
        lock().contains("\"13.9\"") && !lock().contains("\"13.8\""),
        "{}",
        lock()
    );
}

#[test]
fn a_script_that_does_nothing_for_an_image_or_makes_a_link_stops_no_build() {
    let mut world = World::new();
    let script = "#!/bin/sh\nset -e\nif [ \"$1\" = configure ]; then\n    \
        update-alternatives --install /usr/bin/row row /usr/bin/oar 10\nfi\n\
        # Automatically added by dh_installsystemd/13.24.2\n\
        if [ -d /run/systemd/system ]; then systemctl --system daemon-reload || true; fi\n\
        # End automatically added section\n";
    let oar = TestPackage::new("oar", "1.0")
        .file("usr/bin/oar", "x\n")
        .file("usr/share/doc/oar/manual", "long\n")
        .file("usr/lib/sysusers.d/oar.conf", "u oar - \"An oar\"\n")
        .file("usr/lib/tmpfiles.d/oar.conf", "d /run/oar 0750 oar oar -\n")
        .script("postinst", script);
    world.archive.add(ArchiveName::Main, oar).unwrap();
    world.configure("packages = [\"oar\"]");
    let built = world.build(&["-v"]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    assert!(
        built.stderr.contains("documentation"),
        "what is left out is told: {}",
        built.stderr
    );
}

#[test]
fn what_a_package_describes_and_nobody_makes_stops_the_build() {
    let mut world = World::new();
    let oar = TestPackage::new("oar", "1.0").file(
        "usr/lib/tmpfiles.d/oar.conf",
        "f /etc/oar 0644 root root - text\n",
    );
    world.archive.add(ArchiveName::Main, oar).unwrap();
    world.configure("packages = [\"oar\"]");
    world.refused("unknown-description", 2, &[]);
}

#[test]
fn a_misspelt_package_is_told_with_names_like_it() {
    let mut world = World::new();
    let library = TestPackage::new("libboat2t64", "2.0").field("Provides", "libboat2 (= 2.0)");
    world.archive.add(ArchiveName::Main, library).unwrap();
    world.configure("packages = [\"libboat1\"]");
    world.refused("misspelt-package", 2, &[]);
    world.configure("packages = [\"libboat2\"]");
    let built = world.build(&[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let lock = fs::read_to_string(world.module().join("coracle.lock")).unwrap();
    assert!(lock.contains("name = \"libboat2t64\""), "{lock}");
}

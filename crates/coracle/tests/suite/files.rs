//! Files and folders that the configuration copies: where they are in the layer, whose, with which permissions; and
//! what is refused. Read with tar, which is not ours.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use coracle_distro::ArchiveName;
use coracle_testkit::archive::TestPackage;
use coracle_testkit::command::tool;

use crate::archive::World;
use crate::commands::{error_of, show};
use crate::support::{Place, commit, digest};

/// The blob of the last layer of an image in the store.
pub(crate) fn last_layer(place: &Place, digest: &str) -> PathBuf {
    let manifest = record(place, digest);
    let layers = manifest["layers"].as_array().unwrap();
    blob(place, layers.last().unwrap()["digest"].as_str().unwrap())
}

/// A record of the store.
pub(crate) fn record(place: &Place, digest: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(blob(place, digest)).unwrap()).unwrap()
}

fn blob(place: &Place, digest: &str) -> PathBuf {
    let name = digest.strip_prefix("sha256:").unwrap();
    place.path().join("store/blobs/sha256").join(name)
}

fn configure(world: &World, files: &str) {
    let text = format!("[services.hello]\nfiles = [{files}]\n");
    fs::write(world.module().join("coracle.toml"), text).unwrap();
}

fn write(path: &Path, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, "x").unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn copies_have_owners_and_modes_that_no_checkout_changes() {
    let world = World::new();
    let module = world.module();
    let copied = |mode: u32| {
        write(&module.join("migrations/2.sql"), mode);
        write(&module.join("migrations/1.sql"), mode);
        write(&module.join("migrations/run"), mode | 0o100);
        write(&module.join("page.html"), mode);
        fs::create_dir_all(module.join("uploads")).unwrap();
        let folder = fs::Permissions::from_mode(0o700 | mode);
        fs::set_permissions(module.join("migrations"), folder).unwrap();
    };
    copied(0o600);
    symlink("2.sql", module.join("migrations/latest")).unwrap();
    configure(
        &world,
        r#"
        { from = "migrations", to = "/app/migrations" },
        { from = "migrations", to = "/srv/", owner = "nonroot", mode = "0640" },
        { from = "page.html", to = "/srv/www/index.html", owner = "1000:50" },
        { from = "uploads", to = "/var/uploads", owner = 1000 },
    "#,
    );
    let built = world.build(&[]);
    assert_eq!(built.code, 0, "{}", built.stderr);
    let layer = last_layer(&world.place, &digest(&built))
        .display()
        .to_string();
    let listed = tool("tar", &["--utc", "--numeric-owner", "-tvzf", &layer]).unwrap();
    let lines = listed.stdout.lines().map(|line| {
        // The program's own size is the compiler's.
        let words: Vec<_> = line.split_whitespace().collect();
        let size = if line.ends_with("app/hello") {
            "-"
        } else {
            words[2]
        };
        format!(
            "{} {} {size} {}\n",
            words[0],
            words[1],
            words[3..].join(" ")
        )
    });
    show("files-layer", &world.place, &lines.collect::<String>());
    copied(0o644);
    let again = world.build(&[]);
    assert_eq!(again.stdout, built.stdout, "{}", again.stderr);
}

#[test]
fn what_has_no_place_in_an_image_is_refused_with_a_hint() {
    let mut world = World::new();
    let package = TestPackage::new("data", "1.0").file("usr/share/data/file", "data\n");
    world.archive.add(ArchiveName::Main, package).unwrap();
    let module = world.module();
    write(&module.join("data/file"), 0o644);
    write(&module.join("hello"), 0o644);
    fs::create_dir(module.join("leads-out")).unwrap();
    symlink("/etc/passwd", module.join("leads-out/link")).unwrap();
    let mut text = String::new();
    for files in [
        r#"{ from = "dta", to = "/data" }"#,
        r#"{ from = "data", to = "data" }"#,
        r#"{ from = "data", to = "/app/../data" }"#,
        r#"{ from = "data", to = "/data", owner = "www-data" }"#,
        r#"{ from = "data", to = "/data", mode = "rw" }"#,
        r#"{ from = "data", to = "/data", modes = "0644" }"#,
        r#"{ from = "leads-out", to = "/data" }"#,
        r#"{ from = "..", to = "/data" }"#,
        r#"{ from = ".", to = "/data" }"#,
        r#"{ from = "hello", to = "/app/" }"#,
        r#"{ from = "data", to = "/app/hello/data" }"#,
        r#"{ from = "hello", to = "/app" }"#,
        r#"{ from = "data/file", to = "/usr/share/data/" }"#,
        r#"{ from = "data/file", to = "/usr/share/data" }"#,
        r#"{ from = "hello", to = "/etc/passwd" }"#,
        r#"{ from = "hello", to = "/etc/os-release/" }"#,
        r#"{ from = "hello", to = "/x" }, { from = "data/file", to = "/x" }"#,
    ] {
        configure(&world, files);
        let path = module.join("coracle.toml");
        let configuration = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{configuration}packages = [\"data\"]\n")).unwrap();
        let ended = world.build(&[]);
        assert_eq!(ended.code, 2, "{files}\n{}", ended.stderr);
        text.push_str(&format!("{files}\n{}\n", error_of(&ended)));
    }
    show("files-refused", &world.place, &text);
}

#[test]
fn a_commit_that_touches_only_what_is_copied_changes_the_revision() {
    let world = World::new();
    let module = world.module();
    // Outside of the program's own folder, which counts anyway.
    write(&module.join("other/migrations/1.sql"), 0o644);
    write(&module.join("other/notes"), 0o644);
    configure(
        &world,
        r#"{ from = "other/migrations", to = "/app/migrations" }"#,
    );
    let revision = || {
        let module = module.display().to_string();
        let plan = world.place.coracle();
        let plan = plan.args(["-C", &module, "plan", "--format", "json"]);
        let plan = plan.run().unwrap();
        let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
        let label = "org.opencontainers.image.revision";
        plan["services"][0]["labels"][label]["value"].to_string()
    };
    commit(&module, "first");
    let first = revision();
    fs::write(module.join("other/notes"), "more").unwrap();
    commit(&module, "notes");
    assert_eq!(revision(), first);
    fs::write(module.join("other/migrations/2.sql"), "more").unwrap();
    commit(&module, "migrations");
    assert_ne!(revision(), first);
}

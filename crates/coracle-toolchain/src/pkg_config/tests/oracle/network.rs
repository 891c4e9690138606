//! The files of Debian trixie's -dev packages: what people build against.

use std::path::{Path, PathBuf};

use coracle_distro::sources::Sources;
use coracle_testkit::command::{Hermetic, tool};

use super::{Case, about, compare, more_about, names, variables};

/// What is fetched, with every -dev package that these need, and the one other package that many of their files require.
const PACKAGES: &str = "libgtk-4-dev libgtk-3-dev libglib2.0-dev libssl-dev libsqlite3-dev libcurl4-openssl-dev \
    libxml2-dev libxslt1-dev libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev qt6-base-dev libavcodec-dev \
    libavformat-dev libswscale-dev libcairo2-dev libpango1.0-dev libx11-dev libxcb1-dev libwayland-dev libicu-dev \
    libprotobuf-dev libgrpc++-dev libpq-dev libmariadb-dev libwebp-dev libjpeg-dev libpng-dev libtiff-dev \
    libavahi-client-dev libdbus-1-dev libsystemd-dev libudev-dev libsodium-dev libzmq3-dev libpulse-dev \
    libasound2-dev libpipewire-0.3-dev libsdl2-dev libopus-dev libvorbis-dev libflac-dev libsndfile1-dev \
    libusb-1.0-0-dev libgnutls28-dev nettle-dev libgcrypt20-dev libssh2-1-dev libssh-dev libgit2-dev \
    librdkafka-dev libuv1-dev libevent-dev libev-dev libarchive-dev libzstd-dev liblzma-dev libbz2-dev zlib1g-dev \
    liblz4-dev libsnappy-dev libpcre2-dev libyaml-dev libjansson-dev libseccomp-dev libcap-dev libmount-dev \
    libblkid-dev libfuse3-dev libnl-3-dev libnl-genl-3-dev libpcap-dev libldap-dev libkrb5-dev libsecret-1-dev \
    libnotify-dev libsoup-3.0-dev libffi-dev libncurses-dev libreadline-dev librsvg2-dev libfreetype-dev \
    libfontconfig-dev libharfbuzz-dev libdrm-dev libgbm-dev libegl-dev libinput-dev libxkbcommon-dev libelf-dev \
    liburing-dev libhiredis-dev libmosquitto-dev libmodbus-dev librabbitmq-dev";

/// A tree with the `.pc` files of the packages, unpacked without dpkg's knowing. Packages are kept for the next run.
fn sysroot() -> (tempfile::TempDir, usize) {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/test-downloads/pkg-config");
    for folder in ["state/lists/partial", "cache/archives/partial", "packages"] {
        std::fs::create_dir_all(kept.join(folder)).unwrap();
    }
    let kept = kept.canonicalize().unwrap();
    let hosts = Sources::host(Path::new("/etc/apt"));
    let mirrors: Vec<String> = hosts.into_iter().flat_map(|sources| sources.main).collect();
    let mirror = mirrors
        .first()
        .expect("an apt entry of this machine names a Debian archive");
    std::fs::write(
        kept.join("sources.list"),
        format!("deb {mirror} trixie main\n"),
    )
    .unwrap();
    std::fs::write(kept.join("status"), "").unwrap();
    apt(&kept, &["update"]);
    let all: Vec<&str> = PACKAGES.split_whitespace().collect();
    let plan = apt(
        &kept,
        &[&["--simulate", "install"], all.as_slice()].concat(),
    );
    let chosen = plan
        .lines()
        .filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    let mut chosen: Vec<&str> = chosen
        .filter(|name| name.ends_with("-dev") || *name == "shared-mime-info")
        .collect();
    chosen.sort_unstable();
    apt(&kept, &[&["download"], chosen.as_slice()].concat());
    let root = tempfile::tempdir().unwrap();
    for name in &chosen {
        let package = newest(&kept.join("packages"), name);
        // A package without such files makes tar fail, which is no harm.
        let script = "dpkg-deb --fsys-tarfile \"$1\" | tar -x -C \"$2\" --wildcards '*/pkgconfig/*' 2>&1 || true";
        let (package, root) = (
            package.display().to_string(),
            root.path().display().to_string(),
        );
        tool("sh", &["-c", script, "sh", &package, &root]).unwrap();
    }
    (root, chosen.len())
}

fn newest(folder: &Path, name: &str) -> PathBuf {
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let of_name = |path: &PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap();
        file.starts_with(&format!("{name}_"))
    };
    let time = |path: &PathBuf| path.metadata().unwrap().modified().unwrap();
    let newest = entries.filter(of_name).max_by_key(time);
    newest.unwrap_or_else(|| panic!("{name} was not fetched"))
}

/// An apt of its own: this suite, nothing installed.
fn apt(folder: &Path, arguments: &[&str]) -> String {
    let place =
        |option: &str, below: &str| format!("-oDir::{option}={}", folder.join(below).display());
    let mut line = vec![
        place("State", "state"),
        place("Cache", "cache"),
        place("State::status", "status"),
        place("Etc::sourcelist", "sources.list"),
        place("Etc::sourceparts", "none"),
        place("Etc::preferencesparts", "none"),
    ];
    line.extend(
        [
            "-qq",
            "-oAPT::Sandbox::User=root",
            "--no-install-recommends",
        ]
        .map(str::to_owned),
    );
    line.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let home = tempfile::tempdir().unwrap();
    let apt = Hermetic::new("apt-get", home.path()).args(line);
    apt.directory(&folder.join("packages"))
        .succeed()
        .unwrap()
        .stdout
}

#[test]
#[ignore = "real parts: run by cargo xtask test"]
fn the_archive_s_files_are_answered_for_as_pkgconf_does() {
    let (root, packages) = sysroot();
    let root = root.path().display().to_string();
    let own = format!("{root}/usr/lib/x86_64-linux-gnu/pkgconfig");
    let shared = format!("{root}/usr/share/pkgconfig");
    let folders = format!("{own}:{shared}");
    let mut names = names(&[Path::new(&own), Path::new(&shared)]);
    // On Abseil's many small libraries pkgconf spends seconds a question: these are asked about through who uses them.
    let slow = |name: &String| {
        ["absl_", "grpc", "re2"]
            .iter()
            .any(|start| name.starts_with(start))
    };
    names.retain(|name| !slow(name));
    assert!(
        names.len() >= 200,
        "only {} .pc files of {packages} packages",
        names.len()
    );
    let worlds = [
        variables(&[("PKG_CONFIG_LIBDIR", &folders)]),
        variables(&[
            ("PKG_CONFIG_LIBDIR", &folders),
            ("PKG_CONFIG_SYSROOT_DIR", &root),
        ]),
    ];
    let mut cases = vec![];
    for (turn, world) in worlds.iter().enumerate() {
        cases.push(Case::new(world, &["--list-all"]));
        cases.push(Case::new(world, &["--list-package-names"]));
        for slow in ["grpc++", "re2"] {
            cases.push(Case::new(world, &["--cflags", "--libs", slow]));
            cases.push(Case::new(world, &["--static", "--libs", slow]));
        }
        // Thousands of processes take their time: every other module in each world, and of some of these everything else.
        for name in names.iter().skip(turn).step_by(2) {
            cases.extend(about(world, name));
        }
        let others = names.iter().cycle().skip(7);
        for (name, other) in names.iter().zip(others).skip(turn).step_by(9) {
            cases.extend(more_about(world, name, other));
        }
    }
    compare(&cases);
}

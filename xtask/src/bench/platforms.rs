//! What a platform costs that is not this machine's: beside this machine's own, and beside compiling it under an emulator.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::prepare::{compiled, made, succeed};
use super::scenario::{Contender, Ground, Prepared, Scenario, Target};
use crate::test::path_with_tools;

const HERE: &str = "linux/amd64";
const THERE: &str = "linux/arm64";

pub(super) const SECOND: Scenario = Scenario {
    name: "second-platform",
    shows: "How long the Rust example takes from nothing compiled, for another platform and for this machine's.",
    targets: &[Target::AtMost(HERE, 1.35)],
    prepare: second,
};

pub(super) const EMULATED: Scenario = Scenario {
    name: "against-emulation",
    shows: "How long a small crate takes for arm64 from nothing of it compiled, on a machine that is set up: compiled here, where \
            zig has its C library from an earlier build, and by an arm64 cargo under qemu-user-static, whose root holds it compiled.",
    targets: &[Target::Faster("emulated", 10.0)],
    prepare: emulated,
};

/// In a root of arm64, with the emulator for all of its programs: those of one user namespace, of which the kernel keeps
/// account from 6.7 on. The arguments are the root, Rust, the crate and cargo's home.
const EMULATED_BUILD: &str = r#"
formats=/proc/sys/fs/binfmt_misc
mount -t binfmt_misc none "$formats"
printf '%s' ':arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F' > "$formats/register"
mkdir -p "$1/opt/rust" "$1/src" "$1/cargo" "$1/proc" "$1/dev"
ln -sf gcc "$1/usr/bin/cc"
mount --bind "$2" "$1/opt/rust"
mount --bind "$3" "$1/src"
mount --bind "$4" "$1/cargo"
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
exec chroot "$1" /bin/sh -c 'cd /src && rm -rf target/emulated && exec /opt/rust/bin/cargo build --release --locked \
    --offline --target-dir target/emulated'
"#;

/// Compiles all of it again, with everything fetched before.
const BUILD: &str =
    "rm -rf target/coracle && exec \"$CORACLE\" build --progress plain --distro trixie --platform";

/// The same, but zig keeps what it compiled of its own C library: every build but a machine's first finds it.
const BUILD_AGAIN: &str = "rm -rf target/coracle/release target/coracle/*-linux-* && exec \"$CORACLE\" build --progress plain \
    --distro trixie --platform";

fn second(ground: &Ground<'_>) -> anyhow::Result<Prepared> {
    let coracle = compiled(ground)?;
    let example = ground.folder.join("shop");
    copied(&ground.root.join("examples/shop"), &example)?;
    let contender = |name, told| Contender {
        name,
        told,
        command: shell(&format!("{BUILD} {name}")),
        environment: environment(ground, &coracle),
        folder: example.clone(),
    };
    Ok(Prepared {
        work: "Both services of examples/shop, of about 180 crates, into images.".to_owned(),
        contenders: vec![
            contender(THERE, "coracle build --platform linux/arm64"),
            contender(HERE, "coracle build --platform linux/amd64"),
        ],
    })
}

fn emulated(ground: &Ground<'_>) -> anyhow::Result<Prepared> {
    let coracle = compiled(ground)?;
    let small = ground.folder.join("small");
    write_small(ground, &small)?;
    let rust = arm64_rust(&ground.folder)?;
    let root = arm64_root(&ground.folder)?;
    let home = ground.folder.join("cargo");
    let mut ours = environment(ground, &coracle);
    ours.push(("CARGO_HOME", home.clone().into_os_string()));
    let unshared = [
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "--pid",
        "--fork",
        "sh",
        "-ec",
        EMULATED_BUILD,
        "sh",
    ];
    let folders = [&root, &rust, &small, &home].map(|folder| folder.clone().into_os_string());
    let under: Vec<OsString> = unshared
        .map(OsString::from)
        .into_iter()
        .chain(folders)
        .collect();
    Ok(Prepared {
        work: "A crate that reads JSON with serde_json, into a program (and by coracle into an image).".to_owned(),
        contenders: vec![
            Contender {
                name: "coracle",
                told: "coracle build --platform linux/arm64",
                command: shell(&format!("{BUILD_AGAIN} {THERE}")),
                environment: ours,
                folder: small.clone(),
            },
            Contender {
                name: "emulated",
                told: "chroot ROOT cargo build --release, with qemu-aarch64-static for arm64's programs",
                command: under,
                environment: vec![
                    ("CARGO_HOME", "/cargo".into()),
                    ("RUSTC", "/opt/rust/bin/rustc".into()),
                    ("PATH", "/opt/rust/bin:/usr/bin:/bin:/usr/sbin".into()),
                ],
                folder: small,
            },
        ],
    })
}

/// With zig and cargo-zigbuild where a run of the tests has put them.
fn environment(ground: &Ground<'_>, coracle: &Path) -> Vec<(&'static str, OsString)> {
    let store = ground.folder.join("store");
    vec![
        ("PATH", path_with_tools(ground.cargo)),
        ("CORACLE", coracle.into()),
        ("CORACLE_STORE", store.into_os_string()),
        ("LC_ALL", "C".into()),
    ]
}

fn shell(script: &str) -> Vec<OsString> {
    ["/bin/sh", "-c", script].map(OsString::from).into()
}

/// A copy in which nothing is compiled, with a configuration of its own beside which the lock is written.
fn copied(from: &Path, to: &Path) -> anyhow::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    let listed = Command::new("git")
        .arg("-C")
        .arg(from)
        .args(["ls-files", "-z"])
        .output()?;
    for file in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let place = to.join(file);
        fs::create_dir_all(place.parent().context("a file lies in a folder")?)?;
        fs::copy(from.join(file), place)?;
    }
    Ok(())
}

fn write_small(ground: &Ground<'_>, folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    let manifest = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\n[workspace]\n\n[dependencies]\n\
        serde_json = \"1\"\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    let main = "fn main() {\n    let value: serde_json::Value = serde_json::from_str(\"[1, 2]\").unwrap();\n    \
        println!(\"{value}\");\n}\n";
    fs::write(folder.join("src/main.rs"), main)?;
    fs::write(folder.join("coracle.toml"), "")?;
    let mut fetch = ground.cargo.command(&["fetch", "--manifest-path"]);
    fetch.arg(folder.join("Cargo.toml"));
    fetch.env("CARGO_HOME", ground.folder.join("cargo"));
    succeed(&mut fetch, "the crate registry must be reachable")
}

/// The Rust of this machine, as it is for arm64.
fn arm64_rust(folder: &Path) -> anyhow::Result<PathBuf> {
    let version = Command::new("rustc").arg("-V").output()?;
    let version = String::from_utf8(version.stdout)?;
    let version = version
        .split(' ')
        .nth(1)
        .context("rustc says its version")?;
    let toolchain = format!("{version}-aarch64-unknown-linux-gnu");
    let home = folder.join("rustup");
    let mut install = Command::new("rustup");
    install.args([
        "toolchain",
        "install",
        "--profile",
        "minimal",
        "--force-non-host",
        &toolchain,
    ]);
    succeed(
        install.env("RUSTUP_HOME", &home),
        "rustup brings Rust for arm64",
    )?;
    Ok(home.join("toolchains").join(toolchain))
}

/// A root of arm64 with a C compiler.
fn arm64_root(folder: &Path) -> anyhow::Result<PathBuf> {
    made(folder, "root", |partial| {
        let mut make = Command::new("mmdebstrap");
        make.args(["--quiet", "--variant=extract", "--architectures=arm64"]);
        let packages = "base-files,bash,coreutils,dash,gcc,libc6-dev";
        make.args(["--include", packages, "trixie"]).arg(partial);
        succeed(
            &mut make,
            "as root: apt-get install mmdebstrap qemu-user-static",
        )
    })
}

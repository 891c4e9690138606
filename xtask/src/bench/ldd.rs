//! The start-proof of every ELF file of a root filesystem, beside `ldd`'s list of the libraries of the same files.
//!
//! ldd says which libraries a program or a library would load; with `-r` it also looks its symbols up. The proof does both, and checks
//! versions. ldd starts the root's own loader once a file, and a shell for each of its own calls: given one file a call it
//! is what a script in a loop pays, given all files at once it is at its best.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::prepare::{made, output, succeed};
use super::scenario::{Contender, Ground, Prepared, Scenario, Target, words};

const AGAINST: [&str; 2] = ["ldd, a file a call", "ldd, all files at once"];

/// The standard system of Debian with a server's usual tools: hundreds of programs and hundreds of libraries.
pub(super) const SYSTEM: Scenario = Scenario {
    name: "proof-against-ldd",
    shows: "How long it takes to prove every program and library of a root filesystem, beside asking ldd about them.",
    targets: &[
        Target::Faster(AGAINST[0], 20.0),
        Target::Faster(AGAINST[1], 20.0),
        Target::Megabytes(200.0),
    ],
    prepare: |ground| {
        let root = "--variant=standard";
        prepare(
            ground,
            &Root {
                variant: root,
                packages: SERVER,
            },
        )
    },
};

/// Programs that load a hundred libraries and more, some of them of 60 MB.
pub(super) const DESKTOP: Scenario = Scenario {
    name: "proof-of-many-libraries",
    shows: "The same for a root of desktop and media programs, which load many and large libraries.",
    targets: &[Target::Megabytes(200.0)],
    prepare: |ground| {
        let root = "--variant=extract";
        prepare(
            ground,
            &Root {
                variant: root,
                packages: MANY_LIBRARIES,
            },
        )
    },
};

/// What a root is made of.
struct Root {
    variant: &'static str,
    packages: &'static str,
}

const SERVER: &str = "openssh-server,git,curl,rsync,nginx-light,tmux,sqlite3";
/// Packages with programs that load very many libraries.
pub(super) const MANY_LIBRARIES: &str = "base-files,bash,coreutils,libc-bin,util-linux,util-linux-extra,procps,findutils,systemd,udev,\
    e2fsprogs,openssh-server,openssh-client,git,curl,gnupg,samba,smbclient,winbind,ffmpeg,graphviz,imagemagick,gdal-bin,\
    postgresql-17,postgresql-client-17,mariadb-server-core,mariadb-client-core,texlive-binaries,qemu-utils,\
    bind9,bind9-utils,bind9-dnsutils,krb5-user,ldap-utils,libvips-tools,poppler-utils,gstreamer1.0-tools,\
    gstreamer1.0-plugins-base-apps,openexr,libtiff-tools,webp,dcmtk,proj-bin,netcdf-bin,hdf5-tools,geotiff-bin,\
    lvm2,btrfs-progs,xfsprogs,iproute2,nftables,tcpdump,php8.4-cli,python3,perl,ruby,nodejs,gimp,inkscape";
/// What the root must have for the question to be the one that was asked.
const LEAST_FILES: usize = 700;

fn prepare(ground: &Ground<'_>, of: &Root) -> anyhow::Result<Prepared> {
    let root = made_root(&ground.folder, of)?;
    let mut build = ground.cargo.command(&["build", "--release", "--locked"]);
    build.args(["--package", "coracle-binary", "--example", "prove_root"]);
    succeed(&mut build, "mend what the compiler says")?;
    let prover = ground.cargo.target().join("release/examples/prove_root");
    let listed = output(Command::new(&prover).arg("--files").arg(&root))?;
    let count = listed.lines().count();
    anyhow::ensure!(
        count >= LEAST_FILES,
        "expected at least {LEAST_FILES} ELF files in {}, got {count}",
        root.display()
    );
    fs::write(root.join("files"), &listed)?;
    // What ldd says of single files counts for nothing below, so that it works at all is seen here.
    let ldd = output(Command::new("chroot").arg(&root).args(["ldd", "/bin/bash"]))?;
    anyhow::ensure!(
        ldd.contains("libc.so.6"),
        "ldd does not work in the root: {ldd}"
    );
    let said = output(Command::new(&prover).arg(&root).args(listed.lines()))?;
    let said = said.trim().replace('\n', "; ");
    let command = words(&[&prover, &root]).into_iter();
    let proof = Contender {
        name: "proof",
        told: "xargs prove_root ROOT",
        command: command.chain(listed.lines().map(Into::into)).collect(),
        environment: Vec::new(),
        folder: ground.folder.clone(),
    };
    Ok(Prepared {
        work: format!(
            "{count} programs and libraries of a root of Debian trixie; the proof said: {said}."
        ),
        contenders: [vec![proof], with_ldd(&root)].concat(),
    })
}

fn made_root(folder: &Path, of: &Root) -> anyhow::Result<PathBuf> {
    made(folder, "root", |partial| {
        println!("making the root of trixie, some hundreds of MB, once");
        let mut command = Command::new("mmdebstrap");
        command.args(["--quiet", of.variant, "--include", of.packages, "trixie"]);
        succeed(command.arg(partial), "as root: apt-get install mmdebstrap")?;
        let mut command = Command::new("chroot");
        succeed(command.arg(partial).arg("/sbin/ldconfig"), "run it as root")
    })
}

fn with_ldd(root: &Path) -> Vec<Contender> {
    let in_root = |name, told, script: &str| Contender {
        name,
        told,
        command: words(&[&"chroot", &root, &"/bin/bash", &"-c", &script]),
        environment: vec![("LC_ALL", "C".into())],
        folder: root.to_path_buf(),
    };
    vec![
        in_root(
            AGAINST[0],
            "while read -r file; do ldd $file; done",
            "while read -r file; do ldd \"$file\" >/dev/null 2>&1; done </files; true",
        ),
        in_root(
            AGAINST[1],
            "xargs ldd",
            "xargs ldd </files >/dev/null 2>&1; true",
        ),
        in_root(
            "ldd -r, all files at once",
            "xargs ldd -r",
            "xargs ldd -r </files >/dev/null 2>&1; true",
        ),
    ]
}

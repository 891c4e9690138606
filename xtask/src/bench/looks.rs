//! `coracle check --all` of images that others made: the first time beside what nobody can do without, which is to unpack the
//! layer and hash it, and again.

use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::prepare::{compiled, made, output, succeed};
use super::scenario::{Contender, Ground, Prepared, Scenario, Target, words};

const HASHED: &str = "gunzip and hash";
const FIRST: &str = "coracle check --all oci-archive:image.tar, with an empty store";
const AGAIN: &str = "coracle check --all oci-archive:image.tar";
const STARTED: &str = "coracle check oci-archive:image.tar, with an empty store";

/// An image as debian:trixie-slim is one.
pub(super) const SLIM: Scenario = Scenario {
    name: "check-slim",
    shows: "How long it takes to prove all of a small Debian image that was never seen, from a local archive.",
    // 0.7 times the speed of gunzip and hash.
    targets: &[Target::AtMost(HASHED, 1.0 / 0.7), Target::Megabytes(200.0)],
    prepare: |ground| prepare(ground, &slim, &[("check", FIRST)], true),
};

/// The same image again.
pub(super) const AGAIN_SLIM: Scenario = Scenario {
    name: "check-again",
    shows: "The same again, when its layers are known.",
    targets: &[Target::Seconds(0.05), Target::Megabytes(200.0)],
    prepare: |ground| prepare(ground, &slim, &[("check", AGAIN)], false),
};

/// Desktop and media programs with their libraries, and very many files.
pub(super) const LARGE: Scenario = Scenario {
    name: "check-large",
    shows: "The same for an image of 2 GB and 100,000 files, never seen.",
    targets: &[Target::AtMost(HASHED, 1.0 / 0.7), Target::Megabytes(200.0)],
    prepare: |ground| {
        prepare(
            ground,
            &large,
            &[("check", STARTED), ("check --all", FIRST)],
            true,
        )
    },
};

type Root = dyn Fn(&Ground<'_>, &Path) -> anyhow::Result<()>;

/// `told` are the ways of ours, by their names; `first` says that nothing is known of the image.
fn prepare(
    ground: &Ground<'_>,
    root: &Root,
    told: &[(&'static str, &'static str)],
    first: bool,
) -> anyhow::Result<Prepared> {
    let coracle = compiled(ground)?;
    let image = made(&ground.folder, "image", |partial| {
        image(ground, partial, root)
    })?;
    let archive = format!("oci-archive:{}", image.join("image.tar").display());
    let store = ground.folder.join("store");
    let [programs, libraries] = looked_at(&coracle, &archive, &store)?;
    let facts = fs::read_to_string(image.join("facts"))?;
    let forget = if first {
        "rm -rf \"$CORACLE_STORE\"; "
    } else {
        ""
    };
    let shell = words(&[&"sh", &"-c", &format!("{forget}\"$@\"; true"), &"sh"]);
    let contender = |name, told, command| Contender {
        name,
        told,
        command,
        environment: vec![
            ("CORACLE_STORE", store.clone().into_os_string()),
            ("LC_ALL", "C".into()),
        ],
        folder: image.clone(),
    };
    let hash = words(&[&"sh", &"-c", &"gzip -dc layer.gz | sha256sum"]);
    let ours = told.iter().map(|(name, told)| {
        let all = told.contains("--all").then_some("--all");
        let check = ["check"].into_iter().chain(all).chain([archive.as_str()]);
        let check = check.map(OsString::from);
        let command = shell
            .iter()
            .cloned()
            .chain([coracle.clone().into()])
            .chain(check);
        contender(name, told, command.collect())
    });
    let hashed = contender(HASHED, "gzip -dc layer.gz | sha256sum", hash);
    let contenders = ours.chain(first.then_some(hashed)).collect();
    Ok(Prepared {
        work: format!(
            "{}; besides what it starts, {programs} programs and {libraries} libraries are proven.",
            facts.trim()
        ),
        contenders,
    })
}

/// How many programs and libraries are proven besides what the image starts.
fn looked_at(coracle: &Path, archive: &str, store: &Path) -> anyhow::Result<[String; 2]> {
    let mut once = Command::new(coracle);
    once.args(["check", "--all", "--format", "json", archive]);
    let looked = once.env("CORACLE_STORE", store).output()?;
    let said = String::from_utf8(looked.stdout)?;
    let number = |key: &str| {
        let mut lines = said
            .lines()
            .filter_map(|line| line.trim().strip_prefix(key));
        let number = lines
            .next()
            .map(|rest| rest.trim_matches([':', ' ', ','].as_slice()));
        number.unwrap_or_default().to_owned()
    };
    let programs = number("\"other_programs\"");
    let libraries = number("\"other_libraries\"");
    let count: usize = programs.parse().unwrap_or_default();
    // That something stands against one of them is no failure here.
    anyhow::ensure!(
        count > LEAST_PROGRAMS,
        "all of the image was not looked at: {said}"
    );
    Ok([programs, libraries])
}

/// A root as an image of one layer in an archive, and the layer beside it.
fn image(ground: &Ground<'_>, folder: &Path, root: &Root) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let root_folder = ground.folder.join("root.partial");
    let clear = || match fs::remove_dir_all(&root_folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    clear()?;
    root(ground, &root_folder)?;
    let (files, bytes) = weigh(&root_folder)?;
    let tar = folder.join("layer");
    let mut packed = Command::new("tar");
    packed
        .args(["--sort=name", "--numeric-owner", "-C"])
        .arg(&root_folder);
    succeed(packed.arg("-cf").arg(&tar).arg("."), "apt-get install tar")?;
    clear()?;
    let layout = folder.join("layout");
    let image = format!("{}:image", layout.display());
    let hint = "apt-get install umoci";
    let umoci = |words: &[&str]| {
        let mut command = Command::new("umoci");
        command.args(words);
        command
    };
    let layout_text = layout.display().to_string();
    succeed(&mut umoci(&["init", "--layout", &layout_text]), hint)?;
    succeed(&mut umoci(&["new", "--image", &image]), hint)?;
    succeed(
        umoci(&["raw", "add-layer", "--image", &image]).arg(&tar),
        hint,
    )?;
    let command = ["config", "--image", &image, "--config.cmd", "/bin/bash"];
    succeed(&mut umoci(&command), hint)?;
    let largest = largest(&layout.join("blobs/sha256"))?;
    fs::copy(&largest, folder.join("layer.gz"))?;
    let packed = fs::metadata(&largest)?.len() as f64 / 1e6;
    let mut archive = Command::new("tar");
    archive
        .arg("-C")
        .arg(&layout)
        .arg("-cf")
        .arg(folder.join("image.tar"));
    succeed(
        archive.args(["oci-layout", "index.json", "blobs"]),
        "apt-get install tar",
    )?;
    fs::remove_dir_all(&layout)?;
    fs::remove_file(&tar)?;
    let facts = format!(
        "An image of one layer: {files} files, {:.0} MB, {packed:.0} MB as it is packed",
        bytes as f64 / 1e6
    );
    fs::write(folder.join("facts"), facts)?;
    Ok(())
}

fn largest(folder: &Path) -> anyhow::Result<PathBuf> {
    let mut blobs = Vec::new();
    for blob in fs::read_dir(folder)? {
        let blob = blob?;
        blobs.push((blob.metadata()?.len(), blob.path()));
    }
    let largest = blobs.into_iter().max();
    largest
        .map(|(_, path)| path)
        .context("the layout has no blobs")
}

/// How many files a folder has, and their bytes.
fn weigh(folder: &Path) -> anyhow::Result<(u64, u64)> {
    let text = output(
        Command::new("find")
            .arg(folder)
            .args(["-type", "f", "-printf", "%s\\n"]),
    )?;
    let sizes = text.lines().filter_map(|line| line.parse::<u64>().ok());
    Ok(sizes.fold((0, 0), |(count, sum), size| (count + 1, sum + size)))
}

fn slim(_: &Ground<'_>, folder: &Path) -> anyhow::Result<()> {
    println!("making the root of trixie, once");
    let mut command = Command::new("mmdebstrap");
    command.args(["--quiet", "--variant=minbase"]);
    for path in ["doc", "man", "info", "locale"] {
        command.arg(format!("--dpkgopt=path-exclude=/usr/share/{path}/*"));
    }
    command.arg("trixie").arg(folder);
    succeed(&mut command, "as root: apt-get install mmdebstrap")
}

/// What the image must have for the question to be the one that was asked.
const LEAST_PROGRAMS: usize = 100;
const FILES: u64 = 100_000;
const BYTES: u64 = 2_000_000_000;

/// Programs with large libraries, filled up with files of text until it is as large as it is to be.
fn large(_: &Ground<'_>, folder: &Path) -> anyhow::Result<()> {
    println!("making the root of trixie, 2 GB, once");
    let mut command = Command::new("mmdebstrap");
    command.args([
        "--quiet",
        "--variant=extract",
        "--include",
        super::ldd::MANY_LIBRARIES,
    ]);
    command.arg("trixie").arg(folder);
    succeed(&mut command, "as root: apt-get install mmdebstrap")?;
    let (files, bytes) = weigh(folder)?;
    let missing = FILES.saturating_sub(files);
    if missing == 0 {
        return Ok(());
    }
    let size = BYTES.saturating_sub(bytes) / missing;
    let place = folder.join("usr/share/many");
    fs::create_dir_all(&place)?;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..missing {
        let file = fs::File::create(place.join(format!("{number:06}.txt")))?;
        let mut file = std::io::BufWriter::new(file);
        let mut written = 0;
        while written < size {
            // A generator of pseudo-random numbers (xorshift): text that packs to half its size.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            written += 17;
            writeln!(file, "{state:016x}")?;
        }
        file.flush()?;
    }
    Ok(())
}

//! `cargo xtask fuzz`: lets libFuzzer at the readers for a while, under limits, and says what came of it.
//!
//! The targets are in `fuzz/`, what they call in `crates/coracle-fuzz`. The corpus of each is kept in the target folder and
//! grows from run to run; what is found goes by hand, made small, into `fuzz/found/TARGET`.

mod told;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use anyhow::Context;
use clap::Args;

use self::told::Told;
use crate::test::Cargo;

/// What to fuzz, and for how long.
#[derive(Debug, Args)]
pub(crate) struct Choice {
    /// The targets; all of them unless told otherwise.
    targets: Vec<String>,
    /// How long each is run.
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    seconds: u32,
    /// Only compile the targets, and write what they begin with.
    #[arg(long)]
    build: bool,
}

/// What a reader may take for one input.
#[derive(Debug, Clone, Copy)]
struct Limits {
    /// The longest input, in bytes.
    input: u32,
    /// The largest piece of memory, in MB.
    piece: u32,
    /// All memory, in MB, the sanitizer's own among it.
    memory: u32,
}

/// Seconds that one input may take, hundreds of times what any should.
const TIMEOUT: u32 = 5;

const USUAL: Limits = Limits {
    input: 8192,
    piece: 16,
    memory: 384,
};

/// Those that may take more: what they unpack is larger than they are.
const LARGER: &[(&str, Limits)] = &[
    // A package's compressor may have looked back over 128 MB (`zstd -19 --long` would; Debian's never do).
    (
        "deb",
        Limits {
            input: 32768,
            piece: 136,
            memory: 768,
        },
    ),
    (
        "tar",
        Limits {
            input: 32768,
            piece: 24,
            memory: 512,
        },
    ),
];

/// Runs the targets one after the other. The exit code is 0 only when none found anything.
pub(crate) fn run(root: &Path, choice: &Choice) -> anyhow::Result<ExitCode> {
    let cargo = Cargo::find(root)?;
    anyhow::ensure!(
        cargo.has("fuzz"),
        "cargo-fuzz is not here: `cargo install --locked cargo-fuzz`"
    );
    let places = Places {
        root: root.to_path_buf(),
        work: cargo.target().join("fuzz"),
    };
    let known = targets(root)?;
    if let Some(unknown) = choice.targets.iter().find(|name| !known.contains(name)) {
        anyhow::bail!(
            "there is no target {unknown}; there are {}",
            known.join(", ")
        );
    }
    let chosen: Vec<&String> = known
        .iter()
        .filter(|name| choice.targets.is_empty() || choice.targets.contains(name))
        .collect();
    places.begin(&cargo)?;
    // The sanitizer is not stable yet, and the pinned toolchain has it all the same.
    let cargo = cargo.with("RUSTC_BOOTSTRAP", "1");
    for target in &chosen {
        let status = places.cargo_fuzz(&cargo, "build", target).status()?;
        anyhow::ensure!(status.success(), "{target} does not compile");
    }
    if choice.build {
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = Vec::new();
    for target in chosen {
        println!("\n== {target}");
        let told = places.fuzz(&cargo, target, choice.seconds)?;
        let row = told.row(target);
        println!("{row}");
        rows.push((row, told.is_well()));
    }
    println!("\n{}", told::HEADING);
    for (row, _) in &rows {
        println!("{row}");
    }
    Ok(ExitCode::from(u8::from(rows.iter().any(|(_, well)| !well))))
}

/// The targets that have a folder for what they found.
fn targets(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("fuzz/found");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut names = entries
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<anyhow::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

/// Where everything of a run lies.
struct Places {
    root: PathBuf,
    work: PathBuf,
}

impl Places {
    /// Writes the honest inputs.
    fn begin(&self, cargo: &Cargo) -> anyhow::Result<()> {
        let seeds = self.work.join("seeds");
        let mut command = cargo.command(&["run", "--quiet", "--package", "coracle-fuzz"]);
        command.args(["--example", "seeds", "--"]).arg(&seeds);
        let status = command.status().context("cannot start cargo")?;
        anyhow::ensure!(status.success(), "the first inputs could not be written");
        Ok(())
    }

    fn cargo_fuzz(&self, cargo: &Cargo, what: &str, target: &str) -> std::process::Command {
        let mut command = cargo.command(&["fuzz", what]);
        command.arg("--target-dir").arg(self.work.join("build"));
        command.arg(target);
        command
    }

    fn fuzz(&self, cargo: &Cargo, target: &str, seconds: u32) -> anyhow::Result<Told> {
        let corpus = self.work.join("corpus").join(target);
        let artifacts = self.work.join("artifacts").join(target);
        for folder in [&corpus, &artifacts] {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        let limits = LARGER.iter().find(|(name, _)| *name == target);
        let limits = limits.map_or(USUAL, |(_, limits)| *limits);
        let mut command = self.cargo_fuzz(cargo, "run", target);
        command.arg(&corpus);
        command.arg(self.work.join("seeds").join(target));
        command.arg(self.root.join("fuzz/found").join(target));
        command.args([
            "--".to_owned(),
            "-fork=1".to_owned(),
            format!("-max_total_time={seconds}"),
            format!("-timeout={TIMEOUT}"),
            format!("-max_len={}", limits.input),
            format!("-malloc_limit_mb={}", limits.piece),
            format!("-rss_limit_mb={}", limits.memory),
            format!("-artifact_prefix={}/", artifacts.display()),
        ]);
        // What was freed is kept from being used again for a while; not so much of it that it hides what a reader takes.
        command.env("ASAN_OPTIONS", "quarantine_size_mb=16:detect_leaks=0");
        let mut child = command.stderr(Stdio::piped()).spawn()?;
        let stderr = child.stderr.take().context("no standard error")?;
        let mut told = Told::default();
        for line in BufReader::new(stderr).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            if told.read(&line) {
                println!("{line}");
            }
        }
        let status = child.wait()?;
        told.end(status.success(), &artifacts);
        Ok(told)
    }
}

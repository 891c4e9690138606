//! Starts cargo the way this run wants it: the same target folder for everything, our tools on
//! PATH. Not what the steps are; see the parent.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::available_parallelism;
use std::time::Instant;

use anyhow::Context;

use super::harness::Counts;
use super::report::Outcome;
use super::times::Times;

/// How cargo is started.
#[derive(Debug, Clone)]
pub(crate) struct Cargo {
    root: PathBuf,
    target: PathBuf,
    environment: Vec<(OsString, OsString)>,
    /// How many tests a harness runs at once.
    threads: usize,
}

/// How the test harness is told how many tests to run at once.
const THREADS: &str = "RUST_TEST_THREADS";

impl Cargo {
    /// Asks cargo where the repository at `root` builds to.
    pub(crate) fn find(root: &Path) -> anyhow::Result<Self> {
        let mut cargo = Self {
            root: root.to_path_buf(),
            target: PathBuf::new(),
            environment: Vec::new(),
            threads: told_threads().unwrap_or_else(processors),
        };
        let metadata = cargo
            .command(&["metadata", "--no-deps", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()
            .context("cannot start cargo")?;
        anyhow::ensure!(metadata.status.success(), "cargo metadata failed");
        let metadata: serde_json::Value =
            serde_json::from_slice(&metadata.stdout).context("cargo metadata is not JSON")?;
        let target = metadata
            .get("target_directory")
            .and_then(|path| path.as_str());
        cargo.target = target
            .context("cargo metadata names no target_directory")?
            .into();
        Ok(cargo)
    }

    /// The target folder, absolute.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    pub(crate) fn with(&self, name: &str, value: impl Into<OsString>) -> Self {
        let mut cargo = self.clone();
        cargo.environment.push((name.into(), value.into()));
        cargo
    }

    /// The same with one test more at once than there are processors, unless told otherwise: tests with real parts wait for
    /// downloads and servers.
    pub(super) fn with_waiting_tests(&self) -> Self {
        let threads = told_threads().unwrap_or_else(|| processors() + 1);
        Self {
            threads,
            ..self.with(THREADS, threads.to_string())
        }
    }

    pub(super) fn with_path(&self, path: OsString) -> Self {
        self.with("PATH", path)
    }

    /// The PATH that cargo gets, where it is not ours.
    pub(super) fn path(&self) -> Option<&OsStr> {
        let mut environment = self.environment.iter().rev();
        let path = environment.find(|(name, _)| name == "PATH");
        path.map(|(_, path)| path.as_os_str())
    }

    /// Whether `cargo NAME` is there.
    pub(crate) fn has(&self, name: &str) -> bool {
        let mut command = self.command(&[name, "--version"]);
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        quiet.status().is_ok_and(|status| status.success())
    }

    /// Runs `cargo ARGUMENTS`, its output going where ours goes.
    pub(super) fn run(&self, arguments: &[&str]) -> Outcome {
        match self.command(arguments).status() {
            Ok(status) if status.success() => Outcome::ok(),
            Ok(status) => Outcome::failed(format!("{} ended with {status}", told(arguments))),
            Err(error) => Outcome::failed(format!("{} did not start: {error}", told(arguments))),
        }
    }

    /// Runs `cargo ARGUMENTS` and counts what the test harness says, line by line as it comes.
    pub(super) fn test(&self, arguments: &[&str]) -> Outcome {
        self.test_printing(arguments).unwrap_or_else(|error| {
            Outcome::failed(format!("{} did not run: {error:#}", told(arguments)))
        })
    }

    /// The standard output of `cargo ARGUMENTS`; standard error goes where ours goes.
    pub(super) fn output(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let mut command = self.command(arguments);
        let output = command.stderr(Stdio::inherit()).output()?;
        let status = output.status;
        anyhow::ensure!(status.success(), "{} ended with {status}", told(arguments));
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// `cargo ARGUMENTS`, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        command
            .args(arguments)
            .current_dir(&self.root)
            .stdin(Stdio::null());
        for (name, value) in &self.environment {
            command.env(name, value);
        }
        command
    }

    fn test_printing(&self, arguments: &[&str]) -> anyhow::Result<Outcome> {
        let mut child = self.command(arguments).stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().context("no standard output")?;
        let mut counts = Counts::default();
        let mut times = Times::with_threads(self.threads);
        let began = Instant::now();
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            counts.read(&line);
            times.read(&line, began.elapsed());
        }
        let status = child.wait()?;
        let mut outcome = counts.into_outcome();
        outcome.slowest = times.into_slowest();
        if !status.success() {
            outcome.why = Some(format!("{} ended with {status}", told(arguments)));
        }
        Ok(outcome)
    }
}

fn told<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
    words.fold("`cargo".to_owned(), |told, word| told + " " + &word) + "`"
}

fn told_threads() -> Option<usize> {
    std::env::var(THREADS).ok()?.parse().ok()
}

fn processors() -> usize {
    available_parallelism().map_or(1, Into::into)
}

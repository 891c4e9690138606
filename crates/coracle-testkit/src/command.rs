//! Running programs in tests: with an environment of the test's own, and with a failure that shows everything.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, ensure};

/// What a program printed and how it ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The exit code; 128 plus the number for a signal.
    pub code: i32,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
}

/// A command line with an environment that holds only what it is given, besides what a toolchain needs to be found.
#[derive(Debug, Clone)]
pub struct Hermetic {
    program: PathBuf,
    arguments: Vec<String>,
    environment: BTreeMap<String, String>,
    directory: Option<PathBuf>,
}

/// What is passed on: where programs, toolchains and the network's certificates are. None of it is coracle's.
const PASSED_ON: &[&str] = &[
    "CARGO_HTTP_CAINFO",
    "GOFLAGS",
    "GOPROXY",
    "GOSUMDB",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "PATH",
    "RUSTUP_HOME",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "https_proxy",
    "http_proxy",
    "no_proxy",
];

impl Hermetic {
    /// A program in the environment of nobody, with this folder as its home.
    pub fn new(program: impl Into<PathBuf>, home: &Path) -> Hermetic {
        let mut environment: BTreeMap<String, String> = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)))
            .collect();
        environment.insert("HOME".to_owned(), home.display().to_string());
        if !environment.contains_key("RUSTUP_HOME")
            && let Ok(real) = std::env::var("HOME")
        {
            environment.insert("RUSTUP_HOME".to_owned(), format!("{real}/.rustup"));
        }
        Hermetic {
            program: program.into(),
            arguments: Vec::new(),
            environment,
            directory: None,
        }
    }

    /// Adds arguments.
    pub fn args<I: IntoIterator<Item = S>, S: Into<String>>(mut self, arguments: I) -> Hermetic {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets a variable.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Hermetic {
        self.environment.insert(name.to_owned(), value.into());
        self
    }

    /// Where it runs.
    pub fn directory(mut self, directory: &Path) -> Hermetic {
        self.directory = Some(directory.to_owned());
        self
    }

    /// Runs it to its end, whatever that is.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn run(&self) -> anyhow::Result<Ended> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null());
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        let output = command
            .output()
            .with_context(|| format!("cannot start {}", self.program.display()))?;
        Ok(ended(&output))
    }

    /// Runs it; anything but success is an error that shows all it printed.
    ///
    /// # Errors
    /// When it cannot be started or does not succeed.
    pub fn succeed(&self) -> anyhow::Result<Ended> {
        let ended = self.run()?;
        let line = format!("{} {}", self.program.display(), self.arguments.join(" "));
        ensure!(
            ended.code == 0,
            "{line} ended with {}\n{}{}",
            ended.code,
            ended.stdout,
            ended.stderr
        );
        Ok(ended)
    }
}

pub(crate) fn ended(output: &Output) -> Ended {
    use std::os::unix::process::ExitStatusExt;
    let status = output.status;
    Ended {
        code: status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a tool of the machine with the test's own environment; anything but success is an error that shows all.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub fn tool(program: &str, arguments: &[&str]) -> anyhow::Result<Ended> {
    let ended = try_tool(program, arguments)?;
    let line = format!("{program} {}", arguments.join(" "));
    ensure!(
        ended.code == 0,
        "{line} ended with {}\n{}{}",
        ended.code,
        ended.stdout,
        ended.stderr
    );
    Ok(ended)
}

/// As [`tool`], but any end will do.
///
/// # Errors
/// When it cannot be started.
pub fn try_tool(program: &str, arguments: &[&str]) -> anyhow::Result<Ended> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    let output = output
        .with_context(|| format!("cannot start {program}: `cargo xtask test` installs it"))?;
    Ok(ended(&output))
}

//! What this machine has: versions of the user's cargo, rustc and go, asked in a folder because a
//! repository may pin its own (`rust-toolchain.toml`, the `toolchain` line of `go.mod`).

use std::path::{Path, PathBuf};

use coracle_process::Program;

use crate::toolchain::Toolchain;

/// Why a program could not be asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is not there, or failed.
    #[error("cannot ask {tool} for its version")]
    Process {
        /// `cargo`, `rustc` or `go`.
        tool: &'static str,
        /// Why.
        #[source]
        source: coracle_process::Error,
    },
    /// It answered something else than expected.
    #[error("expected {expected} from {tool}, got `{answer}`")]
    Answer {
        /// `cargo`, `rustc` or `go`.
        tool: &'static str,
        /// What should have come.
        expected: &'static str,
        /// What came.
        answer: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Process { tool, source } => process_hint(tool, source),
            Error::Answer { tool, .. } => Some(format!(
                "is the `{tool}` on PATH the real one? run `{tool} --version`"
            )),
        }
    }
}

/// The hint of a failed process, better than the process's own when the program is not there.
pub(crate) fn process_hint(tool: &str, error: &coracle_process::Error) -> Option<String> {
    match (tool, error) {
        ("cargo" | "rustc", coracle_process::Error::NotFound { .. }) => Some(
            "install Rust (https://rustup.rs), or add the folder that holds cargo to PATH"
                .to_owned(),
        ),
        ("go", coracle_process::Error::NotFound { .. }) => Some(
            "install Go (https://go.dev/dl), or add the folder that holds go to PATH".to_owned(),
        ),
        _ => error.hint(),
    }
}

/// Whether go says that `go.mod` or `go.sum` would have to change.
pub(crate) fn is_stale_module(text: &str) -> bool {
    [
        "missing go.sum entry",
        "updates to go.mod needed",
        "updates to go.sum needed",
        "go: updates to go.work needed",
    ]
    .iter()
    .any(|says| text.contains(says))
}

/// What rustc says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rustc {
    /// The first line of `rustc -vV`: `rustc 1.95.0 (…)`.
    pub version: String,
    /// The host's target triple.
    pub host: String,
    /// The commit it was built from; a distribution's own build may not know.
    pub commit: Option<String>,
    /// Its folder (`--print sysroot`).
    pub sysroot: PathBuf,
}

/// The first of these programs that is there and answers.
pub(crate) fn first_of(names: &[&'static str]) -> Option<&'static str> {
    let answers = |name: &&&str| Program::new(**name).arg("--version").output().is_ok();
    names.iter().find(answers).copied()
}

/// The version of cargo in `directory`, such as `cargo 1.95.0 (f2d3ce0bd 2026-03-21)`.
///
/// # Errors
/// See [`Error`].
pub fn cargo_version(toolchain: &Toolchain, directory: &Path) -> Result<String, Error> {
    let answer = ask("cargo", toolchain.cargo().arg("--version"), directory)?;
    expect_start("cargo", "cargo ", answer.trim())
}

/// The version of go in `directory`, such as `go version go1.26.0 linux/amd64`.
///
/// # Errors
/// See [`Error`].
pub fn go_version(toolchain: &Toolchain, directory: &Path) -> Result<String, Error> {
    let answer = ask("go", toolchain.go().arg("version"), directory)?;
    expect_start("go", "go version ", answer.trim())
}

/// What the rustc of `directory` says of itself.
///
/// # Errors
/// See [`Error`].
pub fn rustc(toolchain: &Toolchain, directory: &Path) -> Result<Rustc, Error> {
    let answer = ask("rustc", toolchain.rustc().arg("-vV"), directory)?;
    let sysroot = ask(
        "rustc",
        toolchain.rustc().args(["--print", "sysroot"]),
        directory,
    )?;
    rustc_answer(&answer, sysroot.trim())
}

fn rustc_answer(answer: &str, sysroot: &str) -> Result<Rustc, Error> {
    let field = |name: &str| {
        let line = answer.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.trim_start_matches(':').trim().to_owned()).filter(|value| value != "unknown")
    };
    Ok(Rustc {
        version: expect_start("rustc", "rustc ", answer.lines().next().unwrap_or_default())?,
        host: field("host").ok_or_else(|| Error::Answer {
            tool: "rustc",
            expected: "a line `host: …`",
            answer: answer.trim().to_owned(),
        })?,
        commit: field("commit-hash"),
        sysroot: PathBuf::from(sysroot),
    })
}

fn ask(tool: &'static str, program: Program, directory: &Path) -> Result<String, Error> {
    let output = program.directory(directory).output();
    let output = output.map_err(|source| Error::Process { tool, source })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn expect_start(tool: &'static str, expected: &'static str, answer: &str) -> Result<String, Error> {
    if !answer.starts_with(expected) {
        let answer = answer.to_owned();
        return Err(Error::Answer {
            tool,
            expected,
            answer,
        });
    }
    Ok(answer.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustc_s_answer_is_read() {
        let answer = "rustc 1.95.0 (abc 2026-04-14)\nbinary: rustc\ncommit-hash: abcdef\n\
                      commit-date: 2026-04-14\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\n";
        let rustc = rustc_answer(answer, "/opt/rust").unwrap();
        assert_eq!(rustc.version, "rustc 1.95.0 (abc 2026-04-14)");
        assert_eq!(rustc.host, "x86_64-unknown-linux-gnu");
        assert_eq!(rustc.commit.as_deref(), Some("abcdef"));
    }

    #[test]
    fn a_distribution_s_rustc_knows_no_commit() {
        let rustc =
            rustc_answer("rustc 1.85.0\ncommit-hash: unknown\nhost: a-b-c\n", "/usr").unwrap();
        assert_eq!(rustc.commit, None);
    }

    #[test]
    fn another_program_s_answer_is_refused() {
        assert!(rustc_answer("hello\n", "/").is_err());
        assert!(rustc_answer("rustc 1.95.0\n", "/").is_err());
    }

    #[test]
    fn a_missing_program_says_what_to_install() {
        let toolchain = Toolchain {
            cargo: "no-such-cargo".into(),
            go: "no-such-go".into(),
            ..Toolchain::default()
        };
        let hint = |error: Error| error.hint().unwrap();
        assert!(hint(cargo_version(&toolchain, Path::new("/")).unwrap_err()).contains("rustup.rs"));
        assert!(hint(go_version(&toolchain, Path::new("/")).unwrap_err()).contains("go.dev"));
    }

    #[test]
    fn the_installed_programs_answer() {
        let toolchain = Toolchain::default();
        assert!(cargo_version(&toolchain, Path::new("/")).is_ok());
        assert!(go_version(&toolchain, Path::new("/")).is_ok());
        let rustc = rustc(&toolchain, Path::new("/")).unwrap();
        assert!(rustc.sysroot.is_dir());
        assert!(rustc.host.contains("linux"));
    }
}

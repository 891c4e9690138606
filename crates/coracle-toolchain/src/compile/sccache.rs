//! sccache, a compiler cache that other checkouts, builds and machines may share: whether a build uses it.
//!
//! Its server is the user's, starts where none runs and ends by itself. What it keeps and where (a folder, S3, Redis,
//! GitHub's cache) it reads of its own variables, which it inherits; nothing of them is known here.

mod statistics;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::Duration;

use coracle_process::Program;
use toml::Value;

pub use self::statistics::Statistics;
use super::configuration;
use crate::toolchain::{SccacheWish as Wish, Toolchain};

/// A sccache that a build uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sccache {
    program: OsString,
    /// What it says of itself: `sccache 0.16.0`.
    pub version: String,
}

/// Why a build does not use it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unused {
    /// The user says so.
    #[error("{origin} says that it is not used")]
    NotWanted {
        /// Where.
        origin: String,
    },
    /// Nobody asked for it, and it is not here.
    #[error("it is not here")]
    NotInstalled,
    /// It was asked for, and is not here.
    #[error("sccache is not used: {origin} asks for it, and `{program}` {problem}")]
    Absent {
        /// Who asked.
        origin: String,
        /// The program.
        program: String,
        /// What is wrong with it.
        problem: String,
    },
    /// cargo calls another program in place of rustc, and there can be only one.
    #[error("sccache is not used: cargo calls `{wrapper}` in place of rustc ({origin})")]
    OtherWrapper {
        /// The other.
        wrapper: String,
        /// Who says so: `RUSTC_WRAPPER`.
        origin: String,
        /// Whether sccache was asked for.
        asked: bool,
    },
    /// Its server does not work.
    #[error("sccache is not used: its server does not work: {problem}")]
    Dead {
        /// What it says.
        problem: String,
    },
}

impl Unused {
    /// Whether the user should be told: of what was asked for, or is there and does not work.
    pub fn is_surprising(&self) -> bool {
        match self {
            Unused::NotWanted { .. } | Unused::NotInstalled => false,
            Unused::OtherWrapper { asked, .. } => *asked,
            Unused::Absent { .. } | Unused::Dead { .. } => true,
        }
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Unused::NotWanted { .. } => None,
            Unused::NotInstalled | Unused::Absent { .. } => Some(INSTALL),
            Unused::OtherWrapper { .. } => Some("remove one of the two"),
            Unused::Dead { .. } => Some(
                "`sccache --stop-server && sccache --start-server` says more, with SCCACHE_LOG=debug; look at the \
                 SCCACHE_… variables; CORACLE_SCCACHE=false compiles without it",
            ),
        }
    }
}

/// The command that installs it.
pub const INSTALL: &str = "cargo install --locked sccache";

/// How long its server may take to start: it looks for its store and gives up by itself after ten seconds.
const START: Duration = Duration::from_secs(30);
/// How long its server may take to answer.
const ANSWER: Duration = Duration::from_secs(10);

/// The sccache that programs of a workspace are compiled through.
///
/// # Errors
/// Why it is none.
pub fn find(toolchain: &Toolchain, workspace: &Path) -> Result<Sccache, Unused> {
    let asked = matches!(toolchain.sccache, Wish::Always { .. });
    let (named, origin) = match &toolchain.sccache {
        Wish::Never => {
            let origin = "coracle.toml or CORACLE_SCCACHE".to_owned();
            return Err(Unused::NotWanted { origin });
        }
        Wish::Always { program, origin } => (program.clone(), origin.clone()),
        Wish::WhereInstalled => (None, String::new()),
    };
    let wrapper = wrapper(toolchain, workspace);
    let own = match wrapper {
        Some((wrapper, origin)) if wrapper.is_empty() && !asked => {
            let origin = format!("an empty {origin}");
            return Err(Unused::NotWanted { origin });
        }
        Some((wrapper, origin)) if !wrapper.is_empty() && !is_sccache(&wrapper) => {
            return Err(Unused::OtherWrapper {
                wrapper: wrapper.to_string_lossy().into_owned(),
                origin,
                asked,
            });
        }
        Some((wrapper, _)) if is_sccache(&wrapper) => Some(wrapper),
        _ => None,
    };
    let program = named.or(own).unwrap_or_else(|| "sccache".into());
    let problem = match version(&program) {
        Ok(version) => return Ok(Sccache { program, version }),
        Err(_) if !asked => return Err(Unused::NotInstalled),
        Err(problem) => problem,
    };
    let program = program.to_string_lossy().into_owned();
    Err(Unused::Absent {
        origin,
        program,
        problem,
    })
}

fn version(program: &OsStr) -> Result<String, String> {
    let ask = Program::new(program).arg("--version").directory("/");
    let output = ask.timeout(ANSWER).output();
    let output = output.map_err(|error| match error {
        coracle_process::Error::NotFound { .. } => "is not here".to_owned(),
        error => format!("does not answer: {error}"),
    })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    match said.starts_with("sccache ") {
        true => Ok(said),
        false => Err(format!("is another program: it says `{said}`")),
    }
}

/// The program that cargo would call in place of rustc, and who says so.
fn wrapper(toolchain: &Toolchain, workspace: &Path) -> Option<(OsString, String)> {
    let variable = "RUSTC_WRAPPER";
    if let Some(wrapper) = &toolchain.rustc_wrapper {
        return Some((wrapper.clone(), variable.to_owned()));
    }
    let variable = "CARGO_BUILD_RUSTC_WRAPPER";
    if let Some(wrapper) = toolchain.cargo_variables.get(variable) {
        return Some((wrapper.clone(), variable.to_owned()));
    }
    let files = configuration::files(workspace, toolchain);
    files.into_iter().rev().find_map(|(path, table)| {
        let wrapper = table.get("build")?.get("rustc-wrapper");
        let wrapper = wrapper.and_then(Value::as_str)?;
        Some((wrapper.into(), path.display().to_string()))
    })
}

fn is_sccache(wrapper: &OsStr) -> bool {
    Path::new(wrapper).file_stem() == Some(OsStr::new("sccache"))
}

impl Sccache {
    /// One that nobody asked.
    #[cfg(test)]
    pub(crate) fn of(program: OsString) -> Sccache {
        let version = String::new();
        Sccache { program, version }
    }

    /// Its command.
    pub(crate) fn program(&self) -> &OsStr {
        &self.program
    }

    /// Starts its server, where none runs.
    ///
    /// # Errors
    /// [`Unused::Dead`].
    pub fn start(&self) -> Result<(), Unused> {
        let start = Program::new(&self.program)
            .arg("--start-server")
            .directory("/");
        match start.timeout(START).output() {
            Ok(_) => Ok(()),
            // One that runs already is asked whether it answers: anything may listen at its address.
            Err(coracle_process::Error::Failed { tail, .. }) if tail.contains("in use") => {
                self.statistics().map(|_| ())
            }
            Err(coracle_process::Error::Failed { tail, .. }) => Err(Unused::Dead {
                problem: tail.trim().to_owned(),
            }),
            Err(error) => Err(dead(&error)),
        }
    }

    /// What its server did since it started, for whomever.
    ///
    /// # Errors
    /// [`Unused::Dead`].
    pub fn statistics(&self) -> Result<Statistics, Unused> {
        let ask = Program::new(&self.program)
            .args(["--show-stats", "--stats-format", "json"])
            .directory("/");
        let output = ask.timeout(ANSWER).output().map_err(|error| dead(&error))?;
        Statistics::read(&output.stdout).ok_or_else(|| Unused::Dead {
            problem: "its statistics are not as expected".to_owned(),
        })
    }
}

fn dead(error: &coracle_process::Error) -> Unused {
    let problem = error.to_string();
    Unused::Dead { problem }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A folder with a program of this name that does what a script says.
    fn program(name: &str, script: &str) -> (tempfile::TempDir, OsString) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (folder, path.into_os_string())
    }

    fn always(program: &OsStr) -> Wish {
        Wish::Always {
            program: Some(program.to_owned()),
            origin: "coracle.toml".to_owned(),
        }
    }

    fn found(toolchain: &Toolchain) -> Result<Sccache, Unused> {
        find(toolchain, Path::new("/no/workspace"))
    }

    #[test]
    fn it_is_found_by_its_word_and_another_program_of_that_name_is_not_taken() {
        let (_folder, real) = program("cache", "echo sccache 0.16.0");
        let toolchain = |sccache| Toolchain {
            sccache,
            ..Toolchain::default()
        };
        assert_eq!(
            found(&toolchain(always(&real))).unwrap().version,
            "sccache 0.16.0"
        );
        let (_folder, other) = program("sccache", "echo hello");
        let error = found(&toolchain(always(&other))).unwrap_err();
        assert!(error.to_string().contains("it says `hello`"), "{error}");
        let error = found(&toolchain(always(OsStr::new("/no/sccache")))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "sccache is not used: coracle.toml asks for it, and `/no/sccache` is not here"
        );
        assert!(error.is_surprising() && error.hint() == Some(INSTALL));
        let error = found(&toolchain(Wish::Never)).unwrap_err();
        assert!(!error.is_surprising());
    }

    #[test]
    fn a_wrapper_of_the_user_s_stands_and_one_that_is_sccache_is_used() {
        let (_folder, real) = program("sccache", "echo sccache 0.16.0");
        let with = |wrapper: &OsStr, sccache| Toolchain {
            rustc_wrapper: Some(wrapper.to_owned()),
            sccache,
            ..Toolchain::default()
        };
        let own = found(&with(&real, Wish::WhereInstalled)).unwrap();
        assert_eq!(own.program(), real);
        for (wish, told) in [(Wish::WhereInstalled, false), (always(&real), true)] {
            let error = found(&with(OsStr::new("/x/mine"), wish)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "sccache is not used: cargo calls `/x/mine` in place of rustc (RUSTC_WRAPPER)"
            );
            assert_eq!(error.is_surprising(), told);
        }
        // An empty one says that there is to be none, and so is none for whoever asks for sccache.
        let error = found(&with(OsStr::new(""), Wish::WhereInstalled)).unwrap_err();
        assert!(matches!(error, Unused::NotWanted { .. }));
        assert!(found(&with(OsStr::new(""), always(&real))).is_ok());
    }

    #[test]
    fn a_wrapper_in_cargo_s_configuration_counts_as_the_variable_does() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join(".cargo")).unwrap();
        let path = folder.path().join(".cargo/config.toml");
        std::fs::write(&path, "build.rustc-wrapper = \"mine\"\n").unwrap();
        let error = find(&Toolchain::default(), folder.path()).unwrap_err();
        assert!(error.to_string().contains("`mine`"), "{error}");
        let variables = [("CARGO_BUILD_RUSTC_WRAPPER".to_owned(), "other".into())];
        let toolchain = Toolchain {
            cargo_variables: variables.into(),
            ..Toolchain::default()
        };
        let error = find(&toolchain, folder.path()).unwrap_err();
        assert!(error.to_string().contains("`other`"), "{error}");
    }

    #[test]
    fn a_server_that_does_not_start_is_told_with_what_it_says() {
        let dead = "case $1 in --version) echo sccache 0.16.0;; *) echo \"sccache: error: $SAYS\" >&2; exit 2;; esac";
        let started = |says: &str| {
            let (_folder, program) = program("sccache", &dead.replace("$SAYS", says));
            Sccache::of(program).start().unwrap_err()
        };
        let error = started("Timed out waiting for server startup");
        assert_eq!(
            error.to_string(),
            "sccache is not used: its server does not work: sccache: error: Timed out waiting for server startup"
        );
        assert!(error.is_surprising());
        // Something else listens there.
        let error = started("Server startup failed: Address in use");
        assert!(error.to_string().contains("--show-stats"), "{error}");
    }
}

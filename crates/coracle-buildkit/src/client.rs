//! Asking a BuildKit to build, by its own clients: `buildctl`, or `docker buildx` for builders that Docker manages.

use std::path::Path;
use std::time::Duration;

use coracle_process::Program;
use serde::Deserialize;

use crate::progress::Progress;
use crate::{Address, Error, Step};

/// How long a builder may take to answer at all; one in a cluster may have to be started.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who is asked, and by which program.
#[derive(Debug, Clone)]
pub struct Client {
    address: Address,
}

/// What is to be built: the last stage's files are written into a folder of this machine.
#[derive(Debug, Clone)]
pub struct Build<'a> {
    /// The folder with the `Dockerfile`, and its `Dockerfile.dockerignore`.
    pub recipe: &'a Path,
    /// The folder that is the build's own context.
    pub context: &'a Path,
    /// Other folders, by the names that the Dockerfile has for them.
    pub contexts: &'a [(String, std::path::PathBuf)],
    /// Where the files go.
    pub output: &'a Path,
    /// `type=registry,ref=…`, each.
    pub cache_from: &'a [String],
    /// Likewise.
    pub cache_to: &'a [String],
    /// Variables whose values are given as secrets, each under its own name.
    pub secrets: &'a [String],
}

/// What `buildctl debug workers` says of one.
#[derive(Debug, Deserialize)]
struct Worker {
    #[serde(default)]
    platforms: Vec<Platform>,
}

#[derive(Debug, Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

impl Client {
    /// A client for a BuildKit; nothing is asked yet.
    pub fn new(address: Address) -> Client {
        Client { address }
    }

    /// Who is asked.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The platform that the builder itself runs on, as `linux/amd64`; `None` where it does not say.
    ///
    /// # Errors
    /// The client is not here, or nobody answers.
    pub fn platform(&self) -> Result<Option<String>, Error> {
        let ask =
            match &self.address {
                Address::Daemon(address) => Program::new("buildctl")
                    .args(["--addr", address])
                    .args(["debug", "workers", "--format", "{{json .}}"]),
                Address::Buildx(name) => Program::new("docker")
                    .args(["buildx", "inspect", "--bootstrap"])
                    .args(name.clone()),
            };
        let answer = ask
            .timeout(PATIENCE)
            .output()
            .map_err(|error| match error {
                coracle_process::Error::Failed { tail, .. }
                | coracle_process::Error::TimedOut { tail, .. } => Error::NoBuilder {
                    address: self.address.clone(),
                    said: last_words(&tail),
                },
                error => self.not_run(error),
            })?;
        Ok(match &self.address {
            Address::Daemon(_) => of_workers(&answer.stdout),
            Address::Buildx(_) => of_inspection(&String::from_utf8_lossy(&answer.stdout)),
        })
    }

    /// Builds, and tells what happens meanwhile.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn build(&self, build: &Build<'_>, tell: &mut dyn FnMut(Step<'_>)) -> Result<(), Error> {
        let program = match &self.address {
            Address::Daemon(address) => by_buildctl(address, build),
            Address::Buildx(name) => by_buildx(name.as_deref(), build),
        };
        let mut progress = Progress::default();
        let ended = program.stream(&mut |_, line| progress.take(line, tell));
        let Err(error) = ended else {
            return Ok(());
        };
        let coracle_process::Error::Failed { .. } = &error else {
            return Err(self.not_run(error));
        };
        let address = self.address.clone();
        let said = last_words(progress.words());
        Err(match progress.failure() {
            // It may be told of a step, too, that the builder is gone.
            Some(failure) if !is_gone(&failure.reason) => Error::Step {
                address,
                step: failure.step,
                reason: failure.reason,
                tail: failure.tail,
            },
            None if !is_gone(&said) => Error::Client { address, said },
            _ => Error::WentAway {
                address,
                step: progress.running().map(str::to_owned),
                said,
            },
        })
    }

    fn not_run(&self, error: coracle_process::Error) -> Error {
        let address = self.address.clone();
        match error {
            coracle_process::Error::NotFound { .. } => Error::NoClient {
                program: match &address {
                    Address::Daemon(_) => "buildctl",
                    Address::Buildx(_) => "docker",
                },
                address,
            },
            source => Error::Run { address, source },
        }
    }
}

fn by_buildctl(address: &str, build: &Build<'_>) -> Program {
    let mut program = Program::new("buildctl").args(["--addr", address]);
    program = program.args(["build", "--progress=rawjson", "--frontend=dockerfile.v0"]);
    let local = |name: &str, folder: &Path| format!("{name}={}", folder.display());
    program = program.args(["--local", &local("context", build.context)]);
    program = program.args(["--local", &local("dockerfile", build.recipe)]);
    for (name, folder) in build.contexts {
        program = program.args(["--local", &local(name, folder)]);
        program = program.args(["--opt", &format!("context:{name}=local:{name}")]);
    }
    for from in build.cache_from {
        program = program.args(["--import-cache", from]);
    }
    for to in build.cache_to {
        program = program.args(["--export-cache", to]);
    }
    for name in build.secrets {
        program = program.args(["--secret", &format!("id={name},env={name}")]);
    }
    let output = format!("type=local,dest={}", build.output.display());
    program.args(["--output", &output])
}

fn by_buildx(name: Option<&str>, build: &Build<'_>) -> Program {
    let mut program = Program::new("docker").args(["buildx", "build", "--progress=rawjson"]);
    if let Some(name) = name {
        program = program.args(["--builder", name]);
    }
    program = program.arg("--file").arg(build.recipe.join("Dockerfile"));
    for (name, folder) in build.contexts {
        program = program.args(["--build-context", &format!("{name}={}", folder.display())]);
    }
    for from in build.cache_from {
        program = program.args(["--cache-from", from]);
    }
    for to in build.cache_to {
        program = program.args(["--cache-to", to]);
    }
    for name in build.secrets {
        program = program.args(["--secret", &format!("id={name},env={name}")]);
    }
    let output = format!("type=local,dest={}", build.output.display());
    program
        .args(["--provenance=false", "--output", &output])
        .arg(build.context)
}

/// The first platform of the first worker: its own comes before those that it emulates.
fn of_workers(answer: &[u8]) -> Option<String> {
    let workers: Vec<Worker> = serde_json::from_slice(answer).ok()?;
    let platform = workers.into_iter().next()?.platforms.into_iter().next()?;
    Some(format!("{}/{}", platform.os, platform.architecture))
}

/// `Platforms: linux/amd64*, linux/arm64`, of which the first is its own.
fn of_inspection(answer: &str) -> Option<String> {
    let mut lines = answer.lines();
    let platforms = lines.find_map(|line| line.trim().strip_prefix("Platforms:"))?;
    let first = platforms.split(',').next()?.trim().trim_end_matches('*');
    (!first.is_empty()).then(|| first.to_owned())
}

/// Whether words say that nobody is at the other end any more.
fn is_gone(said: &str) -> bool {
    const SIGNS: [&str; 8] = [
        "code = Unavailable",
        "error reading from server",
        "connection refused",
        "connection reset",
        "broken pipe",
        "transport is closing",
        "transport: ",
        "no such job",
    ];
    said.trim_end().ends_with("EOF") || SIGNS.iter().any(|sign| said.contains(sign))
}

/// The last line that says something.
fn last_words(said: &str) -> String {
    let mut lines = said.lines().rev().map(str::trim);
    let last = lines
        .find(|line| !line.is_empty())
        .unwrap_or("it said nothing");
    let last = last
        .strip_prefix("error: ")
        .or_else(|| last.strip_prefix("ERROR: "));
    last.map_or_else(
        || {
            said.lines()
                .last()
                .unwrap_or("it said nothing")
                .trim()
                .to_owned()
        },
        str::to_owned,
    )
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn build() -> (Vec<(String, PathBuf)>, Vec<String>) {
        let contexts = vec![("sysroot".to_owned(), PathBuf::from("/s"))];
        (contexts, vec!["type=registry,ref=r/c".to_owned()])
    }

    #[test]
    fn both_clients_are_told_the_same() {
        let (contexts, cache) = build();
        let build = Build {
            recipe: Path::new("/r"),
            context: Path::new("/c"),
            contexts: &contexts,
            output: Path::new("/o"),
            cache_from: &cache,
            cache_to: &cache,
            secrets: &["TOKEN".to_owned()],
        };
        insta::assert_snapshot!(by_buildctl("tcp://h:1", &build).display(), @"buildctl --addr tcp://h:1 build --progress=rawjson --frontend=dockerfile.v0 --local context=/c --local dockerfile=/r --local sysroot=/s --opt context:sysroot=local:sysroot --import-cache type=registry,ref=r/c --export-cache type=registry,ref=r/c --secret id=TOKEN,env=TOKEN --output type=local,dest=/o");
        insta::assert_snapshot!(by_buildx(Some("kube"), &build).display(), @"docker buildx build --progress=rawjson --builder kube --file /r/Dockerfile --build-context sysroot=/s --cache-from type=registry,ref=r/c --cache-to type=registry,ref=r/c --secret id=TOKEN,env=TOKEN --provenance=false --output type=local,dest=/o /c");
    }

    #[test]
    fn the_builder_s_own_platform_is_the_first_that_it_names() {
        let workers = br#"[{"id":"x","platforms":[{"architecture":"amd64","os":"linux"},{"architecture":"arm64","os":"linux"}]}]"#;
        assert_eq!(of_workers(workers).as_deref(), Some("linux/amd64"));
        assert_eq!(of_workers(b"[]"), None);
        let inspected = "Name: kube\nNodes:\nPlatforms: linux/arm64*, linux/amd64\n";
        assert_eq!(of_inspection(inspected).as_deref(), Some("linux/arm64"));
    }

    #[test]
    fn a_builder_that_is_gone_is_told_from_a_build_that_failed() {
        assert!(is_gone(
            "rpc error: code = Unavailable desc = error reading from server: EOF"
        ));
        assert!(is_gone("failed to receive status: EOF"));
        assert!(!is_gone(
            "failed to solve: process \"/bin/sh\" did not complete: exit code: 1"
        ));
        assert_eq!(last_words("a\nerror: no route\n"), "no route");
        assert_eq!(last_words(""), "it said nothing");
    }
}

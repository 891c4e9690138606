//! One build by `buildctl`, through the Dockerfile frontend.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use serde_json::Value;

use crate::command::try_tool;

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct Build<'a> {
    /// The folder that `COPY` copies from.
    pub context: PathBuf,
    /// The Dockerfile; beside it may lie its `.dockerignore`.
    pub dockerfile: PathBuf,
    /// The stage, where it is not the last.
    pub target: Option<&'a str>,
    /// `linux/amd64`, …; the daemon's own where there are none.
    pub platforms: Vec<&'a str>,
    /// `--build-arg`s.
    pub arguments: BTreeMap<&'a str, String>,
    /// Other contexts, by name, each a folder.
    pub contexts: BTreeMap<&'a str, PathBuf>,
    /// What becomes of the result.
    pub output: Output,
    /// Where caches are taken from: `type=registry,ref=…`.
    pub cache_from: Vec<String>,
    /// Where the cache is put.
    pub cache_to: Vec<String>,
    /// Whether nothing that was built before counts.
    pub no_cache: bool,
}

/// What becomes of what was built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Output {
    /// Nothing.
    #[default]
    Nothing,
    /// An OCI layout as a tar.
    Archive(PathBuf),
    /// An OCI layout in a folder.
    Layout(PathBuf),
    /// The files of the last stage.
    Files(PathBuf),
    /// Pushed under this name; by digest alone where it has no tag and the second says so.
    Push(String, bool),
}

impl Output {
    /// What `--output` says.
    fn written(&self) -> Option<String> {
        let told = match self {
            Output::Nothing => return None,
            Output::Archive(file) => format!("type=oci,dest={}", file.display()),
            Output::Layout(folder) => format!("type=oci,tar=false,dest={}", folder.display()),
            Output::Files(folder) => format!("type=local,dest={}", folder.display()),
            Output::Push(name, by_digest) => format!(
                "type=image,name={name},push=true,registry.insecure=true,push-by-digest={by_digest},name-canonical={by_digest}"
            ),
        };
        Some(told)
    }
}

/// A build that succeeded.
#[derive(Debug, Clone)]
pub struct Built {
    /// What BuildKit printed, as with `--progress=plain`.
    pub log: String,
    /// The digest of the image or index, where one was made.
    pub digest: Option<String>,
}

impl Built {
    /// The names of steps that were taken from the cache, in the order of the log.
    pub fn cached(&self) -> Vec<&str> {
        self.steps(|said| said == "CACHED")
    }

    /// The names of steps that were run.
    pub fn done(&self) -> Vec<&str> {
        self.steps(|said| said.starts_with("DONE"))
    }

    /// `#12 [builder 3/4] RUN …` names a step and `#12 CACHED` tells what became of it.
    fn steps(&self, wanted: impl Fn(&str) -> bool) -> Vec<&str> {
        let mut names: BTreeMap<&str, &str> = BTreeMap::new();
        let mut found = Vec::new();
        for line in self.log.lines().filter(|line| line.starts_with('#')) {
            let Some((number, said)) = line.split_once(' ') else {
                continue;
            };
            if said.starts_with('[') {
                names.entry(number).or_insert(said);
            }
            if wanted(said)
                && let Some(name) = names.get(number)
            {
                found.push(*name);
            }
        }
        found
    }
}

impl Build<'_> {
    /// A Dockerfile and the folder that it is for.
    pub fn new(context: &Path, dockerfile: &Path) -> Self {
        Build {
            context: context.to_owned(),
            dockerfile: dockerfile.to_owned(),
            ..Build::default()
        }
    }

    /// Runs it on a daemon.
    ///
    /// # Errors
    /// buildctl cannot be started, or the build fails: all it printed is shown.
    pub fn run(&self, address: &str) -> anyhow::Result<Built> {
        let scratch = tempfile::tempdir()?;
        let metadata = scratch.path().join("metadata.json");
        let mut words = self.words()?;
        words.splice(0..0, ["--addr".to_owned(), address.to_owned()]);
        words.extend(["--metadata-file".to_owned(), metadata.display().to_string()]);
        let borrowed: Vec<&str> = words.iter().map(String::as_str).collect();
        let ended = try_tool("buildctl", &borrowed)?;
        let log = ended.stdout + &ended.stderr;
        let code = ended.code;
        ensure!(
            code == 0,
            "buildctl {} ended with {code}\n{log}",
            words.join(" ")
        );
        let told = std::fs::read(&metadata).unwrap_or_default();
        let told: Value = serde_json::from_slice(&told).unwrap_or_default();
        let digest = told["containerimage.digest"].as_str().map(str::to_owned);
        Ok(Built { log, digest })
    }

    fn words(&self) -> anyhow::Result<Vec<String>> {
        let folder = self.dockerfile.parent().context("a Dockerfile's folder")?;
        let name = self.dockerfile.file_name().context("a Dockerfile's name")?;
        let mut words: Vec<String> = ["build", "--progress=plain", "--frontend=dockerfile.v0"]
            .map(str::to_owned)
            .into();
        let mut add = |flag: &str, value: String| words.extend([flag.to_owned(), value]);
        add("--local", format!("context={}", self.context.display()));
        add("--local", format!("dockerfile={}", folder.display()));
        add("--opt", format!("filename={}", name.to_string_lossy()));
        for (name, folder) in &self.contexts {
            add("--local", format!("{name}={}", folder.display()));
            add("--opt", format!("context:{name}=local:{name}"));
        }
        for (name, value) in &self.arguments {
            add("--opt", format!("build-arg:{name}={value}"));
        }
        if let Some(target) = self.target {
            add("--opt", format!("target={target}"));
        }
        if !self.platforms.is_empty() {
            add("--opt", format!("platform={}", self.platforms.join(",")));
        }
        for from in &self.cache_from {
            add("--import-cache", from.clone());
        }
        for to in &self.cache_to {
            add("--export-cache", to.clone());
        }
        if let Some(output) = self.output.written() {
            add("--output", output);
        }
        if self.no_cache {
            words.push("--no-cache".to_owned());
        }
        Ok(words)
    }
}

#[cfg(test)]
mod tests {
    use super::Built;

    #[test]
    fn steps_are_told_by_what_became_of_them() {
        let log = "#1 [internal] load build definition\n#1 DONE 0.0s\n#5 [builder 1/2] FROM a\n#5 CACHED\n\
                   #6 [builder 2/2] RUN make\n#6 0.3 made\n#6 DONE 2.5s\n#5 CACHED\nplain words\n";
        let built = Built {
            log: log.to_owned(),
            digest: None,
        };
        assert_eq!(
            built.cached(),
            ["[builder 1/2] FROM a", "[builder 1/2] FROM a"]
        );
        assert_eq!(
            built.done(),
            ["[internal] load build definition", "[builder 2/2] RUN make"]
        );
    }
}

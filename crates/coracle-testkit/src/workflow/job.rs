//! One job on one runner: its steps, one after the other.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, bail, ensure};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::actions::{self, Inputs, Later};
use super::expression::{Scope, filled, holds};
use super::{RanJob, World, text_of};
use crate::command::{ended, tool};

/// A job, and the row of its matrix.
pub(super) struct Job<'a> {
    pub(super) world: &'a World,
    pub(super) workflow: &'a Value,
    pub(super) id: &'a str,
    pub(super) job: &'a Value,
    pub(super) row: BTreeMap<String, String>,
    pub(super) runner: &'a Path,
    pub(super) artifacts: &'a Path,
}

/// A runner: what actions see of it.
pub(super) struct Machine<'a> {
    pub(super) world: &'a World,
    pub(super) workspace: PathBuf,
    pub(super) artifacts: &'a Path,
    home: PathBuf,
    temp: PathBuf,
}

impl Machine<'_> {
    /// A path of an input: absolute, of the home, or of the workspace.
    pub(super) fn path(&self, written: &str) -> PathBuf {
        match written.strip_prefix("~/") {
            Some(rest) => self.home.join(rest),
            None => self.workspace.join(written),
        }
    }
}

/// What a job knows while it runs.
struct Running<'a> {
    job: &'a Job<'a>,
    machine: Machine<'a>,
    outputs: BTreeMap<String, BTreeMap<String, String>>,
    path: Vec<String>,
    later: Vec<(String, String)>,
    ran: RanJob,
}

impl Job<'_> {
    /// Runs it to its end.
    pub(super) fn run(&self) -> anyhow::Result<RanJob> {
        ensure!(
            self.job["permissions"].is_object(),
            "it says nothing of its token"
        );
        let folder = |name: &str| {
            let folder = self.runner.join(name);
            fs::create_dir_all(&folder).map(|()| folder)
        };
        let machine = Machine {
            world: self.world,
            workspace: folder("work")?,
            artifacts: self.artifacts,
            home: folder("home")?,
            temp: folder("temp")?,
        };
        let mut running = Running {
            job: self,
            machine,
            outputs: BTreeMap::new(),
            path: Vec::new(),
            later: Vec::new(),
            ran: RanJob {
                id: self.id.to_owned(),
                row: self.row.clone(),
                steps: Vec::new(),
                summary: String::new(),
                log: String::new(),
                runner: self.runner.to_owned(),
            },
        };
        for (place, step) in self.job["steps"]
            .as_array()
            .context("it has no steps")?
            .iter()
            .enumerate()
        {
            let name = text_of(&step["name"]);
            let ran = running.step(place, step);
            ran.with_context(|| format!("the step `{name}`, after\n{}", running.ran.log))?;
        }
        for (key, paths) in std::mem::take(&mut running.later) {
            actions::save(&key, &paths, &running.machine)?;
        }
        Ok(running.ran)
    }
}

impl Running<'_> {
    fn step(&mut self, place: usize, step: &Value) -> anyhow::Result<()> {
        if let Some(condition) = step["if"].as_str()
            && !holds(condition, &*self)?
        {
            return Ok(());
        }
        self.ran.steps.push(text_of(&step["name"]));
        let id = step["id"].as_str().unwrap_or_default().to_owned();
        if let Some(uses) = step["uses"].as_str() {
            let (outputs, later): (_, Later) =
                actions::run(uses, &Inputs(self.pairs(&step["with"])?), &self.machine)?;
            self.outputs.insert(id, outputs);
            self.later.extend(later);
            return Ok(());
        }
        let script = step["run"]
            .as_str()
            .context("it neither uses nor runs anything")?;
        ensure!(
            !script.contains("${{"),
            "an expression in a script: it could be anything"
        );
        let outputs = self.script(place, script, &step["env"])?;
        self.outputs.insert(id, outputs);
        Ok(())
    }

    fn pairs(&self, written: &Value) -> anyhow::Result<BTreeMap<String, String>> {
        let pairs = written.as_object().into_iter().flatten();
        pairs
            .map(|(key, value)| Ok((key.clone(), filled(&text_of(value), self)?)))
            .collect()
    }

    /// Runs the lines as GitHub does under `shell: bash`; returns the outputs that they set.
    fn script(
        &mut self,
        place: usize,
        script: &str,
        own: &Value,
    ) -> anyhow::Result<BTreeMap<String, String>> {
        ensure!(
            self.job.workflow["defaults"]["run"]["shell"] == "bash",
            "without `shell: bash` a pipe hides failures"
        );
        let temp = &self.machine.temp;
        let file = temp.join(format!("step-{place}.sh"));
        fs::write(&file, script)?;
        let said = |name: &str| temp.join(format!("step-{place}.{name}"));
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-eo", "pipefail"])
            .arg(&file)
            .current_dir(&self.machine.workspace)
            .env_clear()
            .envs(self.environment())
            .stdin(Stdio::null());
        for written in [&self.job.workflow["env"], &self.job.job["env"], own] {
            command.envs(self.pairs(written)?);
        }
        for (variable, name) in FILES {
            fs::write(said(name), "")?;
            command.env(variable, said(name));
        }
        let ended = ended(&command.output().context("bash does not start")?);
        self.ran
            .log
            .push_str(&format!("{}{}", ended.stdout, ended.stderr));
        ensure!(ended.code == 0, "it ended with {}", ended.code);
        let read = |name: &str| fs::read_to_string(said(name));
        self.path.extend(read("path")?.lines().map(str::to_owned));
        self.ran.summary.push_str(&read("summary")?);
        ensure!(read("env")?.is_empty(), "GITHUB_ENV is not known here");
        let outputs = read("output")?;
        let pairs = outputs.lines().filter_map(|line| line.split_once('='));
        Ok(pairs
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect())
    }

    fn environment(&self) -> BTreeMap<String, String> {
        let (world, machine) = (self.job.world, &self.machine);
        let mut environment = world.environment.clone();
        let path = environment.get("PATH").cloned().unwrap_or_default();
        let before: String = self
            .path
            .iter()
            .rev()
            .map(|folder| format!("{folder}:"))
            .collect();
        let shown = |path: &Path| path.display().to_string();
        environment.extend(
            [
                ("PATH", before + &path),
                ("HOME", shown(&machine.home)),
                ("RUNNER_TEMP", shown(&machine.temp)),
                ("GITHUB_WORKSPACE", shown(&machine.workspace)),
                ("GITHUB_ACTIONS", "true".to_owned()),
                ("CI", "true".to_owned()),
                ("GITHUB_SHA", self.github("sha").unwrap_or_default()),
                (
                    "GITHUB_REF_NAME",
                    self.github("ref_name").unwrap_or_default(),
                ),
                ("GITHUB_REPOSITORY", world.name.clone()),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        environment
    }

    fn github(&self, name: &str) -> anyhow::Result<String> {
        let world = self.job.world;
        Ok(match name {
            "sha" => {
                let repository = world.repository.display().to_string();
                let said = tool("git", &["-C", &repository, "rev-parse", "HEAD"])?;
                said.stdout.trim().to_owned()
            }
            "ref" => world.reference.clone(),
            "ref_name" => {
                let mut parts = world.reference.splitn(3, '/');
                parts.nth(2).unwrap_or_default().to_owned()
            }
            "event_name" => world.event.clone(),
            "repository" => world.name.clone(),
            "actor" => "somebody".to_owned(),
            "workflow" => text_of(&self.job.workflow["name"]),
            "token" => {
                let may = text_of(&self.job.job["permissions"]["packages"]);
                format!("token-that-may-{may}-packages")
            }
            _ => bail!("`github.{name}` is not known here"),
        })
    }
}

/// The variables that name files of a step, and the ends of these files' names.
const FILES: [(&str, &str); 4] = [
    ("GITHUB_OUTPUT", "output"),
    ("GITHUB_PATH", "path"),
    ("GITHUB_ENV", "env"),
    ("GITHUB_STEP_SUMMARY", "summary"),
];

impl Scope for Running<'_> {
    fn value(&self, path: &[&str]) -> anyhow::Result<String> {
        let of = |map: &BTreeMap<String, String>, key: &str| map.get(key).cloned();
        Ok(match path {
            ["github", name] => self.github(name)?,
            ["matrix", key] => of(&self.job.row, key).unwrap_or_default(),
            ["secrets", key] => of(&self.job.world.secrets, key).unwrap_or_default(),
            ["runner", "temp"] => self.machine.temp.display().to_string(),
            ["steps", id, "outputs", key] => {
                let outputs = self.outputs.get(*id);
                outputs
                    .and_then(|outputs| of(outputs, key))
                    .unwrap_or_default()
            }
            _ => bail!("`{}` is not known here", path.join(".")),
        })
    }

    fn hash_files(&self, patterns: &[String]) -> anyhow::Result<String> {
        let workspace = self.machine.workspace.display().to_string();
        if !self.machine.workspace.join(".git").exists() {
            return Ok(String::new());
        }
        let listed = tool("git", &["-C", &workspace, "ls-files"])?;
        let matches = |file: &str| {
            patterns
                .iter()
                .any(|pattern| match pattern.strip_prefix("**/") {
                    Some(name) => file.rsplit('/').next() == Some(name),
                    None => pattern
                        .strip_suffix('*')
                        .map_or(file == pattern, |start| file.starts_with(start)),
                })
        };
        let mut hash = Sha256::new();
        let mut found = false;
        for file in listed.stdout.lines().filter(|file| matches(file)) {
            hash.update(fs::read(self.machine.workspace.join(file))?);
            found = true;
        }
        let hex = |byte: &u8| format!("{byte:02x}");
        Ok(match found {
            true => hash.finalize().iter().map(hex).collect(),
            false => String::new(),
        })
    }
}

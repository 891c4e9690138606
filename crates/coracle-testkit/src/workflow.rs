//! Workflows for GitHub, run here: every `run:` by a real bash, in folders that stand for runners.
//!
//! Jobs run one after the other in the order of their `needs`, each row of a matrix on a runner of its own: a fresh home, a
//! fresh workspace, a fresh folder for what is temporary. Artifacts and caches are folders that outlive them; a cache is
//! kept by branch, as GitHub keeps it, and only what the default branch kept is seen by others. Actions are stood in for by
//! what is in `actions`, with the inputs that the real ones take; an action or an expression that is not known fails.
//!
//! Every runner is this machine, whatever its label says: a job that is native on GitHub for another architecture is not
//! so here, and its steps must do all the same.

mod actions;
mod expression;
mod job;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use serde_json::{Map, Value};

/// What happened on GitHub, and what is there.
#[derive(Debug, Clone)]
pub struct World {
    /// Where runners, artifacts and caches are made.
    pub folder: PathBuf,
    /// The repository, a clone of git's.
    pub repository: PathBuf,
    /// Its name, `owner/name`.
    pub name: String,
    /// `push` or `pull_request`.
    pub event: String,
    /// `refs/heads/main`, `refs/pull/1/merge`, `refs/tags/v1.0.0`.
    pub reference: String,
    /// The secrets that this event may see: none where the change comes from a fork.
    pub secrets: BTreeMap<String, String>,
    /// Variables of the machine: its PATH above all.
    pub environment: BTreeMap<String, String>,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Ran {
    /// The jobs, in the order in which they ended.
    pub jobs: Vec<RanJob>,
}

/// A job that has run, or a row of its matrix.
#[derive(Debug, Clone)]
pub struct RanJob {
    /// The job's key.
    pub id: String,
    /// Its row.
    pub row: BTreeMap<String, String>,
    /// The names of the steps that ran; those whose condition did not hold are not here.
    pub steps: Vec<String>,
    /// What it added to the page of the run.
    pub summary: String,
    /// Everything that its steps printed.
    pub log: String,
    /// The folder of its runner.
    pub runner: PathBuf,
}

impl Ran {
    /// The pages of all jobs.
    pub fn summary(&self) -> String {
        self.jobs.iter().map(|job| job.summary.as_str()).collect()
    }
}

/// The branch whose caches all may read.
const DEFAULT_BRANCH: &str = "refs/heads/main";

impl World {
    /// Runs a workflow to its end.
    ///
    /// # Errors
    /// The first step that fails, with all that its job printed; a `needs` that is no job; anything that is not known here.
    pub fn run(&self, workflow: &str) -> anyhow::Result<Ran> {
        let workflow: Value = serde_saphyr::from_str(workflow).context("it is no YAML")?;
        ensure!(
            workflow["permissions"] == Value::Object(Map::new()),
            "the workflow gives every job's token something"
        );
        let jobs = workflow["jobs"].as_object().context("it has no jobs")?;
        let run = self.fresh_run()?;
        let mut ran = Ran::default();
        for id in order(jobs)? {
            let job = &jobs[&id];
            ensure!(job["timeout-minutes"].is_u64(), "{id} has no timeout");
            for (place, row) in rows(job).into_iter().enumerate() {
                let runner = run.join(format!("{id}-{place}"));
                let one = job::Job {
                    world: self,
                    workflow: &workflow,
                    id: &id,
                    job,
                    row,
                    runner: &runner,
                    artifacts: &run.join("artifacts"),
                };
                let ended = one.run().with_context(|| format!("the job {id}"))?;
                ran.jobs.push(ended);
            }
        }
        Ok(ran)
    }

    /// A folder for the runners and artifacts of one run.
    fn fresh_run(&self) -> anyhow::Result<PathBuf> {
        fs::create_dir_all(&self.folder)?;
        let run = tempfile::Builder::new()
            .prefix("run-")
            .tempdir_in(&self.folder)?
            .keep();
        fs::create_dir_all(run.join("artifacts"))?;
        Ok(run)
    }

    /// Where a branch's caches are.
    fn caches(&self, reference: &str) -> PathBuf {
        self.folder.join("caches").join(reference.replace('/', "-"))
    }

    /// The folders that are looked in for a cache: what is of the own branch, then of the default one.
    fn cache_scopes(&self) -> [PathBuf; 2] {
        [&self.reference, DEFAULT_BRANCH].map(|reference| self.caches(reference))
    }
}

/// The jobs, each after those that it needs.
fn order(jobs: &Map<String, Value>) -> anyhow::Result<Vec<String>> {
    let mut order: Vec<String> = Vec::new();
    while order.len() < jobs.len() {
        let before = order.len();
        for (id, job) in jobs {
            let needs = needs(job);
            if let Some(unknown) = needs.iter().find(|need| !jobs.contains_key(**need)) {
                bail!("{id} needs {unknown}, which is no job");
            }
            let is_ready = needs
                .iter()
                .all(|need| order.iter().any(|done| done == need));
            if is_ready && !order.contains(id) {
                order.push(id.clone());
            }
        }
        ensure!(order.len() > before, "jobs need each other");
    }
    Ok(order)
}

fn needs(job: &Value) -> Vec<&str> {
    match &job["needs"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// The rows of a job's matrix; an empty one without a matrix.
fn rows(job: &Value) -> Vec<BTreeMap<String, String>> {
    let included = &job["strategy"]["matrix"]["include"];
    let Some(rows) = included.as_array() else {
        return vec![BTreeMap::new()];
    };
    let row = |row: &Value| {
        let pairs = row.as_object().into_iter().flatten();
        pairs
            .map(|(key, value)| (key.clone(), text_of(value)))
            .collect()
    };
    rows.iter().map(row).collect()
}

/// A scalar as GitHub has it in expressions and variables.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Copies files and folders as they are.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    crate::command::tool("cp", &["--archive", "--no-target-directory", &from, &to])?;
    Ok(())
}

#[cfg(test)]
mod tests;

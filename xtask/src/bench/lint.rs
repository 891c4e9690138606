//! `coracle lint` of a repository with a thousand Dockerfiles and workflows, beside hadolint on the Dockerfiles among them.
//!
//! The repository is made of the linter's own well-made and faulty files, copied again and again under other names: their
//! sizes are those of real ones, and each copy is read and judged anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use super::prepare::{compiled, made, output};
use super::scenario::{Contender, Ground, Prepared, Scenario, Target, words};
use crate::test;

const HADOLINT: &str = "hadolint";
/// As many Dockerfiles and workflows as the question asks for, together.
const FILES: usize = 1000;
/// How many of them are workflows at most: they all lie in one folder.
const WORKFLOWS: usize = 400;

pub(super) const SCENARIO: Scenario = Scenario {
    name: "lint-against-hadolint",
    shows: "How long it takes to lint 1,000 Dockerfiles and workflows, beside hadolint on the Dockerfiles among them.",
    targets: &[Target::Seconds(0.5), Target::Faster(HADOLINT, 10.0)],
    prepare,
};

fn prepare(ground: &Ground<'_>) -> anyhow::Result<Prepared> {
    let coracle = compiled(ground)?;
    let hadolint = test::hadolint(ground.cargo)?;
    let version = output(Command::new(&hadolint).arg("--version"))?;
    let version = version.trim().to_owned();
    let repository = made(&ground.folder, "repository", |partial| {
        multiply(&ground.root.join("crates/coracle-lint"), partial)
    })?;
    let dockerfiles = dockerfiles(&repository)?;
    let workflows = fs::read_dir(repository.join(".github/workflows"))?.count();
    let bytes: u64 = dockerfiles
        .iter()
        .filter_map(|path| fs::metadata(path).ok())
        .map(|metadata| metadata.len())
        .sum();
    let judged = judged(&coracle, &repository)?;
    anyhow::ensure!(
        judged >= FILES,
        "expected at least {FILES} files to be judged, got {judged}"
    );
    let lint = Contender {
        name: "coracle",
        told: "coracle lint --error-on never",
        command: words(&[&coracle, &"lint", &"--error-on", &"never"]),
        environment: vec![("LC_ALL", "C".into())],
        folder: repository.clone(),
    };
    let mut command = words(&[&hadolint, &"--no-fail"]);
    command.extend(dockerfiles.iter().map(|path| path.clone().into_os_string()));
    let other = Contender {
        name: HADOLINT,
        told: "hadolint --no-fail DOCKERFILE…",
        command,
        environment: vec![("LC_ALL", "C.UTF-8".into())],
        folder: repository,
    };
    Ok(Prepared {
        work: format!(
            "{} Dockerfiles ({} kB) and {workflows} workflows in one repository, with all that they refer to, {judged} files \
             judged by coracle; {version} is given the Dockerfiles alone, in one call.",
            dockerfiles.len(),
            bytes / 1000
        ),
        contenders: vec![lint, other],
    })
}

/// How many files coracle says that it judges: what is measured is what is meant.
fn judged(coracle: &Path, repository: &Path) -> anyhow::Result<usize> {
    let mut command = Command::new(coracle);
    command.args(["lint", "--format", "json", "--error-on", "never"]);
    let said: serde_json::Value = serde_json::from_str(&output(command.current_dir(repository))?)?;
    let files = said["files"]
        .as_u64()
        .context("no number of files in the report")?;
    Ok(usize::try_from(files)?)
}

/// Copies small repositories until there are enough files.
fn multiply(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut sources = folders(&from.join("corpus"))?;
    for rule in folders(&from.join("fixtures"))? {
        sources.extend(folders(&rule)?);
    }
    anyhow::ensure!(
        !sources.is_empty(),
        "there is nothing to copy in {}",
        from.display()
    );
    let workflows = to.join(".github/workflows");
    fs::create_dir_all(&workflows)?;
    // A repository of its own, and no ignored folder of this one.
    fs::create_dir_all(to.join(".git"))?;
    let (mut made, mut made_workflows) = (0, 0);
    for number in 0.. {
        let before = made;
        for source in &sources {
            let name = source.file_name().unwrap_or_default().to_string_lossy();
            let folder = to.join(format!("services/{number}-{made}-{name}"));
            if made >= FILES {
                return Ok(());
            }
            copy(source, &folder)?;
            made += dockerfiles(&folder)?.len();
            let own = folder.join(".github/workflows");
            if own.is_dir() {
                for entry in fs::read_dir(&own)? {
                    let entry = entry?;
                    if made_workflows == WORKFLOWS {
                        break;
                    }
                    let name = format!("{made}-{}", entry.file_name().to_string_lossy());
                    fs::rename(entry.path(), workflows.join(name))?;
                    made += 1;
                    made_workflows += 1;
                }
                fs::remove_dir_all(folder.join(".github"))?;
            }
        }
        anyhow::ensure!(
            made > before,
            "there is no Dockerfile in {}",
            from.display()
        );
    }
    Ok(())
}

fn folders(of: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(of).with_context(|| format!("cannot read {}", of.display()))?;
    let mut folders = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

/// The Dockerfiles below a folder, as both linters would be given them.
fn dockerfiles(below: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(below)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            found.extend(dockerfiles(&path)?);
            continue;
        }
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_named = name.starts_with("Dockerfile") || name == "Containerfile";
        if (is_named || name.ends_with(".Dockerfile")) && !name.ends_with("ignore") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

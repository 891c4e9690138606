//! Labels: what an existing Dockerfile, the manifest and git say of a service, each with its source.
//!
//! A commit to one service must not change another's image, so the revision is the last commit that touched *this*
//! program's inputs, and none is set where they have uncommitted changes (it would be untrue).

use std::collections::BTreeMap;

use coracle_toolchain::{Program, Project, git};

use super::Decision;
use crate::settings::{ServiceSettings, Settings};

const PREFIX: &str = "org.opencontainers.image";

/// Labels and what should be said about them.
pub(super) struct Labels {
    pub(super) labels: BTreeMap<String, Decision<String>>,
    /// The commit, where git knows it.
    pub(super) revision: Option<String>,
    pub(super) notes: Vec<String>,
}

/// Collects the labels of one service; the user's own win over those of an `existing` Dockerfile or compose file, these
/// over the manifest's, and the manifest's over git's.
pub(super) fn collect(
    project: &Project,
    settings: &Settings,
    name: &str,
    program: &Program,
    (own, existing): (&ServiceSettings, BTreeMap<String, Decision<String>>),
) -> Result<Labels, git::Error> {
    let mut labels = BTreeMap::new();
    let mut notes = Vec::new();
    let mut set = |key: &str, value: &str, reason: &str| {
        labels.insert(
            format!("{PREFIX}.{key}"),
            Decision::new(value.to_owned(), reason),
        );
    };
    set("title", name, "the service's name");
    from_git(project, settings, program, &mut set, &mut notes)?;
    from_manifest(program, &mut set);
    let revision = labels.get(&format!("{PREFIX}.revision"));
    let revision = revision.map(|label| label.value.clone());
    labels.extend(existing);
    for (key, value) in &settings.labels {
        labels.insert(
            key.clone(),
            Decision::new(value.clone(), "--label or the configuration's [labels]"),
        );
    }
    for (key, value) in &own.labels {
        labels.insert(
            key.clone(),
            Decision::new(value.clone(), "the configuration of the service"),
        );
    }
    Ok(Labels {
        labels,
        revision,
        notes,
    })
}

fn from_manifest(program: &Program, set: &mut impl FnMut(&str, &str, &str)) {
    let fields = [
        ("version", &program.version),
        ("description", &program.description),
        ("licenses", &program.license),
        ("url", &program.homepage),
        ("source", &program.repository),
    ];
    for (key, value) in fields {
        if let Some(value) = value {
            set(key, value, "the package's manifest");
        }
    }
}

fn from_git(
    project: &Project,
    settings: &Settings,
    program: &Program,
    set: &mut impl FnMut(&str, &str, &str),
    notes: &mut Vec<String>,
) -> Result<(), git::Error> {
    let root = &project.root;
    if let Some(url) = git::remote_url(root, &settings.toolchain)? {
        set("source", &url, "git's remote");
    }
    let Some(commit) = git::last_commit(root, &program.inputs, &settings.toolchain)? else {
        if let Some(refusal) = git::refusal(root, &settings.toolchain)? {
            notes.push(format!(
                "no revision label: git refuses to read the repository: {refusal}"
            ));
        }
        return Ok(());
    };
    if commit.at_shallow_end {
        let text = "no revision label: the clone is shallow, and the commit may lie before its end";
        notes.push(text.to_owned());
        return Ok(());
    }
    if git::is_dirty(root, &program.inputs, &settings.toolchain)? {
        notes.push("no revision label: the sources have uncommitted changes".to_owned());
    } else {
        set(
            "revision",
            &commit.id,
            "the last commit that touched its sources",
        );
    }
    Ok(())
}

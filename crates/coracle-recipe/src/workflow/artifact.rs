//! Artifacts: what a job uploads and downloads with GitHub's own actions.

use super::expand::Unknown;
use super::job::Job;
use super::step::Step;
use super::text::Text;
use crate::span::Span;

const UPLOAD: &str = "actions/upload-artifact";
const MERGE: &str = "actions/upload-artifact/merge";
const DOWNLOAD: &str = "actions/download-artifact";
/// What `upload-artifact` calls an artifact that nobody named.
const UNNAMED: &str = "artifact";

/// A step that uploads an artifact; in a matrix perhaps one a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The number of its step, from 0.
    pub step: usize,
    /// Its name.
    pub name: ArtifactName,
    /// The lines of `path`; those that begin with `!` leave something out.
    pub paths: Vec<Text>,
    /// Where it says what it uses.
    pub span: Span,
}

/// A step that downloads artifacts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// The number of its step, from 0.
    pub step: usize,
    /// The one that it asks for by name.
    pub name: Option<ArtifactName>,
    /// The ones that it asks for by a pattern; without either it takes all.
    pub pattern: Option<Text>,
    /// Whether several go into one folder, instead of one each.
    pub merge_multiple: Option<Text>,
    /// The folder.
    pub path: Option<Text>,
    /// Whether they are another run's or another repository's.
    pub is_foreign: bool,
    /// Where it says what it uses.
    pub span: Span,
}

/// The name of an artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArtifactName {
    /// As written, where it is.
    pub written: Option<Text>,
    /// The name, or one a combination of the matrix.
    pub values: Result<Vec<String>, Unknown>,
}

impl Job {
    /// The steps that upload an artifact.
    pub fn uploads(&self) -> Vec<Upload> {
        let steps = self.steps.iter().enumerate();
        let uploads = steps.filter(|(_, step)| step.is(UPLOAD) || step.is(MERGE));
        let upload = |(number, step): (usize, &Step)| Upload {
            step: number,
            name: self.artifact_name(input(step, "name")),
            paths: step.input("path").map(Text::lines).unwrap_or_default(),
            span: step.head().clone(),
        };
        uploads.map(upload).collect()
    }

    /// The steps that download artifacts.
    pub fn downloads(&self) -> Vec<Download> {
        let steps = self.steps.iter().enumerate();
        let downloads = steps.filter(|(_, step)| step.is(DOWNLOAD));
        let download = |(number, step): (usize, &Step)| Download {
            step: number,
            name: input(step, "name").map(|name| self.artifact_name(Some(name))),
            pattern: input(step, "pattern").cloned(),
            merge_multiple: input(step, "merge-multiple").cloned(),
            path: input(step, "path").cloned(),
            is_foreign: ["run-id", "repository"]
                .iter()
                .any(|name| input(step, name).is_some()),
            span: step.head().clone(),
        };
        downloads.map(download).collect()
    }

    fn artifact_name(&self, written: Option<&Text>) -> ArtifactName {
        ArtifactName {
            values: match written {
                Some(text) => self.expand(text),
                None => Ok(vec![UNNAMED.to_owned()]),
            },
            written: written.cloned(),
        }
    }
}

impl Download {
    /// Whether it takes something of this upload; `None` where that is not known.
    pub fn takes(&self, upload: &Upload) -> Option<bool> {
        if self.is_foreign {
            return Some(false);
        }
        let uploaded = upload.name.values.as_ref();
        match (&self.name, &self.pattern) {
            (Some(name), _) => {
                let wanted = name.values.as_ref().ok()?;
                Some(uploaded.ok()?.iter().any(|name| wanted.contains(name)))
            }
            (None, Some(pattern)) => {
                let pattern = pattern.known()?;
                let mut is_taken = false;
                for name in uploaded.ok()? {
                    is_taken |= matches(pattern, name)?;
                }
                Some(is_taken)
            }
            (None, None) => Some(true),
        }
    }
}

/// An input that says something.
fn input<'a>(step: &'a Step, name: &str) -> Option<&'a Text> {
    step.input(name)
        .filter(|text| !text.text().trim().is_empty())
}

/// Whether a pattern of `*` and `?` is one of this name; `None` of other patterns.
fn matches(pattern: &str, name: &str) -> Option<bool> {
    if pattern.contains(['[', ']', '{', '}', '!', '(', ')', '\\', '+', '@', '|', '#']) {
        return None;
    }
    let pattern: Vec<char> = pattern.chars().collect();
    // Which beginnings of the pattern the name is one of so far.
    let mut states = vec![false; pattern.len() + 1];
    let over_stars = |states: &mut Vec<bool>| {
        for (at, one) in pattern.iter().enumerate() {
            let here = states.get(at).copied().unwrap_or_default();
            if let Some(next) = states.get_mut(at + 1).filter(|_| here && *one == '*') {
                *next = true;
            }
        }
    };
    if let Some(first) = states.first_mut() {
        *first = true;
    }
    over_stars(&mut states);
    for character in name.chars() {
        let mut next = vec![false; pattern.len() + 1];
        for (at, one) in pattern.iter().enumerate() {
            let here = states.get(at).copied().unwrap_or_default();
            let goes_on = here && (*one == '?' || *one == character);
            // A star is one of any number of characters that are no slash.
            let stays = here && *one == '*' && character != '/';
            if let Some(state) = next.get_mut(at + 1).filter(|_| goes_on && *one != '*') {
                *state = true;
            }
            if let Some(state) = next.get_mut(at).filter(|_| stays) {
                *state = true;
            }
        }
        over_stars(&mut next);
        states = next;
    }
    Some(states.last().copied().unwrap_or_default())
}

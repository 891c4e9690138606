//! A Dockerfile of the repository and everyone who builds it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Document, Stages};

use super::build::{Build, Known};
use crate::source::{Place, SourceFile};

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it.
    pub document: Document,
    /// Who builds it; empty where nothing in the repository says so, and somebody does by hand.
    pub builds: Vec<Build>,
}

impl Dockerfile<'_> {
    /// The place of a reader's span.
    pub fn place(&self, span: &Span) -> Place {
        self.file.place(span)
    }

    /// Its stages where no arguments are given.
    pub fn stages(&self) -> Stages<'_> {
        self.document.stages(&BTreeMap::new())
    }

    /// Its stages as one build sees them.
    pub fn stages_of(&self, build: &Build) -> Stages<'_> {
        self.document.stages(&build.given())
    }

    /// The stages that become images, by index: the last where nobody says another, and every known target. Where a target
    /// is not known or not there, what is said is why not all are known.
    pub fn outputs(&self, stages: &Stages<'_>) -> Outputs {
        let last = stages.stages.len().checked_sub(1);
        let mut outputs = Outputs::default();
        let is_asked = |build: &Build| matches!(build.target, Ok(None));
        if self.builds.is_empty() || self.builds.iter().any(is_asked) {
            outputs.stages.extend(last);
        }
        for build in &self.builds {
            match &build.target {
                Ok(None) => {}
                Ok(Some(target)) => match stages.target(target) {
                    Some(index) => {
                        outputs.stages.insert(index);
                    }
                    None => outputs.unknown = Some(format!("there is no stage {target}")),
                },
                Err(because) => outputs.unknown = Some(because.clone()),
            }
        }
        outputs
    }

    /// The builds that end in a stage.
    pub fn builds_of(&self, stages: &Stages<'_>, stage: usize) -> Vec<&Build> {
        let last = stages.stages.len().checked_sub(1);
        let ends_there = |build: &&Build| match &build.target {
            Ok(None) => last == Some(stage),
            Ok(Some(target)) => stages.target(target) == Some(stage),
            Err(_) => false,
        };
        self.builds.iter().filter(ends_there).collect()
    }

    /// The folders that it is built from; its own where nobody says one.
    pub fn contexts(&self) -> Vec<Known<String>> {
        if self.builds.is_empty() {
            return vec![Ok(self.file.folder().to_owned())];
        }
        let mut contexts: Vec<Known<String>> = Vec::new();
        for build in &self.builds {
            if !contexts.contains(&build.context) {
                contexts.push(build.context.clone());
            }
        }
        contexts
    }

    /// The lines of the instruction that a line is of.
    pub fn extent(&self, line: usize) -> RangeInclusive<usize> {
        let lines = self.document.instructions().map(|instruction| {
            let place = self.place(&instruction.lines);
            // The last line break is within.
            let last = if place.end_column == 1 {
                place.end_line - 1
            } else {
                place.end_line
            };
            place.line..=last.max(place.line)
        });
        let mut around = lines.filter(|lines| lines.contains(&line));
        around.next().unwrap_or(line..=line)
    }
}

/// The stages that become images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Their indexes.
    pub stages: BTreeSet<usize>,
    /// Why there may be others.
    pub unknown: Option<String>,
}

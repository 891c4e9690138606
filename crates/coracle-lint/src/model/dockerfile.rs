//! A Dockerfile of the repository, a file or a part of one, and everyone who builds it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use coracle_recipe::dockerfile::document::{Document, Stages};
use coracle_recipe::{Span, Text};

use super::build::{Build, Known, Written};
use crate::repository::{Kind, Repository};
use crate::source::{Part, Place, SourceFile};

/// A Dockerfile.
#[derive(Debug)]
pub struct Dockerfile<'a> {
    /// The file that it is, or stands in.
    pub file: &'a SourceFile,
    /// Its text, where that is only a part of the file's.
    within: Option<Text>,
    /// What stands in it; its spans are those of its own text.
    pub document: Document,
    /// Who builds it; empty where nothing in the repository says so, and somebody does by hand.
    pub builds: Vec<Build>,
}

impl<'a> Dockerfile<'a> {
    /// Reads one: a whole file, or the text within it.
    ///
    /// # Errors
    /// Where it is no Dockerfile: its line in the file and why.
    pub(super) fn read(
        file: &'a SourceFile,
        within: Option<Text>,
        builds: Vec<Build>,
    ) -> Known<Dockerfile<'a>> {
        let text = within.as_ref().map_or_else(|| file.text(), Text::as_str);
        let dockerfile = Dockerfile {
            document: Document::read(text),
            file,
            within,
            builds,
        };
        let mut problems = dockerfile.document.diagnostics.iter();
        match problems.find(|diagnostic| diagnostic.problem.is_refused()) {
            Some(diagnostic) => Err(format!(
                "line {}: {}",
                dockerfile.place(&diagnostic.span).line,
                diagnostic.problem
            )),
            None => Ok(dockerfile),
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        let within = self.within.as_ref();
        within.map_or_else(|| self.file.text(), Text::as_str)
    }

    /// Whether it is a part of a file that is something else.
    pub fn is_within(&self) -> bool {
        self.within.is_some()
    }

    /// The place of a reader's span.
    pub fn place(&self, span: &Span) -> Place {
        self.part().place(span)
    }

    /// The text that was read, in its file.
    pub fn part(&self) -> Part<'_> {
        Part {
            file: self.file,
            within: self.within.as_ref(),
        }
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
    pub fn extent(&self, line: usize) -> Option<RangeInclusive<usize>> {
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
        around.next()
    }
}

/// A Dockerfile's file, its text where that is a part of the file's, and who builds it.
type Asked<'a> = (&'a SourceFile, Option<Text>, Vec<Build>);

/// Every Dockerfile in the order of the files and of what stands in one, each with everyone who builds it; and the builds of
/// what is none of them, or is not known.
pub(super) fn by_text(repository: &Repository, builds: Vec<Build>) -> (Vec<Asked<'_>>, Vec<Build>) {
    let mut by_file: BTreeMap<&str, Vec<Asked<'_>>> = BTreeMap::new();
    for file in repository.sources() {
        if Kind::of(file.path()) == Some(Kind::Dockerfile) {
            by_file.insert(file.path(), vec![(file, None, Vec::new())]);
        }
    }
    let mut others = Vec::new();
    for build in builds {
        let written = match &build.dockerfile {
            Ok(Written::File(path)) => Some((path, None)),
            Ok(Written::Within { file, text }) => Some((file, Some(text))),
            Err(_) => None,
        };
        let found = written.and_then(|(path, within)| Some((repository.source(path)?, within)));
        let Some((file, within)) = found else {
            others.push(build);
            continue;
        };
        let within = within.cloned();
        let here = by_file.entry(file.path()).or_default();
        match here.iter_mut().find(|(_, other, _)| *other == within) {
            Some((_, _, builds)) => builds.push(build),
            None => here.push((file, within, vec![build])),
        }
    }
    let start = |text: &Option<Text>| text.as_ref().map(|text| text.whole_span().start);
    let mut all: Vec<Asked<'_>> = by_file.into_values().flatten().collect();
    all.sort_by(|(one, within, _), (other, other_within, _)| {
        (one.path(), start(within)).cmp(&(other.path(), start(other_within)))
    });
    (all, others)
}

/// The stages that become images.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outputs {
    /// Their indexes.
    pub stages: BTreeSet<usize>,
    /// Why there may be others.
    pub unknown: Option<String>,
}

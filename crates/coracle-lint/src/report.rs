//! Everything that was found: sorted, with what was skipped and how often each rule spoke. Not how it is shown.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ask::Ask;
use crate::finding::{Finding, Severity, Skipped};
use crate::model::{Model, Unread};
use crate::repository::Repository;
use crate::rule::{Check, Rule};
use crate::rules;
use crate::selection::Selection;
use crate::suppression::Suppressions;

/// What the lint has to say.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// By file, place and rule.
    pub findings: Vec<Finding>,
    /// By file and rule.
    pub skipped: Vec<Skipped>,
    /// The files that were meant to be read and are not what their names say.
    pub unread: Vec<Unread>,
    /// How many findings comments silence.
    pub silenced: usize,
    /// How many files were looked at, by what a rule can point at: Dockerfiles, compose files, workflows, bake files.
    pub looked_at: usize,
}

/// How often a rule spoke.
#[derive(Debug, Clone, Copy)]
pub struct Count {
    /// The rule.
    pub rule: &'static Rule,
    /// Its findings.
    pub findings: usize,
    /// The files that it could not judge.
    pub skipped: usize,
}

/// Judges a repository by its files alone.
pub fn lint(repository: &Repository, today: jiff::civil::Date, selection: &Selection) -> Report {
    lint_with(repository, today, selection, &Means::default())
}

/// What the caller has besides the files.
#[derive(Debug, Clone, Copy)]
pub struct Means<'a> {
    /// Who is asked where the files do not decide what a program is made of.
    pub ask: Option<&'a dyn Ask>,
    /// How many rules judge at once.
    pub threads: NonZeroUsize,
}

impl Default for Means<'_> {
    fn default() -> Self {
        Means {
            ask: None,
            threads: NonZeroUsize::MIN,
        }
    }
}

/// Judges a repository. The report is the same, whatever the number of threads.
pub fn lint_with(
    repository: &Repository,
    today: jiff::civil::Date,
    selection: &Selection,
    means: &Means<'_>,
) -> Report {
    let model = Model::of(repository, today).asking(means.ask);
    let (mut findings, mut skipped) = judged(&model, selection, means.threads);
    let suppressions = Suppressions::read(&model);
    let before = findings.len();
    findings.retain(|finding| !suppressions.silence(finding));
    let silenced = before - findings.len();
    let of_comments = suppressions.judge(selection, &skipped);
    let is_selected =
        |finding: &Finding| rules::find(finding.rule).is_some_and(|rule| selection.has(rule));
    findings.extend(of_comments.into_iter().filter(is_selected));
    findings.retain(|finding| {
        finding.severity >= selection.least && selection.is_within(&finding.place.file)
    });
    findings.sort_by(|one, other| {
        (&one.place, one.rule, &one.message).cmp(&(&other.place, other.rule, &other.message))
    });
    findings.dedup();
    skipped.retain(|one| selection.is_within(&one.file));
    skipped.sort();
    let unread = model.unread().iter();
    Report {
        findings,
        skipped,
        unread: unread
            .filter(|one| selection.is_within(&one.file))
            .cloned()
            .collect(),
        silenced,
        looked_at: model
            .judged()
            .filter(|file| selection.is_within(file.path()))
            .count(),
    }
}

/// What all rules find and lack; each thread takes the next rule that nobody has.
fn judged(
    model: &Model<'_>,
    selection: &Selection,
    threads: NonZeroUsize,
) -> (Vec<Finding>, Vec<Skipped>) {
    let rules = rules::ALL.iter().filter(|rule| selection.has(rule));
    let rules: Vec<&Rule> = rules.copied().collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut findings, mut skipped) = (Vec::new(), Vec::new());
        while let Some(rule) = rules.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Check::Model(check) = rule.check {
                let mut outcome = rule.outcome();
                check(model, &mut outcome);
                let (found, lacking) = outcome.into_parts();
                findings.extend(found);
                skipped.extend(lacking);
            }
        }
        (findings, skipped)
    };
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.get()).map(|_| scope.spawn(work)).collect();
        let (mut findings, mut skipped) = work();
        for other in others {
            match other.join() {
                Ok((found, lacking)) => {
                    findings.extend(found);
                    skipped.extend(lacking);
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        (findings, skipped)
    })
}

impl Report {
    /// The rules that spoke, in the order of their numbers.
    pub fn summary(&self) -> Vec<Count> {
        let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for finding in &self.findings {
            counts.entry(finding.rule).or_default().0 += 1;
        }
        for skipped in &self.skipped {
            counts.entry(skipped.rule).or_default().1 += 1;
        }
        let count = |(id, (findings, skipped))| {
            Some(Count {
                rule: rules::find(id)?,
                findings,
                skipped,
            })
        };
        counts.into_iter().filter_map(count).collect()
    }

    /// How many findings there are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        let of_severity = self.findings.iter();
        of_severity
            .filter(|finding| finding.severity == severity)
            .count()
    }

    /// How bad the worst finding is.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

//! What a rule says: findings with their places, and what it could not judge. Not how that is shown, nor which of it is.

use crate::source::{Place, SourceFile};

/// How bad it is. A greater one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// It may matter.
    Note,
    /// It is slow, fat or unsafe.
    Warning,
    /// It does not start, does not build or is wrong.
    Error,
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule's number, `CRC303`.
    pub rule: &'static str,
    /// The rule's name, `runs-as-root`.
    pub name: &'static str,
    /// How bad it is here.
    pub severity: Severity,
    /// The offending words.
    pub place: Place,
    /// Words under the offending ones, where they say more.
    pub label: Option<String>,
    /// What is wrong, in one line.
    pub message: String,
    /// Why that is so, and what to do, in the order in which it is to be read.
    pub lines: Vec<Line>,
    /// What else has part in it: the stage, the job, the chain of imports, in this order.
    pub related: Vec<Related>,
}

/// A line behind a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// The reason.
    Why(String),
    /// What to do.
    Help(String),
}

/// Another place that has part in a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub place: Place,
    /// What it has to do with it: `the stage that is copied from`.
    pub label: String,
}

/// What a rule could not judge, and why.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// The file that it would have judged.
    pub file: String,
    /// The rule's number.
    pub rule: &'static str,
    /// The rule's name.
    pub name: &'static str,
    /// The fact that it lacks, as the end of "skipped, because …".
    pub because: String,
}

/// A finding as its rule writes it: a place and a message, and what else there is to say.
#[derive(Debug)]
pub(crate) struct Draft {
    place: Place,
    message: String,
    severity: Option<Severity>,
    label: Option<String>,
    lines: Vec<Line>,
    related: Vec<Related>,
}

impl Draft {
    /// What is wrong (a lower-case sentence without a full stop), and the offending words.
    pub(crate) fn at(place: Place, message: impl Into<String>) -> Draft {
        Draft {
            place,
            message: message.into(),
            severity: None,
            label: None,
            lines: Vec::new(),
            related: Vec::new(),
        }
    }

    /// Words under the offending ones.
    pub(crate) fn label(mut self, label: impl Into<String>) -> Draft {
        self.label = Some(label.into());
        self
    }

    /// The reason.
    pub(crate) fn why(mut self, why: impl Into<String>) -> Draft {
        self.lines.push(Line::Why(why.into()));
        self
    }

    /// What to do.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Draft {
        self.lines.push(Line::Help(help.into()));
        self
    }

    /// Another place that has part in it.
    pub(crate) fn related(mut self, place: Place, label: impl Into<String>) -> Draft {
        let label = label.into();
        self.related.push(Related { place, label });
        self
    }

    /// Another severity than the rule's own.
    pub(crate) fn severity(mut self, severity: Severity) -> Draft {
        self.severity = Some(severity);
        self
    }
}

/// What a rule finds and skips.
#[derive(Debug)]
pub(crate) struct Outcome {
    rule: &'static str,
    name: &'static str,
    severity: Severity,
    findings: Vec<Finding>,
    skipped: Vec<Skipped>,
}

impl Outcome {
    /// Of a rule, by its number, name and severity.
    pub(crate) fn new(rule: &'static str, name: &'static str, severity: Severity) -> Outcome {
        Outcome {
            rule,
            name,
            severity,
            findings: Vec::new(),
            skipped: Vec::new(),
        }
    }

    /// Something is wrong.
    pub(crate) fn find(&mut self, draft: Draft) {
        self.findings.push(Finding {
            rule: self.rule,
            name: self.name,
            severity: draft.severity.unwrap_or(self.severity),
            place: draft.place,
            label: draft.label,
            message: draft.message,
            lines: draft.lines,
            related: draft.related,
        });
    }

    /// A fact is lacking: `because` is the end of "skipped, because …".
    pub(crate) fn skip(&mut self, file: &SourceFile, because: impl Into<String>) {
        let skipped = Skipped {
            file: file.path().to_owned(),
            rule: self.rule,
            name: self.name,
            because: because.into(),
        };
        // Two stages may lack the same fact.
        if !self.skipped.contains(&skipped) {
            self.skipped.push(skipped);
        }
    }

    /// What was found, and what was skipped.
    pub(crate) fn into_parts(self) -> (Vec<Finding>, Vec<Skipped>) {
        (self.findings, self.skipped)
    }
}

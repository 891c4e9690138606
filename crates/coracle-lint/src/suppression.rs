//! What comments in the files ask to be ignored: which findings that silences, and what is to be said of the comments
//! themselves. A comment covers what it stands beside or above of; a global one its whole file.

mod pragma;

use std::cell::Cell;
use std::ops::RangeInclusive;

use self::pragma::{Pragma, Tool};
use crate::finding::{Draft, Finding, Outcome, Skipped};
use crate::model::Model;
use crate::rule::Rule;
use crate::rules::{self, crc001_unused_suppression, crc002_unknown_suppression};
use crate::selection::{Pattern, Selection, nearest};
use crate::source::{Place, SourceFile};

/// Every comment of every file that asks for silence.
pub(crate) struct Suppressions {
    all: Vec<Suppression>,
}

struct Suppression {
    tool: Tool,
    written: String,
    place: Place,
    /// The rules; none where there is no such rule.
    rules: Vec<&'static Rule>,
    /// The lines that are covered; all where there are none.
    lines: Option<RangeInclusive<usize>>,
    is_used: Cell<bool>,
}

impl Suppressions {
    /// Reads them.
    pub(crate) fn read(model: &Model) -> Suppressions {
        let of_file = |file: &SourceFile| {
            let pragmas = pragma::read(file).into_iter();
            pragmas
                .map(|pragma| Suppression::new(model, file, pragma))
                .collect::<Vec<_>>()
        };
        Suppressions {
            all: model.sources().flat_map(of_file).collect(),
        }
    }

    /// Whether some comment silences the finding.
    pub(crate) fn silence(&self, finding: &Finding) -> bool {
        let mut is_silent = false;
        for one in &self.all {
            if one.covers(finding) {
                one.is_used.set(true);
                is_silent = true;
            }
        }
        is_silent
    }

    /// What is to be said of the comments, when everything was asked for.
    pub(crate) fn judge(&self, selection: &Selection, skipped: &[Skipped]) -> Vec<Finding> {
        let mut unused = crc001_unused_suppression::RULE.outcome();
        let mut unknown = crc002_unknown_suppression::RULE.outcome();
        for one in self.all.iter().filter(|one| one.tool == Tool::Coracle) {
            match one.rules.is_empty() {
                true => one.tell_unknown(&mut unknown),
                false if one.is_unused(selection, skipped) => one.tell_unused(&mut unused),
                false => {}
            }
        }
        let (unused, _) = unused.into_parts();
        let (unknown, _) = unknown.into_parts();
        let told = unused.into_iter().chain(unknown);
        told.filter(|finding| !self.silence(finding)).collect()
    }
}

impl Suppression {
    fn new(model: &Model, file: &SourceFile, pragma: Pragma) -> Suppression {
        let is_meant = |rule: &&Rule| match pragma.tool {
            Tool::Hadolint => rule.hadolint.contains(&pragma.rule.as_str()),
            Tool::Coracle => {
                let pattern = pragma.rule.parse::<Pattern>();
                pattern.is_ok_and(|pattern| pattern.is_of(rule))
            }
        };
        Suppression {
            tool: pragma.tool,
            rules: rules::ALL.iter().copied().filter(is_meant).collect(),
            lines: (!pragma.is_global).then(|| covered(model, file, &pragma)),
            place: file.place_of(pragma.bytes),
            written: pragma.rule,
            is_used: Cell::new(false),
        }
    }

    fn covers(&self, finding: &Finding) -> bool {
        let is_at = |lines: &RangeInclusive<usize>| lines.contains(&finding.place.line);
        self.place.file == finding.place.file
            && self.rules.iter().any(|rule| rule.id == finding.rule)
            && self.lines.as_ref().is_none_or(is_at)
    }

    /// Only where each of its rules has judged the file.
    fn is_unused(&self, selection: &Selection, skipped: &[Skipped]) -> bool {
        let has_judged = |rule: &&Rule| {
            let is_skipped = |one: &Skipped| one.rule == rule.id && one.file == self.place.file;
            selection.has(rule) && !skipped.iter().any(is_skipped)
        };
        let is_of_these = self.rules.iter().any(|rule| {
            [
                &crc001_unused_suppression::RULE,
                &crc002_unknown_suppression::RULE,
            ]
            .iter()
            .any(|own| own.id == rule.id)
        });
        !self.is_used.get() && !is_of_these && self.rules.iter().all(has_judged)
    }

    fn tell_unused(&self, outcome: &mut Outcome) {
        let message = format!(
            "nothing is found here that `{}` would silence",
            self.written
        );
        outcome.find(
            Draft::at(self.place.clone(), message)
                .why("a comment that silences nothing would hide the next mistake on its line")
                .help("take the comment away"),
        );
    }

    fn tell_unknown(&self, outcome: &mut Outcome) {
        let message = format!("there is no rule `{}`", self.written);
        let draft = Draft::at(self.place.clone(), message).why("the comment silences nothing");
        outcome.find(match nearest(&self.written) {
            Some(nearest) => draft.help(format!("did you mean `{nearest}`?")),
            None => draft.help("rules are named by number (CRC303) or by name (runs-as-root)"),
        });
    }
}

/// A comment beside something covers that; one alone on its line what comes next.
fn covered(model: &Model, file: &SourceFile, pragma: &Pragma) -> RangeInclusive<usize> {
    if !pragma.is_alone {
        return model.extent(file, pragma.line);
    }
    let is_content = |line: &str| {
        let line = line.trim();
        !line.is_empty() && !line.starts_with('#')
    };
    let mut below = file.lines().skip(pragma.line);
    let next = below.find(|(_, _, line)| is_content(line));
    let next = next.map_or(pragma.line, |(number, _, _)| number);
    let extent = model.extent(file, next);
    // A comment within an instruction of several lines covers the rest of it.
    next..=*extent.end()
}

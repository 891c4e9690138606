//! Findings of `lint`: JSON, version 1. These types are the format, and change only by additions.

use coracle_lint as lint;
use serde::Serialize;

#[derive(Serialize)]
struct Output<'a> {
    version: u32,
    findings: Vec<Finding<'a>>,
    skipped: Vec<Skipped<'a>>,
    not_read: Vec<Unread<'a>>,
    summary: Vec<Count>,
    files: usize,
    /// Findings that comments silence.
    silenced: usize,
}

#[derive(Serialize)]
struct Finding<'a> {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    place: Place<'a>,
    why: Vec<&'a str>,
    help: Vec<&'a str>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    start: usize,
    end: usize,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Related<'a> {
    label: &'a str,
    place: Place<'a>,
}

#[derive(Serialize)]
struct Skipped<'a> {
    rule: &'static str,
    name: &'static str,
    file: &'a str,
    because: &'a str,
}

#[derive(Serialize)]
struct Unread<'a> {
    file: &'a str,
    because: &'a str,
}

#[derive(Serialize)]
struct Count {
    rule: &'static str,
    name: &'static str,
    severity: &'static str,
    meaning: &'static str,
    findings: usize,
    skipped: usize,
}

/// The report.
pub(crate) fn render(report: &lint::Report) -> String {
    let output = Output {
        version: 1,
        findings: report.findings.iter().map(finding).collect(),
        skipped: report.skipped.iter().map(skipped).collect(),
        not_read: report.unread.iter().map(unread).collect(),
        summary: report.summary().iter().map(count).collect(),
        files: report.looked_at,
        silenced: report.silenced,
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn finding(finding: &lint::Finding) -> Finding<'_> {
    let (mut why, mut help) = (Vec::new(), Vec::new());
    for line in &finding.lines {
        match line {
            lint::Line::Why(text) => why.push(text.as_str()),
            lint::Line::Help(text) => help.push(text.as_str()),
        }
    }
    let related = finding.related.iter().map(|related| Related {
        label: &related.label,
        place: place(&related.place),
    });
    Finding {
        rule: finding.rule,
        name: finding.name,
        severity: finding.severity.as_str(),
        message: &finding.message,
        label: finding.label.as_deref(),
        place: place(&finding.place),
        why,
        help,
        related: related.collect(),
    }
}

fn place(place: &lint::Place) -> Place<'_> {
    Place {
        file: &place.file,
        start: place.start,
        end: place.end,
        line: place.line,
        column: place.column,
        end_line: place.end_line,
        end_column: place.end_column,
    }
}

fn skipped(skipped: &lint::Skipped) -> Skipped<'_> {
    Skipped {
        rule: skipped.rule,
        name: skipped.name,
        file: &skipped.file,
        because: &skipped.because,
    }
}

fn unread(unread: &lint::Unread) -> Unread<'_> {
    Unread {
        file: &unread.file,
        because: &unread.because,
    }
}

fn count(count: &lint::Count) -> Count {
    Count {
        rule: count.rule.id,
        name: count.rule.name,
        severity: count.rule.severity.as_str(),
        meaning: count.rule.meaning,
        findings: count.findings,
        skipped: count.skipped,
    }
}

#[cfg(test)]
mod tests {
    use crate::render::lint_sample;

    #[test]
    fn everything_that_was_found_is_in_the_format() {
        insta::assert_snapshot!(super::render(&lint_sample::report().0));
    }
}

//! Verdicts for GitHub workflows: a command a finding, which GitHub shows beside the run. A verdict with nothing against
//! it is a line of the log.

use std::fmt::Write as _;

use coracle_build::check::Verdict;
use coracle_build::check::against::{Placed, Standing};
use coracle_build::policy::Violation;
use coracle_build::start::{Finding, Verdict as Certainty};

use super::placed;

/// All verdicts, in their order, then the programs.
pub(crate) fn render(verdicts: &[Verdict], placed: &[Placed]) -> String {
    let mut text = String::new();
    for verdict in verdicts {
        let all = verdict.report.findings.iter();
        for finding in all.chain(&verdict.others.findings) {
            text.push_str(&annotation(verdict, finding));
        }
        let rules = |level, kept: &[Violation]| {
            let title = |key| format!("{}, {} [{key}]", verdict.target, verdict.platform);
            let each = kept
                .iter()
                .map(|rule| command(level, &title(rule.key), &rule.text));
            each.collect::<String>()
        };
        text.push_str(&rules("error", &verdict.judgement.violations));
        text.push_str(&rules("warning", &verdict.judgement.warnings));
        for note in &verdict.report.notes {
            let title = format!("{}, {}", verdict.target, verdict.platform);
            text.push_str(&command("notice", &title, note));
        }
        if verdict.is_well() {
            let _ = writeln!(text, "{}  {}  starts", verdict.target, verdict.platform);
        }
    }
    for one in placed {
        let of_program = one.standings.iter();
        text.extend(of_program.map(|standing| of_standing(one, standing)));
    }
    text
}

/// A program in a place: an annotation where it does not start, a line of the log where it does.
fn of_standing(one: &Placed, standing: &Standing) -> String {
    let program = format!("{}, {}", one.program.path.display(), one.program.platform);
    let (place, word) = (&standing.place, placed::word(standing));
    let Some(level) = placed::level(one, standing) else {
        return format!("{}  {place}  {word}\n", super::plain(&program));
    };
    let level = if level == "note" { "notice" } else { level };
    let mut message = placed::reason(standing);
    let findings = standing
        .outcome
        .iter()
        .flat_map(|outcome| &outcome.findings);
    if let Some(first) = findings.clone().next() {
        message.push_str(&around(first));
    }
    command(level, &format!("{program}: {word} on {place}"), &message)
}

fn annotation(verdict: &Verdict, finding: &Finding) -> String {
    let (level, word) = match finding.verdict {
        Certainty::DoesNotStart => ("error", "does not start"),
        Certainty::DiesLater => ("error", "starts, and dies later"),
        Certainty::NotProven => ("warning", "is not proven to start"),
    };
    let title = format!(
        "{}, {} {word} [{}]",
        verdict.target, verdict.platform, finding.code
    );
    let mut message = format!("{}: {}", finding.subject, finding.explanation);
    message.push_str(&around(finding));
    command(level, &title, &message)
}

/// How it came to that, and what would help.
fn around(finding: &Finding) -> String {
    let mut text = String::new();
    if finding.chain.len() > 1 {
        let _ = write!(text, "\nchain: {}", finding.chain.join(" → "));
    }
    for way_out in &finding.ways_out {
        let _ = write!(text, "\nway out: {way_out}");
    }
    text
}

/// One workflow command. What would end it, or the property, is escaped as GitHub's own toolkit does it.
fn command(level: &str, title: &str, message: &str) -> String {
    let title = property(title);
    format!("::{level} title={title}::{}\n", escaped(message))
}

/// The value of a command's property.
pub(super) fn property(text: &str) -> String {
    escaped(text).replace(':', "%3A").replace(',', "%2C")
}

/// What a command says.
pub(super) fn escaped(text: &str) -> String {
    // The percent sign first: it is what the others are escaped with.
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    #[test]
    fn every_finding_is_an_annotation_and_a_well_image_a_line() {
        insta::assert_snapshot!(render(&samples::verdicts(), &[]));
    }

    #[test]
    fn nothing_in_a_text_ends_its_command_or_property() {
        let got = command("error", "a:b,c%\n", "one\r\ntwo: 5%, three");
        assert_eq!(
            got,
            "::error title=a%3Ab%2Cc%25%0A::one%0D%0Atwo: 5%25, three\n"
        );
    }
}

//! Verdicts for people: one block an image, the worst last line first.

use std::fmt::Write as _;

use coracle_build::check::Verdict;
use coracle_build::start::{Finding, Libc, ProgramReport, Verdict as Certainty};

use super::openers;

/// All verdicts, in their order.
pub(crate) fn render(verdicts: &[Verdict]) -> String {
    let blocks: Vec<String> = verdicts.iter().map(block).collect();
    blocks.join("\n")
}

fn block(verdict: &Verdict) -> String {
    let mut text = format!(
        "{}  {}  {}\n",
        verdict.target,
        verdict.platform,
        word(verdict)
    );
    if let Some(digest) = &verdict.digest {
        let _ = writeln!(text, "  manifest   {digest}");
    }
    for program in &verdict.report.programs {
        let _ = writeln!(text, "  program    {}", of_program(program));
    }
    if verdict.others > 0 {
        let _ = writeln!(
            text,
            "  others     {} programs that no start leads to",
            verdict.others
        );
    }
    for what in &verdict.report.not_looked_at {
        let _ = writeln!(text, "  not seen   {what}");
    }
    for note in &verdict.report.notes {
        let _ = writeln!(text, "  note       {note}");
    }
    for opener in &verdict.report.openers {
        for line in openers::lines(opener, false) {
            let _ = writeln!(text, "  note       {line}");
        }
    }
    for finding in verdict
        .report
        .findings
        .iter()
        .chain(&verdict.other_findings)
    {
        text.push_str(&of_finding(finding));
    }
    text
}

fn word(verdict: &Verdict) -> &'static str {
    let all = || {
        verdict
            .report
            .findings
            .iter()
            .chain(&verdict.other_findings)
    };
    let has = |certainty| all().any(|finding| finding.verdict == certainty);
    if verdict.is_well() {
        "starts"
    } else if has(Certainty::DoesNotStart) {
        "does not start"
    } else if has(Certainty::DiesLater) {
        "starts, and dies later"
    } else {
        "not proven to start"
    }
}

fn of_program(program: &ProgramReport) -> String {
    let libc = match &program.libc {
        Libc::Glibc {
            release: Some((major, minor)),
        } => format!("glibc {major}.{minor}"),
        Libc::Glibc { release: None } => "glibc".to_owned(),
        Libc::Musl {
            release: Some((major, minor, patch)),
        } => format!("musl {major}.{minor}.{patch}"),
        Libc::Musl { release: None } => "musl".to_owned(),
        Libc::Static => "static".to_owned(),
        Libc::Unknown => return program.path.clone(),
    };
    match (&program.libc, program.objects.len()) {
        (Libc::Static, _) => format!("{}, {libc}", program.path),
        (_, objects) => format!(
            "{}, {libc}: {objects} libraries, {} versions and {} symbols looked up",
            program.path, program.versions_checked, program.symbols_checked
        ),
    }
}

pub(super) fn of_finding(finding: &Finding) -> String {
    let mut text = format!(
        "  {} [{}]: {}\n",
        finding.subject, finding.code, finding.explanation
    );
    if finding.chain.len() > 1 {
        let _ = writeln!(text, "    chain: {}", finding.chain.join(" → "));
    }
    for way_out in &finding.ways_out {
        let _ = writeln!(text, "    way out: {way_out}");
    }
    text
}

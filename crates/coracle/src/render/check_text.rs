//! Verdicts for people: one block an image or program, the worst last line first.

use std::fmt::Write as _;

use coracle_build::check::against::Placed;
use coracle_build::check::{Contents, Others, Part, Unneeded, Verdict};
use coracle_build::start::{Finding, Libc, ProgramReport, Verdict as Certainty};

use super::{openers, placed_text, size};

/// All verdicts, in their order, then the programs.
pub(crate) fn render(verdicts: &[Verdict], placed: &[Placed]) -> String {
    let programs = placed.iter().map(placed_text::block);
    let blocks: Vec<String> = verdicts.iter().map(block).chain(programs).collect();
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
    if let Some(others) = others(&verdict.others) {
        let _ = writeln!(text, "  others     {others} that no start leads to");
    }
    for what in &verdict.report.not_looked_at {
        let _ = writeln!(text, "  not seen   {what}");
    }
    for note in verdict.report.notes.iter().chain(&verdict.others.notes) {
        let _ = writeln!(text, "  note       {note}");
    }
    for opener in &verdict.report.openers {
        for line in openers::lines(opener, false) {
            let _ = writeln!(text, "  note       {line}");
        }
    }
    text.push_str(&beside(verdict));
    for finding in verdict
        .report
        .findings
        .iter()
        .chain(&verdict.others.findings)
    {
        text.push_str(&of_finding(finding));
    }
    text
}

/// `3 programs and 17 libraries`; nothing where there are none.
fn others(others: &Others) -> Option<String> {
    let counted = [
        (others.programs, "programs"),
        (others.libraries, "libraries"),
    ];
    let counted = counted.iter().filter(|(count, _)| *count > 0);
    let counted: Vec<String> = counted
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    (!counted.is_empty()).then(|| counted.join(" and "))
}

/// So many of what is not needed are named; of the rest it is said how many there are.
const NAMED: usize = 5;

/// What is known besides the proof.
fn beside(verdict: &Verdict) -> String {
    let mut text = String::new();
    let mut line = |word: &str, what: &str| {
        let _ = writeln!(text, "  {word:<10} {what}");
    };
    if let Some(packages) = packages(&verdict.contents) {
        line("packages", &packages);
    }
    for embedded in &verdict.crates {
        let crates = embedded.crates.len();
        line("crates", &format!("{crates} in {}", embedded.program));
    }
    let unneeded = &verdict.unneeded;
    if let Some(why) = unneeded.unsaid.as_ref().filter(|_| verdict.starts()) {
        let has_packages = !verdict.contents.packages.is_empty();
        if has_packages && !verdict.report.programs.is_empty() {
            line("not needed", &format!("cannot be told: {why}"));
        }
    }
    if !unneeded.parts.is_empty() {
        line("not needed", &not_needed(unneeded));
    }
    for warning in &verdict.judgement.warnings {
        line("warning", &format!("{}: {}", warning.key, warning.text));
    }
    for violation in &verdict.judgement.violations {
        line("policy", &format!("{}: {}", violation.key, violation.text));
    }
    text
}

/// `87, debian 12`; nothing where there are none.
fn packages(contents: &Contents) -> Option<String> {
    let release = contents.release.as_ref().map(|release| {
        let version = release.version.as_deref().unwrap_or_default();
        format!(", {} {version}", release.id).trim_end().to_owned()
    });
    let release = release.unwrap_or_default();
    if let Some(unread) = contents.unread.first() {
        return Some(format!("not known: {unread} is not read{release}"));
    }
    let count = contents.packages.len();
    (count > 0).then(|| format!("{count}{release}"))
}

fn not_needed(unneeded: &Unneeded) -> String {
    let part = |part: &Part| format!("{} {}", part.name, size(part.bytes));
    let named: Vec<String> = unneeded.parts.iter().take(NAMED).map(part).collect();
    let named = named.join(", ");
    let total = size(unneeded.bytes());
    match unneeded.parts.len() {
        1 => named,
        count if count <= NAMED => format!("{named}: {total}"),
        count => format!("{named} and {} more: {total}", count - NAMED),
    }
}

fn word(verdict: &Verdict) -> &'static str {
    let own = &verdict.report.findings;
    let has = |certainty| own.iter().any(|finding| finding.verdict == certainty);
    if verdict.is_well() {
        "starts"
    } else if verdict.starts() {
        "starts, and breaks the policy"
    } else if own.is_empty() && verdict.report.programs.is_empty() {
        "not everything in it starts"
    } else if own.is_empty() {
        "starts, and not everything in it does"
    } else if has(Certainty::DoesNotStart) {
        "does not start"
    } else if has(Certainty::DiesLater) {
        "starts, and dies later"
    } else {
        "not proven to start"
    }
}

fn of_program(program: &ProgramReport) -> String {
    let ProgramReport { path, libc, .. } = program;
    match libc {
        Libc::Unknown => path.clone(),
        Libc::Static => format!("{path}, {libc}"),
        Libc::Glibc { .. } | Libc::Musl { .. } => format!(
            "{path}, {libc}: {} libraries, {} versions and {} symbols looked up",
            program.objects.len(),
            program.versions_checked,
            program.symbols_checked
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

#[cfg(test)]
mod tests {
    use super::super::check_sample;

    #[test]
    fn what_is_known_besides_the_proof_is_told_in_lines_of_one_width() {
        insta::assert_snapshot!(super::render(&[check_sample::verdict()], &[]));
    }
}

//! Verdicts for programs: JSON, version 1. These types are the format, and change only by additions.

use coracle_build::check::against::Placed;
use coracle_build::check::{CrateKind, Embedded, Part, Release, Verdict};
use coracle_build::policy::Violation;
use coracle_build::start::{self, Libc};
use serde::Serialize;

use super::placed_json;

#[derive(Serialize)]
struct Output<'a> {
    version: u32,
    images: Vec<Image<'a>>,
    /// What is no image yet, in the places that it was checked against.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    programs: Vec<placed_json::Program<'a>>,
}

#[derive(Serialize)]
struct Image<'a> {
    target: &'a str,
    platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    proven: bool,
    /// It is proven, and the policy holds.
    passes: bool,
    programs: Vec<Program<'a>>,
    other_programs: usize,
    other_libraries: usize,
    findings: Vec<Finding<'a>>,
    notes: Vec<&'a String>,
    not_looked_at: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<String>,
    /// How many packages it has; none where a database is not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    packages: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    packages_not_read: Option<&'a str>,
    not_needed: Vec<NotNeeded<'a>>,
    not_needed_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_needed_unsaid: Option<&'a str>,
    policy: Vec<Rule<'a>>,
    warnings: Vec<Rule<'a>>,
    crates: Vec<Crates<'a>>,
}

#[derive(Serialize)]
struct NotNeeded<'a> {
    name: &'a str,
    bytes: u64,
}

#[derive(Serialize)]
struct Rule<'a> {
    key: &'a str,
    text: &'a str,
    fails: bool,
}

#[derive(Serialize)]
struct Crates<'a> {
    program: &'a str,
    crates: Vec<Crate<'a>>,
}

#[derive(Serialize)]
struct Crate<'a> {
    name: &'a str,
    version: &'a str,
    source: &'a str,
    kind: &'static str,
}

#[derive(Serialize)]
struct Program<'a> {
    path: &'a str,
    chain: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    interpreter: Option<&'a str>,
    libc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    libc_release: Option<String>,
    libraries: Vec<Library<'a>>,
    versions_checked: usize,
    symbols_checked: usize,
}

#[derive(Serialize)]
struct Library<'a> {
    file: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    soname: Option<&'a str>,
    needed_by: &'a [String],
    why_found: &'a str,
}

#[derive(Serialize)]
pub(super) struct Finding<'a> {
    code: &'static str,
    verdict: &'static str,
    subject: &'a str,
    explanation: &'a str,
    chain: &'a [String],
    ways_out: &'a [String],
}

/// All verdicts, in their order, and the programs.
pub(crate) fn render(verdicts: &[Verdict], placed: &[Placed]) -> String {
    let output = Output {
        version: 1,
        images: verdicts.iter().map(image).collect(),
        programs: placed.iter().map(placed_json::program).collect(),
    };
    // Nothing in it can fail to be written: keys are text.
    let mut text = serde_json::to_string_pretty(&output).unwrap_or_default();
    text.push('\n');
    text
}

fn image(verdict: &Verdict) -> Image<'_> {
    let findings = verdict
        .report
        .findings
        .iter()
        .chain(&verdict.others.findings);
    let contents = &verdict.contents;
    let unread = contents.unread.first().map(String::as_str);
    let unneeded = &verdict.unneeded;
    Image {
        target: &verdict.target,
        platform: verdict.platform.to_string(),
        digest: verdict.digest.map(|digest| digest.to_string()),
        proven: verdict.starts(),
        passes: verdict.is_well(),
        programs: verdict.report.programs.iter().map(program).collect(),
        other_programs: verdict.others.programs,
        other_libraries: verdict.others.libraries,
        findings: findings.map(finding).collect(),
        notes: verdict
            .report
            .notes
            .iter()
            .chain(&verdict.others.notes)
            .collect(),
        not_looked_at: &verdict.report.not_looked_at,
        release: contents.release.as_ref().map(release),
        packages: unread.is_none().then_some(contents.packages.len()),
        packages_not_read: unread,
        not_needed: unneeded.parts.iter().map(not_needed).collect(),
        not_needed_bytes: unneeded.bytes(),
        not_needed_unsaid: unneeded.unsaid.as_deref(),
        policy: rules(&verdict.judgement.violations, true),
        warnings: rules(&verdict.judgement.warnings, false),
        crates: verdict.crates.iter().map(crates).collect(),
    }
}

/// `debian/12`.
fn release(release: &Release) -> String {
    match &release.version {
        Some(version) => format!("{}/{version}", release.id),
        None => release.id.clone(),
    }
}

fn not_needed(part: &Part) -> NotNeeded<'_> {
    NotNeeded {
        name: &part.name,
        bytes: part.bytes,
    }
}

fn rules(violations: &[Violation], fails: bool) -> Vec<Rule<'_>> {
    violations
        .iter()
        .map(|violation| Rule {
            key: violation.key,
            text: &violation.text,
            fails,
        })
        .collect()
}

fn crates(embedded: &Embedded) -> Crates<'_> {
    let one = embedded.crates.iter().map(|one| Crate {
        name: &one.name,
        version: &one.version,
        source: &one.source,
        kind: match one.kind {
            CrateKind::Runtime => "runtime",
            CrateKind::Build => "build",
        },
    });
    Crates {
        program: &embedded.program,
        crates: one.collect(),
    }
}

fn program(program: &start::ProgramReport) -> Program<'_> {
    let (libc, libc_release) = match &program.libc {
        Libc::Glibc { release } => (
            "glibc",
            release.map(|(major, minor)| format!("{major}.{minor}")),
        ),
        Libc::Musl { release } => (
            "musl",
            release.map(|(major, minor, patch)| format!("{major}.{minor}.{patch}")),
        ),
        Libc::Static => ("static", None),
        Libc::Unknown => ("unknown", None),
    };
    let libraries = program.objects.iter().map(|object| Library {
        file: &object.file,
        soname: object.soname.as_deref(),
        needed_by: &object.needed_by,
        why_found: &object.why_found,
    });
    Program {
        path: &program.path,
        chain: &program.chain,
        interpreter: program.interpreter.as_deref(),
        libc,
        libc_release,
        libraries: libraries.collect(),
        versions_checked: program.versions_checked,
        symbols_checked: program.symbols_checked,
    }
}

pub(super) fn finding(finding: &start::Finding) -> Finding<'_> {
    Finding {
        code: finding.code.as_str(),
        verdict: match finding.verdict {
            start::Verdict::DoesNotStart => "does-not-start",
            start::Verdict::DiesLater => "dies-later",
            start::Verdict::NotProven => "not-proven",
        },
        subject: &finding.subject,
        explanation: &finding.explanation,
        chain: &finding.chain,
        ways_out: &finding.ways_out,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check_sample;

    #[test]
    fn what_is_known_besides_the_proof_is_in_the_format() {
        insta::assert_snapshot!(super::render(&[check_sample::verdict()], &[]));
    }
}

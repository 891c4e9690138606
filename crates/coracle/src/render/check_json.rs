//! Verdicts for programs: JSON, version 1. These types are the format, and change only by additions.

use coracle_build::check::Verdict;
use coracle_build::start::{self, Libc};
use serde::Serialize;

#[derive(Serialize)]
struct Output<'a> {
    version: u32,
    images: Vec<Image<'a>>,
}

#[derive(Serialize)]
struct Image<'a> {
    target: &'a str,
    platform: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
    proven: bool,
    programs: Vec<Program<'a>>,
    other_programs: usize,
    findings: Vec<Finding<'a>>,
    notes: &'a [String],
    not_looked_at: &'a [String],
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
struct Finding<'a> {
    code: &'static str,
    verdict: &'static str,
    subject: &'a str,
    explanation: &'a str,
    chain: &'a [String],
    ways_out: &'a [String],
}

/// All verdicts, in their order.
pub(crate) fn render(verdicts: &[Verdict]) -> String {
    let output = Output {
        version: 1,
        images: verdicts.iter().map(image).collect(),
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
        .chain(&verdict.other_findings);
    Image {
        target: &verdict.target,
        platform: verdict.platform.to_string(),
        digest: verdict.digest.map(|digest| digest.to_string()),
        proven: verdict.is_well(),
        programs: verdict.report.programs.iter().map(program).collect(),
        other_programs: verdict.others,
        findings: findings.map(finding).collect(),
        notes: &verdict.report.notes,
        not_looked_at: &verdict.report.not_looked_at,
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

fn finding(finding: &start::Finding) -> Finding<'_> {
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

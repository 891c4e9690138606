//! What was allowed of a proof, as an image's manifest records it: JSON of its own, version 1 by its key.
//!
//! Fields may be added; none is renamed, removed or given another meaning.

use coracle_binary::start::{Finding, Verdict};
use serde::Serialize;

#[derive(Serialize)]
struct FindingV1<'a> {
    code: &'static str,
    /// `dies-later` or `not-proven`: what does not start is never allowed.
    verdict: &'static str,
    subject: &'a str,
    explanation: &'a str,
    chain: &'a [String],
}

/// The findings as an annotation's value.
pub(super) fn to_json(findings: &[Finding]) -> Result<String, serde_json::Error> {
    let findings: Vec<FindingV1<'_>> = findings.iter().map(record).collect();
    serde_json::to_string(&findings)
}

fn record(finding: &Finding) -> FindingV1<'_> {
    FindingV1 {
        code: finding.code.as_str(),
        verdict: match finding.verdict {
            Verdict::DoesNotStart => "does-not-start",
            Verdict::DiesLater => "dies-later",
            Verdict::NotProven => "not-proven",
        },
        subject: &finding.subject,
        explanation: &finding.explanation,
        chain: &finding.chain,
    }
}

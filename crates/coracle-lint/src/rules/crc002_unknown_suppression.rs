//! CRC002: a comment that asks to ignore a rule that is none. Judged when all others have judged, in `suppression`.

use crate::finding::Severity;
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC002",
    name: "unknown-suppression",
    severity: Severity::Warning,
    meaning: "a comment asks to ignore a rule that is none",
    page: include_str!("../../rules/CRC002.md"),
    hadolint: &[],
    check: Check::Suppressions,
};

//! CRC001: a comment that asks to ignore what is not found. Judged when all others have judged, in `suppression`.

use crate::finding::Severity;
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC001",
    name: "unused-suppression",
    severity: Severity::Note,
    meaning: "a comment asks to ignore a rule that finds nothing there",
    page: include_str!("../../rules/CRC001.md"),
    hadolint: &[],
    check: Check::Suppressions,
};

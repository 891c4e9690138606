//! What a rule is: its number, its name, its page and the function that judges. The rules themselves are in `rules`.

use crate::finding::{Outcome, Severity};
use crate::model::Model;

/// One rule.
#[derive(Debug)]
pub struct Rule {
    /// Its number: `CRC303`. The first digit is its kind: 0 the lint itself, 1 does not start, 2 slow, 3 too much or unsafe.
    pub id: &'static str,
    /// Its name: `runs-as-root`.
    pub name: &'static str,
    /// How bad what it finds is, unless a finding says otherwise.
    pub severity: Severity,
    /// What it finds, in one line.
    pub meaning: &'static str,
    /// Its page, in Markdown.
    pub page: &'static str,
    /// The rules of hadolint that are about the same: their pragmas are honoured.
    pub hadolint: &'static [&'static str],
    pub(crate) check: Check,
}

/// How a rule judges.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Check {
    /// Looks at the repository.
    Model(fn(&Model, &mut Outcome)),
    /// Looks at what comments ask to be ignored, when all others have judged.
    Suppressions,
}

impl Rule {
    /// An empty record of what it finds.
    pub(crate) fn outcome(&self) -> Outcome {
        Outcome::new(self.id, self.name, self.severity)
    }
}

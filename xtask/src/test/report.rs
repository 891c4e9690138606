//! What each step came to, and the summary that ends a run. Not the steps themselves.

use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What a step came to.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Tests that passed.
    pub(super) passed: u64,
    /// Tests that failed, by name where the harness told it.
    pub(super) failed: Vec<String>,
    /// Why the step itself failed, if it did.
    pub(super) why: Option<String>,
    /// How many checks or tests were left out, and why.
    pub(super) skipped: Option<(u64, String)>,
    /// How long each test took, the slowest first.
    pub(super) slowest: Vec<(String, Duration)>,
}

impl Outcome {
    pub(super) fn ok() -> Self {
        Self::default()
    }

    pub(super) fn failed(why: impl Into<String>) -> Self {
        Self {
            why: Some(why.into()),
            ..Self::default()
        }
    }

    pub(super) fn skipped(count: u64, why: impl Into<String>) -> Self {
        Self {
            skipped: Some((count, why.into())),
            ..Self::default()
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.why.is_none() && self.failed.is_empty()
    }

    /// A step that failed counts at least once, so that the last line never reads like success.
    fn failures(&self) -> u64 {
        let named = self.failed.len() as u64;
        named.max(u64::from(!self.is_well()))
    }

    /// The result column of the summary.
    fn told(&self) -> String {
        let mut told = match (&self.why, &self.skipped) {
            (Some(why), _) => format!("FAILED: {why}"),
            (None, _) if !self.failed.is_empty() => "FAILED".to_owned(),
            (None, Some((count, why))) => format!("skipped {count}: {why}"),
            (None, None) => "ok".to_owned(),
        };
        if self.passed > 0 || !self.failed.is_empty() {
            told += &format!(" ({} passed, {} failed)", self.passed, self.failed.len());
        }
        told
    }
}

/// The steps that ran, in order.
#[derive(Debug, Default)]
pub(super) struct Report {
    steps: Vec<(&'static str, Duration, Outcome)>,
}

impl Report {
    /// What is not worth a line is not told.
    const SLOW: Duration = Duration::from_secs(20);
    const SLOWEST: usize = 40;

    /// Runs one step under a heading; true when it is well.
    pub(super) fn step(&mut self, name: &'static str, step: impl FnOnce() -> Outcome) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let outcome = step();
        let well = outcome.is_well();
        self.steps.push((name, start.elapsed(), outcome));
        well
    }

    /// Prints the summary; its last line is `N passed, N failed`, alone.
    pub(super) fn finish(&self) -> ExitCode {
        println!("\n{}", self.summary());
        ExitCode::from(u8::from(
            self.steps.iter().any(|(_, _, each)| !each.is_well()),
        ))
    }

    /// The tests that took longest, for whoever wants the whole to be shorter.
    fn slowest(&self) -> Vec<String> {
        let tests = self.steps.iter().flat_map(|(_, _, each)| &each.slowest);
        let mut tests: Vec<&(String, Duration)> =
            tests.filter(|(_, took)| *took >= Self::SLOW).collect();
        tests.sort_by_key(|(_, took)| std::cmp::Reverse(*took));
        tests.truncate(Self::SLOWEST);
        tests
            .iter()
            .map(|(name, took)| format!("slow, {:>5.0} s: {name}", took.as_secs_f64()))
            .collect()
    }

    fn summary(&self) -> String {
        let mut lines = vec![format!("{:<16}{:>8}  result", "step", "seconds")];
        for (name, took, outcome) in &self.steps {
            let seconds = took.as_secs_f64();
            lines.push(format!("{name:<16}{seconds:>8.1}  {}", outcome.told()));
        }
        let total: Duration = self.steps.iter().map(|(_, took, _)| *took).sum();
        lines.push(format!("{:<16}{:>8.1}", "total", total.as_secs_f64()));
        lines.extend(self.slowest());
        for (name, _, outcome) in &self.steps {
            lines.extend(
                outcome
                    .failed
                    .iter()
                    .map(|test| format!("failed in {name}: {test}")),
            );
        }
        let skipped = self
            .steps
            .iter()
            .filter_map(|(_, _, each)| each.skipped.as_ref());
        lines.push(format!(
            "{} skipped",
            skipped.map(|(count, _)| count).sum::<u64>()
        ));
        let passed: u64 = self.steps.iter().map(|(_, _, each)| each.passed).sum();
        let failed: u64 = self.steps.iter().map(|(_, _, each)| each.failures()).sum();
        lines.push(format!("{passed} passed, {failed} failed"));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Report};

    fn last_line(outcomes: Vec<Outcome>) -> String {
        let mut report = Report::default();
        for outcome in outcomes {
            report.step("one", || outcome);
        }
        let summary = report.summary();
        summary.lines().last().unwrap().to_owned()
    }

    fn tests(passed: u64, failed: &[&str]) -> Outcome {
        Outcome {
            passed,
            failed: failed.iter().map(|name| (*name).to_owned()).collect(),
            ..Outcome::default()
        }
    }

    #[test]
    fn the_last_line_sums_the_tests() {
        let outcomes = vec![Outcome::ok(), tests(3, &[]), tests(2, &["one", "two"])];
        assert_eq!(last_line(outcomes), "5 passed, 2 failed");
    }

    #[test]
    fn a_step_that_failed_without_a_test_never_reads_like_success() {
        let outcomes = vec![tests(3, &[]), Outcome::failed("clippy said no")];
        assert_eq!(last_line(outcomes), "3 passed, 1 failed");
        let mut crashed = tests(3, &["one"]);
        crashed.why = Some("ended with 101".to_owned());
        assert_eq!(last_line(vec![crashed]), "3 passed, 1 failed");
    }

    #[test]
    fn what_was_skipped_is_counted_and_is_no_failure() {
        let mut report = Report::default();
        assert!(report.step("advisories", || Outcome::skipped(4, "no network")));
        let summary = report.summary();
        assert!(summary.contains("skipped 4: no network"), "{summary}");
        assert!(
            summary.ends_with("4 skipped\n0 passed, 0 failed"),
            "{summary}"
        );
        assert!(!report.step("two", || Outcome::failed("it broke")));
    }
}

//! What the test harness prints, counted; and the tests with real parts, which are exactly the
//! ignored ones (a tidy rule sees to it).

use super::cargo::Cargo;
use super::report::Outcome;

/// Doc tests are left out: `ignore` on one of them means something else.
const IGNORED: &[&str] = &[
    "test",
    "--workspace",
    "--no-fail-fast",
    "--lib",
    "--bins",
    "--tests",
    "--",
];
/// A test that goes beyond loopback says so in its name or its module's.
const NETWORK: &str = "network";
/// A test that takes minutes for what others show too says so in its name; `CORACLE_FULL=1` runs it.
const FULL: &str = "full_run";

/// Whether tests of full runs are run, too.
pub(super) fn is_full() -> bool {
    std::env::var_os("CORACLE_FULL").is_some()
}

/// Runs the tests with real parts whose name contains `filter`.
pub(super) fn real(cargo: &Cargo, filter: &str, network: bool) -> Outcome {
    let names = match names(cargo, filter) {
        Ok(names) => names,
        Err(error) => return Outcome::failed(format!("cannot list the tests: {error:#}")),
    };
    if names.is_empty() {
        return Outcome::failed(format!(
            "no test with real parts has {filter:?} in its name"
        ));
    }
    let full = is_full();
    let absent = [
        (network, NETWORK, "needs the network"),
        (full, FULL, "is of a full run (CORACLE_FULL=1)"),
    ];
    let mut arguments = IGNORED.to_vec();
    arguments.extend(["--ignored"]);
    let mut left_out = 0;
    for (_, word, why) in absent.into_iter().filter(|(there, ..)| !there) {
        for name in names.iter().filter(|name| name.contains(word)) {
            println!("skipped, {why}: {name}");
            left_out += 1;
        }
        arguments.extend(["--skip", word]);
    }
    if !filter.is_empty() {
        arguments.push(filter);
    }
    let mut outcome = cargo.with_waiting_tests().test(&arguments);
    if left_out > 0 {
        let why = "tests need the network, or are of a full run";
        outcome.skipped = Some((left_out, why.to_owned()));
    }
    outcome
}

/// Names of the ignored tests that contain `filter`.
fn names(cargo: &Cargo, filter: &str) -> anyhow::Result<Vec<String>> {
    let mut arguments = IGNORED.to_vec();
    arguments.extend(["--ignored", "--list", "--format", "terse"]);
    if !filter.is_empty() {
        arguments.push(filter);
    }
    let listed = cargo.output(&arguments)?;
    let names = listed
        .lines()
        .filter_map(|line| line.strip_suffix(": test"));
    Ok(names.map(ToOwned::to_owned).collect())
}

/// Sums over the harnesses of all crates.
#[derive(Debug, Default)]
pub(super) struct Counts {
    passed: u64,
    failed: u64,
    names: Vec<String>,
}

impl Counts {
    /// Takes in one line of a harness' output.
    pub(super) fn read(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            self.passed += number(result, " passed");
            self.failed += number(result, " failed");
        } else if let Some(name) = line.strip_prefix("test ").and_then(failed_name) {
            self.names.push(name.to_owned());
        }
    }

    /// Failures that were summed but not named get a number instead of a name.
    pub(super) fn into_outcome(mut self) -> Outcome {
        for unnamed in self.names.len() as u64..self.failed {
            self.names.push(format!("(unnamed, {})", unnamed + 1));
        }
        Outcome {
            passed: self.passed,
            failed: self.names,
            ..Outcome::default()
        }
    }
}

/// The number that stands before `word`: 3 for ` passed` in `ok. 3 passed; 0 failed`.
fn number(text: &str, word: &str) -> u64 {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or_default()
}

fn failed_name(line: &str) -> Option<&str> {
    let (name, _) = line.split_once(" ... FAILED")?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn harnesses_are_summed_and_failures_named() {
        let mut counts = Counts::default();
        for line in [
            "running 3 tests",
            "test one::two ... ok",
            "test one::three ... FAILED",
            "test result: FAILED. 12 passed; 1 failed; 3 ignored; 0 measured; 0 filtered out; finished in 0.10s",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            counts.read(line);
        }
        let outcome = counts.into_outcome();
        assert_eq!(
            (outcome.passed, outcome.failed),
            (17, vec!["one::three".to_owned()])
        );
    }

    #[test]
    fn a_failure_without_a_name_still_counts() {
        let mut counts = Counts::default();
        counts.read("test result: FAILED. 0 passed; 2 failed; 0 ignored");
        assert_eq!(counts.into_outcome().failed.len(), 2);
    }
}

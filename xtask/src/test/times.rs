//! How long each test took, which the stable test harness does not tell: worked out from when each ended. The harness
//! starts tests in the order of their names, the next one as soon as a thread is free.

use std::time::Duration;

/// The tests of one harness as they end, and of all harnesses before it.
#[derive(Debug)]
pub(super) struct Times {
    threads: usize,
    began: Duration,
    ended: Vec<(String, Duration)>,
    took: Vec<(String, Duration)>,
}

impl Times {
    /// For harnesses that run this many tests at once.
    pub(super) fn with_threads(threads: usize) -> Self {
        Self {
            threads: threads.max(1),
            began: Duration::ZERO,
            ended: Vec::new(),
            took: Vec::new(),
        }
    }

    /// Takes in one line of a harness' output that came `at` this time of the run.
    pub(super) fn read(&mut self, line: &str, at: Duration) {
        if line.starts_with("running ") {
            self.began = at;
            self.ended.clear();
        } else if line.starts_with("test result: ") {
            self.work_out();
        } else if let Some((name, "ok" | "FAILED")) = named(line) {
            self.ended.push((name.to_owned(), at));
        }
    }

    /// The slowest tests first.
    pub(super) fn into_slowest(mut self) -> Vec<(String, Duration)> {
        self.took.sort_by(|(_, one), (_, other)| other.cmp(one));
        self.took
    }

    /// The first tests began with the harness, each later one when another had ended.
    fn work_out(&mut self) {
        let mut ends: Vec<Duration> = self.ended.iter().map(|(_, at)| *at).collect();
        ends.sort_unstable();
        let starts = vec![self.began; self.threads].into_iter().chain(ends);
        let mut ended = std::mem::take(&mut self.ended);
        ended.sort_unstable();
        let took = ended.into_iter().zip(starts);
        self.took
            .extend(took.map(|((name, end), start)| (name, end.saturating_sub(start))));
    }
}

/// Name and result of a test's line.
fn named(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("test ")?.split_once(" ... ")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Times;

    #[test]
    fn a_test_begins_when_an_earlier_one_leaves_its_thread() {
        let mut times = Times::with_threads(2);
        for (at, line) in [
            (5, "running 4 tests"),
            (8, "test b ... ok"),
            (9, "test d has been running for over 60 seconds"),
            (10, "test c ... FAILED"),
            (16, "test a ... ok"),
            (20, "test d ... ok"),
            (20, "test result: FAILED. 3 passed; 1 failed"),
            (30, "running 1 test"),
            (37, "test e ... ok"),
            (37, "test result: ok. 1 passed; 0 failed"),
        ] {
            times.read(line, Duration::from_secs(at));
        }
        let slowest = times.into_slowest();
        let told: Vec<(&str, u64)> = slowest
            .iter()
            .map(|(name, took)| (name.as_str(), took.as_secs()))
            .collect();
        assert_eq!(told, [("a", 11), ("d", 10), ("e", 7), ("b", 3), ("c", 2)]);
    }
}

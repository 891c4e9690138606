//! What libFuzzer says in its fork mode, as a row of a table.

use std::path::Path;

/// The columns of [`Told::row`].
pub(super) const HEADING: &str = "\
| target | seconds | executions | edges | features | inputs kept | found |
|---|---|---|---|---|---|---|";

/// What one target came to.
#[derive(Debug, Default)]
pub(super) struct Told {
    executions: u64,
    edges: u64,
    features: u64,
    kept: u64,
    seconds: u64,
    found: Option<String>,
}

impl Told {
    /// Takes in a line; true for one that a person wants to see.
    pub(super) fn read(&mut self, line: &str) -> bool {
        let Some(count) = line
            .strip_prefix('#')
            .and_then(|rest| rest.split(':').next())
            .and_then(|count| count.trim().parse().ok())
        else {
            // Of a crash everything; of the jobs' own lines nothing.
            return !line.starts_with("INFO:") && !line.trim().is_empty();
        };
        let after = |word: &str| {
            let (_, rest) = line.split_once(word)?;
            let digits: String = rest
                .trim_start()
                .chars()
                .take_while(char::is_ascii_digit)
                .collect();
            digits.parse().ok()
        };
        self.executions = count;
        self.edges = after(" cov:").unwrap_or(self.edges);
        self.features = after(" ft:").unwrap_or(self.features);
        self.kept = after(" corp:").unwrap_or(self.kept);
        self.seconds = after(" time:").unwrap_or(self.seconds);
        false
    }

    /// The run ended, well or not.
    pub(super) fn end(&mut self, well: bool, artifacts: &Path) {
        if !well {
            self.found = Some(format!("see {}", artifacts.display()));
        }
    }

    pub(super) fn is_well(&self) -> bool {
        self.found.is_none()
    }

    pub(super) fn row(&self, target: &str) -> String {
        let Self {
            executions,
            edges,
            features,
            kept,
            seconds,
            found,
        } = self;
        let found = found.as_deref().unwrap_or("nothing");
        format!("| {target} | {seconds} | {executions} | {edges} | {features} | {kept} | {found} |")
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Told;

    #[test]
    fn the_last_line_of_a_run_becomes_a_row() {
        let mut told = Told::default();
        assert!(!told.read("#7: cov: 1 ft: 1 corp: 1 exec/s: 0 oom/timeout/crash: 0/0/0 time: 1s job: 1 dft_time: 0"));
        assert!(!told.read("#1234: cov: 567 ft: 890 corp: 12 exec/s 411 oom/timeout/crash: 0/0/0 time: 3s job: 2 dft_time: 0"));
        assert!(!told.read("INFO: exiting: 0 time: 3s"));
        assert_eq!(
            told.row("elf"),
            "| elf | 3 | 1234 | 567 | 890 | 12 | nothing |"
        );
        assert!(told.is_well());
    }

    #[test]
    fn a_run_that_ends_badly_found_something() {
        let mut told = Told::default();
        assert!(told.read("==7== ERROR: libFuzzer: timeout after 5 seconds"));
        told.end(false, Path::new("artifacts/elf"));
        assert!(!told.is_well());
        assert!(told.row("elf").ends_with("| see artifacts/elf |"));
    }
}

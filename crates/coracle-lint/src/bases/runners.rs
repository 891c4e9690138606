//! The machines that GitHub lends to jobs: which release a label means, and so which glibc what is compiled there asks for.
//! Static data, sorted, with its source.

use jiff::civil::{Date, date};

use super::releases::Release;

/// A label and the release of the machine.
#[derive(Debug, PartialEq, Eq)]
pub struct Runner {
    /// `ubuntu-24.04`.
    pub label: &'static str,
    release: &'static str,
    /// The label means another machine from time to time.
    pub moves: bool,
    /// Who says so.
    pub source: &'static str,
    /// When that was looked up.
    pub seen: Date,
}

const SOURCE: &str = "github.com/actions/runner-images, README.md";

const fn row(label: &'static str, release: &'static str, moves: bool) -> Runner {
    Runner {
        label,
        release,
        moves,
        source: SOURCE,
        seen: date(2026, 8, 21),
    }
}

static RUNNERS: &[Runner] = &[
    row("ubuntu-22.04", "ubuntu/22.04", false),
    row("ubuntu-22.04-arm", "ubuntu/22.04", false),
    row("ubuntu-24.04", "ubuntu/24.04", false),
    row("ubuntu-24.04-arm", "ubuntu/24.04", false),
    row("ubuntu-26.04", "ubuntu/26.04", false),
    row("ubuntu-26.04-arm", "ubuntu/26.04", false),
    row("ubuntu-latest", "ubuntu/24.04", true),
];

impl Runner {
    /// The machine of a label; none of macOS and Windows, nor of one's own.
    pub fn named(label: &str) -> Option<&'static Runner> {
        let is_meant = |runner: &&Runner| runner.label.eq_ignore_ascii_case(label);
        RUNNERS.iter().find(is_meant)
    }

    /// Its release.
    pub fn release(&self) -> Option<&'static Release> {
        Release::named(self.release)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runners_are_sorted_dated_and_of_known_releases() {
        assert!(RUNNERS.is_sorted_by_key(|runner| runner.label));
        for runner in RUNNERS {
            assert!(runner.release().is_some(), "{}", runner.label);
            assert!(!runner.source.is_empty() && runner.seen >= date(2026, 1, 1));
        }
        let latest = Runner::named("Ubuntu-Latest").unwrap();
        assert!(latest.moves);
        assert_eq!(latest.release().unwrap().libc.to_string(), "glibc 2.39");
        assert_eq!(Runner::named("macos-15"), None);
    }
}

//! Machines that GitHub no longer lends to jobs: what asks for one waits for ever or is refused. Static data, sorted, each
//! row with the announcement it is from.

use jiff::civil::{Date, date};

/// A label that no machine answers to any more.
#[derive(Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// `ubuntu-20.04`.
    pub label: &'static str,
    /// The day from which on there is none, as it was announced.
    pub since: Date,
    /// Who says so.
    pub source: &'static str,
}

const fn row(label: &'static str, since: Date, source: &'static str) -> Withdrawn {
    Withdrawn {
        label,
        since,
        source,
    }
}

static WITHDRAWN: &[Withdrawn] = &[
    row(
        "macos-10.15",
        date(2022, 12, 1),
        "github.com/actions/runner-images/issues/5583",
    ),
    row(
        "macos-11",
        date(2024, 6, 28),
        "github.blog/changelog/2024-05-20-actions-upcoming-changes-to-github-hosted-macos-runners",
    ),
    row(
        "macos-12",
        date(2024, 12, 3),
        "github.com/actions/runner-images/issues/10721",
    ),
    row(
        "macos-13",
        date(2025, 12, 8),
        "github.com/actions/runner-images/issues/13046",
    ),
    row(
        "ubuntu-16.04",
        date(2021, 9, 20),
        "github.com/actions/virtual-environments/issues/3287",
    ),
    row(
        "ubuntu-18.04",
        date(2023, 4, 3),
        "github.com/actions/runner-images/issues/6002",
    ),
    row(
        "ubuntu-20.04",
        date(2025, 4, 15),
        "github.com/actions/runner-images/issues/11101",
    ),
    row(
        "windows-2016",
        date(2022, 3, 15),
        "github.com/actions/virtual-environments/issues/4312",
    ),
    row(
        "windows-2019",
        date(2025, 6, 30),
        "github.com/actions/runner-images/issues/12045",
    ),
];

impl Withdrawn {
    /// The row of a label.
    pub fn named(label: &str) -> Option<&'static Withdrawn> {
        let is_meant = |row: &&Withdrawn| row.label.eq_ignore_ascii_case(label);
        WITHDRAWN.iter().find(is_meant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withdrawn_machines_are_sorted_and_have_their_source() {
        assert!(WITHDRAWN.is_sorted_by_key(|row| row.label));
        assert!(WITHDRAWN.iter().all(|row| !row.source.is_empty()));
        assert!(Withdrawn::named("Ubuntu-20.04").is_some());
        assert!(Withdrawn::named("ubuntu-24.04").is_none());
    }
}

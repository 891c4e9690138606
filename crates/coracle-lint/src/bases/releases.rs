//! Releases of distributions: which C library each has, and until when it gets security updates. Static data, sorted by
//! name and number, each row with its source.

use jiff::civil::{Date, date};

/// A C library, and its version where it is known and stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    /// The GNU C library.
    Glibc(Option<(u32, u32)>),
    /// musl.
    Musl(Option<(u32, u32, u32)>),
    /// None at all.
    Absent,
}

/// One release.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// As it is written: `debian/12`.
    pub name: &'static str,
    /// `bookworm`, in tags and in files.
    pub codename: Option<&'static str>,
    /// Its C library.
    pub libc: Libc,
    /// The last day of its own security updates.
    pub ends: Option<Date>,
    /// The last day of long-term updates that everybody gets; not those that are paid for.
    pub long_term_ends: Option<Date>,
    /// Who says so.
    pub source: &'static str,
    /// When that was looked up.
    pub seen: Date,
}

impl std::fmt::Display for Libc {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Libc::Glibc(Some((major, minor))) => write!(formatter, "glibc {major}.{minor}"),
            Libc::Glibc(None) => formatter.write_str("glibc"),
            Libc::Musl(Some((major, minor, patch))) => {
                write!(formatter, "musl {major}.{minor}.{patch}")
            }
            Libc::Musl(None) => formatter.write_str("musl"),
            Libc::Absent => formatter.write_str("no C library"),
        }
    }
}

impl Release {
    /// Every release.
    pub fn all() -> &'static [Release] {
        RELEASES
    }

    /// The release of this name or codename.
    pub fn named(name: &str) -> Option<&'static Release> {
        let is_meant = |release: &&Release| release.name == name || release.codename == Some(name);
        RELEASES.iter().find(is_meant)
    }

    /// The distribution: `debian`.
    pub fn distribution(&self) -> &'static str {
        self.name.split('/').next().unwrap_or(self.name)
    }

    /// `debian/12 (bookworm)`.
    pub fn title(&self) -> String {
        match self.codename {
            Some(codename) => format!("{} ({codename})", self.name),
            None => self.name.to_owned(),
        }
    }

    /// The last day on which anybody mends it for everybody.
    pub fn last_day(&self) -> Option<Date> {
        self.long_term_ends.or(self.ends)
    }
}

/// Ends: endoflife.date (github.com/endoflife-date/endoflife.date, its `products`). Versions of glibc: what
/// github.com/mayeut/pep600_compliance read in the distributions' own images.
const ENDS_AND_GLIBC: &str = "endoflife.date; github.com/mayeut/pep600_compliance";
/// Ends as above; musl's versions are those of the packages of the release.
const ENDS_AND_MUSL: &str = "endoflife.date; dl-cdn.alpinelinux.org/alpine/vRELEASE/main";
/// It has no releases.
const WOLFI: &str = "edu.chainguard.dev, glibc vs. musl";

const SEEN: Date = date(2026, 8, 22);

const fn release(
    name: &'static str,
    libc: Libc,
    ends: (i16, i8, i8),
    source: &'static str,
) -> Release {
    Release {
        name,
        codename: None,
        libc,
        ends: Some(day(ends)),
        long_term_ends: None,
        source,
        seen: SEEN,
    }
}

const fn day((year, month, day): (i16, i8, i8)) -> Date {
    date(year, month, day)
}

/// With glibc 2.`minor`.
const fn glibc(name: &'static str, minor: u32, ends: (i16, i8, i8)) -> Release {
    release(name, Libc::Glibc(Some((2, minor))), ends, ENDS_AND_GLIBC)
}

/// Likewise, with a codename.
const fn called(
    name: &'static str,
    codename: &'static str,
    minor: u32,
    ends: (i16, i8, i8),
) -> Release {
    Release {
        codename: Some(codename),
        ..glibc(name, minor, ends)
    }
}

/// Likewise, with long-term updates.
const fn debian(
    name: &'static str,
    codename: &'static str,
    minor: u32,
    ends: (i16, i8, i8),
    long_term_ends: (i16, i8, i8),
) -> Release {
    Release {
        long_term_ends: Some(day(long_term_ends)),
        ..called(name, codename, minor, ends)
    }
}

const fn alpine(name: &'static str, musl: Option<(u32, u32, u32)>, ends: (i16, i8, i8)) -> Release {
    release(name, Libc::Musl(musl), ends, ENDS_AND_MUSL)
}

static RELEASES: &[Release] = &[
    glibc("almalinux/8", 28, (2029, 5, 31)),
    glibc("almalinux/9", 34, (2032, 5, 31)),
    glibc("almalinux/10", 39, (2035, 5, 31)),
    alpine("alpine/3.10", None, (2021, 5, 1)),
    alpine("alpine/3.11", None, (2021, 11, 1)),
    alpine("alpine/3.12", None, (2022, 5, 1)),
    alpine("alpine/3.13", None, (2022, 11, 1)),
    alpine("alpine/3.14", None, (2023, 5, 1)),
    alpine("alpine/3.15", None, (2023, 11, 1)),
    alpine("alpine/3.16", None, (2024, 5, 23)),
    alpine("alpine/3.17", None, (2024, 11, 22)),
    alpine("alpine/3.18", None, (2025, 5, 9)),
    alpine("alpine/3.19", None, (2025, 11, 1)),
    alpine("alpine/3.20", Some((1, 2, 5)), (2026, 4, 1)),
    alpine("alpine/3.21", Some((1, 2, 5)), (2026, 11, 1)),
    alpine("alpine/3.22", Some((1, 2, 5)), (2027, 5, 1)),
    alpine("alpine/3.23", Some((1, 2, 5)), (2027, 11, 1)),
    alpine("alpine/3.24", None, (2028, 6, 1)),
    glibc("amazonlinux/2", 26, (2026, 6, 30)),
    glibc("amazonlinux/2023", 34, (2029, 6, 30)),
    debian("debian/9", "stretch", 24, (2020, 7, 18), (2022, 7, 1)),
    debian("debian/10", "buster", 28, (2022, 9, 10), (2024, 6, 30)),
    debian("debian/11", "bullseye", 31, (2024, 8, 14), (2026, 8, 31)),
    debian("debian/12", "bookworm", 36, (2026, 7, 11), (2028, 6, 30)),
    debian("debian/13", "trixie", 41, (2028, 8, 9), (2030, 6, 30)),
    glibc("fedora/40", 39, (2025, 5, 13)),
    glibc("fedora/41", 40, (2025, 12, 15)),
    glibc("fedora/42", 41, (2026, 5, 27)),
    glibc("fedora/43", 42, (2026, 12, 9)),
    glibc("fedora/44", 43, (2027, 6, 2)),
    glibc("oraclelinux/8", 28, (2029, 7, 31)),
    glibc("oraclelinux/9", 34, (2032, 6, 30)),
    glibc("rhel/7", 17, (2024, 6, 30)),
    glibc("rhel/8", 28, (2029, 5, 31)),
    glibc("rhel/9", 34, (2032, 5, 31)),
    glibc("rhel/10", 39, (2035, 5, 31)),
    glibc("rockylinux/8", 28, (2029, 5, 31)),
    glibc("rockylinux/9", 34, (2032, 5, 31)),
    glibc("rockylinux/10", 39, (2035, 5, 31)),
    called("ubuntu/16.04", "xenial", 23, (2021, 4, 2)),
    called("ubuntu/18.04", "bionic", 27, (2023, 5, 31)),
    called("ubuntu/20.04", "focal", 31, (2025, 5, 31)),
    called("ubuntu/22.04", "jammy", 35, (2027, 4, 1)),
    called("ubuntu/22.10", "kinetic", 36, (2023, 7, 20)),
    called("ubuntu/23.04", "lunar", 37, (2024, 1, 20)),
    called("ubuntu/23.10", "mantic", 38, (2024, 7, 12)),
    called("ubuntu/24.04", "noble", 39, (2029, 5, 31)),
    called("ubuntu/24.10", "oracular", 40, (2025, 7, 10)),
    called("ubuntu/25.04", "plucky", 41, (2026, 1, 17)),
    called("ubuntu/25.10", "questing", 42, (2026, 7, 1)),
    called("ubuntu/26.04", "resolute", 43, (2031, 4, 30)),
    Release {
        name: "wolfi/rolling",
        codename: None,
        libc: Libc::Glibc(None),
        ends: None,
        long_term_ends: None,
        source: WOLFI,
        seen: SEEN,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rank(release: &Release) -> (&'static str, Vec<u32>) {
        let (distribution, version) = release.name.split_once('/').unwrap();
        (
            distribution,
            version
                .split('.')
                .filter_map(|part| part.parse().ok())
                .collect(),
        )
    }

    #[test]
    fn releases_are_sorted_each_is_one_and_each_has_its_source() {
        assert!(RELEASES.is_sorted_by_key(rank));
        let names: BTreeSet<&str> = RELEASES.iter().map(|release| release.name).collect();
        assert_eq!(names.len(), RELEASES.len());
        for release in RELEASES {
            assert!(!release.source.is_empty(), "{}", release.name);
            assert!(release.long_term_ends >= release.ends || release.long_term_ends.is_none());
            assert!(release.seen >= date(2026, 1, 1), "{}", release.name);
        }
    }

    #[test]
    fn an_older_release_has_no_newer_c_library() {
        let version = |release: &Release| match release.libc {
            Libc::Glibc(version) => version,
            _ => None,
        };
        for pair in RELEASES.windows(2) {
            let [older, newer] = pair else { continue };
            if older.distribution() == newer.distribution() {
                assert!(version(older) <= version(newer), "{}", newer.name);
            }
        }
    }

    #[test]
    fn releases_are_found_by_name_and_codename() {
        assert_eq!(Release::named("bookworm"), Release::named("debian/12"));
        assert_eq!(
            Release::named("debian/12").unwrap().title(),
            "debian/12 (bookworm)"
        );
        assert_eq!(
            Release::named("bullseye").unwrap().last_day(),
            Some(date(2026, 8, 31))
        );
        assert_eq!(
            Release::named("noble").unwrap().libc.to_string(),
            "glibc 2.39"
        );
    }
}

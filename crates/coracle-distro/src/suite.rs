//! The distributions' releases that coracle knows, and the archives that make one up. Static data.
//!
//! A *suite* here is what a user names (`debian/trixie`); it is served by three *archives* (main,
//! updates and security), each with an InRelease of its own.

mod architecture;

use std::fmt;
use std::str::FromStr;

pub use architecture::{Architecture, UnknownArchitecture};

/// One release of a distribution.
#[derive(Debug, PartialEq, Eq)]
pub struct Suite {
    /// `debian`.
    pub distribution: &'static str,
    /// `trixie`.
    pub codename: &'static str,
    /// `13`.
    pub version: &'static str,
    /// Its C library's version, `(2, 41)`; of one that is not released yet, what it had when this was written.
    pub glibc: (u32, u32),
    /// Whether it is the distribution's present stable release.
    pub stability: Stability,
    /// When the security team's support ends, `2028-08-09`; empty where it is not released yet.
    pub end_of_security_support: &'static str,
    /// When long-term support by volunteers ends, `2030-06-30`; likewise.
    pub end_of_long_term_support: &'static str,
    /// The architectures it is released for.
    pub architectures: &'static [Architecture],
    /// Whether its packages ship `usr/lib/…` only; an older one's `lib/…` is rewritten on unpacking.
    pub ships_merged_usr: bool,
}

/// How a release stands among the distribution's releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stability {
    /// The present stable release.
    Stable,
    /// The release before it.
    OldStable,
    /// What will be the next stable release.
    Testing,
    /// Where changes come first; it is never released.
    Unstable,
}

impl fmt::Display for Stability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Stable => "stable",
            Self::OldStable => "oldstable",
            Self::Testing => "testing",
            Self::Unstable => "unstable",
        })
    }
}

use Architecture::{Amd64, Arm64, Armhf, I386, Ppc64el, Riscv64, S390x};

static SUITES: [Suite; 2] = [
    Suite {
        distribution: "debian",
        codename: "trixie",
        version: "13",
        glibc: (2, 41),
        stability: Stability::Stable,
        end_of_security_support: "2028-08-09",
        end_of_long_term_support: "2030-06-30",
        architectures: &[Amd64, Arm64, Armhf, I386, Ppc64el, Riscv64, S390x],
        ships_merged_usr: true,
    },
    Suite {
        distribution: "debian",
        codename: "bookworm",
        version: "12",
        glibc: (2, 36),
        stability: Stability::OldStable,
        end_of_security_support: "2026-06-10",
        end_of_long_term_support: "2028-06-30",
        architectures: &[Amd64, Arm64, Armhf, I386, Ppc64el, S390x],
        ships_merged_usr: false,
    },
];

/// What is not released: looked at, and never shipped on. The keys that sign the stable suites sign these, too. The glibc
/// is November 2026's.
static UNRELEASED: [Suite; 2] = [
    Suite {
        distribution: "debian",
        codename: "forky",
        version: "14",
        glibc: (2, 42),
        stability: Stability::Testing,
        end_of_security_support: "",
        end_of_long_term_support: "",
        architectures: &Architecture::ALL,
        ships_merged_usr: true,
    },
    Suite {
        distribution: "debian",
        codename: "sid",
        version: "sid",
        glibc: (2, 42),
        stability: Stability::Unstable,
        end_of_security_support: "",
        end_of_long_term_support: "",
        architectures: &Architecture::ALL,
        ships_merged_usr: true,
    },
];

impl Suite {
    /// Every suite that images are made of, the newest stable first.
    pub fn all() -> &'static [Suite] {
        &SUITES
    }

    /// Those, and what is not released yet: every suite whose archive can be read.
    pub fn readable() -> impl Iterator<Item = &'static Suite> + Clone {
        SUITES.iter().chain(&UNRELEASED)
    }

    /// A readable suite by its names, among them its place among the others: `sid`, `debian/testing`.
    pub fn find(text: &str) -> Option<&'static Suite> {
        Suite::readable().find(|suite| {
            let name = text.strip_prefix(suite.distribution);
            let name = name.and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
            let is_moving = !suite.is_released() && name == suite.stability.to_string();
            name == suite.codename || is_moving
        })
    }

    /// Whether it is or was the distribution's stable release: its packages change little.
    pub fn is_released(&self) -> bool {
        matches!(self.stability, Stability::Stable | Stability::OldStable)
    }

    /// `debian/trixie` or `trixie`.
    pub fn parse(text: &str) -> Result<&'static Suite, UnknownSuite> {
        SUITES
            .iter()
            .find(|suite| text == suite.codename || text == suite.to_string())
            .ok_or_else(|| UnknownSuite {
                text: text.chars().take(80).collect(),
            })
    }

    /// The archives that make the suite up: main, updates, security; of what is never released main alone.
    pub fn archives(&self) -> Vec<ArchiveId> {
        let names: &[ArchiveName] = match self.stability {
            Stability::Unstable => &[ArchiveName::Main],
            Stability::Stable | Stability::OldStable | Stability::Testing => &[
                ArchiveName::Main,
                ArchiveName::Updates,
                ArchiveName::Security,
            ],
        };
        names.iter().map(|name| self.archive(*name)).collect()
    }

    /// One of its archives.
    pub fn archive(&self, name: ArchiveName) -> ArchiveId {
        let codename = self.codename;
        let (label, path, component, valid_until_expected) = match name {
            ArchiveName::Main => {
                let moves = !self.is_released();
                ("Debian", codename.to_owned(), "main", moves)
            }
            ArchiveName::Updates => {
                let still_moves = self.stability != Stability::OldStable;
                ("Debian", format!("{codename}-updates"), "main", still_moves)
            }
            ArchiveName::Security => (
                "Debian-Security",
                format!("{codename}-security"),
                "updates/main",
                true,
            ),
        };
        ArchiveId {
            name,
            suite: self.to_string(),
            origin: "Debian",
            label,
            codename: path.clone(),
            path,
            component,
            directory: "main",
            valid_until_expected,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.distribution, self.codename)
    }
}

/// What one archive must say about itself before anything in it is believed. The same keys sign
/// several suites, so a good signature alone does not say which archive this is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveId {
    /// Which of the suite's archives.
    pub name: ArchiveName,
    /// The suite it belongs to, `debian/trixie`.
    pub suite: String,
    /// `Origin:` of its InRelease.
    pub origin: &'static str,
    /// `Label:` of its InRelease.
    pub label: &'static str,
    /// `Codename:` of its InRelease.
    pub codename: String,
    /// Its folder under `dists/`.
    pub path: String,
    /// The word that `Components:` of its InRelease must contain.
    pub component: &'static str,
    /// The folder of that component; security says `updates/main` and has `main/binary-amd64`.
    pub directory: &'static str,
    /// Whether its InRelease is published with `Valid-Until:` (measured, November 2026). Where the
    /// field is absent all the same, the newest Date seen takes its place.
    pub valid_until_expected: bool,
}

impl fmt::Display for ArchiveId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.suite, self.name)
    }
}

/// Which of a suite's archives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ArchiveName {
    /// The release itself, changed at point releases.
    Main,
    /// Urgent changes between point releases.
    Updates,
    /// Security updates.
    Security,
}

impl ArchiveName {
    /// `main`, `updates` or `security`, as the lock writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Updates => "updates",
            Self::Security => "security",
        }
    }
}

impl fmt::Display for ArchiveName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for ArchiveName {
    type Err = UnknownArchive;

    fn from_str(text: &str) -> Result<Self, UnknownArchive> {
        [Self::Main, Self::Updates, Self::Security]
            .into_iter()
            .find(|name| name.as_str() == text)
            .ok_or_else(|| UnknownArchive {
                text: text.chars().take(80).collect(),
            })
    }
}

/// The text names none of a suite's archives.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown archive {text:?}, expected main, updates or security")]
pub struct UnknownArchive {
    /// What was given.
    pub text: String,
}

/// The text names no suite that coracle knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown suite {text:?}, coracle knows {}", known())]
pub struct UnknownSuite {
    /// What was given.
    pub text: String,
}

impl UnknownSuite {
    /// The nearest suite, when one is near.
    pub fn hint(&self) -> Option<String> {
        let given = self
            .text
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let near = |suite: &&Suite| {
            given == suite.version || strsim::damerau_levenshtein(&given, suite.codename) <= 2
        };
        SUITES
            .iter()
            .find(near)
            .map(|suite| format!("did you mean {suite}?"))
    }
}

fn known() -> String {
    SUITES
        .iter()
        .map(Suite::to_string)
        .collect::<Vec<_>>()
        .join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_is_found_by_either_of_its_names() {
        assert_eq!(Suite::parse("debian/trixie").unwrap().version, "13");
        assert_eq!(Suite::parse("bookworm").unwrap().glibc, (2, 36));
        assert_eq!(Suite::all()[0].stability, Stability::Stable);
    }

    #[test]
    fn an_unknown_suite_lists_the_known_and_names_the_nearest() {
        let error = Suite::parse("debian/trixi").unwrap_err();
        assert_eq!(
            error.to_string(),
            r#"unknown suite "debian/trixi", coracle knows debian/trixie and debian/bookworm"#
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean debian/trixie?"));
        let by_number = Suite::parse("debian/12").unwrap_err();
        assert_eq!(
            by_number.hint().as_deref(),
            Some("did you mean debian/bookworm?")
        );
        assert_eq!(Suite::parse("ubuntu/noble").unwrap_err().hint(), None);
    }

    #[test]
    fn what_is_not_released_is_read_and_not_shipped_on() {
        for name in ["sid", "debian/sid", "unstable", "debian/unstable"] {
            assert_eq!(Suite::find(name).unwrap().codename, "sid", "{name}");
        }
        assert_eq!(Suite::find("testing").unwrap().codename, "forky");
        assert_eq!(Suite::find("bookworm"), Suite::parse("bookworm").ok());
        assert_eq!(Suite::find("stable"), None);
        assert!(Suite::parse("sid").is_err());
        assert!(Suite::all().iter().all(Suite::is_released));
        let [main] = Suite::find("sid").unwrap().archives().try_into().unwrap();
        assert_eq!(
            (main.path.as_str(), main.valid_until_expected),
            ("sid", true)
        );
        assert_eq!(Suite::find("forky").unwrap().archives().len(), 3);
    }

    #[test]
    fn the_three_archives_differ_where_debian_lets_them_differ() {
        let archives = Suite::parse("trixie").unwrap().archives();
        let [main, updates, security] = archives.as_slice() else {
            panic!("three archives: {archives:?}");
        };
        assert_eq!((main.path.as_str(), main.component), ("trixie", "main"));
        assert_eq!(
            (updates.path.as_str(), updates.valid_until_expected),
            ("trixie-updates", true)
        );
        assert_eq!(
            (security.label, security.component),
            ("Debian-Security", "updates/main")
        );
        assert!(!Suite::parse("bookworm").unwrap().archives()[1].valid_until_expected);
        assert_eq!(security.to_string(), "debian/trixie security");
    }
}

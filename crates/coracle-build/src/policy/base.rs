//! What an image is built on, and whether anybody still mends that.

use coracle_distro::Suite;

/// A release of a distribution, as `/etc/os-release` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base<'a> {
    /// `debian`.
    pub id: &'a str,
    /// `12`.
    pub version: Option<&'a str>,
    /// `bookworm`.
    pub codename: Option<&'a str>,
}

/// Debian's releases that nothing is built on any more: codename, version, and the last day of long-term support
/// (as the project announced them; looked up on 2026-11-27).
const ENDED: [(&str, &str, &str); 5] = [
    ("bullseye", "11", "2026-08-31"),
    ("buster", "10", "2024-06-30"),
    ("stretch", "9", "2022-06-30"),
    ("jessie", "8", "2020-06-30"),
    ("wheezy", "7", "2018-05-31"),
];

impl Base<'_> {
    /// What is to be said when its long-term support has ended on that day; nothing where that is not known.
    pub(super) fn ended(&self, today: &str) -> Option<String> {
        if self.id != "debian" {
            return None;
        }
        let present = Suite::all().iter();
        let present = present.map(|suite| {
            (
                suite.codename,
                suite.version,
                suite.end_of_long_term_support,
            )
        });
        let is_it = |(codename, version, _): &(&str, &str, &str)| match self.codename {
            Some(own) => own == *codename,
            None => self.version == Some(*version),
        };
        let (codename, _, end) = present.chain(ENDED).find(is_it)?;
        // Days written like this are in order as texts.
        (today > end).then(|| {
            format!("Debian {codename} has had no security updates since {end}, expected a release that has")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn a_base_ends_with_its_long_term_support() {
        let ended = |codename, version, today: &str| {
            let base = Base {
                id: "debian",
                version,
                codename,
            };
            base.ended(today).is_some()
        };
        assert!(ended(Some("bullseye"), Some("11"), "2026-11-26"));
        assert!(!ended(Some("bullseye"), Some("11"), "2026-08-31"));
        assert!(ended(None, Some("9"), "2026-11-26"));
        assert!(!ended(Some("bookworm"), None, "2026-11-26"));
        assert!(ended(Some("bookworm"), None, "2028-07-01"));
        assert!(!ended(Some("sid"), None, "2099-01-01"));
        let other = Base {
            id: "alpine",
            version: Some("9"),
            codename: None,
        };
        assert_eq!(other.ended("2099-01-01"), None);
    }
}

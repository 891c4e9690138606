//! Releases of distributions whose archives coracle does not read, by the one thing that is known of each: which C library
//! it has. Static data.
//!
//! The versions of glibc, and the architectures, are those that `pep600_compliance` (github.com/mayeut/pep600_compliance, its `cache`, x86_64 and
//! aarch64 alike) read in the distributions' own images, as of 2026-08-08. The versions of musl are those of the packages in
//! dl-cdn.alpinelinux.org/alpine/vRELEASE/main, looked up on 2026-11-27. That Wolfi has glibc is in Chainguard's own
//! "glibc vs. musl" (edu.chainguard.dev); it has no releases. A release that none of these names is not here.

use std::fmt;

/// A C library, and its version where it stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    /// The GNU C library; of a distribution without releases no version.
    Glibc(Option<(u32, u32)>),
    /// musl.
    Musl((u32, u32, u32)),
    /// None.
    None,
}

/// One release.
#[derive(Debug, PartialEq, Eq)]
pub struct Release {
    /// As it is written: `ubuntu/24.04`.
    pub name: &'static str,
    /// Other names that it is asked for by: its codename, and rebuilds of the same sources.
    pub aliases: &'static [&'static str],
    /// Its C library.
    pub libc: Libc,
    /// The architectures that it is known to be for, in images' words.
    pub architectures: &'static [&'static str],
}

impl fmt::Display for Libc {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Libc::Glibc(Some((major, minor))) => write!(formatter, "glibc {major}.{minor}"),
            Libc::Glibc(None) => formatter.write_str("glibc"),
            Libc::Musl((major, minor, patch)) => write!(formatter, "musl {major}.{minor}.{patch}"),
            Libc::None => formatter.write_str("no C library"),
        }
    }
}

impl Release {
    /// Every release, of each distribution the newest first.
    pub fn all() -> &'static [Release] {
        &RELEASES
    }

    /// The release of this name.
    pub fn named(name: &str) -> Option<&'static Release> {
        let mut all = RELEASES.iter();
        all.find(|release| release.name == name || release.aliases.contains(&name))
    }
}

const EVERY: &[&str] = &[
    "386", "amd64", "arm", "arm64", "ppc64le", "riscv64", "s390x",
];
const SERVERS: &[&str] = &["amd64", "arm64", "ppc64le", "s390x"];
const UBUNTU: &[&str] = &["amd64", "arm", "arm64", "ppc64le", "riscv64", "s390x"];
const TWO: &[&str] = &["amd64", "arm64"];

const fn glibc(
    name: &'static str,
    aliases: &'static [&'static str],
    version: (u32, u32),
    architectures: &'static [&'static str],
) -> Release {
    Release {
        name,
        aliases,
        libc: Libc::Glibc(Some(version)),
        architectures,
    }
}

const fn alpine(name: &'static str) -> Release {
    Release {
        name,
        aliases: &[],
        libc: Libc::Musl((1, 2, 5)),
        architectures: EVERY,
    }
}

static RELEASES: [Release; 20] = [
    glibc(
        "debian/bullseye",
        &["debian/11", "bullseye"],
        (2, 31),
        &["386", "amd64", "arm", "arm64", "ppc64le", "s390x"],
    ),
    glibc(
        "ubuntu/26.04",
        &["ubuntu/resolute", "resolute"],
        (2, 43),
        UBUNTU,
    ),
    glibc("ubuntu/24.04", &["ubuntu/noble", "noble"], (2, 39), UBUNTU),
    glibc("ubuntu/22.04", &["ubuntu/jammy", "jammy"], (2, 35), UBUNTU),
    glibc("ubuntu/20.04", &["ubuntu/focal", "focal"], (2, 31), UBUNTU),
    glibc(
        "rhel/10",
        &[
            "ubi/10",
            "almalinux/10",
            "rockylinux/10",
            "oraclelinux/10",
            "centos/stream10",
        ],
        (2, 39),
        SERVERS,
    ),
    glibc(
        "rhel/9",
        &[
            "ubi/9",
            "almalinux/9",
            "rockylinux/9",
            "oraclelinux/9",
            "centos/stream9",
        ],
        (2, 34),
        SERVERS,
    ),
    glibc(
        "rhel/8",
        &["ubi/8", "almalinux/8", "rockylinux/8", "oraclelinux/8"],
        (2, 28),
        SERVERS,
    ),
    glibc("amazonlinux/2023", &["al2023"], (2, 34), TWO),
    glibc("amazonlinux/2", &["al2"], (2, 26), TWO),
    glibc("fedora/44", &[], (2, 43), SERVERS),
    glibc("fedora/43", &[], (2, 42), SERVERS),
    glibc(
        "opensuse/16.0",
        &["leap/16.0"],
        (2, 40),
        &["amd64", "arm64", "ppc64le"],
    ),
    glibc("opensuse/15.6", &["leap/15.6"], (2, 38), TWO),
    Release {
        name: "wolfi",
        aliases: &["chainguard"],
        libc: Libc::Glibc(None),
        architectures: TWO,
    },
    alpine("alpine/3.23"),
    alpine("alpine/3.22"),
    alpine("alpine/3.21"),
    alpine("alpine/3.20"),
    Release {
        name: "scratch",
        aliases: &[],
        libc: Libc::None,
        architectures: EVERY,
    },
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use coracle_distro::Suite;

    use super::*;

    #[test]
    fn every_name_means_one_release_and_none_is_a_suite_s() {
        let mut names = BTreeSet::new();
        for release in Release::all() {
            for name in release.aliases.iter().chain([&release.name]) {
                assert!(names.insert(*name), "{name}");
                assert_eq!(Suite::find(name), None, "{name}");
                assert_eq!(Release::named(name), Some(release));
            }
        }
        assert_eq!(Release::named("ubuntu/6.06"), None);
    }

    /// The releases of one distribution stand together, and an older one has no newer C library.
    #[test]
    fn of_each_distribution_the_newest_comes_first() {
        let distribution = |release: &Release| release.name.split('/').next().unwrap().to_owned();
        let mut done = BTreeSet::new();
        let mut before: Option<&Release> = None;
        for release in Release::all() {
            match before.filter(|before| distribution(before) == distribution(release)) {
                Some(before) => assert!(rank(before) >= rank(release), "{}", release.name),
                None => assert!(done.insert(distribution(release)), "{}", release.name),
            }
            before = Some(release);
        }
    }

    fn rank(release: &Release) -> (u32, u32, u32) {
        match release.libc {
            Libc::Glibc(version) => version.map(|(major, minor)| (major, minor, 0)).unwrap(),
            Libc::Musl(version) => version,
            Libc::None => (0, 0, 0),
        }
    }
}

//! Which release the official images of languages are made on where the tag does not say so: the versions from which on it
//! is another one. Static data, sorted, read from every revision of github.com/docker-library/official-images (`library/`)
//! by what each tag was last. A version that is newer than the newest seen is not known.

use jiff::civil::{Date, date};

/// A version: what a tag leaves out counts as the greatest.
pub(super) type Version = (u32, u32, u32);

/// From this version on, the images of this name are on this release.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) image: &'static str,
    /// Tags with `-alpine` that do not say which; else tags that name no distribution.
    pub(super) is_alpine: bool,
    pub(super) from: Version,
    pub(super) release: &'static str,
    /// The first day on which a tag of it was so.
    pub(super) since: Date,
}

/// Who says so.
pub(super) const SOURCE: &str =
    "github.com/docker-library/official-images, library/ and its history";

/// The revision's day.
pub(super) const SEEN: Date = date(2026, 8, 21);

/// The newest versions that were seen.
pub(super) const NEWEST: &[(&str, Version)] = &[
    ("golang", (1, 27, 0)),
    ("node", (26, 7, 0)),
    ("python", (3, 14, 7)),
    ("rust", (1, 98, 0)),
];

const fn plain(image: &'static str, from: Version, release: &'static str, since: Date) -> Change {
    Change {
        image,
        is_alpine: false,
        from,
        release,
        since,
    }
}

const fn alpine(image: &'static str, from: Version, release: &'static str, since: Date) -> Change {
    Change {
        image,
        is_alpine: true,
        from,
        release,
        since,
    }
}

pub(super) static CHANGES: &[Change] = &[
    plain("golang", (1, 13, 0), "debian/10", date(2019, 9, 3)),
    plain("golang", (1, 16, 7), "debian/11", date(2021, 8, 16)),
    plain("golang", (1, 19, 10), "debian/12", date(2023, 6, 13)),
    plain("golang", (1, 20, 0), "debian/11", date(2023, 2, 1)),
    plain("golang", (1, 20, 5), "debian/12", date(2023, 6, 13)),
    plain("golang", (1, 24, 6), "debian/13", date(2025, 8, 12)),
    alpine("golang", (1, 19, 0), "alpine/3.16", date(2022, 8, 2)),
    alpine("golang", (1, 19, 3), "alpine/3.17", date(2022, 11, 30)),
    alpine("golang", (1, 19, 9), "alpine/3.18", date(2023, 5, 10)),
    alpine("golang", (1, 20, 0), "alpine/3.17", date(2023, 2, 1)),
    alpine("golang", (1, 20, 4), "alpine/3.18", date(2023, 5, 10)),
    alpine("golang", (1, 20, 12), "alpine/3.19", date(2023, 12, 8)),
    alpine("golang", (1, 21, 0), "alpine/3.18", date(2023, 8, 8)),
    alpine("golang", (1, 21, 5), "alpine/3.19", date(2023, 12, 8)),
    alpine("golang", (1, 21, 10), "alpine/3.20", date(2024, 5, 22)),
    alpine("golang", (1, 22, 0), "alpine/3.19", date(2024, 2, 6)),
    alpine("golang", (1, 22, 3), "alpine/3.20", date(2024, 5, 22)),
    alpine("golang", (1, 22, 10), "alpine/3.21", date(2024, 12, 5)),
    alpine("golang", (1, 23, 0), "alpine/3.20", date(2024, 8, 13)),
    alpine("golang", (1, 23, 4), "alpine/3.21", date(2024, 12, 5)),
    alpine("golang", (1, 23, 9), "alpine/3.22", date(2025, 5, 30)),
    alpine("golang", (1, 24, 0), "alpine/3.21", date(2025, 2, 11)),
    alpine("golang", (1, 24, 3), "alpine/3.22", date(2025, 5, 30)),
    alpine("golang", (1, 24, 11), "alpine/3.23", date(2025, 12, 3)),
    alpine("golang", (1, 25, 0), "alpine/3.22", date(2025, 8, 12)),
    alpine("golang", (1, 25, 5), "alpine/3.23", date(2025, 12, 3)),
    alpine("golang", (1, 25, 11), "alpine/3.24", date(2026, 6, 10)),
    alpine("golang", (1, 26, 0), "alpine/3.23", date(2026, 2, 10)),
    alpine("golang", (1, 26, 4), "alpine/3.24", date(2026, 6, 10)),
    plain("node", (14, 0, 0), "debian/9", date(2018, 11, 25)),
    plain("node", (14, 19, 3), "debian/10", date(2022, 7, 4)),
    plain("node", (15, 0, 0), "debian/9", date(2020, 10, 22)),
    plain("node", (16, 0, 0), "debian/10", date(2021, 4, 26)),
    plain("node", (17, 0, 0), "debian/11", date(2021, 10, 20)),
    plain("node", (18, 16, 0), "debian/12", date(2023, 6, 11)),
    plain("node", (19, 0, 0), "debian/11", date(2022, 10, 18)),
    plain("node", (20, 3, 0), "debian/12", date(2023, 6, 11)),
    plain("node", (26, 0, 0), "debian/13", date(2026, 5, 6)),
    alpine("node", (18, 0, 0), "alpine/3.15", date(2022, 1, 3)),
    alpine("node", (18, 3, 0), "alpine/3.16", date(2022, 6, 7)),
    alpine("node", (18, 12, 1), "alpine/3.17", date(2022, 12, 12)),
    alpine("node", (18, 16, 0), "alpine/3.18", date(2023, 6, 2)),
    alpine("node", (18, 19, 0), "alpine/3.19", date(2023, 12, 10)),
    alpine("node", (18, 20, 3), "alpine/3.20", date(2024, 5, 22)),
    alpine("node", (18, 20, 5), "alpine/3.21", date(2024, 12, 9)),
    alpine("node", (19, 0, 0), "alpine/3.16", date(2022, 10, 18)),
    alpine("node", (19, 2, 0), "alpine/3.17", date(2022, 12, 12)),
    alpine("node", (19, 9, 0), "alpine/3.18", date(2023, 6, 2)),
    alpine("node", (20, 0, 0), "alpine/3.17", date(2023, 4, 19)),
    alpine("node", (20, 2, 0), "alpine/3.18", date(2023, 6, 2)),
    alpine("node", (20, 10, 0), "alpine/3.19", date(2023, 12, 10)),
    alpine("node", (20, 13, 1), "alpine/3.20", date(2024, 5, 22)),
    alpine("node", (20, 18, 1), "alpine/3.21", date(2024, 12, 9)),
    alpine("node", (20, 19, 2), "alpine/3.22", date(2025, 5, 30)),
    alpine("node", (20, 19, 6), "alpine/3.23", date(2025, 12, 4)),
    alpine("node", (21, 0, 0), "alpine/3.18", date(2023, 10, 19)),
    alpine("node", (21, 4, 0), "alpine/3.19", date(2023, 12, 10)),
    alpine("node", (21, 7, 3), "alpine/3.20", date(2024, 5, 22)),
    alpine("node", (22, 0, 0), "alpine/3.19", date(2024, 4, 25)),
    alpine("node", (22, 2, 0), "alpine/3.20", date(2024, 5, 22)),
    alpine("node", (22, 12, 0), "alpine/3.21", date(2024, 12, 9)),
    alpine("node", (22, 16, 0), "alpine/3.22", date(2025, 5, 30)),
    alpine("node", (22, 21, 1), "alpine/3.23", date(2025, 12, 4)),
    alpine("node", (22, 22, 3), "alpine/3.24", date(2026, 6, 10)),
    alpine("node", (23, 0, 0), "alpine/3.20", date(2024, 10, 16)),
    alpine("node", (23, 3, 0), "alpine/3.21", date(2024, 12, 9)),
    alpine("node", (23, 11, 1), "alpine/3.22", date(2025, 5, 30)),
    alpine("node", (24, 0, 0), "alpine/3.21", date(2025, 5, 6)),
    alpine("node", (24, 1, 0), "alpine/3.22", date(2025, 5, 30)),
    alpine("node", (24, 11, 1), "alpine/3.23", date(2025, 12, 4)),
    alpine("node", (24, 16, 0), "alpine/3.24", date(2026, 6, 10)),
    alpine("node", (25, 0, 0), "alpine/3.22", date(2025, 10, 16)),
    alpine("node", (25, 2, 1), "alpine/3.23", date(2025, 12, 4)),
    alpine("node", (26, 3, 0), "alpine/3.24", date(2026, 6, 10)),
    plain("python", (3, 8, 0), "debian/10", date(2019, 10, 14)),
    plain("python", (3, 8, 11), "debian/11", date(2021, 8, 16)),
    plain("python", (3, 8, 17), "debian/12", date(2023, 6, 13)),
    plain("python", (3, 9, 0), "debian/10", date(2020, 10, 6)),
    plain("python", (3, 9, 6), "debian/11", date(2021, 8, 16)),
    plain("python", (3, 9, 17), "debian/12", date(2023, 6, 13)),
    plain("python", (3, 9, 23), "debian/13", date(2025, 8, 11)),
    plain("python", (3, 10, 0), "debian/11", date(2021, 10, 5)),
    plain("python", (3, 10, 12), "debian/12", date(2023, 6, 13)),
    plain("python", (3, 10, 18), "debian/13", date(2025, 8, 11)),
    plain("python", (3, 11, 0), "debian/11", date(2022, 10, 24)),
    plain("python", (3, 11, 4), "debian/12", date(2023, 6, 13)),
    plain("python", (3, 11, 13), "debian/13", date(2025, 8, 11)),
    plain("python", (3, 12, 0), "debian/12", date(2023, 10, 2)),
    plain("python", (3, 12, 11), "debian/13", date(2025, 8, 11)),
    plain("python", (3, 13, 0), "debian/12", date(2024, 10, 7)),
    plain("python", (3, 13, 6), "debian/13", date(2025, 8, 11)),
    alpine("python", (3, 9, 0), "alpine/3.12", date(2020, 10, 6)),
    alpine("python", (3, 9, 1), "alpine/3.13", date(2021, 2, 3)),
    alpine("python", (3, 9, 5), "alpine/3.14", date(2021, 6, 27)),
    alpine("python", (3, 9, 9), "alpine/3.15", date(2021, 11, 24)),
    alpine("python", (3, 9, 13), "alpine/3.16", date(2022, 5, 24)),
    alpine("python", (3, 9, 15), "alpine/3.17", date(2022, 11, 29)),
    alpine("python", (3, 9, 16), "alpine/3.18", date(2023, 5, 10)),
    alpine("python", (3, 9, 18), "alpine/3.19", date(2023, 12, 8)),
    alpine("python", (3, 9, 19), "alpine/3.20", date(2024, 5, 22)),
    alpine("python", (3, 9, 21), "alpine/3.21", date(2024, 12, 5)),
    alpine("python", (3, 9, 22), "alpine/3.22", date(2025, 5, 30)),
    alpine("python", (3, 10, 0), "alpine/3.15", date(2021, 11, 24)),
    alpine("python", (3, 10, 4), "alpine/3.16", date(2022, 5, 24)),
    alpine("python", (3, 10, 8), "alpine/3.17", date(2022, 11, 29)),
    alpine("python", (3, 10, 11), "alpine/3.18", date(2023, 5, 10)),
    alpine("python", (3, 10, 13), "alpine/3.19", date(2023, 12, 8)),
    alpine("python", (3, 10, 14), "alpine/3.20", date(2024, 5, 22)),
    alpine("python", (3, 10, 16), "alpine/3.21", date(2024, 12, 5)),
    alpine("python", (3, 10, 17), "alpine/3.22", date(2025, 5, 30)),
    alpine("python", (3, 10, 19), "alpine/3.23", date(2025, 12, 3)),
    alpine("python", (3, 10, 20), "alpine/3.24", date(2026, 6, 10)),
    alpine("python", (3, 11, 0), "alpine/3.17", date(2022, 11, 29)),
    alpine("python", (3, 11, 3), "alpine/3.18", date(2023, 5, 10)),
    alpine("python", (3, 11, 7), "alpine/3.19", date(2023, 12, 8)),
    alpine("python", (3, 11, 9), "alpine/3.20", date(2024, 5, 22)),
    alpine("python", (3, 11, 11), "alpine/3.21", date(2024, 12, 5)),
    alpine("python", (3, 11, 12), "alpine/3.22", date(2025, 5, 30)),
    alpine("python", (3, 11, 14), "alpine/3.23", date(2025, 12, 3)),
    alpine("python", (3, 11, 15), "alpine/3.24", date(2026, 6, 10)),
    alpine("python", (3, 12, 0), "alpine/3.18", date(2023, 10, 2)),
    alpine("python", (3, 12, 1), "alpine/3.19", date(2023, 12, 8)),
    alpine("python", (3, 12, 3), "alpine/3.20", date(2024, 5, 22)),
    alpine("python", (3, 12, 8), "alpine/3.21", date(2024, 12, 5)),
    alpine("python", (3, 12, 10), "alpine/3.22", date(2025, 5, 30)),
    alpine("python", (3, 12, 12), "alpine/3.23", date(2025, 12, 3)),
    alpine("python", (3, 12, 13), "alpine/3.24", date(2026, 6, 10)),
    alpine("python", (3, 13, 0), "alpine/3.20", date(2024, 10, 7)),
    alpine("python", (3, 13, 1), "alpine/3.21", date(2024, 12, 5)),
    alpine("python", (3, 13, 3), "alpine/3.22", date(2025, 5, 30)),
    alpine("python", (3, 13, 10), "alpine/3.23", date(2025, 12, 3)),
    alpine("python", (3, 13, 14), "alpine/3.24", date(2026, 6, 10)),
    alpine("python", (3, 14, 0), "alpine/3.22", date(2025, 10, 7)),
    alpine("python", (3, 14, 1), "alpine/3.23", date(2025, 12, 3)),
    alpine("python", (3, 14, 6), "alpine/3.24", date(2026, 6, 10)),
    plain("rust", (1, 40, 0), "debian/10", date(2019, 12, 19)),
    plain("rust", (1, 55, 0), "debian/11", date(2021, 9, 9)),
    plain("rust", (1, 72, 0), "debian/12", date(2023, 8, 24)),
    plain("rust", (1, 89, 0), "debian/13", date(2025, 8, 19)),
    alpine("rust", (1, 60, 0), "alpine/3.15", date(2022, 1, 13)),
    alpine("rust", (1, 61, 0), "alpine/3.16", date(2022, 6, 7)),
    alpine("rust", (1, 66, 0), "alpine/3.17", date(2022, 12, 15)),
    alpine("rust", (1, 70, 0), "alpine/3.18", date(2023, 6, 2)),
    alpine("rust", (1, 75, 0), "alpine/3.19", date(2023, 12, 28)),
    alpine("rust", (1, 78, 0), "alpine/3.20", date(2024, 5, 23)),
    alpine("rust", (1, 83, 0), "alpine/3.21", date(2024, 12, 5)),
    alpine("rust", (1, 87, 0), "alpine/3.22", date(2025, 5, 30)),
    alpine("rust", (1, 91, 1), "alpine/3.23", date(2025, 12, 9)),
    alpine("rust", (1, 96, 0), "alpine/3.24", date(2026, 6, 10)),
];

/// The release of an image's version.
pub(super) fn release(image: &str, is_alpine: bool, version: Version) -> Option<&'static Change> {
    let (_, newest) = NEWEST.iter().find(|(name, _)| *name == image)?;
    // A tag that leaves a part out is the newest of those, which is known.
    let is_known =
        |part: fn(&Version) -> u32| part(&version) <= part(newest) || part(&version) == u32::MAX;
    let is_older = version.0 < newest.0
        || version.0 == newest.0 && version.1 < newest.1
        || is_known(|version| version.0)
            && is_known(|version| version.1)
            && is_known(|version| version.2);
    let of_image = CHANGES
        .iter()
        .filter(|change| change.image == image && change.is_alpine == is_alpine);
    let before = of_image.take_while(|change| change.from <= version);
    before.last().filter(|_| is_older)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bases::Release;

    #[test]
    fn changes_are_sorted_dated_and_of_known_releases() {
        assert!(CHANGES.is_sorted_by_key(|change| (change.image, change.is_alpine, change.from)));
        for change in CHANGES {
            assert!(change.since <= SEEN, "{change:?}");
            assert!(Release::named(change.release).is_some(), "{change:?}");
        }
        for pair in CHANGES.windows(2) {
            let [one, next] = pair else { continue };
            let is_same = (one.image, one.is_alpine) == (next.image, next.is_alpine);
            assert!(
                !is_same || one.from < next.from && one.release != next.release,
                "{next:?}"
            );
        }
        assert!(!SOURCE.is_empty());
    }

    #[test]
    fn a_version_is_on_the_release_of_the_last_change_before_it() {
        let check = |image, version, expected| {
            let got = release(image, false, version).map(|change| change.release);
            assert_eq!(got, expected, "{image} {version:?}");
        };
        const ANY: u32 = u32::MAX;
        check("rust", (1, 88, ANY), Some("debian/12"));
        check("rust", (1, 89, 0), Some("debian/13"));
        check("rust", (1, ANY, ANY), Some("debian/13"));
        check("rust", (1, 99, 0), None);
        check("rust", (2, ANY, ANY), None);
        check("golang", (1, 19, ANY), Some("debian/12"));
        check("golang", (1, 20, 3), Some("debian/11"));
        check("golang", (1, 24, 5), Some("debian/12"));
        check("golang", (1, 24, ANY), Some("debian/13"));
        check("golang", (1, 9, ANY), None);
        let alpine = release("rust", true, (1, 90, ANY)).map(|change| change.release);
        assert_eq!(alpine, Some("alpine/3.22"));
    }
}

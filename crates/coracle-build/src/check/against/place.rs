//! Where a program may be to start, as it is written; and which of the words of a command line are programs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use coracle_distro::Suite;

use super::super::target::{Target, TargetError};
use super::releases::Release;

/// One place, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Places {
    /// Every suite and every release that is known.
    All,
    /// This one.
    One(Place),
}

/// A place that a program may be started in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A suite whose archive is read.
    Suite(&'static Suite),
    /// A release of which only the C library is known.
    Release(&'static Release),
    /// An image or a root filesystem.
    Image(Target),
}

/// A text that names no place.
#[derive(Debug, thiserror::Error)]
pub enum PlaceError {
    /// Neither a suite nor a release.
    #[error("`{written}` is no place that a program is checked against")]
    Unknown {
        /// As written.
        written: String,
        /// What is meant, perhaps.
        near: Option<&'static str>,
    },
    /// It begins as an image does and is none.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl PlaceError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            PlaceError::Unknown {
                near: Some(near), ..
            } => Some(format!("did you mean {near}?")),
            PlaceError::Unknown { near: None, .. } => Some(format!(
                "it can be a suite ({}), another release ({}, …), `all`, or an image: NAME:TAG, oci:FOLDER, \
                 docker-archive:FILE, rootfs:FOLDER",
                suites().join(", "),
                releases().collect::<Vec<_>>().join(", ")
            )),
            PlaceError::Target(error) => error.hint(),
        }
    }
}

const ALL: &str = "all";
const FILE: &str = "file:";
/// How targets begin that are not in a registry.
const TARGETS: [&str; 5] = [
    "oci:",
    "oci-archive:",
    "docker-archive:",
    "docker-daemon:",
    "rootfs:",
];

fn suites() -> Vec<String> {
    Suite::readable().map(ToString::to_string).collect()
}

/// One of each distribution.
fn releases() -> impl Iterator<Item = &'static str> {
    let mut before = "";
    Release::all().iter().filter_map(move |release| {
        let distribution = release.name.split('/').next().unwrap_or_default();
        let is_first = distribution != before && distribution != "debian";
        before = distribution;
        is_first.then_some(release.name)
    })
}

impl FromStr for Places {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Places, PlaceError> {
        match text {
            ALL => Ok(Places::All),
            text => text.parse().map(Places::One),
        }
    }
}

impl FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Place, PlaceError> {
        if let Some(suite) = Suite::find(text) {
            return Ok(Place::Suite(suite));
        }
        if let Some(release) = Release::named(text) {
            return Ok(Place::Release(release));
        }
        if !is_image(text) {
            return Err(PlaceError::Unknown {
                written: text.to_owned(),
                near: near(text),
            });
        }
        Ok(Place::Image(text.parse()?))
    }
}

/// An image has a tag, a digest or a registry in its name; what has none would be a suite or a release.
fn is_image(text: &str) -> bool {
    let registry = text.split_once('/').map(|(registry, _)| registry);
    text.contains([':', '@'])
        || registry.is_some_and(|registry| registry.contains('.') || registry == "localhost")
}

/// The nearest name, where one is near; a version alone means its release.
fn near(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let suites = Suite::readable();
    if let Some(suite) = suites.clone().find(|suite| {
        text == suite.version || text == format!("{}/{}", suite.distribution, suite.version)
    }) {
        return Some(suite.codename);
    }
    let aliases = Release::all()
        .iter()
        .flat_map(|release| release.aliases.iter().chain([&release.name]).copied());
    let names = suites
        .map(|suite| suite.codename)
        .chain(aliases)
        .chain([ALL]);
    let far = |name: &str| strsim::damerau_levenshtein(&text, name);
    names
        .filter(|name| far(name) <= 2.min(name.len() / 3))
        .min_by_key(|name| far(name))
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Suite(suite) => suite.fmt(formatter),
            Place::Release(release) => formatter.write_str(release.name),
            Place::Image(target) => target.fmt(formatter),
        }
    }
}

/// What a word among the targets names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A program's file.
    Program(PathBuf),
    /// An image or a root filesystem.
    Image(Target),
}

impl Subject {
    /// A program is written as `file:PATH` or as a path; a name alone is one where a file has it, or where the question is
    /// one about programs only.
    ///
    /// # Errors
    /// When it is neither a program nor an image.
    pub fn read(text: &str, is_about_programs: bool) -> Result<Subject, TargetError> {
        if let Some(path) = text.strip_prefix(FILE) {
            return Ok(Subject::Program(path.into()));
        }
        let is_target = TARGETS.iter().any(|begin| text.starts_with(begin));
        let is_path = ["/", "./", "../"]
            .iter()
            .any(|begin| text.starts_with(begin));
        if !is_target && (is_about_programs || is_path || Path::new(text).is_file()) {
            return Ok(Subject::Program(text.into()));
        }
        Ok(Subject::Image(text.parse()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match text.parse::<Places>() {
            Ok(Places::All) => "all".to_owned(),
            Ok(Places::One(Place::Suite(suite))) => format!("suite {suite}"),
            Ok(Places::One(Place::Release(release))) => format!("release {}", release.name),
            Ok(Places::One(Place::Image(target))) => format!("image {target}"),
            Err(error) => format!("{error}; {}", error.hint().unwrap_or_default()),
        }
    }

    #[test]
    fn a_place_is_a_suite_a_release_or_an_image() {
        assert_eq!(read("all"), "all");
        assert_eq!(read("bookworm"), "suite debian/bookworm");
        assert_eq!(read("debian/trixie"), "suite debian/trixie");
        assert_eq!(read("unstable"), "suite debian/sid");
        assert_eq!(read("ubuntu/noble"), "release ubuntu/24.04");
        assert_eq!(read("rockylinux/9"), "release rhel/9");
        assert_eq!(read("debian:12"), "image docker.io/library/debian:12");
        assert_eq!(read("ghcr.io/acme/base"), "image ghcr.io/acme/base");
        assert_eq!(read("rootfs:/srv/root"), "image rootfs:/srv/root");
    }

    #[test]
    fn what_is_no_place_is_told_the_nearest_one() {
        let refused = |text: &str, hint: &str| {
            let said = format!("`{text}` is no place that a program is checked against; {hint}");
            assert_eq!(read(text), said);
        };
        refused("bokworm", "did you mean bookworm?");
        refused("debian/12", "did you mean bookworm?");
        refused("ubuntu/24.40", "did you mean ubuntu/24.04?");
        refused("alll", "did you mean all?");
        assert!(
            read("gentoo")
                .contains("a suite (debian/trixie, debian/bookworm, debian/forky, debian/sid)")
        );
        assert!(
            read("oci:").contains("write oci:FOLDER"),
            "{}",
            read("oci:")
        );
    }

    #[test]
    fn a_word_is_a_program_where_it_is_a_path_or_a_file_or_nothing_else_is_asked_about() {
        let is_program =
            |text: &str, only: bool| matches!(Subject::read(text, only), Ok(Subject::Program(_)));
        for text in ["file:server", "./server", "/srv/server", "../a/b"] {
            assert!(is_program(text, false), "{text}");
        }
        // Tests run in the crate's folder.
        assert!(is_program("src/lib.rs", false));
        for text in ["dist/none", "server", "nginx:1.29", "src"] {
            assert!(!is_program(text, false), "{text}");
            assert!(is_program(text, true), "{text}");
        }
        for text in ["oci:out", "rootfs:/srv", "docker-archive:a.tar"] {
            assert!(!is_program(text, true), "{text}");
        }
    }
}

//! Which platforms: `--platform`, else `platforms` of the configuration, else the host's.

use std::collections::BTreeSet;

use coracle_build::plan::platforms::host;
use coracle_build::settings::{Platform, PlatformError, Platforms};

use crate::arguments::Selection;

/// What stands for every platform that can be built.
const ALL: &str = "all";
const FLAG: &str = "--platform";

/// Platforms that are not platforms.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{written}` of {origin} is no platform")]
    Platform {
        written: String,
        origin: &'static str,
        #[source]
        source: PlatformError,
    },
    #[error("{origin} names `all` and {other}")]
    AllAndOthers { origin: &'static str, other: String },
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Platform { .. } => Some(
                "write OS/ARCHITECTURE, several with a comma between: linux/amd64,linux/arm64; or all".to_owned(),
            ),
            Error::AllAndOthers { .. } => {
                Some("`all` is every platform that can be built: leave out one or the other".to_owned())
            }
        }
    }
}

/// The platforms that `--platform` names, for a command that looks at what is there; none is all.
pub(crate) fn named(written: &[String]) -> Result<Vec<Platform>, Error> {
    if written.iter().any(|one| one == ALL) {
        return Ok(Vec::new());
    }
    let parsed = written.iter().map(|one| parse(one, FLAG));
    parsed.collect()
}

fn parse(written: &str, origin: &'static str) -> Result<Platform, Error> {
    match written.trim().parse::<Platform>() {
        Ok(platform) => Ok(platform.normalised()),
        Err(source) => Err(Error::Platform {
            written: written.to_owned(),
            origin,
            source,
        }),
    }
}

/// Flags win over the file.
pub(super) fn read(
    configured: &[String],
    selection: Option<&Selection>,
) -> Result<Platforms, Error> {
    let flags = selection.map(|selection| selection.platforms.as_slice());
    let (written, origin) = match flags.unwrap_or_default() {
        [] => (configured, "`platforms`"),
        flags => (flags, FLAG),
    };
    if written.is_empty() {
        return Ok(Platforms::These([host()].into()));
    }
    if written.iter().any(|one| one == ALL) {
        return match written.iter().find(|one| *one != ALL) {
            None => Ok(Platforms::All),
            Some(other) => Err(Error::AllAndOthers {
                origin,
                other: other.clone(),
            }),
        };
    }
    let parsed = written.iter().map(|one| parse(one, origin));
    let platforms: BTreeSet<Platform> = parsed.collect::<Result<_, _>>()?;
    Ok(Platforms::These(platforms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &[&str], expected: Result<&[&str], &str>) {
        let written: Vec<String> = written.iter().map(|one| (*one).to_owned()).collect();
        let read = match read(&written, None) {
            Ok(Platforms::All) => Ok(vec!["all".to_owned()]),
            Ok(Platforms::These(platforms)) => {
                Ok(platforms.iter().map(ToString::to_string).collect())
            }
            Err(error) => Err(error.to_string()),
        };
        let expected = expected
            .map(|platforms| platforms.iter().map(|one| (*one).to_owned()).collect())
            .map_err(str::to_owned);
        assert_eq!(read, expected, "{written:?}");
    }

    #[test]
    fn platforms_are_sorted_and_each_is_there_once_however_it_is_spelt() {
        check(
            &[
                "linux/arm64/v8",
                "linux/amd64",
                "linux/aarch64",
                "linux/arm",
            ],
            Ok(&["linux/amd64", "linux/arm/v7", "linux/arm64"]),
        );
        check(&[], Ok(&[&host().to_string()]));
        check(&["all"], Ok(&["all"]));
        check(&["linux"], Err("`linux` of `platforms` is no platform"));
        check(
            &["linux/amd64", "all"],
            Err("`platforms` names `all` and linux/amd64"),
        );
    }
}

//! What `[github]` says, as settings of workflows.

use std::collections::BTreeMap;

use coracle_build::settings::{Github, Origin, Platform, PlatformError, Sccache};

use super::file;

/// A value that the file's grammar allows and that no workflow can hold.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{written}` in `runners` of [github] is no platform")]
    Platform {
        written: String,
        #[source]
        source: PlatformError,
    },
    #[error("`{written}` in `{key}` of [github] is empty or has a control character in it")]
    Text { key: &'static str, written: String },
    #[error("`branches` of [github] names no branch")]
    NoBranch,
    #[error("`{written}` in `coracle` of [github] is no commit")]
    Revision { written: String },
    #[error("`{written}` in `coracle` of [github] is no name of a cargo package")]
    Package { written: String },
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::Platform { .. } => Some(
                "write OS/ARCHITECTURE and the runner's label: runners = { \"linux/arm64\" = \"ubuntu-24.04-arm\" }"
                    .to_owned(),
            ),
            Error::Revision { .. } => Some(
                "write all 40 digits: a tag or a branch can be moved, and a commit cannot".to_owned(),
            ),
            Error::NoBranch => Some("leave it out for `main`".to_owned()),
            Error::Text { .. } | Error::Package { .. } => None,
        }
    }
}

/// The settings.
pub(super) fn read(written: &file::Github) -> Result<Github, Error> {
    let default = Github::default();
    let branches = match &written.branches {
        None => default.branches,
        Some(branches) if branches.is_empty() => return Err(Error::NoBranch),
        Some(branches) => branches
            .iter()
            .map(|branch| text("branches", branch))
            .collect::<Result<_, _>>()?,
    };
    Ok(Github {
        branches,
        runners: runners(&written.runners)?,
        sccache: written.sccache.map(|sccache| match sccache {
            file::SccacheStore::Gha => Sccache::Gha,
            file::SccacheStore::S3 => Sccache::S3,
            file::SccacheStore::Redis => Sccache::Redis,
        }),
        coracle: match &written.coracle {
            None => default.coracle,
            Some(file::Origin::Rev(rev)) => Origin::Revision(revision(rev)?),
            Some(file::Origin::Package(name)) => Origin::Package(package(name)?),
        },
        test: written.test.clone(),
    })
}

fn runners(written: &BTreeMap<String, String>) -> Result<BTreeMap<Platform, String>, Error> {
    let runner = |(platform, label): (&String, &String)| {
        let parsed = platform.parse::<Platform>();
        let parsed = parsed.map_err(|source| Error::Platform {
            written: platform.clone(),
            source,
        })?;
        Ok((parsed.normalised(), text("runners", label)?))
    };
    written.iter().map(runner).collect()
}

/// What becomes one line of a workflow.
fn text(key: &'static str, written: &str) -> Result<String, Error> {
    if written.is_empty() || written.contains(char::is_control) {
        let written = written.to_owned();
        return Err(Error::Text { key, written });
    }
    Ok(written.to_owned())
}

fn revision(written: &str) -> Result<String, Error> {
    let is_hex = written.bytes().all(|byte| byte.is_ascii_hexdigit());
    match is_hex && written.len() == 40 {
        true => Ok(written.to_ascii_lowercase()),
        false => Err(Error::Revision {
            written: written.to_owned(),
        }),
    }
}

/// What becomes a word of a shell.
fn package(written: &str) -> Result<String, Error> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    match !written.is_empty() && written.bytes().all(is_word) {
        true => Ok(written.to_owned()),
        false => Err(Error::Package {
            written: written.to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Github, Error> {
        read(&toml::from_str(text).unwrap())
    }

    #[test]
    fn what_is_not_said_has_a_default_and_what_is_said_is_taken() {
        assert_eq!(read_text("").unwrap(), Github::default());
        let read = read_text(
            "branches = [\"trunk\"]\nrunners = { \"linux/arm64/v8\" = \"arm\" }\nsccache = \"s3\"\ncoracle = { package = \"coracle\" }\n",
        )
        .unwrap();
        assert_eq!(read.branches, ["trunk"]);
        assert_eq!(read.runners[&Platform::linux("arm64")], "arm");
        assert_eq!(read.sccache, Some(Sccache::S3));
        assert_eq!(read.coracle, Origin::Package("coracle".to_owned()));
    }

    #[test]
    fn what_no_workflow_can_hold_is_refused() {
        for text in [
            "branches = []",
            "branches = [\"\"]",
            "runners = { \"linux\" = \"a\" }",
            "runners = { \"linux/arm64\" = \"a\\nb\" }",
            "coracle = { rev = \"main\" }",
            "coracle = { package = \"a; b\" }",
        ] {
            let error = read_text(text).unwrap_err();
            assert!(error.to_string().contains("[github]"), "{error}");
        }
    }
}

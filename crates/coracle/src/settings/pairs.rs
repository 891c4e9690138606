//! `KEY=VALUE` of the command line: labels, build arguments, prebuilt programs.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::arguments::{ALONE, Selection};

/// An option that is not of its form.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`{written}` is no label: expected KEY=VALUE")]
    Label { written: String },
    #[error("`--build-arg {written}` names no variable: expected KEY=VALUE or KEY")]
    BuildArgument { written: String },
    #[error("the environment's value of `--build-arg {key}` is not UTF-8")]
    NotText { key: String },
    #[error("`--prebuilt {written}` is not of the form SERVICE=PATH")]
    Prebuilt { written: String },
    #[error("cannot find the folder that the path of `--prebuilt {written}` starts in")]
    Folder {
        written: String,
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::BuildArgument { .. } => {
                Some("KEY alone takes its value from the environment".to_owned())
            }
            Error::NotText { key } => Some(format!("write the value: --build-arg {key}=VALUE")),
            Error::Prebuilt { .. } => Some(
                "write the service's name and its program, relative to the current folder: --prebuilt api=dist/api"
                    .to_owned(),
            ),
            Error::Label { .. } | Error::Folder { .. } => None,
        }
    }
}

/// The labels of the configuration, with those of the command line over them.
pub(super) fn labels(
    configured: &BTreeMap<String, String>,
    selection: Option<&Selection>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut labels = configured.clone();
    let written = selection
        .into_iter()
        .flat_map(|selection| &selection.labels);
    for written in written {
        let (key, value) = pair(written).ok_or_else(|| Error::Label {
            written: written.clone(),
        })?;
        labels.insert(key.to_owned(), value.to_owned());
    }
    Ok(labels)
}

/// The build arguments. As docker has it, KEY alone is none where the environment has no such variable.
pub(super) fn build_arguments(
    selection: Option<&Selection>,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<BTreeMap<String, String>, Error> {
    let mut arguments = BTreeMap::new();
    let written = selection
        .into_iter()
        .flat_map(|selection| &selection.build_arguments);
    for written in written {
        let (key, value) = match written.split_once('=') {
            Some((key, value)) => (key, Some(value.to_owned())),
            None => (written.as_str(), from_environment(written, &variable)?),
        };
        if key.is_empty() || key.contains(char::is_whitespace) {
            return Err(Error::BuildArgument {
                written: written.clone(),
            });
        }
        arguments.extend(value.map(|value| (key.to_owned(), value)));
    }
    Ok(arguments)
}

fn from_environment(
    key: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Result<Option<String>, Error> {
    // `std` takes these two for a mistake of the caller's.
    if key.is_empty() || key.contains('\0') {
        return Ok(None);
    }
    let text = variable(key).map(OsString::into_string).transpose();
    text.map_err(|_| Error::NotText {
        key: key.to_owned(),
    })
}

/// The prebuilt programs by service, as absolute paths.
pub(super) fn prebuilt(selection: Option<&Selection>) -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut programs = BTreeMap::new();
    let written = selection
        .into_iter()
        .flat_map(|selection| &selection.prebuilt)
        .filter(|written| *written != ALONE);
    for written in written {
        let (service, path) = pair(written)
            .filter(|(_, path)| !path.is_empty())
            .ok_or_else(|| Error::Prebuilt {
                written: written.clone(),
            })?;
        let path = resolved(Path::new(path)).map_err(|source| Error::Folder {
            written: written.clone(),
            source,
        })?;
        programs.insert(service.to_owned(), path);
    }
    Ok(programs)
}

fn pair(written: &str) -> Option<(&str, &str)> {
    written.split_once('=').filter(|(key, _)| !key.is_empty())
}

/// Absolute, its folder without links: git knows a file only by its true path. The file need not be there.
fn resolved(path: &Path) -> std::io::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    match (path.parent().map(std::fs::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => Ok(folder.join(name)),
        _ => Ok(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selection(build_arguments: &[&str]) -> Selection {
        use clap::{Args as _, FromArgMatches};
        let command = Selection::augment_args(clap::Command::new("test"));
        let options = build_arguments
            .iter()
            .flat_map(|written| ["--build-arg", written]);
        let matches = command.get_matches_from(std::iter::once("test").chain(options));
        Selection::from_arg_matches(&matches).unwrap()
    }

    fn read(written: &[&str]) -> Result<BTreeMap<String, String>, Error> {
        let variable = |name: &str| (name == "VERSION").then(|| OsString::from("1.2"));
        build_arguments(Some(&selection(written)), variable)
    }

    #[test]
    fn a_key_alone_takes_its_value_from_the_environment_and_is_none_without() {
        let read = read(&["VERSION", "ABSENT", "EMPTY=", "A=b=c"]).unwrap();
        let expected = [("VERSION", "1.2"), ("EMPTY", ""), ("A", "b=c")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(read, expected.into());
    }

    #[test]
    fn what_names_no_variable_is_refused() {
        for written in ["", "=x", "A B=c"] {
            assert!(read(&[written]).is_err(), "{written}");
        }
    }
}

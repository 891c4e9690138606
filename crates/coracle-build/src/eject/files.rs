//! Ejected files and those on disk: what differs, and writing them whole.

use std::fs;
use std::path::{Path, PathBuf};

use super::File;
use crate::mark::is_ours;
use crate::whole;

/// How a file on disk stands to what would be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They are the same.
    Current,
    /// coracle wrote it, from another plan or by another version; or somebody changed it since.
    Behind,
    /// It is not there.
    Absent,
    /// It is there and nothing in it says that coracle wrote it.
    Foreign,
}

/// Why files cannot be compared or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// One on disk cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// One cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Some on disk are somebody else's work.
    #[error("coracle did not write {}, and does not replace {}", list(.paths), if .paths.len() == 1 { "it" } else { "them" })]
    Foreign {
        /// Which.
        paths: Vec<PathBuf>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Foreign { .. } => Some(
                "move it away, write elsewhere with --output DIR, or replace it with --force"
                    .to_owned(),
            ),
            Error::Read { .. } | Error::Write { .. } => None,
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Write { .. })
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

/// How each file stands in `folder`.
///
/// # Errors
/// [`Error::Read`] when one is there and cannot be read.
pub fn compare(files: &[File], folder: &Path) -> Result<Vec<State>, Error> {
    files.iter().map(|file| state(file, folder)).collect()
}

fn state(file: &File, folder: &Path) -> Result<State, Error> {
    let path = folder.join(&file.path);
    match fs::read(&path) {
        Ok(there) if there == file.text.as_bytes() => Ok(State::Current),
        Ok(there) if is_ours(&there) => Ok(State::Behind),
        Ok(_) => Ok(State::Foreign),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(State::Absent),
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// Writes those that are not current, each whole or not at all; returns how each stood before. Nothing is written where
/// one is somebody else's, unless `force`.
///
/// # Errors
/// [`Error::Foreign`], or when the disk cannot be read or written.
pub fn write(files: &[File], folder: &Path, force: bool) -> Result<Vec<State>, Error> {
    let states = compare(files, folder)?;
    let foreign: Vec<PathBuf> = files
        .iter()
        .zip(&states)
        .filter(|(_, state)| **state == State::Foreign)
        .map(|(file, _)| file.path.clone())
        .collect();
    if !foreign.is_empty() && !force {
        return Err(Error::Foreign { paths: foreign });
    }
    for (file, state) in files.iter().zip(&states) {
        if *state == State::Current {
            continue;
        }
        let path = folder.join(&file.path);
        whole::write(&path, file.text.as_bytes(), whole::SHARED)
            .map_err(|source| Error::Write { path, source })?;
    }
    Ok(states)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mark::MARK;

    fn file(text: &str) -> File {
        File {
            path: PathBuf::from("docker/api.Dockerfile"),
            text: format!("# {MARK} dockerfile`\n{text}\n"),
        }
    }

    #[test]
    fn a_file_is_absent_then_current_then_behind() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = ([file("FROM a")], [file("FROM b")]);
        assert_eq!(compare(&old, folder.path()).unwrap(), [State::Absent]);
        assert_eq!(write(&old, folder.path(), false).unwrap(), [State::Absent]);
        assert_eq!(compare(&old, folder.path()).unwrap(), [State::Current]);
        assert_eq!(compare(&new, folder.path()).unwrap(), [State::Behind]);
        assert_eq!(write(&new, folder.path(), false).unwrap(), [State::Behind]);
        assert_eq!(compare(&new, folder.path()).unwrap(), [State::Current]);
    }

    #[test]
    fn somebody_else_s_file_is_replaced_only_by_force_and_nothing_else_is_written_before() {
        let folder = tempfile::tempdir().unwrap();
        let theirs = folder.path().join("Dockerfile");
        fs::write(&theirs, "FROM scratch\n").unwrap();
        let files = [
            file("FROM a"),
            File {
                path: PathBuf::from("Dockerfile"),
                text: "FROM b\n".to_owned(),
            },
        ];
        let refused = write(&files, folder.path(), false).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "coracle did not write Dockerfile, and does not replace it"
        );
        assert!(!folder.path().join(&files[0].path).exists());
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "FROM scratch\n");
        write(&files, folder.path(), true).unwrap();
        assert_eq!(fs::read_to_string(&theirs).unwrap(), "FROM b\n");
    }
}

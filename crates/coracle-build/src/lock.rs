//! Where `coracle.lock` is, reading it, and writing it whole. What is in it is `coracle-distro`'s.

use std::path::{Path, PathBuf};

use coracle_distro::{Lock, Suite};

use crate::settings::Settings;
use crate::whole;

/// The lock of a repository, there or not yet.
#[derive(Debug, Clone)]
pub struct LockFile {
    /// Where it is or will be.
    pub path: PathBuf,
    /// Why there.
    pub reason: String,
    /// What it says; empty when it is not there.
    pub lock: Lock,
    /// Whether it is there.
    pub exists: bool,
}

/// Why the lock cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no lock.
    #[error("cannot understand {path}")]
    Parse {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: coracle_distro::lock::Error,
    },
    /// It cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `--locked`, and it would have to change.
    #[error("{path} is stale, and --locked forbids to write it:{}", lines(.changes))]
    Stale {
        /// Which.
        path: PathBuf,
        /// What would change, a line a change.
        changes: Vec<String>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Stale { .. } => {
                Some("run the same command without --locked and commit coracle.lock".to_owned())
            }
            Error::Parse { source, .. } => source.hint(),
            Error::Read { .. } | Error::Write { .. } => None,
        }
    }

    /// Whether the disk, not the content, is the matter.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Write { .. })
    }
}

fn lines(changes: &[String]) -> String {
    changes
        .iter()
        .map(|change| format!("\n  {change}"))
        .collect()
}

impl LockFile {
    /// The lock of nothing: every package is the newest.
    pub(crate) fn none() -> LockFile {
        LockFile {
            path: PathBuf::new(),
            reason: String::new(),
            lock: Lock::default(),
            exists: false,
        }
    }

    /// Finds and reads the lock: beside `coracle.toml`, else at the git top, else in the project's folder.
    ///
    /// # Errors
    /// When it is there and cannot be read or understood.
    pub fn find(settings: &Settings) -> Result<LockFile, Error> {
        let (folder, reason) = match &settings.configuration_directory {
            Some(folder) => (folder.clone(), "beside coracle.toml"),
            None => match git_top(&settings.directory) {
                Some(top) => (top, "at the top of the git repository"),
                None => (settings.directory.clone(), "in the project's folder"),
            },
        };
        let path = folder.join("coracle.lock");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(source) => return Err(Error::Read { path, source }),
        };
        let exists = text.is_some();
        let lock = text.map_or_else(|| Ok(Lock::default()), |text| Lock::read(&text));
        let lock = lock.map_err(|source| Error::Parse {
            path: path.clone(),
            source,
        })?;
        let reason = reason.to_owned();
        Ok(LockFile {
            path,
            reason,
            lock,
            exists,
        })
    }

    /// The newest suite that the lock has a section for.
    pub fn suite(&self) -> Option<&'static Suite> {
        let locked = |suite: &&Suite| {
            self.lock
                .sections
                .keys()
                .any(|(name, _)| *name == suite.to_string())
        };
        Suite::all().iter().find(locked)
    }

    /// Writes `new` in the old one's place; returns what changed, nothing when nothing did.
    ///
    /// # Errors
    /// [`Error::Stale`] when something changed and `locked` forbids it; otherwise when it cannot be written.
    pub fn replace(&self, new: &Lock, locked: bool) -> Result<Vec<String>, Error> {
        let same = self.exists && self.lock.to_text() == new.to_text();
        if same {
            return Ok(Vec::new());
        }
        let changes = coracle_distro::lock::diff(&self.lock, new);
        let path = self.path.clone();
        if locked {
            return Err(Error::Stale { path, changes });
        }
        whole::write(&path, new.to_text().as_bytes(), whole::SHARED)
            .map_err(|source| Error::Write { path, source })?;
        Ok(changes)
    }
}

/// The nearest folder upwards that holds `.git`, a folder or (in a worktree) a file.
pub fn git_top(folder: &Path) -> Option<PathBuf> {
    folder
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .map(Path::to_owned)
}

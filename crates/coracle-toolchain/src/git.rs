//! What git knows of a program's sources: the last commit, uncommitted changes, where it was
//! cloned from. git is optional: without it, outside a repository, or where it refuses to look,
//! the answer is nothing and no error.

mod paths;
mod remote;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use coracle_process::Program;

use crate::project::Inputs;
use crate::toolchain::Toolchain;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The full hash, in hexadecimal.
    pub id: String,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
    /// The clone is shallow and ends at this commit, which therefore seems to touch everything:
    /// the true one may be older.
    pub at_shallow_end: bool,
}

/// Why git did not answer, other than not being there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// git failed.
    #[error("cannot ask git about {}", root.display())]
    Ask {
        /// The folder.
        root: PathBuf,
        /// Why.
        source: coracle_process::Error,
    },
    /// git's answer is not understood.
    #[error("expected a commit and its time from git log, got `{answer}`")]
    Answer {
        /// What it said.
        answer: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Ask { root, source } => source.hint().or_else(|| {
                Some(format!(
                    "`git status` must work there first: {}",
                    root.display()
                ))
            }),
            Error::Answer { .. } => None,
        }
    }
}

/// The last commit that touched the inputs, as far as the history is there; `None` outside a
/// repository and when no commit did.
///
/// # Errors
/// See [`Error`].
pub fn last_commit(
    root: &Path,
    inputs: &Inputs,
    toolchain: &Toolchain,
) -> Result<Option<Commit>, Error> {
    let Some(paths) = pathspecs(root, inputs, toolchain)? else {
        return Ok(None);
    };
    let log = ["log", "-1", "--no-show-signature", "--format=%H %ct", "--"];
    let answer = match ask(root, toolchain.git().args(log).args(paths)) {
        Err(Error::Ask { source, .. }) if says(&source, "does not have any commits yet") => {
            return Ok(None);
        }
        answer => answer?,
    };
    if answer.trim().is_empty() {
        return Ok(None);
    }
    let (id, time) = parse_commit(&answer).ok_or_else(|| Error::Answer {
        answer: answer.trim().to_owned(),
    })?;
    let at_shallow_end = shallow_ends(root, toolchain)?
        .lines()
        .any(|end| end.trim() == id);
    Ok(Some(Commit {
        id,
        time,
        at_shallow_end,
    }))
}

/// Whether the inputs have changes that are not committed, new files among them; what git ignores
/// does not count. False outside a repository.
///
/// # Errors
/// See [`Error`].
pub fn is_dirty(root: &Path, inputs: &Inputs, toolchain: &Toolchain) -> Result<bool, Error> {
    let Some(paths) = pathspecs(root, inputs, toolchain)? else {
        return Ok(false);
    };
    let status = [
        "status",
        "--porcelain",
        "--untracked-files=all",
        "--ignore-submodules=none",
        "--",
    ];
    let answer = ask(root, toolchain.git().args(status).args(paths))?;
    Ok(!answer.trim().is_empty())
}

/// The address of the remote `origin`, else of the only remote, as a browser takes it: https, or
/// http where it was that; without user, password and `.git`. `None` for local paths and for hosts
/// that only the user's ssh configuration knows.
///
/// # Errors
/// See [`Error`].
pub fn remote_url(root: &Path, toolchain: &Toolchain) -> Result<Option<String>, Error> {
    if !matches!(look(root, toolchain)?, Look::Tree(_)) {
        return Ok(None);
    }
    // As written in the configuration: `insteadOf` may lead to a mirror that is the user's own.
    let config = ["config", "--get-regexp", r"^remote\..*\.url$"];
    let answer = match ask(root, toolchain.git().args(config)) {
        Err(Error::Ask { source, .. }) if is_silent_no(&source) => return Ok(None),
        answer => answer?,
    };
    Ok(remote::choose(&answer).and_then(remote::browsable))
}

/// Why git does not look at a repository that is there, for a note to the user.
///
/// # Errors
/// See [`Error`].
pub fn refusal(root: &Path, toolchain: &Toolchain) -> Result<Option<String>, Error> {
    match look(root, toolchain)? {
        Look::Refused => Ok(Some(format!(
            "git does not look at {}, which another user owns: `git config --global --add safe.directory {}` allows it",
            root.display(),
            root.display()
        ))),
        Look::Tree(_) | Look::Nothing => Ok(None),
    }
}

/// What git finds around a folder.
enum Look {
    /// A work tree with this top.
    Tree(PathBuf),
    /// No git, or no work tree.
    Nothing,
    /// A repository of another user.
    Refused,
}

fn look(root: &Path, toolchain: &Toolchain) -> Result<Look, Error> {
    match ask(root, toolchain.git().args(["rev-parse", "--show-toplevel"])) {
        Ok(top) => Ok(Look::Tree(PathBuf::from(top.trim_end_matches('\n')))),
        Err(Error::Ask {
            source: coracle_process::Error::NotFound { .. },
            ..
        }) => Ok(Look::Nothing),
        Err(Error::Ask { source, .. })
            if says(&source, "dubious ownership") || says(&source, "unsafe repository") =>
        {
            Ok(Look::Refused)
        }
        Err(Error::Ask { source, .. })
            if says(&source, "not a git repository")
                || says(&source, "must be run in a work tree") =>
        {
            Ok(Look::Nothing)
        }
        Err(error) => Err(error),
    }
}

/// The inputs that lie in the work tree, in git's words; `None` when there is no tree or none does.
fn pathspecs(
    root: &Path,
    inputs: &Inputs,
    toolchain: &Toolchain,
) -> Result<Option<Vec<String>>, Error> {
    let Look::Tree(top) = look(root, toolchain)? else {
        return Ok(None);
    };
    Ok(paths::pathspecs(root, &top, inputs))
}

/// The commits where a shallow clone ends, a line each.
fn shallow_ends(root: &Path, toolchain: &Toolchain) -> Result<String, Error> {
    let path = ask(
        root,
        toolchain.git().args(["rev-parse", "--git-path", "shallow"]),
    )?;
    Ok(std::fs::read_to_string(root.join(path.trim_end_matches('\n'))).unwrap_or_default())
}

fn parse_commit(answer: &str) -> Option<(String, i64)> {
    let (id, time) = answer.trim().split_once(' ')?;
    let is_hash = id.len() >= 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then_some(())?;
    Some((id.to_owned(), time.parse().ok()?))
}

fn ask(root: &Path, git: Program) -> Result<String, Error> {
    let output = git.directory(root).output().map_err(|source| Error::Ask {
        root: root.to_owned(),
        source,
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn says(error: &coracle_process::Error, words: &str) -> bool {
    matches!(error, coracle_process::Error::Failed { tail, .. } if tail.contains(words))
}

/// `git config` ends with 1 and no word when there is nothing to tell.
fn is_silent_no(error: &coracle_process::Error) -> bool {
    matches!(error, coracle_process::Error::Failed { status, .. } if status.code() == Some(1))
}

//! The files of a repository, as git would take them: read for the lint, which reads nothing itself. A link to a file of
//! the repository is that file, as for who builds; other links are passed over, and what git ignores is not there.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use coracle_lint::{Kind, Repository};

/// More than any Dockerfile, workflow, lock file or source by hand.
const MOST: u64 = 8 << 20;

/// What was read.
pub(crate) struct Read {
    pub(crate) repository: Repository,
    /// What could not be, a line each.
    pub(crate) untold: Vec<String>,
}

/// Why there is nothing to judge.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FilesError {
    #[error("cannot look for files in {}", .path.display())]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("there is no {}", .path.display())]
    Absent { path: PathBuf },
    #[error("{} is not below {}", .path.display(), .top.display())]
    Outside { path: PathBuf, top: PathBuf },
}

impl FilesError {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            FilesError::Outside { path, .. } => Some(format!(
                "a repository is read as a whole: coracle -C {} lint",
                path.display()
            )),
            FilesError::Folder { .. } | FilesError::Absent { .. } => None,
        }
    }
}

/// The top of the git repository that a folder is in, else the folder itself.
pub(crate) fn top(folder: &Path) -> Result<PathBuf, FilesError> {
    let folder = canonical(folder)?;
    let top = folder
        .ancestors()
        .find(|folder| folder.join(".git").exists());
    Ok(top.map_or_else(|| folder.clone(), Path::to_path_buf))
}

/// The paths from the top that are asked for; of a folder without any, the folder.
pub(crate) fn within(
    folder: &Path,
    top: &Path,
    paths: &[PathBuf],
) -> Result<Vec<String>, FilesError> {
    let asked: Vec<PathBuf> = match paths.is_empty() {
        true => vec![folder.to_path_buf()],
        false => paths.iter().map(|path| folder.join(path)).collect(),
    };
    let from_top = |path: &PathBuf| {
        let full = match path.exists() {
            true => canonical(path)?,
            false => return Err(FilesError::Absent { path: path.clone() }),
        };
        let below = full.strip_prefix(top).map_err(|_| FilesError::Outside {
            path: path.clone(),
            top: top.to_path_buf(),
        })?;
        Ok(name(below))
    };
    asked.iter().map(from_top).collect()
}

fn canonical(path: &Path) -> Result<PathBuf, FilesError> {
    fs::canonicalize(path).map_err(|source| FilesError::Folder {
        path: path.to_path_buf(),
        source,
    })
}

/// Reads everything below the top.
pub(crate) fn read(top: &Path) -> Result<Read, FilesError> {
    let mut read = Read {
        repository: Repository::new(),
        untold: Vec::new(),
    };
    for entry in walk(top) {
        match entry {
            Ok(entry) => {
                let Some(size) = size(top, &entry) else {
                    continue;
                };
                let path = name(entry.path().strip_prefix(top).unwrap_or(entry.path()));
                if Kind::of(&path).is_some() {
                    read.text(top, &path, size);
                }
                read.repository.add(path, size);
            }
            Err(error) => read.untold.push(error.to_string()),
        }
    }
    read.referred(top);
    Ok(read)
}

/// The size of a file; nothing of what is none. A link is followed where it stays below the top.
fn size(top: &Path, entry: &ignore::DirEntry) -> Option<u64> {
    let kind = entry.file_type()?;
    if kind.is_symlink() {
        let target = fs::canonicalize(entry.path()).ok()?;
        let metadata = fs::metadata(&target).ok()?;
        return (metadata.is_file() && target.starts_with(top)).then_some(metadata.len());
    }
    kind.is_file()
        .then(|| entry.metadata().map_or(0, |metadata| metadata.len()))
}

/// What git would take, with its hidden files and without its own folder; nothing of what is marked as a cache.
fn walk(top: &Path) -> ignore::Walk {
    ignore::WalkBuilder::new(top)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .require_git(false)
        .follow_links(false)
        .sort_by_file_name(Ord::cmp)
        .filter_entry(|entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let is_cache = is_folder && entry.path().join("CACHEDIR.TAG").exists();
            entry.file_name() != ".git" && (!is_cache || entry.depth() == 0)
        })
        .build()
}

impl Read {
    /// What the files that were read refer to, and what that refers to, each asked for once.
    fn referred(&mut self, top: &Path) {
        let mut asked = BTreeSet::new();
        loop {
            let wanted = coracle_lint::wanted(&self.repository);
            let new: Vec<&String> = wanted.difference(&asked).collect();
            if new.is_empty() {
                return;
            }
            for path in new {
                let size = self.repository.size(path).unwrap_or_default();
                self.text(top, path, size);
            }
            asked.extend(wanted);
        }
    }

    fn text(&mut self, top: &Path, path: &str, size: u64) {
        if size > MOST {
            let most = crate::render::size(MOST);
            self.untold
                .push(format!("{path} is not read: it is larger than {most}"));
            return;
        }
        let mut bytes = Vec::new();
        let read = fs::File::open(top.join(path));
        let read = read.and_then(|file| file.take(MOST).read_to_end(&mut bytes));
        match (read, String::from_utf8(bytes)) {
            (Ok(_), Ok(text)) => self.repository.add_text(path, text),
            (Ok(_), Err(_)) => self
                .untold
                .push(format!("{path} is not read: it is no UTF-8")),
            (Err(error), _) => self.untold.push(format!("{path} is not read: {error}")),
        }
    }
}

/// A path from the top as the lint writes it.
fn name(path: &Path) -> String {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn what_git_ignores_and_caches_are_not_there_and_hidden_files_are() {
        let folder = made(&[
            (".gitignore", "out/\n"),
            (".git/config", ""),
            (".github/workflows/ci.yml", "on: push\n"),
            ("out/Dockerfile", "FROM scratch\n"),
            ("cache/CACHEDIR.TAG", ""),
            ("cache/Dockerfile", "FROM scratch\n"),
            ("api/Dockerfile", "FROM scratch\n"),
            ("api/data.bin", "12345"),
        ]);
        std::os::unix::fs::symlink(folder.path().join("api"), folder.path().join("link")).unwrap();
        let read = read(folder.path()).unwrap();
        let paths: Vec<_> = read.repository.below("").collect();
        let expected = [
            (".github/workflows/ci.yml", 9),
            (".gitignore", 5),
            ("api/Dockerfile", 13),
            ("api/data.bin", 5),
        ];
        assert_eq!(paths, expected);
        let texts: Vec<_> = read.repository.sources().map(|file| file.path()).collect();
        assert_eq!(texts, [".github/workflows/ci.yml", "api/Dockerfile"]);
    }

    #[test]
    fn a_link_to_a_file_of_the_repository_is_that_file() {
        let folder = made(&[(".gitignore", "target\n")]);
        let link = std::os::unix::fs::symlink::<&str, _>;
        link(".gitignore", folder.path().join(".dockerignore")).unwrap();
        link("/etc/hostname", folder.path().join("api.dockerignore")).unwrap();
        link("nowhere", folder.path().join("Dockerfile")).unwrap();
        let read = read(&fs::canonicalize(folder.path()).unwrap()).unwrap();
        let texts: Vec<_> = read
            .repository
            .sources()
            .map(|file| (file.path(), file.text()))
            .collect();
        assert_eq!(texts, [(".dockerignore", "target\n")]);
        assert_eq!(read.untold, [""; 0]);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let folder = made(&[("Dockerfile", "FROM scratch\n")]);
        fs::write(folder.path().join("compose.yaml"), b"\xff\xfe").unwrap();
        let large = fs::File::create(folder.path().join("Cargo.lock")).unwrap();
        large.set_len(MOST + 1).unwrap();
        let mut told = read(folder.path()).unwrap().untold;
        told.sort();
        let expected = [
            "Cargo.lock is not read: it is larger than 8.3 MB",
            "compose.yaml is not read: it is no UTF-8",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn paths_are_told_from_the_top_of_the_repository() {
        let folder = made(&[(".git/config", ""), ("api/Dockerfile", "FROM scratch\n")]);
        let top = top(&folder.path().join("api")).unwrap();
        let asked = |paths: &[&str]| {
            let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
            within(&folder.path().join("api"), &top, &paths)
        };
        assert_eq!(asked(&[]).unwrap(), ["api"]);
        assert_eq!(
            asked(&["Dockerfile", ".."]).unwrap(),
            ["api/Dockerfile", ""]
        );
        assert!(matches!(
            asked(&["nothing"]),
            Err(FilesError::Absent { .. })
        ));
        assert!(matches!(asked(&["/"]), Err(FilesError::Outside { .. })));
    }
}

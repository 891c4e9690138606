//! Files and folders of the repository that the configuration copies into an image.
//!
//! What a copy gives depends on names, contents and each file's own x bit, on nothing else of the checkout: neither
//! on the umask it was made with nor on its times.

#[cfg(test)]
mod tests;

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use coracle_oci::layer::{Content, Entry, EntryKind};
use coracle_toolchain::{Language, Program};

use super::user::{self, UserId};
use crate::settings::{FileSettings, Settings};

/// A file or folder that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileCopy {
    /// What is copied, as the configuration has it.
    pub written: PathBuf,
    /// The same, absolute.
    pub from: PathBuf,
    /// Where it goes, absolute in the image.
    pub to: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// Whose the copies are.
    pub owner: UserId,
    /// The permissions of files, where not their own x bit decides.
    pub mode: Option<u32>,
}

/// Why something cannot be copied.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read.
    #[error("cannot copy {path}, which `files` of {service} names")]
    From {
        /// The service.
        service: String,
        /// What is copied.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Something below it cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The place in the image is none.
    #[error("`to = \"{to}\"` of {service} is not an absolute path without `..`")]
    To {
        /// The service.
        service: String,
        /// As written.
        to: String,
    },
    /// The owner is none.
    #[error(
        "`owner = \"{owner}\"` of {service} is neither \"root\", \"nonroot\", a number nor NUMBER:NUMBER"
    )]
    Owner {
        /// The service.
        service: String,
        /// As written.
        owner: String,
    },
    /// The folder holds what coracle itself writes.
    #[error("cannot copy the folder {path}: {what} is in it ({inside})")]
    HoldsOurs {
        /// What is copied.
        path: PathBuf,
        /// What is in it.
        what: &'static str,
        /// Where.
        inside: PathBuf,
    },
    /// A link that leads out.
    #[error("cannot copy the link {path} → {target}: it leads out of the folder {folder}")]
    LinkOut {
        /// The link.
        path: PathBuf,
        /// Where to.
        target: PathBuf,
        /// What is copied.
        folder: PathBuf,
    },
    /// Neither file, folder nor link.
    #[error("cannot copy {path}: it is neither a file, a folder nor a link")]
    Kind {
        /// What it is about.
        path: PathBuf,
    },
    /// A name that a layer cannot hold.
    #[error("cannot copy {path}: its name is not UTF-8")]
    Name {
        /// The file or folder.
        path: PathBuf,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::From { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                Some("paths of `from` are relative to coracle.toml; something has to make it first".to_owned())
            }
            Error::To { .. } => Some("write where it is in the image: to = \"/app/migrations\"".to_owned()),
            Error::Owner { .. } => {
                Some("write the number: names other than nonroot and root are in no image that coracle makes".to_owned())
            }
            Error::HoldsOurs { .. } => {
                Some("it would grow at each build: name the folders in it that the service needs".to_owned())
            }
            Error::LinkOut { .. } => Some("put a copy in the link's place, or copy what it leads to with an entry of its own".to_owned()),
            Error::Kind { .. } | Error::Name { .. } => Some("take it out of the folder".to_owned()),
            Error::From { .. } | Error::Read { .. } => None,
        }
    }
}

/// Decides and looks at all of it, so that what cannot be copied is known before anything is compiled.
pub(super) fn decide(
    service: &str,
    program: &Program,
    written: &[FileSettings],
    settings: &Settings,
) -> Result<Vec<FileCopy>, Error> {
    let one = |file: &FileSettings| {
        let copy = FileCopy::new(service, file, settings)?;
        copy.refuse_ours(&ours(program, settings))?;
        copy.entries(0)?;
        Ok(copy)
    };
    written.iter().map(one).collect()
}

/// What coracle writes, and where.
fn ours(program: &Program, settings: &Settings) -> Vec<(&'static str, PathBuf)> {
    let compiled = match &program.language {
        Language::Rust(rust) => Some(rust.target_directory.join("coracle")),
        Language::Go(go) => Some(go.module_directory.join(COMPILED)),
        Language::Prebuilt(_) => None,
    };
    let places = [
        ("coracle's store", Some(settings.store.clone())),
        (
            "the layout that is written",
            settings.destination.layout.clone(),
        ),
        (WHAT_COMPILED, compiled),
    ];
    places
        .into_iter()
        .filter_map(|(what, path)| Some((what, path?)))
        .map(|(what, path)| (what, fs::canonicalize(&path).unwrap_or(path)))
        .collect()
}

/// Where programs are compiled, see `coracle_toolchain::compile`.
const COMPILED: &str = "target/coracle";
const WHAT_COMPILED: &str = "what coracle compiles";

impl FileCopy {
    fn new(service: &str, file: &FileSettings, settings: &Settings) -> Result<FileCopy, Error> {
        let path = settings.configured_path(&file.from);
        let found = fs::canonicalize(&path).and_then(|from| Ok((fs::metadata(&from)?, from)));
        let (metadata, from) = found.map_err(|source| Error::From {
            service: service.to_owned(),
            path: file.from.clone(),
            source,
        })?;
        let owner = file.owner.as_deref().unwrap_or("root");
        Ok(FileCopy {
            written: file.from.clone(),
            to: destination(&file.to, &from).ok_or_else(|| Error::To {
                service: service.to_owned(),
                to: file.to.clone(),
            })?,
            is_folder: metadata.is_dir(),
            owner: user::read(owner).ok_or_else(|| Error::Owner {
                service: service.to_owned(),
                owner: owner.to_owned(),
            })?,
            mode: file.mode,
            from,
        })
    }

    fn refuse_ours(&self, ours: &[(&'static str, PathBuf)]) -> Result<(), Error> {
        match ours.iter().find(|(_, path)| path.starts_with(&self.from)) {
            None => Ok(()),
            Some((what, inside)) => Err(Error::HoldsOurs {
                path: self.written.clone(),
                what,
                inside: inside.clone(),
            }),
        }
    }

    /// What the copy puts into an image, sorted by path; the time of all of it is `epoch`.
    ///
    /// # Errors
    /// When something of it cannot be read or has no place in an image.
    pub fn entries(&self, epoch: i64) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        let mut waiting = vec![(self.from.clone(), PathBuf::new())];
        while let Some((path, inner)) = waiting.pop() {
            // What is named itself is followed where it is a link; what lies in a folder is not.
            let metadata = fs::symlink_metadata(&path).map_err(read(&path))?;
            entries.push(self.entry(&path, &inner, &metadata, epoch)?);
            if metadata.is_dir() {
                self.refuse_compiled(&path)?;
                for below in fs::read_dir(&path).map_err(read(&path))? {
                    let name = below.map_err(read(&path))?.file_name();
                    waiting.push((path.join(&name), inner.join(&name)));
                }
            }
        }
        entries.sort_by(|one, other| one.path.cmp(&other.path));
        // A folder of this name is there in any image.
        entries.retain(|entry| !entry.path.is_empty());
        Ok(entries)
    }

    fn refuse_compiled(&self, folder: &Path) -> Result<(), Error> {
        if !folder.ends_with(COMPILED) {
            return Ok(());
        }
        Err(Error::HoldsOurs {
            path: self.written.clone(),
            what: WHAT_COMPILED,
            inside: folder.to_owned(),
        })
    }

    fn entry(
        &self,
        path: &Path,
        inner: &Path,
        metadata: &Metadata,
        epoch: i64,
    ) -> Result<Entry, Error> {
        let (kind, mode) = if metadata.is_dir() {
            (EntryKind::Directory, self.folder_mode())
        } else if metadata.is_file() {
            let (path, length) = (path.to_owned(), metadata.len());
            let mode = self.file_mode(metadata);
            (EntryKind::File(Content::File { path, length }), mode)
        } else if metadata.is_symlink() {
            (EntryKind::Symlink(self.link(path, inner)?), 0o777)
        } else {
            return Err(Error::Kind {
                path: path.to_owned(),
            });
        };
        Ok(Entry {
            path: self.place(path, inner)?,
            kind,
            mode,
            uid: self.owner.user.into(),
            gid: self.owner.group.into(),
            mtime: epoch,
        })
    }

    /// The path in the image, as layers have it.
    fn place(&self, path: &Path, inner: &Path) -> Result<String, Error> {
        let inner = inner.to_str().ok_or_else(|| Error::Name {
            path: path.to_owned(),
        })?;
        let place = format!("{}/{inner}", self.to);
        Ok(place.trim_matches('/').to_owned())
    }

    /// As git has it: what its owner may execute, everybody may.
    fn file_mode(&self, metadata: &Metadata) -> u32 {
        let own = match metadata.permissions().mode() & 0o100 {
            0 => 0o644,
            _ => 0o755,
        };
        self.mode.unwrap_or(own)
    }

    /// Who may read the files may enter their folder.
    fn folder_mode(&self) -> u32 {
        self.mode
            .map_or(0o755, |mode| (mode & 0o777) | ((mode & 0o444) >> 2))
    }

    /// The target of a link that stays in the folder, by name.
    fn link(&self, path: &Path, inner: &Path) -> Result<String, Error> {
        let target = fs::read_link(path).map_err(read(path))?;
        let out = || Error::LinkOut {
            path: path.to_owned(),
            target: target.clone(),
            folder: self.written.clone(),
        };
        let mut depth = inner.components().count().saturating_sub(1);
        for component in target.components() {
            depth = match component {
                Component::Normal(_) => depth + 1,
                Component::CurDir => depth,
                Component::ParentDir => depth.checked_sub(1).ok_or_else(out)?,
                Component::RootDir | Component::Prefix(_) => return Err(out()),
            };
        }
        let text = target.to_str().ok_or_else(|| Error::Name {
            path: path.to_owned(),
        })?;
        Ok(text.to_owned())
    }
}

fn read(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Read { path, source }
}

/// `to`, with the name of what is copied where it ends with a `/`.
fn destination(to: &str, from: &Path) -> Option<String> {
    let path = to.strip_prefix('/')?;
    let path = match path.strip_suffix('/') {
        _ if path.is_empty() => from.file_name()?.to_str()?.to_owned(),
        Some(folder) => format!("{folder}/{}", from.file_name()?.to_str()?),
        None => path.to_owned(),
    };
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    path.split('/').all(is_plain).then(|| format!("/{path}"))
}

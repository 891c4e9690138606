//! Puts what the configuration copies into the root filesystem, in nobody else's place.

use coracle_oci::layer::{Entry, EntryKind};

use super::{Origin, RootFile, Rootfs};
use crate::plan::{FileCopy, ServicePlan, files};

/// Why a copy has no place in the image.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read any more.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// It would be in the program's place.
    #[error("`files` of {service} copies {from} to /{path}, and the program is /{program}")]
    Program {
        /// The service.
        service: String,
        /// What is copied.
        from: String,
        /// Where to.
        path: String,
        /// The program's path.
        program: String,
    },
    /// Something else is there.
    #[error("`files` of {service} copies {from} to /{path}, and {owner} has {there} there")]
    Taken {
        /// The service.
        service: String,
        /// What is copied.
        from: String,
        /// Where to.
        path: String,
        /// Whose it is.
        owner: String,
        /// What is there.
        there: String,
    },
    /// The path leads through something that is no folder.
    #[error("`files` of {service} copies {from} to /{path}, and /{parent} is {there} of {owner}")]
    Through {
        /// The service.
        service: String,
        /// What is copied.
        from: String,
        /// Where to.
        path: String,
        /// What is no folder.
        parent: String,
        /// What it is.
        there: String,
        /// Whose it is.
        owner: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Files(error) => error.hint(),
            Error::Program { .. } | Error::Taken { .. } => {
                Some("copy it to another path with `to`".to_owned())
            }
            Error::Through { .. } => {
                Some("write the path that it leads to: /usr/lib instead of /lib".to_owned())
            }
        }
    }
}

/// Adds all copies of a service.
pub(super) fn add(service: &ServicePlan, epoch: i64, rootfs: &mut Rootfs) -> Result<(), Error> {
    for copy in &service.files {
        for entry in copy.entries(epoch)? {
            add_one(service, copy, entry, rootfs)?;
        }
    }
    Ok(())
}

fn add_one(
    service: &ServicePlan,
    copy: &FileCopy,
    entry: Entry,
    rootfs: &mut Rootfs,
) -> Result<(), Error> {
    let placing = Placing {
        service,
        from: source(copy, &entry),
        entry: &entry,
    };
    placing.beside_program()?;
    placing.through_folders(rootfs)?;
    if placing.is_there(rootfs)? {
        return Ok(());
    }
    let reason = format!("the configuration copies it from {}", placing.from);
    let file = RootFile {
        entry,
        origin: Origin::Program,
        reason,
    };
    rootfs.files.insert(file.entry.path.clone(), file);
    Ok(())
}

/// One entry of a copy on its way to its place.
struct Placing<'a> {
    service: &'a ServicePlan,
    from: String,
    entry: &'a Entry,
}

impl Placing<'_> {
    fn is_folder(&self) -> bool {
        self.entry.kind == EntryKind::Directory
    }

    /// Neither the program nor anything below or above it, except its folders.
    fn beside_program(&self) -> Result<(), Error> {
        let program = self.service.binary_path();
        let (program, path) = (program.trim_start_matches('/'), &self.entry.path);
        if is_at_or_below(path, program) || !self.is_folder() && is_at_or_below(program, path) {
            return Err(Error::Program {
                service: self.service.name.clone(),
                from: self.from.clone(),
                path: path.clone(),
                program: program.to_owned(),
            });
        }
        Ok(())
    }

    fn through_folders(&self, rootfs: &Rootfs) -> Result<(), Error> {
        let path = &self.entry.path;
        let parents = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        let mut files = parents.filter_map(|parent| rootfs.files.get(parent));
        match files.find(|file| file.entry.kind != EntryKind::Directory) {
            None => Ok(()),
            Some(file) => Err(Error::Through {
                service: self.service.name.clone(),
                from: self.from.clone(),
                path: path.clone(),
                parent: file.entry.path.clone(),
                there: kind(&file.entry).to_owned(),
                owner: owner(file),
            }),
        }
    }

    /// Whether it is there already; something else in its place is an error.
    fn is_there(&self, rootfs: &Rootfs) -> Result<bool, Error> {
        let path = &self.entry.path;
        if let Some(file) = rootfs.files.get(path) {
            // A folder stays whose it is: of a volume, or of what is there in every image.
            let both_folders = self.is_folder() && file.entry.kind == EntryKind::Directory;
            if both_folders || file.entry == *self.entry {
                return Ok(true);
            }
            return Err(self.taken(file, kind(&file.entry)));
        }
        let inside = format!("{path}/");
        let mut below = rootfs.files.range(inside.clone()..);
        match below.next() {
            Some((below, file)) if !self.is_folder() && below.starts_with(&inside) => {
                Err(self.taken(file, "a folder"))
            }
            _ => Ok(false),
        }
    }

    fn taken(&self, file: &RootFile, there: &str) -> Error {
        Error::Taken {
            service: self.service.name.clone(),
            from: self.from.clone(),
            path: self.entry.path.clone(),
            owner: owner(file),
            there: there.to_owned(),
        }
    }
}

fn is_at_or_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What an entry is copied from, as the configuration would name it.
fn source(copy: &FileCopy, entry: &Entry) -> String {
    let inner = entry.path.strip_prefix(copy.to.trim_start_matches('/'));
    let inner = inner.unwrap_or_default().trim_start_matches('/');
    copy.written
        .join(inner)
        .display()
        .to_string()
        .trim_end_matches('/')
        .to_owned()
}

fn kind(entry: &Entry) -> &'static str {
    match entry.kind {
        EntryKind::Directory => "a folder",
        EntryKind::File(_) | EntryKind::HardLink(_) => "a file",
        EntryKind::Symlink(_) => "a link",
    }
}

fn owner(file: &RootFile) -> String {
    match &file.origin {
        Origin::Package { name, .. } | Origin::PackagePart { name, .. } => {
            format!("the package {name}")
        }
        Origin::Made => format!("what coracle makes ({})", file.reason),
        Origin::Program => format!("the service ({})", file.reason),
    }
}

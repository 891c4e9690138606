//! What a sysroot holds, in memory: the packages' files by path, each with whose it is.

use std::collections::BTreeMap;

use super::{Error, links};
use crate::{Deb, FileKind, PackageFile};

/// Top-level folders and folders below `usr/share` that no compiler looks into.
const LEFT_OUT: [&str; 6] = [
    "etc/",
    "var/",
    "usr/bin/",
    "usr/sbin/",
    "usr/games/",
    "usr/lib/debug/",
];
const LEFT_OUT_OF_SHARE: [&str; 18] = [
    "applications",
    "bash-completion",
    "bug",
    "doc",
    "doc-base",
    "fonts",
    "gtk-doc",
    "help",
    "icons",
    "info",
    "lintian",
    "locale",
    "man",
    "menu",
    "mime",
    "themes",
    "zoneinfo",
    "zsh",
];

/// The folders that are links at the top, where `usr/` has them.
const TOP_LINKS: [&str; 4] = ["lib", "lib32", "lib64", "libx32"];

/// One file of a sysroot. Folders are there where something lies in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry<'d> {
    /// Bytes, whether to execute them, and when they were changed.
    File {
        bytes: &'d [u8],
        executable: bool,
        mtime: u64,
    },
    /// A relative target.
    Symlink(String),
}

/// A sysroot before it is written.
#[derive(Default)]
pub(super) struct Tree<'d> {
    pub(super) entries: BTreeMap<String, (Entry<'d>, &'d str)>,
}

impl<'d> Tree<'d> {
    pub(super) fn new(debs: &[&'d Deb]) -> Result<Self, Error> {
        let mut tree = Self::default();
        for deb in debs {
            for file in deb.files.iter().filter(|file| !is_left_out(&file.path)) {
                if let Some(entry) = entry(deb, file)? {
                    tree.add(&file.path, entry, deb.name())?;
                }
            }
        }
        for name in TOP_LINKS {
            if tree.has(&format!("usr/{name}")) {
                let link = Entry::Symlink(format!("usr/{name}"));
                tree.entries.insert(name.to_owned(), (link, "coracle"));
            }
        }
        Ok(tree)
    }

    /// Whether there is something at a path or below it.
    pub(super) fn has(&self, path: &str) -> bool {
        let below = format!("{path}/");
        self.entries.contains_key(path)
            || self
                .entries
                .range(below.clone()..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&below))
    }

    pub(super) fn add(
        &mut self,
        path: &str,
        entry: Entry<'d>,
        package: &'d str,
    ) -> Result<(), Error> {
        let safe = |part: &str| !matches!(part, "" | "." | "..");
        if !path.split('/').all(safe) {
            return Err(Error::Path {
                path: path.to_owned(),
                package: package.to_owned(),
            });
        }
        let Some((known, owner)) = self.entries.get(path) else {
            self.entries.insert(path.to_owned(), (entry, package));
            return Ok(());
        };
        if known.is_same(&entry) {
            return Ok(());
        }
        Err(Error::Collision {
            path: path.to_owned(),
            first: (*owner).to_owned(),
            second: package.to_owned(),
        })
    }

    /// No path leads through a file or a link: where that would be written, a link would say.
    pub(super) fn check(&self) -> Result<(), Error> {
        for (path, (_, package)) in &self.entries {
            let above = path
                .match_indices('/')
                .filter_map(|(end, _)| path.get(..end))
                .find_map(|above| Some((above, self.entries.get(above)?)));
            if let Some((above, (_, owner))) = above {
                return Err(Error::Through {
                    path: path.clone(),
                    package: (*package).to_owned(),
                    above: above.to_owned(),
                    owner: (*owner).to_owned(),
                });
            }
        }
        Ok(())
    }
}

impl Entry<'_> {
    /// The same to whoever reads it: times do not matter.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::File {
                    bytes, executable, ..
                },
                Self::File {
                    bytes: others,
                    executable: other,
                    ..
                },
            ) => bytes == others && executable == other,
            (Self::Symlink(target), Self::Symlink(other)) => target == other,
            (Self::File { .. }, Self::Symlink(_)) | (Self::Symlink(_), Self::File { .. }) => false,
        }
    }
}

/// Top-level links of a package are left out, too: they are made here.
fn is_left_out(path: &str) -> bool {
    if let Some(below) = path.strip_prefix("usr/share/") {
        let first = below.split('/').next().unwrap_or(below);
        return LEFT_OUT_OF_SHARE.contains(&first);
    }
    !path.contains('/') || LEFT_OUT.iter().any(|folder| path.starts_with(folder))
}

fn entry<'d>(deb: &'d Deb, file: &'d PackageFile) -> Result<Option<Entry<'d>>, Error> {
    let regular = |file: &'d PackageFile| match &file.kind {
        FileKind::File(bytes) => Some(Entry::File {
            bytes,
            executable: file.mode & 0o111 != 0,
            mtime: file.mtime,
        }),
        FileKind::Directory | FileKind::Symlink(_) | FileKind::HardLink(_) => None,
    };
    match &file.kind {
        FileKind::Directory => Ok(None),
        FileKind::File(_) => Ok(regular(file)),
        FileKind::Symlink(target) => {
            let target = links::relative(&file.path, target);
            Ok(Some(Entry::Symlink(target)))
        }
        FileKind::HardLink(target) => {
            let copied = deb.file(target).and_then(regular);
            copied.map(Some).ok_or_else(|| Error::HardLink {
                path: file.path.clone(),
                package: deb.name().to_owned(),
                target: target.clone(),
            })
        }
    }
}

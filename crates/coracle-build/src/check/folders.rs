//! Paths through a tree as those who wrote them meant them: links of folders are followed, so that
//! `/lib/x86_64-linux-gnu/libz.so.1` is found although `/lib` leads to `/usr/lib`.

use std::borrow::Cow;
use std::collections::HashMap;

use coracle_oci::rootfs::{NodeKind, RootFilesystem};

use super::kept::Kept;

/// The kernel follows at most this many links in one path.
const LINKS_LIMIT: usize = 40;

/// The folders of a tree, each followed once.
pub(super) struct Folders<'a> {
    files: &'a RootFilesystem<Kept>,
    known: HashMap<String, Option<String>>,
}

impl<'a> Folders<'a> {
    pub(super) fn of(files: &'a RootFilesystem<Kept>) -> Folders<'a> {
        Folders {
            files,
            known: HashMap::new(),
        }
    }

    /// The path without any link in its folders, if something is there; its last name may be a link's.
    pub(super) fn real(&mut self, path: &str) -> Option<String> {
        let path = path.trim_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let folder = match self.known.get(folder) {
            Some(known) => known.clone()?,
            None => {
                let found = self.follow(folder);
                self.known.insert(folder.to_owned(), found.clone());
                found?
            }
        };
        let real = join(&folder, name);
        self.files.get(&real).map(|_| real)
    }

    /// The path without any link in its folders, whether or not something is there.
    pub(super) fn in_folder(&self, path: &str) -> Option<String> {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Some(join(&self.follow(folder)?, name))
    }

    /// Where a path leads, without any link.
    pub(super) fn follow(&self, path: &str) -> Option<String> {
        self.walk("", path, &mut 0)
    }

    /// The text of a file, links followed; `None` where none is.
    pub(super) fn text(&self, path: &str) -> Option<String> {
        let bytes = self.bytes(path)?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The bytes of a file, links followed; `None` where none is.
    pub(super) fn bytes(&self, path: &str) -> Option<Cow<'a, [u8]>> {
        let node = self.files.get(&self.follow(path)?)?;
        let NodeKind::File { content } = &node.kind else {
            return None;
        };
        content.content(Vec::new())
    }

    fn walk(&self, from: &str, path: &str, links: &mut usize) -> Option<String> {
        let mut at = from.to_owned();
        for name in path.split('/') {
            match name {
                "" | "." => continue,
                ".." => {
                    at.truncate(at.rfind('/').unwrap_or_default());
                    continue;
                }
                _ => {}
            }
            let next = join(&at, name);
            at = match &self.files.get(&next)?.kind {
                NodeKind::Symlink(target) => {
                    *links += 1;
                    if *links > LINKS_LIMIT {
                        return None;
                    }
                    let from = if target.starts_with('/') { "" } else { &at };
                    self.walk(from, target, links)?
                }
                _ => next,
            };
        }
        Some(at)
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::made::Made;
    use super::*;

    #[test]
    fn folders_that_are_links_are_followed_and_circles_end() {
        let mut made = Made::default();
        made.file("usr/lib/x86_64-linux-gnu/libz.so.1.2", "")
            .link("usr/lib/x86_64-linux-gnu/libz.so.1", "libz.so.1.2")
            .link("lib", "usr/lib")
            .link("round", "/round")
            .link("opt/up", "../lib/x86_64-linux-gnu");
        let tree = made.tree();
        let mut folders = Folders::of(&tree.files);
        let real = folders.real("/lib/x86_64-linux-gnu/libz.so.1");
        assert_eq!(real.as_deref(), Some("usr/lib/x86_64-linux-gnu/libz.so.1"));
        let end = folders.follow("/opt/up/libz.so.1");
        assert_eq!(end.as_deref(), Some("usr/lib/x86_64-linux-gnu/libz.so.1.2"));
        assert_eq!(folders.follow("/round/x"), None);
        assert_eq!(folders.real("/lib/nothing"), None);
    }
}

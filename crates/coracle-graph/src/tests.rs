//! What the tests share: texts and folders on disk as [`Files`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::files::{Entry, Files};

/// Texts by their paths.
pub(crate) fn files(texts: &[(&str, &str)]) -> BTreeMap<String, String> {
    let owned = texts
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    owned.collect()
}

/// A folder of this machine.
pub(crate) struct Disk(pub(crate) PathBuf);

impl Disk {
    /// This repository itself.
    pub(crate) fn repository() -> Disk {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Disk(root.canonicalize().unwrap())
    }
}

impl Files for Disk {
    fn text(&self, path: &str) -> Option<Cow<'_, str>> {
        fs::read_to_string(self.0.join(path)).ok().map(Cow::Owned)
    }

    fn list(&self, folder: &str) -> Vec<Entry> {
        let entries = fs::read_dir(self.0.join(folder)).into_iter().flatten();
        let entry = |entry: fs::DirEntry| Entry {
            name: entry.file_name().to_string_lossy().into_owned(),
            is_folder: entry.path().is_dir(),
        };
        entries.map(|found| entry(found.unwrap())).collect()
    }
}

/// Writes texts into a new folder.
pub(crate) fn written(texts: &[(&str, &str)]) -> (tempfile::TempDir, Disk) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in texts {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let disk = Disk(folder.path().canonicalize().unwrap());
    (folder, disk)
}

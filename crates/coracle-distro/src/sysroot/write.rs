//! A tree onto the disk: beside its place, in several threads, renamed when it is whole.

use std::collections::BTreeSet;
use std::fs::{self, FileTimes, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::thread;
use std::time::{Duration, SystemTime};

use super::tree::{Entry, Tree};
use super::{Error, Written};

/// How the names of sysroots on their way begin.
pub const PARTIAL: &str = ".partial-sysroot-";

pub(super) fn write(tree: &Tree<'_>, folder: &Path) -> Result<Written, Error> {
    let disk = |path: &Path, source: io::Error| Error::Disk {
        path: path.to_owned(),
        source,
    };
    let exists = || Error::Exists {
        folder: folder.to_owned(),
    };
    if folder.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    fs::create_dir_all(parent).map_err(|source| disk(parent, source))?;
    // Removed when dropped, so that a failure leaves nothing.
    let partial = tempfile::Builder::new()
        .prefix(PARTIAL)
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(parent)
        .map_err(|source| disk(parent, source))?;
    let written = fill(tree, partial.path())?;
    match fs::rename(partial.path(), folder) {
        Ok(()) => {
            // It has moved: there is nothing left to remove.
            let _ = partial.keep();
            Ok(written)
        }
        // Another process was faster.
        Err(_) if folder.symlink_metadata().is_ok() => Err(exists()),
        Err(source) => Err(disk(folder, source)),
    }
}

/// Folders, then files, then links, so that nothing is written through a link.
fn fill(tree: &Tree<'_>, root: &Path) -> Result<Written, Error> {
    let folders: BTreeSet<&str> = tree
        .entries
        .keys()
        .flat_map(|path| {
            path.match_indices('/')
                .filter_map(|(end, _)| path.get(..end))
        })
        .collect();
    for folder in folders {
        in_root(root, folder, |path| {
            fs::create_dir(path)?;
            fs::set_permissions(path, Permissions::from_mode(0o755))
        })?;
    }
    let files: Vec<(&str, &Entry<'_>)> = tree
        .entries
        .iter()
        .map(|(path, (entry, _))| (path.as_str(), entry))
        .filter(|(_, entry)| matches!(entry, Entry::File { .. }))
        .collect();
    let threads = thread::available_parallelism()
        .map_or(1, usize::from)
        .min(4);
    let share = files.len().div_ceil(threads).max(1);
    thread::scope(|scope| {
        let spawn = |files| scope.spawn(move || all(root, files));
        // All of them begin before the first is waited for.
        let running: Vec<_> = files.chunks(share).map(spawn).collect();
        running.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    })?;
    let mut written = Written::default();
    for (path, (entry, _)) in &tree.entries {
        match entry {
            Entry::File { bytes, .. } => {
                written.files += 1;
                written.bytes += bytes.len() as u64;
            }
            Entry::Symlink(_) => {
                written.links += 1;
                one(root, path, entry)?;
            }
        }
    }
    Ok(written)
}

fn all(root: &Path, files: &[(&str, &Entry<'_>)]) -> Result<(), Error> {
    files
        .iter()
        .try_for_each(|(path, entry)| one(root, path, entry))
}

fn one(root: &Path, path: &str, entry: &Entry<'_>) -> Result<(), Error> {
    in_root(root, path, |place| match entry {
        Entry::Symlink(target) => symlink(target, place),
        Entry::File {
            bytes,
            executable,
            mtime,
        } => {
            let mode = if *executable { 0o755 } else { 0o644 };
            // A new file and never what a link leads to.
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(mode)
                .open(place)?;
            file.write_all(bytes)?;
            // The process's umask may have taken bits away.
            file.set_permissions(Permissions::from_mode(mode))?;
            // The package's time, so that a sysroot that is written again makes nothing look changed.
            let time = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(*mtime));
            time.map_or(Ok(()), |time| {
                file.set_times(FileTimes::new().set_modified(time))
            })
        }
    })
}

fn in_root(
    root: &Path,
    path: &str,
    act: impl FnOnce(&Path) -> io::Result<()>,
) -> Result<(), Error> {
    act(&root.join(path)).map_err(|source| Error::Disk {
        path: Path::new(path).to_owned(),
        source,
    })
}

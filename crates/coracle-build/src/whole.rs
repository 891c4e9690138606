//! Files that are there whole or not at all: written beside their place, and renamed into it.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::NamedTempFile;

/// What only its owner reads.
pub(crate) const PRIVATE: u32 = 0o600;
/// What others read, too.
pub(crate) const SHARED: u32 = 0o644;
/// What others start, too.
pub(crate) const PROGRAM: u32 = 0o755;

/// Writes a file with a mode, and the folders above it that are missing.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let folder = folder(path);
    fs::create_dir_all(folder)?;
    let file = stage(path, bytes, Permissions::from_mode(mode))?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Writes it beside its place, whose folder is there; it is gone again unless it is renamed.
pub(crate) fn stage(
    path: &Path,
    bytes: &[u8],
    permissions: Permissions,
) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(".coracle.")
        .tempfile_in(folder(path))?;
    file.write_all(bytes)?;
    file.as_file().set_permissions(permissions)?;
    Ok(file)
}

/// The folder of a path; of a name alone the current one.
fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    folder.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_mode_and_nothing_lies_beside_it() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("deeper/still/file");
        for (text, mode) in [("one", PRIVATE), ("two", SHARED), ("three", PROGRAM)] {
            write(&path, text.as_bytes(), mode).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
            let is = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(is & 0o7777, mode);
        }
        let count = fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(count, 1);
    }

    #[test]
    fn what_is_staged_and_not_renamed_is_gone_and_the_old_one_stays() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("file");
        write(&path, b"old", SHARED).unwrap();
        drop(stage(&path, b"new", Permissions::from_mode(SHARED)).unwrap());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_name_alone_lies_in_the_current_folder() {
        assert_eq!(folder(Path::new("file")), Path::new("."));
        assert_eq!(folder(Path::new("a/file")), Path::new("a"));
    }
}

//! Scripts that coracle writes for cargo and go to call: a folder of them, and how one calls a compiler cache.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why the scripts cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}", path.display())]
pub struct Error {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: std::io::Error,
}

/// A folder of scripts.
#[derive(Debug, Clone)]
pub(crate) struct Scripts(PathBuf);

impl Scripts {
    /// The folder, made where it is not there.
    pub(crate) fn open(folder: PathBuf) -> Result<Scripts, Error> {
        match fs::create_dir_all(&folder) {
            Ok(()) => Ok(Scripts(folder)),
            Err(source) => Err(Error {
                path: folder,
                source,
            }),
        }
    }

    /// Where one is.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a script whole, and only when it says something new: several coracles may build in one folder.
    pub(crate) fn put(&self, name: &str, text: &str) -> Result<PathBuf, Error> {
        let path = self.path(name);
        if fs::read_to_string(&path).is_ok_and(|there| there == text) {
            return Ok(path);
        }
        match self.write(name, text, &path) {
            Ok(()) => Ok(path),
            Err(source) => Err(Error { path, source }),
        }
    }

    fn write(&self, name: &str, text: &str, path: &Path) -> std::io::Result<()> {
        let beside = self.path(&format!(".{name}.{}", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        drop(file);
        fs::rename(&beside, path)
    }
}

/// Calls a compiler through sccache, and without it where sccache itself fails, which its exit code 2 says. Both are in a
/// shell's words.
pub(crate) fn through(sccache: &str, command: &str) -> String {
    format!(
        "{sccache} {command}\n\
         ended=$?\n\
         [ \"$ended\" -eq 2 ] || exit \"$ended\"\n\
         echo 'coracle: sccache failed: compiled without it' >&2\n\
         exec {command}\n"
    )
}

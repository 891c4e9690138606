//! A folder to build in that is ours: marked as a cache, so that backups skip it, and hidden from
//! git, so that building does not make the repository look changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::Error;

const MARKS: [(&str, &str); 2] = [
    (".gitignore", "*\n"),
    (
        "CACHEDIR.TAG",
        "Signature: 8a477f597d28d172789f06886806bc55\n# What coracle compiled. It can be deleted.\n",
    ),
];

/// Makes the folder, with its marks where they are missing.
///
/// # Errors
/// [`Error::Output`] when it cannot be written.
pub fn prepare(folder: &Path) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Output { path, source }
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    for (name, text) in MARKS {
        let path = folder.join(name);
        if !path.exists() {
            fs::write(&path, text).map_err(failed(&path))?;
        }
    }
    Ok(())
}

/// Writes a program whole, and only when it is another than the one there.
pub(super) fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if fs::read(path).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    let beside = path.with_extension(format!("{}.partial", std::process::id()));
    fs::write(&beside, bytes)?;
    fs::set_permissions(&beside, fs::Permissions::from_mode(0o755))?;
    fs::rename(&beside, path)
}

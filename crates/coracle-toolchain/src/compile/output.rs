//! A folder to build in that is ours: marked as a cache, so that backups skip it, and hidden from
//! git, so that building does not make the repository look changed.

use std::fs;
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
pub(super) fn prepare(folder: &Path) -> Result<(), Error> {
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

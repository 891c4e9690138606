//! The files on disk: read one by one or by folder, and written whole, all or none where the disk allows it.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Source};
use crate::whole;

/// A file with its new text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As it was.
    pub source: Source,
    /// What is to be in it.
    pub text: String,
}

/// Reads a file, or all YAML files of a folder, by name; with `is_recursive` those of its folders, too.
///
/// # Errors
/// When it is not there, cannot be read, or has none.
pub fn read(path: &Path, is_recursive: bool) -> Result<Vec<Source>, Error> {
    if !path.is_dir() {
        return Ok(vec![read_file(path)?]);
    }
    let mut paths = Vec::new();
    find(path, is_recursive, &mut paths)?;
    if paths.is_empty() {
        let path = path.to_owned();
        return Err(Error::Empty { path });
    }
    paths.iter().map(|path| read_file(path)).collect()
}

fn read_file(path: &Path) -> Result<Source, Error> {
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    Ok(Source {
        path: Some(path.to_owned()),
        text,
    })
}

fn find(folder: &Path, is_recursive: bool, paths: &mut Vec<PathBuf>) -> Result<(), Error> {
    let failed = |source| Error::Read {
        path: folder.to_owned(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(failed)?;
    let entries: Result<Vec<_>, _> = entries.collect();
    let mut entries = entries.map_err(failed)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, kind) = (entry.path(), entry.file_type().map_err(failed)?);
        if kind.is_dir() && is_recursive {
            find(&path, is_recursive, paths)?;
        } else if is_yaml(&path) && path.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}

fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("yaml" | "yml"))
}

/// Writes the files that changed: all are beside their places before the first is put there. A link stays one.
///
/// # Errors
/// [`Error::Write`], after which those that are named before it are written.
pub fn write(files: &[Written]) -> Result<(), Error> {
    let mut ready = Vec::new();
    for file in files {
        let Some(path) = &file.source.path else {
            continue;
        };
        if file.text == file.source.text {
            continue;
        }
        let failed = |source| Error::Write {
            path: path.clone(),
            source,
        };
        let target = fs::canonicalize(path).map_err(failed)?;
        ready.push((staged(&target, &file.text).map_err(failed)?, target));
    }
    for (staged, path) in ready {
        if let Err(error) = staged.persist(&path) {
            let source = error.error;
            return Err(Error::Write { path, source });
        }
    }
    Ok(())
}

/// Beside the file that it takes the place of, with the permissions of that one.
fn staged(path: &Path, text: &str) -> std::io::Result<tempfile::NamedTempFile> {
    let permissions = fs::metadata(path)?.permissions();
    whole::stage(path, text.as_bytes(), permissions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_its_yaml_files_by_name_and_those_below_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        for name in ["b.yml", "a.yaml", "c.json", "below/d.yaml"] {
            fs::write(folder.path().join(name), "x: 1\n").unwrap();
        }
        let names = |is_recursive| {
            let sources = read(folder.path(), is_recursive).unwrap().into_iter();
            let paths = sources.filter_map(|source| source.path);
            let short = paths.map(|path| path.strip_prefix(folder.path()).unwrap().to_owned());
            short.collect::<Vec<_>>()
        };
        assert_eq!(names(false), [Path::new("a.yaml"), Path::new("b.yml")]);
        assert_eq!(names(true).len(), 3);
        let none = tempfile::tempdir().unwrap();
        assert!(matches!(read(none.path(), true), Err(Error::Empty { .. })));
    }

    #[test]
    fn a_file_keeps_its_mode_and_its_link_and_one_that_is_the_same_is_not_touched() {
        use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
        let folder = tempfile::tempdir().unwrap();
        let [file, link, same] =
            ["file.yaml", "link.yaml", "same.yaml"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        fs::write(&same, "same").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        std::os::unix::fs::symlink("file.yaml", &link).unwrap();
        let before = fs::metadata(&same).unwrap().ino();
        let written = |path: &PathBuf, text: &str| Written {
            source: read_file(path).unwrap(),
            text: text.to_owned(),
        };
        write(&[written(&link, "new"), written(&same, "same")]).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(fs::metadata(&same).unwrap().ino(), before);
    }
}

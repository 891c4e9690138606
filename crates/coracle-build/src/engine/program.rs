//! This very program, with what it loads, so that it runs in any base image: its loader and libraries come along.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use coracle_binary::elf::ElfFacts;

use super::Error;

/// What it is called there.
const NAME: &str = "coracle";

/// Puts it into a folder, and returns the words that start it where that folder is at `place`.
pub(super) fn put(program: &Path, folder: &Path, place: &str) -> Result<Vec<String>, Error> {
    copy(program, &folder.join(NAME))?;
    let started = format!("{place}/{NAME}");
    let bytes = fs::read(program).map_err(|source| Error::Disk {
        path: program.to_owned(),
        source,
    })?;
    let facts = ElfFacts::read(&bytes).ok();
    let Some(loader) = facts.and_then(|facts| facts.interpreter) else {
        return Ok(vec![started]);
    };
    copy(Path::new(&loader), &folder.join("loader"))?;
    for library in loaded() {
        let soname = fs::read(&library).ok();
        let soname = soname.and_then(|bytes| ElfFacts::read(&bytes).ok()?.soname);
        let own = || {
            library
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        };
        if let Some(name) = soname.or_else(own) {
            copy(&library, &folder.join("lib").join(name))?;
        }
    }
    let libraries = format!("{place}/lib");
    let words = [
        &format!("{place}/loader"),
        "--library-path",
        &libraries,
        &started,
    ];
    Ok(words.map(str::to_owned).into())
}

/// The libraries that this process has loaded, as the kernel tells it.
fn loaded() -> BTreeSet<PathBuf> {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let paths = maps.lines().filter_map(|line| line.split_once('/'));
    let paths = paths.map(|(_, rest)| PathBuf::from(format!("/{rest}")));
    let is_library = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.contains(".so"))
    };
    paths.filter(is_library).collect()
}

/// With its time, by which a builder knows that it has it already.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Disk { path, source }
    };
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(failed(folder))?;
    }
    fs::copy(from, to).map_err(failed(to))?;
    let modified = fs::metadata(from).and_then(|metadata| metadata.modified());
    let modified = modified.map_err(failed(from))?;
    let copied = fs::File::options().write(true).open(to);
    let set = copied.and_then(|file| file.set_modified(modified));
    set.map_err(failed(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_started_with_its_own_loader_and_libraries() {
        let folder = tempfile::tempdir().unwrap();
        let own = std::env::current_exe().unwrap();
        let place = folder.path().display().to_string();
        let words = put(&own, folder.path(), &place).unwrap();
        assert_eq!(words.len(), 4, "{words:?}");
        assert!(folder.path().join("lib/libc.so.6").is_file());
        for word in [&words[0], &words[3]] {
            assert!(Path::new(word).is_file(), "{word}");
        }
        let both = [&own, &folder.path().join(NAME)];
        let [one, other] = both.map(|path| fs::metadata(path).unwrap().modified().unwrap());
        assert_eq!(one, other);
    }
}

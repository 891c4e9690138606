//! The lists of directories that musl searches: what an object brings, and the system's.

use super::load::Object;
use crate::start::User;
use crate::start::identity::MuslLoader;
use crate::start::object::View;
use crate::start::permissions::{Access, may};
use crate::start::tree::{NodeKind, PathError};

/// `PATH_MAX`: a loader that is deeper is taken to be at the root.
const PREFIX_LIMIT: usize = 4096;
/// The buffer that the program's own path must fit into.
pub(super) const BUFFER: usize = 512;

pub(super) const NO_SUCH_FILE: &str = "No such file or directory";
pub(super) const DENIED: &str = "Permission denied";

/// What musl calls the error.
pub(super) fn words(error: &PathError) -> &'static str {
    match error {
        PathError::Missing(_) => NO_SUCH_FILE,
        PathError::NotADirectory(_) => "Not a directory",
        PathError::Denied(_) => DENIED,
        PathError::Loop => "Symbolic link loop",
        PathError::TooLong => "Filename too long",
    }
}

/// Between directories. An empty one is none, other than in glibc's lists.
const SEPARATORS: [char; 2] = [':', '\n'];

/// The directories of a list.
pub(super) fn directories(list: &str) -> impl Iterator<Item = &str> {
    list.split(SEPARATORS).filter(|text| !text.is_empty())
}

/// What an object's RUNPATH, else its RPATH, comes to; `None` when it brings none that counts (`fixup_rpath`).
///
/// `secure`: the kernel sets AT_SECURE.
pub(super) fn of_object(object: &Object, is_program: bool, secure: bool) -> Option<String> {
    let facts = &object.facts;
    let list = facts.runpath.as_deref().or(facts.rpath.as_deref())?;
    if !list.contains('$') {
        return Some(list.to_owned());
    }
    let known = |rest: &str| rest.starts_with("ORIGIN") || rest.starts_with("{ORIGIN}");
    if !list.split('$').skip(1).all(known) {
        return None;
    }
    let name = if is_program {
        &object.file
    } else {
        &object.path
    };
    if is_program && (secure || name.len() >= BUFFER) {
        return None;
    }
    let origin = name.rsplit_once('/').map_or(".", |(origin, _)| origin);
    // A file right below the root has an empty origin.
    if secure && !name.starts_with('/') {
        return None;
    }
    Some(list.replace("${ORIGIN}", origin).replace("$ORIGIN", origin))
}

/// The system's directories, and what tells them.
pub(super) struct SystemPath {
    pub(super) list: String,
    /// The path file, or the loader itself.
    pub(super) source: String,
    /// The path file, whether it is there or not.
    pub(super) file: String,
    /// Why nothing is searched.
    pub(super) barred: Option<Barred>,
}

/// Why no system directory is searched.
pub(super) struct Barred {
    /// The words of the error number that is left behind.
    pub(super) said: &'static str,
    pub(super) why: String,
}

/// The path file's content, else what is built into the loader.
pub(super) fn of_system(
    view: &View<'_>,
    user: &User,
    working_directory: &str,
    loader: &MuslLoader,
    interpreter: &str,
) -> SystemPath {
    let file = format!("{}{}", prefix(interpreter), loader.path_file);
    let barred = |said| SystemPath {
        list: String::new(),
        source: file.clone(),
        file: file.clone(),
        barred: Some(Barred {
            said,
            why: format!("{file} cannot be read, so that no system directory is searched"),
        }),
    };
    let found = match view.resolve(user, working_directory, &file) {
        Ok(found) => found,
        Err(PathError::Missing(_)) => {
            return SystemPath {
                list: loader.default_path.clone(),
                source: "the loader's own path".to_owned(),
                file,
                barred: None,
            };
        }
        Err(error) => return barred(words(&error)),
    };
    if !may(user, &found.node, Access::Read) {
        return barred(DENIED);
    }
    if !matches!(found.node.kind, NodeKind::File { .. }) {
        return barred("Is a directory");
    }
    let content = view.content(&found.path);
    let text = content.split(|byte| *byte == 0).next().unwrap_or_default();
    let list = String::from_utf8_lossy(text).into_owned();
    let none = directories(&list).next().is_none();
    SystemPath {
        barred: none.then(|| Barred {
            said: "No error information",
            why: format!("{file} names no directory, so that no system directory is searched"),
        }),
        list,
        source: file.clone(),
        file,
    }
}

/// What is before the last two names of the interpreter's path.
fn prefix(interpreter: &str) -> &str {
    if !interpreter.starts_with('/') {
        return "";
    }
    let parent = interpreter
        .rsplit_once('/')
        .map_or("", |(parent, _)| parent);
    let prefix = parent.rsplit_once('/').map_or("", |(prefix, _)| prefix);
    if prefix.len() < PREFIX_LIMIT {
        prefix
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::{directories, prefix};

    #[test]
    fn the_path_file_is_beside_the_loaders_folder() {
        let check =
            |interpreter, expected| assert_eq!(prefix(interpreter), expected, "{interpreter}");
        check("/lib/ld-musl-x86_64.so.1", "");
        check("/usr/local/musl/lib/ld-musl-x86_64.so.1", "/usr/local/musl");
        check("/ld-musl-x86_64.so.1", "");
        check("lib/ld-musl-x86_64.so.1", "");
        check("//lib/ld-musl-x86_64.so.1", "/");
    }

    #[test]
    fn empty_directories_are_none() {
        let all: Vec<&str> = directories(":/a::/b\n\n/c /d\n").collect();
        assert_eq!(all, ["/a", "/b", "/c /d"]);
        assert_eq!(directories("").count(), 0);
    }
}

//! What policies say of files.

use super::{File, FileKind, Policy, Subject, Violation};

const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const GROUP_EXECUTE: u32 = 0o010;
const OTHERS_WRITE: u32 = 0o002;
/// So many paths are named; of more it is said how many.
const NAMED: usize = 5;

/// `forbid-files` and `require-files`: a path, or with a slash at its end a folder and all that is in it.
pub(super) fn listed(policy: &Policy, subject: &Subject<'_>) -> Vec<Violation> {
    let first = |written: &str| {
        let path = (subject.real)(written.trim_matches('/'));
        let is_meant = |file: &&File<'_>| match file.path.strip_prefix(path.as_str()) {
            Some(rest) if written.ends_with('/') => path.is_empty() || rest.starts_with('/'),
            rest => rest == Some(""),
        };
        subject.files.iter().find(is_meant)
    };
    let forbidden = policy.forbid_files.iter().filter_map(|written| {
        let file = first(written)?;
        Some(Violation {
            key: "forbid-files",
            text: match written.ends_with('/') {
                true => format!(
                    "/{} is in the image, expected nothing in {written}",
                    file.path
                ),
                false => format!("{written} is in the image"),
            },
        })
    });
    let missing = policy.require_files.iter();
    let missing = missing.filter(|written| first(written).is_none());
    let missing = missing.map(|written| Violation {
        key: "require-files",
        text: match written.ends_with('/') {
            true => format!("nothing is in {written} of the image"),
            false => format!("{written} is not in the image"),
        },
    });
    forbidden.chain(missing).collect()
}

/// Programs that run as somebody else than who starts them.
pub(super) fn setuid(subject: &Subject<'_>) -> Option<String> {
    let is_it = |file: &File<'_>| {
        file.kind == FileKind::Regular
            && (file.mode & SETUID != 0
                || file.mode & SETGID != 0 && file.mode & GROUP_EXECUTE != 0)
    };
    told(subject, is_it, "set-user-ID or set-group-ID programs")
}

/// What anybody may change: files, and folders without the sticky bit.
pub(super) fn world_writable(subject: &Subject<'_>) -> Option<String> {
    let is_it = |file: &File<'_>| {
        file.mode & OTHERS_WRITE != 0
            && match file.kind {
                FileKind::Regular => true,
                FileKind::Folder => file.mode & STICKY == 0,
                FileKind::Other => false,
            }
    };
    told(subject, is_it, "files or folders that every user may write")
}

fn told(subject: &Subject<'_>, is_it: impl Fn(&File<'_>) -> bool, what: &str) -> Option<String> {
    let found = subject.files.iter().filter(|file| is_it(file));
    let paths: Vec<String> = found.map(|file| format!("/{}", file.path)).collect();
    (!paths.is_empty()).then(|| format!("{} {what}: {}", paths.len(), some(&paths)))
}

/// The first of some paths, and how many there are besides.
pub(super) fn some(paths: &[String]) -> String {
    let named = paths.get(..NAMED).unwrap_or(paths).join(", ");
    match paths.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

//! Paths of a package: safe, relative, and with the folders of an unmerged /usr moved into it.
//!
//! bookworm's packages ship `lib/x86_64-linux-gnu/libc.so.6` and rely on `lib -> usr/lib` being
//! there. A layer that held `lib` as a directory would replace that link, so the path is moved. A
//! trixie package ships `usr/lib/…`, and its base-files ships the links themselves: those stay.

use super::Error;

/// The top-level folders that a merged-/usr system has as links (`lib32` and its like: base-files'
/// and libc's other-ABI packages).
const MOVED: [&str; 7] = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"];

/// A member's name made relative and safe, not yet moved: `./lib/x` is `lib/x`, `./` is empty.
pub(super) fn relative(name: &[u8]) -> Result<String, Error> {
    let lossy = || String::from_utf8_lossy(name).into_owned();
    let text = std::str::from_utf8(name).map_err(|_| Error::Path {
        path: lossy(),
        problem: "it is not UTF-8",
    })?;
    let refuse = |problem| Error::Path {
        path: lossy(),
        problem,
    };
    if text.starts_with('/') {
        return Err(refuse("it is absolute"));
    }
    if text.contains('\0') {
        return Err(refuse("it has a zero byte"));
    }
    let mut parts = Vec::new();
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => return Err(refuse("it climbs out with ..")),
            part => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

/// Where a path is on a merged-/usr system. A link that *is* one of the moved folders stays.
pub(crate) fn merged(path: &str, is_symlink: bool) -> String {
    let (top, below) = path
        .split_once('/')
        .map_or((path, None), |(top, below)| (top, Some(below)));
    let stays = !MOVED.contains(&top) || (is_symlink && below.is_none());
    if stays {
        path.to_owned()
    } else {
        format!("usr/{path}")
    }
}

/// A link's target, for a link shipped at `from` and now at `to`. Absolute targets and those that
/// stay below the moved folder are right as they are; one that climbs to the root gets its way anew.
pub(super) fn target(target: &str, from: &str, to: &str) -> String {
    if from == to || target.starts_with('/') {
        return target.to_owned();
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    let mut lowest = parts.len();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
                lowest = lowest.min(parts.len());
            }
            part => parts.push(part),
        }
    }
    if lowest > 0 {
        return target.to_owned();
    }
    let meant = merged(&parts.join("/"), false);
    let climbs = to.matches('/').count();
    format!("{}{meant}", "../".repeat(climbs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_package_are_refused() {
        for name in ["/etc/passwd", "../x", "./a/../../x", "a/..", "a\0b"] {
            assert!(relative(name.as_bytes()).is_err(), "{name:?}");
        }
        assert!(relative(b"\xff").is_err());
        assert_eq!(relative(b"./usr//lib/./x/").unwrap(), "usr/lib/x");
        assert_eq!(relative(b"./").unwrap(), "");
    }

    #[test]
    fn folders_of_an_unmerged_usr_move_and_the_links_stay() {
        assert_eq!(
            merged("lib/x86_64-linux-gnu/libc.so.6", false),
            "usr/lib/x86_64-linux-gnu/libc.so.6"
        );
        assert_eq!(
            merged("lib64/ld-linux-x86-64.so.2", true),
            "usr/lib64/ld-linux-x86-64.so.2"
        );
        assert_eq!(merged("lib", false), "usr/lib");
        assert_eq!(merged("lib", true), "lib");
        assert_eq!(merged("library/x", false), "library/x");
        assert_eq!(merged("usr/lib/x", false), "usr/lib/x");
    }

    #[test]
    fn links_lead_where_they_led() {
        let moved = |link: &str, from: &str| target(link, from, &merged(from, true));
        assert_eq!(moved("libz.so.1.2.13", "lib/x/libz.so.1"), "libz.so.1.2.13");
        assert_eq!(moved("../y/libz.so", "lib/x/libz.so"), "../y/libz.so");
        assert_eq!(moved("/lib/x/ld.so", "lib64/ld.so"), "/lib/x/ld.so");
        assert_eq!(
            moved("../lib/x/ld.so", "lib64/ld.so"),
            "../../usr/lib/x/ld.so"
        );
        assert_eq!(moved("../../etc/conf", "lib/x/conf"), "../../../etc/conf");
        assert_eq!(moved("../../lib/x", "usr/share/x"), "../../lib/x");
    }
}

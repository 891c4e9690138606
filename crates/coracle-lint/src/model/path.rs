//! Paths from the top of the repository, put together as builders do. Nothing is looked up on a disk.

use super::build::Known;

/// A path written in a file of this folder; nothing where it leaves the repository, or is none of it (an address, a name in
/// another machine's root).
pub fn joined(folder: &str, written: &str) -> Option<String> {
    if written.starts_with(['/', '~', '$'])
        || written.contains("://")
        || written.starts_with("git@")
    {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(written.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Behind the last `/`.
pub fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The same, with the reason where there is none.
pub(super) fn within(folder: &str, written: &str) -> Known<String> {
    joined(folder, written).ok_or_else(|| format!("{written} is not in the repository"))
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_stay_in_the_repository_or_are_none() {
        let check = |folder: &str, written: &str, expected: Option<&str>| {
            assert_eq!(
                joined(folder, written).as_deref(),
                expected,
                "{folder} {written}"
            );
        };
        check("", ".", Some(""));
        check("deploy", "../api/./Dockerfile", Some("api/Dockerfile"));
        check("deploy", "Dockerfile", Some("deploy/Dockerfile"));
        check("", "..", None);
        check("", "/srv/api", None);
        check("", "https://github.com/acme/api.git", None);
        check("", "git@github.com:acme/api.git", None);
    }
}

//! The shortest form of a path, as Go's `filepath.Clean` has it: no doubled slashes, no `.`, no `..` that can be resolved.

/// Cleans a path; an empty one is `.`.
pub(super) fn clean(path: &str) -> String {
    let is_absolute = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match kept.last() {
                Some(&last) if last != ".." => {
                    kept.pop();
                }
                _ if is_absolute => {}
                _ => kept.push(".."),
            },
            part => kept.push(part),
        }
    }
    let joined = kept.join("/");
    match (is_absolute, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_as_go_cleans_them() {
        for (path, expected) in [
            ("", "."),
            ("a//b/./c/", "a/b/c"),
            ("a/../b", "b"),
            ("../a/..", ".."),
            ("/../a", "/a"),
            ("//", "/"),
            ("./.", "."),
            ("a/..", "."),
        ] {
            assert_eq!(clean(path), expected, "{path}");
        }
    }
}

//! The part of the service rule that goes by folders: what is for people who work on the
//! repository, not for those who run it.

use std::path::{Component, Path};

/// Folders whose programs are no services, wherever they are.
const FOLDERS: &[&str] = &[
    "examples", "hack", "scripts", "testdata", "tests", "tools", "xtask",
];

/// The name of the folder that keeps the relative path `path` out of the services, and the path to
/// it: `internal/tools` is matched by `tools`, and named so that the reason reads as the rule does.
pub(super) fn excluded(path: &Path) -> Option<(String, std::path::PathBuf)> {
    let mut reached = std::path::PathBuf::new();
    let mut before = None;
    for component in path.components() {
        reached.push(component);
        let Component::Normal(name) = component else {
            continue;
        };
        let name = name.to_string_lossy();
        if FOLDERS.contains(&name.as_ref()) {
            let internal = name == "tools" && before.as_deref() == Some("internal");
            let name = if internal {
                "internal/tools".to_owned()
            } else {
                name.into_owned()
            };
            return Some((name, reached));
        }
        before = Some(name.into_owned());
    }
    None
}

/// The reason to show for a program under such a folder.
pub(super) fn reason(path: &Path) -> Option<String> {
    excluded(path).map(|(name, _)| format!("in a folder called `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_for_developers_are_kept_out_at_any_depth() {
        let named = |path: &str| excluded(Path::new(path)).map(|(name, _)| name);
        assert_eq!(named("cmd/worker"), None);
        assert_eq!(named("toolshed/main"), None);
        assert_eq!(named("xtask").as_deref(), Some("xtask"));
        assert_eq!(
            named("a/internal/tools/gen").as_deref(),
            Some("internal/tools")
        );
        assert_eq!(named("a/tools/gen").as_deref(), Some("tools"));
        assert_eq!(named("../scripts/x").as_deref(), Some("scripts"));
    }

    #[test]
    fn the_outermost_such_folder_is_the_one_that_is_named() {
        let (name, folder) = excluded(Path::new("a/examples/b/tests")).unwrap();
        assert_eq!(
            (name.as_str(), folder.as_path()),
            ("examples", Path::new("a/examples"))
        );
    }
}

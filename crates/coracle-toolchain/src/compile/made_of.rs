//! What a program was made of, read from what cargo leaves beside it: the files of the repository, by its dep-info.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a program was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeOf {
    /// Files of the program's own packages and of those that are in no registry, sorted; what is written while compiling is
    /// none. Absolute.
    pub sources: Vec<PathBuf>,
    /// Crates, or modules of Go, with their versions: `serde 1.0.219`. Sorted.
    pub packages: Vec<String>,
    /// What the user's own configuration of cargo or go says that changes what is compiled.
    pub settings: Vec<Setting>,
}

/// One thing that cargo or go was told by their own configuration. It may be a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The file that says it; where there is none, the environment does, or what go keeps for itself.
    pub file: Option<PathBuf>,
    /// `build.rustflags`, `GOFLAGS`.
    pub name: String,
    /// What it says.
    pub value: String,
}

/// The files that cargo says a program was made of (`target/…/release/NAME.d`), without those below `written`. None where it
/// says nothing. Paths are relative only where the user says so (`build.dep-info-basedir`), mostly to the workspace.
pub(super) fn sources(executable: &Path, written: &Path, workspace: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(executable.with_extension("d")).unwrap_or_default();
    let named = prerequisites(&text).into_iter();
    let mut sources: Vec<PathBuf> = named.map(|path| workspace.join(path)).collect();
    sources.retain(|path| !path.starts_with(written));
    sources.sort();
    sources.dedup();
    sources
}

/// What is after the colon of the first rule: paths with a space between, one within a path behind a backslash.
fn prerequisites(text: &str) -> Vec<PathBuf> {
    let rule = text.lines().find_map(|line| line.split_once(": "));
    let mut paths = vec![String::new()];
    let mut characters = rule.map_or("", |(_, paths)| paths).chars().peekable();
    while let Some(character) = characters.next() {
        match (character, paths.last_mut()) {
            (' ', _) => paths.push(String::new()),
            ('\\', Some(path)) if characters.peek() == Some(&' ') => {
                path.extend(characters.next());
            }
            (other, Some(path)) => path.push(other),
            (_, None) => {}
        }
    }
    let named = paths.into_iter().filter(|path| !path.is_empty());
    named.map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_a_program_are_those_of_its_rule_but_for_what_the_build_wrote() {
        let folder = tempfile::tempdir().unwrap();
        let text = "/w/target/coracle/x/release/api: /w/my\\ api/src/main.rs /w/api/src/a.rs /w/target/coracle/x/out/b.rs \
                    /w/api/src/a.rs relative.rs\n\n/w/api/src/a.rs:\n";
        std::fs::write(folder.path().join("api.d"), text).unwrap();
        let found = |program: &str| {
            sources(
                &folder.path().join(program),
                Path::new("/w/target/coracle"),
                Path::new("/w"),
            )
        };
        let expected =
            ["/w/api/src/a.rs", "/w/my api/src/main.rs", "/w/relative.rs"].map(PathBuf::from);
        assert_eq!(found("api"), expected);
        assert_eq!(found("worker"), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_rule_without_files_has_none() {
        for text in ["", "/w/api:", "/w/api: ", "nothing"] {
            assert_eq!(prerequisites(text), Vec::<PathBuf>::new(), "{text}");
        }
    }
}

//! Reads of cargo's configuration files what cargo does not tell: `build.rustflags`, and whether it
//! is in force; and, for records, what changes a compile. Everything else is left to cargo, errors in the files included.
//!
//! Files are looked for as cargo does: `.cargo/config.toml` in the folder and in all above it, then
//! in cargo's home; lists of several files are joined, those of the nearer file last; a file's
//! `include`s come before it. See <https://doc.rust-lang.org/cargo/reference/config.html>.

mod entries;

use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_platform::{Cfg, CfgExpr};
use toml::{Table, Value};

pub(super) use self::entries::entries;
use super::Target;
use crate::toolchain::Toolchain;

/// How deep files may include each other: more is a circle, which cargo refuses.
const DEEPEST: usize = 16;

/// The user's `build.rustflags` for a target, in a folder; empty when flags of the target win over
/// them. `conditions` gives what holds for the target (`rustc --print cfg`), asked only when needed.
pub(super) fn build_rustflags<E>(
    folder: &Path,
    triple: &str,
    toolchain: &Toolchain,
    conditions: impl FnOnce() -> Result<Vec<Cfg>, E>,
) -> Result<Vec<String>, E> {
    let tables = tables(folder, toolchain);
    let mut flags = of_build(&tables);
    let variable = |name: &str| {
        toolchain
            .cargo_variables
            .get(name)
            .map(|value| words(&value.to_string_lossy()))
    };
    flags.extend(variable("CARGO_BUILD_RUSTFLAGS").unwrap_or_default());
    let of_target = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        triple.to_uppercase().replace(['-', '.'], "_")
    );
    if flags.is_empty() || variable(&of_target).is_some_and(|flags| !flags.is_empty()) {
        return Ok(Vec::new());
    }
    Ok(match has_flags_of_target(&tables, triple, conditions)? {
        true => Vec::new(),
        false => flags,
    })
}

/// `build.rustflags` for a target, as the files of a repository have it: what variables and the home folder add is of one
/// machine. Empty when flags of the target win over them.
pub fn rustflags_of_repository(root: &Path, folder: &Path, target: Target) -> Vec<String> {
    let files = files(folder, &Toolchain::default());
    let inside = files.into_iter().filter(|(file, _)| file.starts_with(root));
    let tables: Vec<Table> = inside.map(|(_, table)| table).collect();
    let triple = target.rust_triple(false);
    let conditions = || {
        let name = match target {
            Target::LinuxArmV7 => "arm",
            Target::LinuxAmd64 | Target::LinuxArm64 => target.rust_architecture(),
        };
        let architecture = format!("target_arch={name:?}");
        let known = [
            architecture.as_str(),
            "unix",
            "target_env=\"gnu\"",
            "target_family=\"unix\"",
            "target_os=\"linux\"",
        ];
        let known = known.into_iter().filter_map(|text| text.parse().ok());
        Ok::<_, Infallible>(known.collect())
    };
    let Ok(wins) = has_flags_of_target(&tables, &triple, conditions);
    match wins {
        true => Vec::new(),
        false => of_build(&tables),
    }
}

/// What the files have under `build`, those that win last.
fn of_build(tables: &[Table]) -> Vec<String> {
    let mut flags = Vec::new();
    for table in tables {
        match table.get("build").and_then(|build| build.get("rustflags")) {
            Some(Value::Array(list)) => {
                flags.extend(list.iter().filter_map(Value::as_str).map(str::to_owned))
            }
            Some(Value::String(text)) => flags = words(text),
            _ => {}
        }
    }
    flags
}

/// Whether the files have flags of the target, by its name or by what holds for it.
fn has_flags_of_target<E>(
    tables: &[Table],
    triple: &str,
    conditions: impl FnOnce() -> Result<Vec<Cfg>, E>,
) -> Result<bool, E> {
    let keys: Vec<&str> = tables.iter().flat_map(keys_with_flags).collect();
    if keys.contains(&triple) {
        return Ok(true);
    }
    let mut expressions = keys
        .into_iter()
        .filter(|key| key.starts_with("cfg("))
        .peekable();
    if expressions.peek().is_none() {
        return Ok(false);
    }
    let conditions = conditions()?;
    Ok(expressions.any(|expression| CfgExpr::matches_key(expression, &conditions)))
}

/// Whether the user names a linker for a target, in a variable or in a configuration file.
pub(super) fn has_linker(folder: &Path, triple: &str, toolchain: &Toolchain) -> bool {
    let target = triple.to_uppercase().replace(['-', '.'], "_");
    let variable = format!("CARGO_TARGET_{target}_LINKER");
    let in_file = |table: &Table| {
        let targets = table.get("target").and_then(Value::as_table);
        let mut targets = targets.into_iter().flatten();
        targets.any(|(key, settings)| {
            (key == triple || key.starts_with("cfg(")) && settings.get("linker").is_some()
        })
    };
    toolchain.cargo_variables.contains_key(&variable)
        || tables(folder, toolchain).iter().any(in_file)
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

/// The keys under `target` that have flags.
fn keys_with_flags(table: &Table) -> impl Iterator<Item = &str> {
    let targets = table
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten();
    let with_flags = targets.filter(|(_, settings)| match settings.get("rustflags") {
        Some(Value::Array(list)) => !list.is_empty(),
        Some(Value::String(text)) => !text.trim().is_empty(),
        _ => false,
    });
    with_flags.map(|(key, _)| key.as_str())
}

/// The files' tables, those that win last.
fn tables(folder: &Path, toolchain: &Toolchain) -> Vec<Table> {
    let files = files(folder, toolchain).into_iter();
    files.map(|(_, table)| table).collect()
}

/// The files with their tables, those that win last.
pub(super) fn files(folder: &Path, toolchain: &Toolchain) -> Vec<(PathBuf, Table)> {
    let mut folders: Vec<PathBuf> = folder
        .ancestors()
        .map(|folder| folder.join(".cargo"))
        .collect();
    folders.extend(
        toolchain
            .cargo_home
            .iter()
            .filter(|home| !folders.contains(home))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let mut files = Vec::new();
    for folder in folders.into_iter().rev() {
        // Where both are there, cargo takes the one of the old name.
        let file = ["config", "config.toml"]
            .map(|name| folder.join(name))
            .into_iter()
            .find(|file| file.is_file());
        if let Some(file) = file {
            read(&file, DEEPEST, &mut files);
        }
    }
    files
}

fn read(file: &Path, deepest: usize, files: &mut Vec<(PathBuf, Table)>) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let Ok(table) = text.parse::<Table>() else {
        return;
    };
    if let (Some(deepest), Some(folder)) = (deepest.checked_sub(1), file.parent()) {
        for included in includes(&table) {
            read(&folder.join(included), deepest, files);
        }
    }
    files.push((file.to_owned(), table));
}

/// `include = "a.toml"`, `["a.toml"]` or `[{ path = "a.toml" }]`.
fn includes(table: &Table) -> Vec<&str> {
    match table.get("include") {
        Some(Value::Array(list)) => list.iter().filter_map(included).collect(),
        Some(value) => included(value).into_iter().collect(),
        None => Vec::new(),
    }
}

fn included(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("path")?.as_str())
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    const TRIPLE: &str = "x86_64-unknown-linux-gnu";

    /// Files under a folder; flags are asked for in its `a/b`, cargo's home is its `home`.
    fn flags(files: &[(&str, &str)], variables: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let toolchain = Toolchain {
            cargo_home: Some(folder.path().join("home")),
            cargo_variables: variables
                .iter()
                .map(|(key, value)| ((*key).to_owned(), value.into()))
                .collect(),
            ..Toolchain::default()
        };
        let conditions = || {
            Ok::<_, ()>(vec![
                Cfg::from_str("unix").unwrap(),
                Cfg::from_str("target_os=\"linux\"").unwrap(),
            ])
        };
        build_rustflags(&folder.path().join("a/b"), TRIPLE, &toolchain, conditions).unwrap()
    }

    #[test]
    fn lists_are_joined_from_far_to_near() {
        let files = [
            ("home/config.toml", "build.rustflags = ['home']"),
            ("a/.cargo/config.toml", "build.rustflags = ['a']"),
            ("a/b/.cargo/config.toml", "build.rustflags = ['b']"),
        ];
        assert_eq!(flags(&files, &[]), ["home", "a", "b"]);
        assert_eq!(
            flags(&files, &[("CARGO_BUILD_RUSTFLAGS", "v w")]),
            ["home", "a", "b", "v", "w"]
        );
    }

    #[test]
    fn of_strings_the_nearest_wins() {
        let files = [
            ("home/config.toml", "build.rustflags = '-A x'"),
            ("a/.cargo/config", "build.rustflags = '-B  y'"),
        ];
        assert_eq!(flags(&files, &[]), ["-B", "y"]);
    }

    #[test]
    fn included_files_come_before_the_file() {
        let files = [
            (
                "a/b/.cargo/config.toml",
                "include = ['more.toml', { path = 'gone.toml', optional = true }]\nbuild.rustflags = ['b']",
            ),
            (
                "a/b/.cargo/more.toml",
                "include = 'config.toml'\nbuild.rustflags = ['more']",
            ),
        ];
        assert_eq!(flags(&files, &[]).last().unwrap(), "b");
        assert!(flags(&files, &[]).contains(&"more".to_owned()));
    }

    #[test]
    fn flags_of_the_target_switch_them_off() {
        let build = ("home/config.toml", "build.rustflags = ['home']");
        let off = |text: &str| flags(&[build, ("a/.cargo/config.toml", text)], &[]).is_empty();
        assert!(off("target.x86_64-unknown-linux-gnu.rustflags = '-A'"));
        assert!(off("target.'cfg(unix)'.rustflags = ['-A']"));
        assert!(off(
            "target.'cfg(all(unix, target_os = \"linux\"))'.rustflags = ['-A']"
        ));
        assert!(!off("target.'cfg(windows)'.rustflags = ['-A']"));
        assert!(!off("target.'cfg(unix)'.rustflags = []"));
        assert!(!off("target.aarch64-unknown-linux-gnu.rustflags = ['-A']"));
        assert!(!off("this is not toml"));
        assert!(
            flags(
                &[build],
                &[("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS", "-A")]
            )
            .is_empty()
        );
    }

    #[test]
    fn of_a_repository_only_its_own_files_count() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("a");
        let of = |text: &str, target| {
            for (folder, text) in [(folder.path(), "build.rustflags = ['far']"), (&root, text)] {
                let folder = folder.join(".cargo");
                fs::create_dir_all(&folder).unwrap();
                fs::write(folder.join("config.toml"), text).unwrap();
            }
            rustflags_of_repository(&root, &root.join("b"), target)
        };
        let build = "build.rustflags = ['-A', 'near']\n";
        assert_eq!(of(build, Target::LinuxArm64), ["-A", "near"]);
        let arm =
            format!("{build}target.'cfg(all(unix, target_arch = \"arm\"))'.rustflags = ['-B']");
        assert_eq!(of(&arm, Target::LinuxArm64), ["-A", "near"]);
        assert_eq!(of(&arm, Target::LinuxArmV7), [""; 0]);
    }
}

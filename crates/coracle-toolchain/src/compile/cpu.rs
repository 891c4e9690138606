//! The flags for rustc that say for which CPUs a program is compiled (`target-cpu`, `target-feature`), and where each
//! was found. `native` is refused: what is compiled for the CPU of this machine need not run on another.
//!
//! Flags come from the first of cargo's four places that has some, see [`super::rustflags`]; nothing of ours is among
//! them.

use std::collections::BTreeMap;
use std::path::Path;

use cargo_platform::{Cfg, CfgExpr};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::rustflags::SEPARATOR;
use super::{CompileRequest, Error, configuration};
use crate::project::RustProgram;
use crate::toolchain::Toolchain;

/// A flag for rustc that names a CPU or instructions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CpuFlag {
    /// As it can be written: `-C target-cpu=x86-64-v3`, `-C target-feature=+avx2`.
    pub flag: String,
    /// The CPU's name, or that of the instructions.
    pub name: String,
    /// Whether it is a CPU's name.
    pub is_cpu: bool,
    /// Where it was found: `RUSTFLAGS`, a configuration file and its key.
    pub origin: String,
}

/// One word of the flags and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    text: String,
    origin: String,
}

/// The flags of that kind that are in force for a program.
pub(super) fn of(
    request: &CompileRequest,
    program: &RustProgram,
    (triple, toolchain): (&str, &Toolchain),
    conditions: impl FnOnce() -> Result<Vec<Cfg>, Error>,
) -> Result<Vec<CpuFlag>, Error> {
    let given = &request.environment;
    let words = match from_variables(given, toolchain) {
        Some(words) => words,
        None => from_files(&program.workspace_root, triple, toolchain, conditions)?,
    };
    let flags = flags(&words);
    match flags
        .iter()
        .find(|flag| flag.is_cpu && flag.name == "native")
    {
        None => Ok(flags),
        Some(CpuFlag { flag, origin, .. }) => Err(Error::NativeCpu {
            program: request.program.name.clone(),
            flag: flag.clone(),
            origin: origin.clone(),
        }),
    }
}

/// Places 1 and 2. What the run gives as a variable comes over what it inherits, where that is the same variable.
fn from_variables(given: &BTreeMap<String, String>, toolchain: &Toolchain) -> Option<Vec<Word>> {
    const ENCODED: &str = "CARGO_ENCODED_RUSTFLAGS";
    const PLAIN: &str = "RUSTFLAGS";
    let inherited = |value: &Option<std::ffi::OsString>| {
        value
            .as_ref()
            .map(|value| value.to_string_lossy().into_owned())
    };
    let encoded = given
        .get(ENCODED)
        .cloned()
        .or_else(|| inherited(&toolchain.encoded_rustflags));
    let word = |text: &str, origin: &str| Word {
        text: text.to_owned(),
        origin: origin.to_owned(),
    };
    if let Some(flags) = encoded {
        return Some(
            flags
                .split(SEPARATOR)
                .map(|text| word(text, ENCODED))
                .collect(),
        );
    }
    let plain = inherited(&toolchain.rustflags).or_else(|| given.get(PLAIN).cloned())?;
    Some(
        plain
            .split_whitespace()
            .map(|text| word(text, PLAIN))
            .collect(),
    )
}

/// Places 3 and 4.
fn from_files(
    folder: &Path,
    triple: &str,
    toolchain: &Toolchain,
    conditions: impl FnOnce() -> Result<Vec<Cfg>, Error>,
) -> Result<Vec<Word>, Error> {
    let files = configuration::files(folder, toolchain);
    let keys: Vec<&str> = files.iter().flat_map(|(_, table)| keys(table)).collect();
    let has_conditions = keys.iter().any(|key| key.starts_with("cfg("));
    let holding = if has_conditions {
        conditions()?
    } else {
        Vec::new()
    };
    let mut in_force: Vec<&str> = keys
        .into_iter()
        .filter(|key| *key == triple || CfgExpr::matches_key(key, &holding))
        .collect();
    in_force.sort_unstable();
    in_force.dedup();
    let mut words = Vec::new();
    for key in in_force {
        let path = ["target", key, "rustflags"];
        let shown = format!("target.{key}.rustflags");
        words.extend(joined(&files, &path, &shown));
    }
    let of_target = format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        triple.to_uppercase().replace(['-', '.'], "_")
    );
    words.extend(of_variable(&of_target, toolchain));
    if words.is_empty() {
        words = joined(&files, &["build", "rustflags"], "build.rustflags");
        words.extend(of_variable("CARGO_BUILD_RUSTFLAGS", toolchain));
    }
    Ok(words)
}

/// The keys under `target`.
fn keys(table: &Table) -> impl Iterator<Item = &str> {
    let targets = table.get("target").and_then(Value::as_table);
    targets.into_iter().flatten().map(|(key, _)| key.as_str())
}

/// The flags under one key of several files: lists are joined, of strings the nearest file's wins.
fn joined(files: &[(std::path::PathBuf, Table)], path: &[&str], shown: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    for (file, table) in files {
        let origin = format!("{shown} of {}", file.display());
        let word = |text: &str| Word {
            text: text.to_owned(),
            origin: origin.clone(),
        };
        let (first, rest) = match path {
            [first, rest @ ..] => (table.get(*first), rest),
            [] => (None, path),
        };
        let value = rest.iter().fold(first, |value, key| value?.get(key));
        match value {
            Some(Value::Array(list)) => {
                words.extend(list.iter().filter_map(Value::as_str).map(word))
            }
            Some(Value::String(text)) => words = text.split_whitespace().map(word).collect(),
            _ => {}
        }
    }
    words
}

fn of_variable(name: &str, toolchain: &Toolchain) -> Vec<Word> {
    let value = toolchain
        .cargo_variables
        .get(name)
        .map(|value| value.to_string_lossy());
    let words = value.iter().flat_map(|value| value.split_whitespace());
    words
        .map(|text| Word {
            text: text.to_owned(),
            origin: name.to_owned(),
        })
        .collect()
}

/// The last CPU that is named, and the instructions that are switched on and not off again.
fn flags(words: &[Word]) -> Vec<CpuFlag> {
    let mut cpu = None;
    let mut features: BTreeMap<String, CpuFlag> = BTreeMap::new();
    let mut before = "";
    for Word { text, origin } in words {
        let option = match before {
            "-C" | "--codegen" => Some(text.as_str()),
            _ => text
                .strip_prefix("--codegen=")
                .or_else(|| text.strip_prefix("-C")),
        };
        before = text;
        let flag = |name: &str, is_cpu, written: String| CpuFlag {
            flag: format!("-C {written}"),
            name: name.to_owned(),
            is_cpu,
            origin: origin.clone(),
        };
        match option.and_then(|option| option.split_once('=')) {
            Some(("target-cpu", name)) => {
                cpu = Some(flag(name, true, format!("target-cpu={name}")))
            }
            Some(("target-feature", list)) => {
                for feature in list.split(',') {
                    if let Some(name) = feature.strip_prefix('+') {
                        let written = format!("target-feature=+{name}");
                        features.insert(name.to_owned(), flag(name, false, written));
                    } else if let Some(name) = feature.strip_prefix('-') {
                        features.remove(name);
                    }
                }
            }
            _ => {}
        }
    }
    // How the C library is linked is no instruction.
    features.remove("crt-static");
    cpu.into_iter().chain(features.into_values()).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;
    use std::str::FromStr;

    use super::*;

    const TRIPLE: &str = "x86_64-unknown-linux-gnu";

    fn found(words: &str) -> Vec<String> {
        let word = |text: &str| Word {
            text: text.to_owned(),
            origin: String::new(),
        };
        let words: Vec<Word> = words.split_whitespace().map(word).collect();
        flags(&words).into_iter().map(|flag| flag.flag).collect()
    }

    #[test]
    fn cpus_and_instructions_are_read_in_every_spelling_and_the_last_one_counts() {
        assert_eq!(found("-C target-cpu=native"), ["-C target-cpu=native"]);
        assert_eq!(
            found("-Ctarget-cpu=a --codegen target-cpu=b"),
            ["-C target-cpu=b"]
        );
        assert_eq!(
            found("-Clink-arg=-s --codegen=target-cpu=c"),
            ["-C target-cpu=c"]
        );
        let features = "-C target-feature=+avx2,-sse4a,+crt-static -Ctarget-feature=+aes,-avx2";
        assert_eq!(found(features), ["-C target-feature=+aes"]);
        assert!(found("-C opt-level=3 target-cpu=native").is_empty());
    }

    /// Where the CPU's name was found, in files under a folder and variables.
    fn origin(files: &[(&str, &str)], toolchain: Toolchain) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let toolchain = Toolchain {
            cargo_home: Some(folder.path().join("own")),
            ..toolchain
        };
        let given = BTreeMap::new();
        let conditions = || Ok(vec![Cfg::from_str("unix").unwrap()]);
        let words = from_variables(&given, &toolchain).map_or_else(
            || from_files(&folder.path().join("a"), TRIPLE, &toolchain, conditions),
            Ok,
        );
        let found = flags(&words.unwrap()).into_iter().next()?;
        Some(found.origin.replace(folder.path().to_str().unwrap(), ""))
    }

    #[test]
    fn the_place_that_is_in_force_is_named() {
        let build = (
            "own/config.toml",
            "build.rustflags = ['-C', 'target-cpu=native']",
        );
        let of_target = (
            "a/.cargo/config.toml",
            "target.'cfg(unix)'.rustflags = '-C target-cpu=native'",
        );
        let other = (
            "a/.cargo/config.toml",
            "target.'cfg(windows)'.rustflags = '-C target-cpu=x'",
        );
        let none = Toolchain::default;
        assert_eq!(origin(&[], none()), None);
        assert_eq!(
            origin(&[build], none()).unwrap(),
            "build.rustflags of /own/config.toml"
        );
        let told = "target.cfg(unix).rustflags of /a/.cargo/config.toml";
        assert_eq!(origin(&[build, of_target], none()).unwrap(), told);
        assert_eq!(
            origin(&[build, other], none()).unwrap(),
            "build.rustflags of /own/config.toml"
        );
        let plain = Toolchain {
            rustflags: Some(OsString::from("-Ctarget-cpu=native")),
            ..none()
        };
        assert_eq!(origin(&[build, of_target], plain).unwrap(), "RUSTFLAGS");
        let switched_off = Toolchain {
            rustflags: Some(OsString::new()),
            ..none()
        };
        assert_eq!(origin(&[build], switched_off), None);
        let encoded = OsString::from("-C\u{1f}target-cpu=native");
        let encoded = Toolchain {
            encoded_rustflags: Some(encoded),
            ..none()
        };
        assert_eq!(
            origin(&[build], encoded).unwrap(),
            "CARGO_ENCODED_RUSTFLAGS"
        );
        let variable = (
            "CARGO_BUILD_RUSTFLAGS".to_owned(),
            "-C target-cpu=native".into(),
        );
        let of_build = Toolchain {
            cargo_variables: [variable].into(),
            ..none()
        };
        assert_eq!(origin(&[], of_build).unwrap(), "CARGO_BUILD_RUSTFLAGS");
    }
}

//! Which program a command of cargo or go makes, and whether it asks for a C library when it starts.

use coracle_graph::Answer;
use coracle_recipe::shell::Word;

use super::steps::{Command, joined};
use super::{Linking, Tool};
use crate::model::base_name;

/// A command that compiles, asked for one path.
#[derive(Debug, Clone)]
pub(super) struct Compiled {
    pub(super) tool: Tool,
    pub(super) name: String,
    pub(super) linking: Linking,
    pub(super) chooses_libc: bool,
}

/// What surrounds a command.
pub(super) struct Surroundings<'a> {
    /// A variable that the script does not set itself: `None` where nobody does, an error where its value is not known.
    pub(super) variable: &'a dyn Fn(&str) -> Option<Result<String, String>>,
    /// Whether everything around it is free of flags for static programs.
    pub(super) is_plain: bool,
    /// Whether cargo's configuration may name a target.
    pub(super) is_configured: bool,
    /// Whether a C compiler is there, so that go uses cgo where nobody says otherwise.
    pub(super) has_compiler: bool,
    /// Whether the program of these words uses the C library where cgo is on.
    pub(super) uses_c: &'a dyn Fn(&Command) -> Answer,
}

/// What the command makes at this path, where it makes it.
pub(super) fn at(command: &Command, path: &str, around: &Surroundings<'_>) -> Option<Compiled> {
    let words: Vec<&str> = command.simple.values();
    let first = words.iter().position(|word| !is_wrapper(word))?;
    let program = base_name(words.get(first)?);
    let action = *words
        .iter()
        .skip(first + 1)
        .find(|word| !word.starts_with(['+', '-']))?;
    match (program, action) {
        ("cargo" | "cross", "build" | "b" | "rustc" | "zigbuild" | "auditable") => {
            cargo_built(command, path, around, action)
        }
        ("cargo", "install") => cargo_installed(command, path, around),
        ("go" | "xx-go", "build" | "install") => go(command, path, around, action),
        _ => None,
    }
}

/// What only starts another program.
fn is_wrapper(word: &str) -> bool {
    matches!(word, "env" | "time" | "nice" | "exec") || word.contains('=')
}

/// The value of a flag, `--flag value` or `--flag=value`; an error where it is there and not known.
pub(super) fn flag(words: &[Word], name: &str) -> Option<Result<String, String>> {
    for (index, word) in words.iter().enumerate() {
        let known = |word: &Word| word.value.clone().map_err(|unknown| unknown.to_string());
        if word.text == name {
            return Some(words.get(index + 1).map_or(Ok(String::new()), known));
        }
        if word
            .text
            .strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('='))
        {
            let behind = |text: String| {
                text.split_once('=')
                    .map_or(String::new(), |(_, value)| value.to_owned())
            };
            return Some(known(word).map(behind));
        }
    }
    None
}

fn variable(
    command: &Command,
    around: &Surroundings<'_>,
    name: &str,
) -> Option<Result<String, String>> {
    match command.variables.get(name) {
        Some(Some(value)) => Some(Ok(value.clone())),
        Some(None) => Some(Err(format!("{name} is computed"))),
        None => (around.variable)(name),
    }
}

/// `…/target/release/api`, `…/target/x86_64-unknown-linux-musl/release/api`.
fn cargo_built(
    command: &Command,
    path: &str,
    around: &Surroundings<'_>,
    action: &str,
) -> Option<Compiled> {
    let words = &command.simple.words;
    let target_folder =
        flag(words, "--target-dir").or_else(|| variable(command, around, "CARGO_TARGET_DIR"));
    let rest = match target_folder {
        Some(Ok(folder)) => {
            let folder = joined(command.folder.as_deref(), &folder)?;
            super::steps::below(path, &folder)?
        }
        Some(Err(_)) => return None,
        None => path.rsplit_once("/target/")?.1,
    };
    let mut parts: Vec<&str> = rest.split('/').collect();
    let name = parts.pop()?;
    let profile = parts.pop()?;
    let is_release = words
        .iter()
        .any(|word| matches!(word.text.as_str(), "--release" | "-r"));
    let is_made = match profile {
        "release" => {
            is_release
                || flag(words, "--profile")
                    .is_some_and(|flag| flag.is_ok_and(|flag| flag == "release"))
        }
        "debug" => {
            !is_release
                && flag(words, "--profile").is_none_or(|flag| flag.is_ok_and(|flag| flag == "dev"))
        }
        other => flag(words, "--profile").is_some_and(|flag| flag.is_ok_and(|flag| flag == other)),
    };
    if name.is_empty() || name.contains(['.', '*']) || !is_made || parts.len() > 1 {
        return None;
    }
    let asked = flag(words, "--target").or_else(|| variable(command, around, "CARGO_BUILD_TARGET"));
    let linking = match (parts.pop(), &asked) {
        (Some(triple), Some(Ok(asked))) if !asked.starts_with(triple) => return None,
        // Nobody asks for that target: another command made it.
        (Some(_), None) if !around.is_configured => return None,
        (Some(triple), _) => of_triple(triple),
        (None, None) => Linking::Dynamic,
        // With a target the program is in a folder of that name.
        (None, Some(_)) => return None,
    };
    Some(Compiled {
        tool: Tool::Cargo,
        name: name.to_owned(),
        linking: without_flags(linking, command, around, "RUSTFLAGS", "crt-static"),
        chooses_libc: action == "zigbuild",
    })
}

fn cargo_installed(command: &Command, path: &str, around: &Surroundings<'_>) -> Option<Compiled> {
    let words = &command.simple.words;
    let root =
        match flag(words, "--root").or_else(|| variable(command, around, "CARGO_INSTALL_ROOT")) {
            Some(root) => joined(command.folder.as_deref(), &root.ok()?)?,
            None => variable(command, around, "CARGO_HOME")
                .map_or(Ok("/usr/local/cargo".to_owned()), |home| home)
                .ok()?,
        };
    let name = path.strip_prefix(&format!("{}/bin/", root.trim_end_matches('/')))?;
    // Another crate than one of the repository: what is in its folder is not known by name.
    let is_own = flag(words, "--path").is_some();
    if name.contains('/') || !is_own {
        return None;
    }
    let linking =
        match flag(words, "--target").or_else(|| variable(command, around, "CARGO_BUILD_TARGET")) {
            None => Linking::Dynamic,
            Some(Ok(triple)) => of_triple(&triple),
            Some(Err(because)) => Linking::Unknown(because),
        };
    Some(Compiled {
        tool: Tool::Cargo,
        name: name.to_owned(),
        linking: without_flags(linking, command, around, "RUSTFLAGS", "crt-static"),
        chooses_libc: false,
    })
}

fn of_triple(triple: &str) -> Linking {
    match triple {
        triple if triple.contains("-linux-gnu") => Linking::Dynamic,
        triple if triple.contains("-musl") => Linking::Static,
        triple => Linking::Unknown(format!("it is not known what {triple} links")),
    }
}

/// What flags around the command may change.
fn without_flags(
    linking: Linking,
    command: &Command,
    around: &Surroundings<'_>,
    name: &str,
    word: &str,
) -> Linking {
    if linking != Linking::Dynamic {
        return linking;
    }
    match variable(command, around, name) {
        // `-crt-static` asks for the opposite, where static is the default.
        Some(Ok(flags)) if flags.contains(&format!("-{word}")) => Linking::Dynamic,
        Some(Ok(flags)) if flags.contains(word) => Linking::Static,
        Some(Err(because)) => Linking::Unknown(because),
        _ if !around.is_plain => Linking::Unknown(format!("{word} stands in the build's files")),
        _ => Linking::Dynamic,
    }
}

fn go(command: &Command, path: &str, around: &Surroundings<'_>, action: &str) -> Option<Compiled> {
    let words = &command.simple.words;
    let folder = command.folder.as_deref();
    let (parent, name) = path.rsplit_once('/')?;
    match (action, flag(words, "-o")) {
        (_, Some(Ok(out))) => {
            let is_folder = out.ends_with('/') || out == ".";
            let out = joined(folder, &out)?;
            if out != path && !(is_folder && out.trim_end_matches('/') == parent) {
                return None;
            }
        }
        ("build", None) => {
            let last = words.last()?.known()?;
            let made = match last.trim_end_matches('/') {
                "." | "build" => base_name(folder?),
                last => base_name(last),
            };
            if folder? != parent || name != made {
                return None;
            }
        }
        ("install", None) => {
            let into = variable(command, around, "GOBIN")
                .map_or(Ok("/go/bin".to_owned()), |bin| bin)
                .ok()?;
            if parent != into {
                return None;
            }
        }
        _ => return None,
    }
    Some(Compiled {
        tool: Tool::Go,
        name: name.to_owned(),
        linking: go_linking(command, around),
        chooses_libc: false,
    })
}

fn go_linking(command: &Command, around: &Surroundings<'_>) -> Linking {
    let text: Vec<&str> = command
        .simple
        .words
        .iter()
        .map(|word| word.text.as_str())
        .collect();
    let text = text.join(" ");
    if text.contains("static") || text.contains("netgo") || text.contains("linkmode") {
        return Linking::Unknown("flags of the linker are set".to_owned());
    }
    // Of the ways to build a program only go's usual one makes one that needs no loader.
    let without_c = match flag(&command.simple.words, "-buildmode") {
        None => Linking::Static,
        Some(Ok(mode)) if matches!(mode.as_str(), "default" | "exe") => Linking::Static,
        Some(_) => Linking::Unknown("-buildmode is set".to_owned()),
    };
    match variable(command, around, "CGO_ENABLED") {
        Some(Ok(value)) if value == "0" => return without_c,
        Some(Ok(value)) if value == "1" => {}
        Some(Ok(_)) | None if around.has_compiler => {
            for name in ["GOARCH", "GOOS"] {
                if variable(command, around, name).is_some() {
                    return Linking::Unknown(format!(
                        "{name} is set, which switches cgo off where it is another's"
                    ));
                }
            }
        }
        Some(Err(because)) => return Linking::Unknown(because),
        Some(Ok(_)) | None => {
            return Linking::Unknown(
                "it is not known whether there is a C compiler for cgo".to_owned(),
            );
        }
    }
    match (around.uses_c)(command) {
        Answer::Yes => Linking::Dynamic,
        Answer::No => without_c,
        Answer::Unknown { because } => Linking::Unknown(because),
    }
}

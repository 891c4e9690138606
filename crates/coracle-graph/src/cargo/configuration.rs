//! `.cargo/config.toml` and `rust-toolchain.toml`: what they say of targets, linkers, flags and the compiler.

use std::collections::BTreeMap;

use super::Error;
use super::manifest::{self, Profile};
use super::text::{self, Item, Table};
use super::workspace::Problem;
use crate::files::{Files, has_file};
use crate::path::{self, ancestors, in_folder, join};
use crate::place::{Place, Placed};

/// A `.cargo/config.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// Its path.
    pub file: String,
    /// `build.target`: one or more triples.
    pub build_targets: Vec<Placed<String>>,
    /// `build.rustflags`.
    pub build_rustflags: Vec<Placed<String>>,
    /// `build.target-dir`.
    pub target_folder: Option<Placed<String>>,
    /// `build.rustc-wrapper`.
    pub rustc_wrapper: Option<Placed<String>>,
    /// `[target.…]`, in the file's order.
    pub targets: Vec<TargetTable>,
    /// `[profile.…]`: it wins over the manifest's.
    pub profiles: BTreeMap<String, Profile>,
    /// `[env]`: names and values; values that are no text are left out.
    pub environment: BTreeMap<String, Placed<String>>,
    /// Folders with sources in place of a registry, below the repository's root.
    pub vendor_folders: Vec<Placed<String>>,
    /// `include`: other files, which are not read.
    pub includes: Vec<Placed<String>>,
}

/// `[target.TRIPLE]` or `[target.'cfg(…)']`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetTable {
    /// The triple, or `cfg(…)`.
    pub condition: Placed<String>,
    /// `linker`.
    pub linker: Option<Placed<String>>,
    /// `runner`, its words.
    pub runner: Vec<Placed<String>>,
    /// `rustflags`, its words.
    pub rustflags: Vec<Placed<String>>,
}

/// `rust-toolchain.toml` or `rust-toolchain`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toolchain {
    /// Its path.
    pub file: String,
    /// `channel`: `stable`, `1.80`, `nightly-2024-01-01`, …; `None` where a path is said.
    pub channel: Option<Placed<String>>,
    /// `targets`.
    pub targets: Vec<Placed<String>>,
    /// `components`.
    pub components: Vec<Placed<String>>,
}

/// The files that hold in a folder, outer first.
pub(super) fn files(
    files: &dyn Files,
    folder: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Configuration> {
    let mut found = Vec::new();
    for folder in ancestors(folder) {
        let folder = in_folder(folder, ".cargo");
        // Where both are there, cargo takes the one of the old name.
        let names = ["config", "config.toml"].map(|name| in_folder(&folder, name));
        let Some((file, text)) = names
            .into_iter()
            .find_map(|file| Some((file.clone(), files.text(&file)?)))
        else {
            continue;
        };
        match read(&file, &text) {
            Ok(configuration) => found.push(configuration),
            Err(error) => problems.push(error.into_problem()),
        }
    }
    found.reverse();
    found
}

/// Reads a configuration file.
///
/// # Errors
/// Where it is no TOML.
pub fn read(file: &str, text: &str) -> Result<Configuration, Error> {
    text::read(file, text, configuration)
}

fn configuration(table: Table<'_>) -> Configuration {
    let build = table.table("build");
    let in_build = |name: &str| build.and_then(|build| build.get(name));
    // One text is one triple; flags are words.
    let one_or_more = |item: Item<'_>| match item.text() {
        Some(text) => vec![text],
        None => item.texts(),
    };
    Configuration {
        file: table.file().to_owned(),
        build_targets: in_build("target").map(one_or_more).unwrap_or_default(),
        build_rustflags: in_build("rustflags").map(Item::words).unwrap_or_default(),
        target_folder: in_build("target-dir").and_then(Item::text),
        rustc_wrapper: in_build("rustc-wrapper").and_then(Item::text),
        targets: targets(table),
        profiles: manifest::profiles(table),
        environment: environment(table),
        vendor_folders: vendor_folders(table),
        includes: includes(table),
    }
}

fn targets(table: Table<'_>) -> Vec<TargetTable> {
    let items = table.table("target").map(Table::items).unwrap_or_default();
    let of = |(name, item): (&str, Item<'_>)| {
        let table = item.table()?;
        let words = |name: &str| table.get(name).map(Item::words).unwrap_or_default();
        Some(TargetTable {
            condition: Placed::new(name.to_owned(), item.name_place()),
            linker: table.text("linker"),
            runner: words("runner"),
            rustflags: words("rustflags"),
        })
    };
    items.into_iter().filter_map(of).collect()
}

fn environment(table: Table<'_>) -> BTreeMap<String, Placed<String>> {
    let items = table.table("env").map(Table::items).unwrap_or_default();
    let of = |(name, item): (&str, Item<'_>)| {
        let value = item.text().or_else(|| item.table()?.text("value"))?;
        Some((name.to_owned(), value))
    };
    items.into_iter().filter_map(of).collect()
}

/// `directory` of a source is as seen from the folder that `.cargo` is in.
fn vendor_folders(table: Table<'_>) -> Vec<Placed<String>> {
    let folder = path::parent(table.file()).and_then(path::parent);
    let folder = folder.unwrap_or_default().to_owned();
    let items = table.table("source").map(Table::items).unwrap_or_default();
    let of = |(_, item): (&str, Item<'_>)| {
        let text = item.table()?.text("directory")?;
        Some(Placed::new(join(&folder, &text.value)?, text.place))
    };
    items.into_iter().filter_map(of).collect()
}

/// `include = "a.toml"`, `["a.toml"]` or `[{ path = "a.toml" }]`.
fn includes(table: Table<'_>) -> Vec<Placed<String>> {
    let Some(item) = table.get("include") else {
        return Vec::new();
    };
    let one = |item: Item<'_>| item.text().or_else(|| item.table()?.text("path"));
    match one(item) {
        Some(text) => vec![text],
        None => item.list().into_iter().filter_map(one).collect(),
    }
}

/// The toolchain file that holds in a folder: the nearest.
///
/// # Errors
/// Where it is neither TOML nor one word.
pub fn toolchain(files: &dyn Files, folder: &str) -> Result<Option<Toolchain>, Error> {
    for folder in ancestors(folder) {
        // rustup takes the one of the old name first.
        for name in ["rust-toolchain", "rust-toolchain.toml"] {
            let file = in_folder(folder, name);
            if has_file(files, &file)
                && let Some(text) = files.text(&file)
            {
                return toolchain_file(&file, &text, name == "rust-toolchain").map(Some);
            }
        }
    }
    Ok(None)
}

fn toolchain_file(file: &str, text: &str, may_be_word: bool) -> Result<Toolchain, Error> {
    let word = text.trim();
    if may_be_word && !word.is_empty() && !word.contains(['\n', '=', '[']) {
        let start = text.len() - text.trim_start().len();
        let place = Place::new(file, start..start + word.len());
        return Ok(Toolchain {
            file: file.to_owned(),
            channel: Some(Placed::new(word.to_owned(), place)),
            targets: Vec::new(),
            components: Vec::new(),
        });
    }
    text::read(file, text, |table| {
        let toolchain = table.table("toolchain");
        let texts = |name: &str| {
            let item = toolchain.and_then(|table| table.get(name));
            item.map(Item::texts).unwrap_or_default()
        };
        Toolchain {
            file: file.to_owned(),
            channel: toolchain.and_then(|table| table.text("channel")),
            targets: texts("targets"),
            components: texts("components"),
        }
    })
}

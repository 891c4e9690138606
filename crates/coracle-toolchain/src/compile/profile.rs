//! What a cargo profile says of stripping, read where cargo reads it: a variable, configuration files, the manifest of
//! the workspace, and the profile that it inherits from.

use std::path::Path;

use toml::{Table, Value};

use super::configuration;
use crate::toolchain::Toolchain;
use coracle_binary::strip::Strip;

/// How deep profiles inherit: more is a circle, which cargo refuses.
const DEEPEST: usize = 16;

/// What is to be stripped of a program that is compiled with this profile.
pub fn strip(workspace: &Path, profile: &str, toolchain: &Toolchain) -> Strip {
    let places = Places::read(workspace, toolchain);
    let value = places.find(profile, "strip");
    match value.as_ref() {
        Some(Value::Boolean(true)) => Strip::Symbols,
        Some(Value::Boolean(false)) => Strip::Nothing,
        Some(Value::String(text)) => match text.as_str() {
            "symbols" | "true" => Strip::Symbols,
            "debuginfo" => Strip::DebugInformation,
            _ => Strip::Nothing,
        },
        // As cargo: where no debug information is made, that of the standard library goes too.
        _ if !places.makes_debug_information(profile) => Strip::DebugInformation,
        _ => Strip::Nothing,
    }
}

/// The places that say something of profiles, the one that wins first.
struct Places<'a> {
    toolchain: &'a Toolchain,
    tables: Vec<Table>,
}

impl<'a> Places<'a> {
    fn read(workspace: &Path, toolchain: &'a Toolchain) -> Places<'a> {
        let files = configuration::files(workspace, toolchain);
        let mut tables: Vec<Table> = files.into_iter().rev().map(|(_, table)| table).collect();
        let manifest = std::fs::read_to_string(workspace.join("Cargo.toml"));
        let manifest = manifest.unwrap_or_default().parse::<Table>();
        tables.extend(manifest.ok());
        Places { toolchain, tables }
    }

    /// The value of a key of a profile, or of the one that it inherits from.
    fn find(&self, profile: &str, key: &str) -> Option<Value> {
        let mut profile = profile.to_owned();
        for _ in 0..DEEPEST {
            if let Some(value) = self.own(&profile, key) {
                return Some(value);
            }
            match self.own(&profile, "inherits") {
                Some(Value::String(parent)) => profile = parent,
                _ => return None,
            }
        }
        None
    }

    fn own(&self, profile: &str, key: &str) -> Option<Value> {
        let shouted = |text: &str| text.to_uppercase().replace('-', "_");
        let variable = format!("CARGO_PROFILE_{}_{}", shouted(profile), shouted(key));
        if let Some(value) = self.toolchain.cargo_variables.get(&variable) {
            return Some(Value::String(value.to_string_lossy().into_owned()));
        }
        let of_table = |table: &Table| table.get("profile")?.get(profile)?.get(key).cloned();
        self.tables.iter().find_map(of_table)
    }

    fn makes_debug_information(&self, profile: &str) -> bool {
        match self.find(profile, "debug") {
            Some(Value::Boolean(on)) => on,
            Some(Value::Integer(level)) => level != 0,
            Some(Value::String(text)) => !matches!(text.as_str(), "none" | "0" | "false"),
            _ => self.root(profile) == "dev",
        }
    }

    /// The profile at the end of the line, of cargo's own.
    fn root(&self, profile: &str) -> &'static str {
        let mut profile = profile.to_owned();
        for _ in 0..DEEPEST {
            match self.own(&profile, "inherits") {
                Some(Value::String(parent)) => profile = parent,
                _ => break,
            }
        }
        if matches!(profile.as_str(), "dev" | "test" | "debug") {
            "dev"
        } else {
            "release"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(
        manifest: &str,
        configuration: &str,
        variable: Option<(&str, &str)>,
        profile: &str,
    ) -> Strip {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
        std::fs::create_dir(folder.path().join(".cargo")).unwrap();
        std::fs::write(folder.path().join(".cargo/config.toml"), configuration).unwrap();
        let variables = variable.map(|(name, value)| (name.to_owned(), value.into()));
        let toolchain = Toolchain {
            cargo_variables: variables.into_iter().collect(),
            ..Toolchain::default()
        };
        strip(folder.path(), profile, &toolchain)
    }

    #[test]
    fn a_profile_strips_what_it_says_and_else_what_cargo_does_by_itself() {
        let of = |manifest: &str, profile: &str| said(manifest, "", None, profile);
        assert_eq!(of("", "release"), Strip::DebugInformation);
        assert_eq!(of("", "dev"), Strip::Nothing);
        assert_eq!(of("profile.release.debug = 1", "release"), Strip::Nothing);
        assert_eq!(
            of("profile.release.debug = 'line-tables-only'", "release"),
            Strip::Nothing
        );
        assert_eq!(
            of("profile.release.strip = true", "release"),
            Strip::Symbols
        );
        assert_eq!(
            of("profile.release.strip = 'symbols'", "release"),
            Strip::Symbols
        );
        assert_eq!(
            of("profile.release.strip = 'none'", "release"),
            Strip::Nothing
        );
        let small = "profile.release.strip = true\nprofile.small.inherits = 'release'";
        assert_eq!(of(small, "small"), Strip::Symbols);
    }

    #[test]
    fn a_variable_wins_over_files_and_they_over_the_manifest() {
        let manifest = "profile.release.strip = true";
        let file = "profile.release.strip = 'debuginfo'";
        assert_eq!(
            said(manifest, file, None, "release"),
            Strip::DebugInformation
        );
        let variable = Some(("CARGO_PROFILE_RELEASE_STRIP", "none"));
        assert_eq!(said(manifest, file, variable, "release"), Strip::Nothing);
    }
}

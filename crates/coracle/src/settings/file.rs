//! `coracle.toml` as written: its keys, its types, and errors that name the nearest known key.
//!
//! Not here: what a missing value means (the plan decides) and how flags override it (`settings`).

mod github;
mod keys;

pub(super) use self::github::{Github, Origin, SccacheStore};
pub(super) use self::keys::nearest;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

/// The file's top level.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Configuration {
    pub(crate) repository: Option<String>,
    pub(crate) platforms: Vec<String>,
    pub(crate) distro: Option<String>,
    pub(crate) back_end: Option<BackEnd>,
    pub(crate) engine: Option<String>,
    pub(crate) archive: Option<Archive>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) layers: Layers,
    pub(crate) sccache: Option<Sccache>,
    pub(crate) github: Github,
    pub(crate) services: BTreeMap<String, Service>,
}

/// `back-end = "clang"`: who compiles C and links for other platforms.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum BackEnd {
    Zig,
    Clang,
}

/// `sccache = true`, `false`, or the path of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Sccache {
    Whether(bool),
    Program(PathBuf),
}

/// `[archive]`: where packages come from, instead of the host's apt entries.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Archive {
    pub(crate) main: String,
    pub(crate) security: String,
    pub(crate) signed_by: Option<PathBuf>,
}

/// `[layers]`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Layers {
    pub(crate) max: Option<i64>,
}

/// `[services.NAME]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Service {
    pub(crate) go: Option<String>,
    pub(crate) cargo: Option<Cargo>,
    pub(crate) prebuilt: Option<BTreeMap<String, PathBuf>>,
    pub(crate) compose: Option<String>,
    pub(crate) packages: Vec<String>,
    pub(crate) build_packages: Vec<String>,
    pub(crate) bundled: bool,
    pub(crate) files: Vec<FileCopy>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) expose: Vec<Port>,
    pub(crate) volumes: Vec<String>,
    pub(crate) user: Option<User>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) args: Vec<String>,
    pub(crate) workdir: Option<String>,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) certificates: Vec<PathBuf>,
    pub(crate) tags: Vec<String>,
    pub(crate) ldflags: Vec<String>,
    pub(crate) features: Vec<String>,
    pub(crate) profile: Option<String>,
    pub(crate) linkage: Option<Linkage>,
    pub(crate) dlopen: Vec<String>,
    pub(crate) provided: Vec<String>,
    pub(crate) policy: Policy,
}

/// `cargo = { package = "server", bin = "server" }`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Cargo {
    pub(crate) package: Option<String>,
    pub(crate) bin: Option<String>,
    pub(crate) no_default_features: bool,
}

/// `{ from = "migrations", to = "/app/migrations", owner = "nonroot", mode = "0644" }`.
#[derive(Debug, Deserialize)]
pub(crate) struct FileCopy {
    pub(crate) from: PathBuf,
    pub(crate) to: String,
    pub(crate) owner: Option<User>,
    pub(crate) mode: Option<String>,
}

/// `8080` or `"8080/udp"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Port {
    Number(u16),
    Text(String),
}

/// `65532`, `"65532:65532"` or `"nonroot"`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum User {
    Number(u32),
    Text(String),
}

/// `static` or `dynamic`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Linkage {
    Static,
    Dynamic,
}

/// `[services.NAME.policy]`, and the file of `--policy`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Policy {
    pub(crate) max_size: Option<String>,
    pub(crate) linkage: Option<Linkage>,
    pub(crate) user: Option<PolicyUser>,
    pub(crate) forbid_packages: Vec<String>,
    pub(crate) require_packages: Vec<String>,
    pub(crate) forbid_files: Vec<String>,
    pub(crate) require_files: Vec<String>,
    pub(crate) labels: Vec<String>,
    pub(crate) setuid: Option<bool>,
    pub(crate) world_writable: Option<bool>,
    pub(crate) secrets: Option<bool>,
    pub(crate) base_eol: Option<bool>,
    pub(crate) certificates: Option<bool>,
    pub(crate) time_zones: Option<bool>,
    pub(crate) one_service: bool,
}

/// `nonroot` or `any`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PolicyUser {
    NonRoot,
    Any,
}

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read {path}")]
    Read {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("cannot understand {path}")]
    Syntax {
        path: PathBuf,
        #[source]
        source: Box<toml::de::Error>,
    },
    #[error("unknown key `{key}` in {place} of {path}")]
    UnknownKey {
        path: PathBuf,
        place: String,
        key: String,
        nearest: Option<String>,
        known: &'static [&'static str],
    },
    #[error("`{key}` in {place} of {path} is not supported by this version")]
    Later {
        path: PathBuf,
        place: String,
        key: String,
    },
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::UnknownKey {
                nearest: Some(nearest),
                ..
            } => Some(format!("did you mean `{nearest}`?")),
            Error::UnknownKey { known, .. } => Some(format!("known keys: {}", known.join(", "))),
            Error::Later { key, .. } => Some(format!(
                "remove `{key}`: this version builds Cargo and Go programs and takes prebuilt ones"
            )),
            Error::Read { .. } | Error::Syntax { .. } => None,
        }
    }
}

/// Reads `coracle.toml`.
///
/// # Errors
/// When the file cannot be read, is not TOML, or holds a key that is not known.
pub(crate) fn read(path: &Path) -> Result<Configuration, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    parse(path, &text)
}

/// Reads `[workspace.metadata.coracle]` of a `Cargo.toml`; `None` when it has none.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_cargo_metadata(path: &Path) -> Result<Option<Configuration>, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let manifest: Table = toml::from_str(&text).map_err(|source| syntax(path, source))?;
    let metadata = |section: &str| {
        manifest
            .get(section)?
            .get("metadata")?
            .get("coracle")?
            .as_table()
    };
    match metadata("workspace").or_else(|| metadata("package")) {
        Some(table) => checked(path, table.clone()).map(Some),
        None => Ok(None),
    }
}

/// Reads the file of `--policy`, whose keys are those of `[services.NAME.policy]`.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_policy(path: &Path) -> Result<Policy, Error> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_owned(),
        source,
    })?;
    let table: Table = toml::from_str(&text).map_err(|source| syntax(path, source))?;
    keys::check_policy(path, &table)?;
    toml::from_str(&text).map_err(|source| syntax(path, source))
}

fn parse(path: &Path, text: &str) -> Result<Configuration, Error> {
    let table: Table = toml::from_str(text).map_err(|source| syntax(path, source))?;
    keys::check_all(path, &table)?;
    // From the text again, so that a wrong type is shown with its line.
    toml::from_str(text).map_err(|source| syntax(path, source))
}

fn checked(path: &Path, table: Table) -> Result<Configuration, Error> {
    keys::check_all(path, &table)?;
    Value::Table(table)
        .try_into()
        .map_err(|source| syntax(path, source))
}

fn syntax(path: &Path, source: toml::de::Error) -> Error {
    Error::Syntax {
        path: path.to_owned(),
        source: Box::new(source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> Result<Configuration, Error> {
        parse(Path::new("coracle.toml"), text)
    }

    #[test]
    fn every_supported_key_is_read() {
        let text = r#"
            repository = "ghcr.io/acme"
            distro = "debian/trixie"
            platforms = ["linux/amd64"]
            [archive]
            main = "http://mirror.example/debian"
            security = "http://mirror.example/debian-security"
            [services.server]
            go = "./cmd/server"
            compose = "web"
            expose = [8080, "53/udp"]
            user = "nonroot"
            env = { A = "b" }
            [services.server.policy]
            max-size = "40MB"
            linkage = "static"
        "#;
        let read = parse_text(text).unwrap();
        assert_eq!(read.repository.as_deref(), Some("ghcr.io/acme"));
        assert_eq!(read.services["server"].expose.len(), 2);
        assert_eq!(read.services["server"].compose.as_deref(), Some("web"));
        assert_eq!(
            read.services["server"].policy.max_size.as_deref(),
            Some("40MB")
        );
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one() {
        let error = parse_text("[services.a]\nexpoes = [1]\n").unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown key `expoes` in [services.a] of coracle.toml"
        );
        assert_eq!(error.hint().as_deref(), Some("did you mean `expose`?"));
    }

    #[test]
    fn a_key_with_no_near_relative_lists_what_is_known() {
        let error = parse_text("zebra = 1\n").unwrap_err();
        assert!(
            error
                .hint()
                .unwrap()
                .starts_with("known keys: repository, ")
        );
    }

    #[test]
    fn a_key_of_a_later_version_is_called_that() {
        let error = parse_text("[services.a]\nstatic = \"dist\"\n").unwrap_err();
        assert!(error.to_string().contains("not supported by this version"));
    }

    #[test]
    fn a_wrong_type_is_shown_with_its_line() {
        let error = parse_text("repository = 3\n").unwrap_err();
        let source = std::error::Error::source(&error).unwrap().to_string();
        assert!(source.contains("line 1"), "{source}");
    }
}

//! `[github]` as written: how ejected workflows are to be.

use std::collections::BTreeMap;

use serde::Deserialize;

/// `[github]`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Github {
    pub(crate) branches: Option<Vec<String>>,
    pub(crate) runners: BTreeMap<String, String>,
    pub(crate) sccache: Option<SccacheStore>,
    pub(crate) coracle: Option<Origin>,
    pub(crate) test: Option<String>,
}

/// `gha`, `s3` or `redis`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SccacheStore {
    Gha,
    S3,
    Redis,
}

/// `{ rev = "COMMIT" }`, or `{ package = "NAME" }` in coracle's own repository.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Origin {
    Rev(String),
    Package(String),
}

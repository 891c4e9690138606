//! One credentials file and its many spellings of a registry's name. Helpers are only named here.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::Secret;
use crate::Error;

/// A credentials file that was read.
#[derive(Clone)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    record: Record,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Record {
    auths: BTreeMap<String, Entry>,
    cred_helpers: BTreeMap<String, String>,
    creds_store: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Entry {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    identitytoken: Option<String>,
    registrytoken: Option<String>,
}

impl ConfigFile {
    /// `None` where there is no file.
    pub(crate) fn read(path: &Path) -> Result<Option<ConfigFile>, Error> {
        let failed = |reason: String| Error::CredentialFile {
            path: path.to_owned(),
            reason,
        };
        let text = match std::fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error.to_string())),
        };
        let blank = text.iter().all(u8::is_ascii_whitespace);
        let record = if blank {
            Ok(Record::default())
        } else {
            serde_json::from_slice(&text)
        };
        // The place alone: what a parser quotes may be a secret.
        let record = record.map_err(|error| {
            failed(format!(
                "it is not in docker's form, at line {} column {}",
                error.line(),
                error.column()
            ))
        })?;
        Ok(Some(ConfigFile {
            path: path.to_owned(),
            record,
        }))
    }

    /// The helpers to ask for this registry, as docker would: its own, else that for all.
    pub(crate) fn helpers(&self, registry: &str) -> impl Iterator<Item = &str> {
        let wanted = canonical(registry);
        let own = self
            .record
            .cred_helpers
            .iter()
            .find(|(key, _)| canonical(key) == wanted);
        let helper = own
            .map(|(_, helper)| helper)
            .or(self.record.creds_store.as_ref());
        helper
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .into_iter()
    }

    /// The entry for the longest leading part of `registry/repository`.
    pub(crate) fn find(&self, registry: &str, repository: &str) -> Option<Secret> {
        let mut wanted = format!("{}/{repository}", canonical(registry));
        loop {
            let fits = self
                .record
                .auths
                .iter()
                .filter(|(key, _)| canonical(key) == wanted);
            // Of several spellings the plain one is the newest.
            let plain_first = |(key, _): &(&String, &Entry)| (**key != wanted, key.len());
            let mut fits: Vec<_> = fits.collect();
            fits.sort_by_key(plain_first);
            if let Some(secret) = fits.into_iter().find_map(|(_, entry)| entry.secret()) {
                return Some(secret);
            }
            wanted.truncate(wanted.rfind('/')?);
        }
    }
}

impl Entry {
    /// `None` for the empty entries that docker leaves where a helper has the secret.
    fn secret(&self) -> Option<Secret> {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = given(&self.registrytoken) {
            return Some(Secret::Token(token));
        }
        if let Some(token) = given(&self.identitytoken) {
            return Some(Secret::Identity { token });
        }
        if let (Some(username), Some(password)) = (given(&self.username), given(&self.password)) {
            return Some(Secret::Password { username, password });
        }
        let auth = given(&self.auth)?;
        let auth = auth.trim().trim_end_matches('=');
        let decoded = STANDARD_NO_PAD
            .decode(auth)
            .or_else(|_| URL_SAFE_NO_PAD.decode(auth))
            .ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (username, password) = decoded.split_once(':')?;
        // Docker of old padded with zeros.
        let password = password.trim_end_matches('\0');
        let complete = !username.is_empty() && !password.is_empty();
        complete.then(|| Secret::Password {
            username: username.to_owned(),
            password: password.to_owned(),
        })
    }
}

impl fmt::Debug for ConfigFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_tuple("ConfigFile")
            .field(&self.path)
            .finish()
    }
}

/// `https://index.docker.io/v1/` and `docker.io` are one registry; so are `https://host/v2/` and
/// `host`. Podman's keys may go on with a namespace.
fn canonical(key: &str) -> String {
    let key = key.trim();
    let bare = key
        .strip_prefix("https://")
        .or_else(|| key.strip_prefix("http://"))
        .unwrap_or(key);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    let path = path.trim_end_matches('/');
    let path = if matches!(path, "v1" | "v2") {
        ""
    } else {
        path
    };
    let host = host.to_ascii_lowercase();
    let host = match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => "docker.io",
        other => other,
    };
    if path.is_empty() {
        host.to_owned()
    } else {
        format!("{host}/{path}")
    }
}

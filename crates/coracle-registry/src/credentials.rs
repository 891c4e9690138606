//! Who we are where: docker's `config.json` and podman's `auth.json`, and their credential helpers.
//!
//! A registry is looked for in each file in the order given, and in a file as docker does it: the
//! helper that `credHelpers` names for it, then the `credsStore`, then `auths`. Helpers are started
//! only for a registry that asks who we are.

mod file;
mod helper;

use std::path::PathBuf;

use crate::Error;
use file::ConfigFile;

/// Credentials of many registries. The default has none: everything is anonymous.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    files: Vec<ConfigFile>,
}

/// What proves who we are to one registry.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Secret {
    Password {
        username: String,
        password: String,
    },
    /// To be exchanged for a token; stands for a password.
    Identity {
        token: String,
    },
    /// A token as the registry itself wants it.
    Token(String),
}

/// What a search for credentials found.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) secret: Option<Secret>,
    /// What was tried, for an error message: "user me of /home/me/.docker/config.json".
    pub(crate) tried: String,
}

impl Credentials {
    /// Reads files in the form of docker's `config.json` or podman's `auth.json`; what an earlier
    /// one says goes first. A path at which there is nothing is passed over.
    ///
    /// # Errors
    /// [`Error::CredentialFile`] where a file is there and cannot be read, or is not JSON.
    pub fn from_files(paths: &[PathBuf]) -> Result<Credentials, Error> {
        let mut files = Vec::new();
        for path in paths {
            files.extend(ConfigFile::read(path)?);
        }
        Ok(Credentials { files })
    }

    /// The first that fits a repository of a registry.
    pub(crate) fn find(&self, registry: &str, repository: &str) -> Found {
        let mut failures = Vec::new();
        for file in &self.files {
            for helper in file.helpers(registry) {
                match helper::get(helper, registry) {
                    Ok(Some(secret)) => {
                        let tried = named(&secret, &format!("the credential helper {helper}"));
                        return Found {
                            secret: Some(secret),
                            tried,
                        };
                    }
                    Ok(None) => {}
                    Err(error) => failures.push(error.to_string()),
                }
            }
            if let Some(secret) = file.find(registry, repository) {
                let tried = named(&secret, &file.path.display().to_string());
                return Found {
                    secret: Some(secret),
                    tried,
                };
            }
        }
        let none = match self.files.as_slice() {
            [] => "no credentials: there is no credentials file".to_owned(),
            files => {
                let paths: Vec<_> = files
                    .iter()
                    .map(|file| file.path.display().to_string())
                    .collect();
                format!(
                    "no credentials: {} has none for {registry}",
                    paths.join(" or ")
                )
            }
        };
        failures.insert(0, none);
        Found {
            secret: None,
            tried: failures.join("; "),
        }
    }
}

fn named(secret: &Secret, place: &str) -> String {
    match secret {
        Secret::Password { username, .. } => format!("user {username} of {place}"),
        Secret::Identity { .. } => format!("the identity token of {place}"),
        Secret::Token(_) => format!("the registry token of {place}"),
    }
}

#[cfg(test)]
mod tests;

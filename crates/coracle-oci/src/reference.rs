//! Image references and repositories, by the grammar of the distribution project's `reference` package and with Docker's
//! short names (`nginx` is `docker.io/library/nginx`). No registry is asked anything here.

mod error;
mod grammar;

use std::fmt;
use std::str::FromStr;

use crate::digest::Digest;

pub use error::{Part, ReferenceError};

/// The registry that short names mean.
const DOCKER_HUB: &str = "docker.io";

/// Where an image is: `registry/repository[:tag][@digest]`. Displays in full, and parses back to itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// A place for images: `registry/name`, or a registry alone, whose name is then empty. What `CORACLE_REPOSITORY` holds.
///
/// Unlike a [`Reference`], `acme` alone is `docker.io/acme` and not `docker.io/library/acme`: services are joined to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository {
    registry: String,
    name: String,
}

impl Reference {
    /// The registry's host, with its port when one was given; `docker.io` for short names.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name inside the registry, without a leading slash.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, when one was given; `latest` is never made up.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, when one was given; it decides over the tag.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Another tag in the same repository. The digest is dropped: it belonged to the old tag.
    pub fn with_tag(&self, tag: &str) -> Result<Self, ReferenceError> {
        grammar::check_tag(tag)?;
        Ok(Self {
            tag: Some(tag.to_owned()),
            digest: None,
            ..self.clone()
        })
    }

    /// The same reference, pinned to this digest; the tag stays.
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self {
            digest: Some(digest),
            ..self.clone()
        }
    }

    /// The same place, without tag and digest.
    pub fn untagged(&self) -> Self {
        Self {
            tag: None,
            digest: None,
            ..self.clone()
        }
    }

    /// The reference without its tag and digest.
    pub fn to_repository(&self) -> Repository {
        Repository {
            registry: self.registry.clone(),
            name: self.repository.clone(),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(input: &str) -> Result<Self, ReferenceError> {
        let (named, digest) = match input.split_once('@') {
            None => (input, None),
            Some((named, digest)) => {
                let digest = digest.parse().map_err(|source| ReferenceError::Digest {
                    input: input.chars().take(300).collect(),
                    source,
                })?;
                (named, Some(digest))
            }
        };
        // A colon before the last slash belongs to the registry's port.
        let (name, tag) = match named.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
            _ => (named, None),
        };
        let (registry, repository) = grammar::split_registry(name);
        if registry.is_none() && grammar::looks_like_id(name) {
            let input = name.to_owned();
            return Err(ReferenceError::LooksLikeId { input });
        }
        let registry = registry.unwrap_or(DOCKER_HUB);
        grammar::check_registry(registry)?;
        grammar::check_repository(repository)?;
        if let Some(tag) = tag {
            grammar::check_tag(tag)?;
        }
        let registry = canonical_registry(registry);
        Ok(Self {
            repository: full_name(&registry, repository),
            registry,
            tag: tag.map(str::to_owned),
            digest,
        })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(formatter, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(formatter, "@{digest}")?;
        }
        Ok(())
    }
}

impl Repository {
    /// The registry's host, with its port when one was given.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name inside the registry; empty for a registry alone.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The repository of a service below this one: `ghcr.io/acme` and `server` are `ghcr.io/acme/server`.
    pub fn join(&self, service: &str) -> Result<Self, ReferenceError> {
        let name = match self.name.as_str() {
            "" => service.to_owned(),
            parent => format!("{parent}/{service}"),
        };
        grammar::check_repository(service)?;
        grammar::check_repository(&name)?;
        let registry = self.registry.clone();
        Ok(Self { registry, name })
    }

    /// The reference of a tag in this repository.
    pub fn tagged(&self, tag: &str) -> Result<Reference, ReferenceError> {
        grammar::check_tag(tag)?;
        self.reference(Some(tag.to_owned()), None)
    }

    /// The reference of a digest in this repository.
    pub fn pinned(&self, digest: Digest) -> Result<Reference, ReferenceError> {
        self.reference(None, Some(digest))
    }

    fn reference(
        &self,
        tag: Option<String>,
        digest: Option<Digest>,
    ) -> Result<Reference, ReferenceError> {
        if self.name.is_empty() {
            let registry = self.registry.clone();
            return Err(ReferenceError::RegistryAlone { registry });
        }
        Ok(Reference {
            registry: self.registry.clone(),
            repository: full_name(&self.registry, &self.name),
            tag,
            digest,
        })
    }
}

impl FromStr for Repository {
    type Err = ReferenceError;

    fn from_str(input: &str) -> Result<Self, ReferenceError> {
        let (registry, name) = if !input.contains('/') && grammar::looks_like_registry(input) {
            (Some(input), "")
        } else {
            grammar::split_registry(input)
        };
        let registry = registry.unwrap_or(DOCKER_HUB);
        grammar::check_registry(registry)?;
        if registry != input {
            grammar::check_repository(name)?;
        }
        Ok(Self {
            registry: canonical_registry(registry),
            name: name.to_owned(),
        })
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.registry)?;
        if !self.name.is_empty() {
            write!(formatter, "/{}", self.name)?;
        }
        Ok(())
    }
}

fn canonical_registry(registry: &str) -> String {
    match registry {
        "index.docker.io" => DOCKER_HUB.to_owned(),
        other => other.to_owned(),
    }
}

/// On Docker Hub, official images live in `library/`.
fn full_name(registry: &str, name: &str) -> String {
    if registry == DOCKER_HUB && !name.contains('/') {
        format!("library/{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests;

//! Where an image is that is to be joined: in a registry, or in an OCI layout as `oci:FOLDER:NAME` or
//! `oci:FOLDER@sha256:…`, which is what a build prints.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;
use std::str::FromStr;

use coracle_oci::digest::DigestError;
use coracle_oci::layout::LayoutSource;
use coracle_oci::reference::ReferenceError;
use coracle_oci::{Descriptor, Digest, Reference};
use coracle_registry::Registry;

use super::{Error, MOST};

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a registry, by tag or digest.
    Registry(Reference),
    /// In a layout, by the name that it has there.
    Named {
        /// The layout.
        folder: PathBuf,
        /// The name, `ghcr.io/acme/api:v1`.
        name: String,
    },
    /// In a layout, by digest.
    Pinned {
        /// The layout.
        folder: PathBuf,
        /// The manifest's or index's digest.
        digest: Digest,
    },
}

/// A text that names no image.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A layout without the image's name.
    #[error("`{written}` names a layout and no image in it")]
    NoName {
        /// As written.
        written: String,
    },
    /// No digest after the `@`.
    #[error("`{written}` has no digest after its @")]
    Digest {
        /// As written.
        written: String,
        /// Why.
        #[source]
        source: DigestError,
    },
    /// No reference.
    #[error("`{written}` is no image reference")]
    Reference {
        /// As written.
        written: String,
        /// Why.
        #[source]
        source: ReferenceError,
    },
}

impl SourceError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            SourceError::NoName { .. } => Some(
                "write oci:FOLDER:NAME, or oci:FOLDER@sha256:… as `coracle build` prints it"
                    .to_owned(),
            ),
            SourceError::Digest { source, .. } => source.hint(),
            SourceError::Reference { source, .. } => source.hint(),
        }
    }
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Source, SourceError> {
        let written = || text.to_owned();
        let Some(rest) = text.strip_prefix("oci:") else {
            let reference = text.parse();
            let reference = reference.map_err(|source| SourceError::Reference {
                written: written(),
                source,
            })?;
            return Ok(Source::Registry(reference));
        };
        if let Some((folder, digest)) = rest.rsplit_once('@') {
            let digest = digest.parse().map_err(|source| SourceError::Digest {
                written: written(),
                source,
            })?;
            let folder = folder.into();
            return Ok(Source::Pinned { folder, digest });
        }
        match rest.split_once(':') {
            Some((folder, name)) if !folder.is_empty() && !name.is_empty() => Ok(Source::Named {
                folder: folder.into(),
                name: name.to_owned(),
            }),
            _ => Err(SourceError::NoName { written: written() }),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Registry(reference) => reference.fmt(formatter),
            Source::Named { folder, name } => write!(formatter, "oci:{}:{name}", folder.display()),
            Source::Pinned { folder, digest } => {
                write!(formatter, "oci:{}@{digest}", folder.display())
            }
        }
    }
}

impl Source {
    /// The repository in its registry, `acme/api`.
    pub fn registry_repository(&self) -> Option<&str> {
        match self {
            Source::Registry(reference) => Some(reference.repository()),
            Source::Named { .. } | Source::Pinned { .. } => None,
        }
    }

    /// The repository that it is of, `ghcr.io/acme/api`, where that is known.
    pub(super) fn repository(&self) -> Option<String> {
        let of = |reference: &Reference| reference.to_repository().to_string();
        match self {
            Source::Registry(reference) => Some(of(reference)),
            Source::Named { name, .. } if name.contains('/') => name.parse().ok().as_ref().map(of),
            Source::Named { .. } | Source::Pinned { .. } => None,
        }
    }
}

/// A source that can be read.
pub(super) enum Opened<'a> {
    Registry {
        registry: &'a Registry,
        reference: Reference,
    },
    Layout(LayoutSource),
}

impl<'a> Opened<'a> {
    pub(super) fn open(source: &Source, registry: &'a Registry) -> Result<Opened<'a>, Error> {
        match source {
            Source::Registry(reference) => Ok(Opened::Registry {
                registry,
                reference: reference.clone(),
            }),
            Source::Named { folder, .. } | Source::Pinned { folder, .. } => {
                let layout = LayoutSource::open(folder).map_err(|cause| Error::Layout {
                    image: source.to_string(),
                    source: cause,
                })?;
                Ok(Opened::Layout(layout))
            }
        }
    }

    /// What the source names: a manifest or an index.
    pub(super) fn root(&self, source: &Source) -> Result<(Descriptor, Vec<u8>), Error> {
        match (self, source) {
            (
                Opened::Registry {
                    registry,
                    reference,
                },
                _,
            ) => {
                let pulled = registry.pull_manifest(reference);
                pulled.map_err(|cause| self.pulling(cause))
            }
            (Opened::Layout(layout), source) => {
                let found = match source {
                    Source::Named { name, .. } => layout.named(name),
                    Source::Pinned { digest, .. } => layout.pinned(digest),
                    Source::Registry(_) => None,
                };
                let root = found.ok_or_else(|| Error::NotInLayout {
                    image: source.to_string(),
                    known: layout.names().into_iter().map(str::to_owned).collect(),
                })?;
                let bytes = self.manifest(&root)?;
                Ok((root, bytes))
            }
        }
    }

    /// A manifest by its digest.
    pub(super) fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
        match self {
            Opened::Registry {
                registry,
                reference,
            } => {
                let pinned = reference.with_digest(descriptor.digest);
                let pulled = registry.pull_manifest(&pinned);
                Ok(pulled.map_err(|cause| self.pulling(cause))?.1)
            }
            Opened::Layout(layout) => {
                let read = layout.read(descriptor, MOST);
                read.map_err(|cause| Error::Layout {
                    image: descriptor.digest.to_string(),
                    source: cause,
                })
            }
        }
    }

    /// A config or layer; the reader refuses wrong content before its last byte.
    pub(super) fn blob(&self, descriptor: &Descriptor) -> Result<Box<dyn Read>, Error> {
        match self {
            Opened::Registry {
                registry,
                reference,
            } => {
                let pulled = registry.pull_blob(reference, descriptor);
                Ok(Box::new(pulled.map_err(|cause| self.pulling(cause))?))
            }
            Opened::Layout(layout) => {
                let opened = layout.open_blob(descriptor);
                let opened = opened.map_err(|cause| Error::Layout {
                    image: descriptor.digest.to_string(),
                    source: cause,
                })?;
                Ok(Box::new(opened))
            }
        }
    }

    fn pulling(&self, source: coracle_registry::Error) -> Error {
        let image = match self {
            Opened::Registry { reference, .. } => reference.to_string(),
            Opened::Layout(_) => String::new(),
        };
        Error::Pull { image, source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: Result<&str, &str>) {
        let shown = |source: &Source| match source {
            Source::Registry(reference) => format!("registry {reference}"),
            Source::Named { folder, name } => format!("{} named {name}", folder.display()),
            Source::Pinned { folder, .. } => format!("{} pinned", folder.display()),
        };
        let parsed = written.parse::<Source>();
        let got = parsed.as_ref().map(shown).map_err(ToString::to_string);
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(got, expected);
        if let Ok(source) = parsed {
            assert_eq!(source.to_string().parse::<Source>().unwrap(), source);
        }
    }

    #[test]
    fn an_image_is_named_in_a_registry_or_in_a_layout() {
        let digest = format!("sha256:{}", "a".repeat(64));
        check("ghcr.io/acme/api:v1", Ok("registry ghcr.io/acme/api:v1"));
        check(
            "oci:out:ghcr.io/acme/api:v1",
            Ok("out named ghcr.io/acme/api:v1"),
        );
        check(&format!("oci:/a/out@{digest}"), Ok("/a/out pinned"));
        check(
            "oci:out",
            Err("`oci:out` names a layout and no image in it"),
        );
        check(
            "oci:out@sha256:a",
            Err("`oci:out@sha256:a` has no digest after its @"),
        );
        check("a//b", Err("`a//b` is no image reference"));
    }
}

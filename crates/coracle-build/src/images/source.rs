//! Where an image is, as it is written: `ghcr.io/acme/api:v1`, `oci:FOLDER:NAME`, `oci:FOLDER@sha256:…` (which is what a
//! build prints), `oci-archive:FILE`, `docker-archive:FILE`, `docker-daemon:NAME`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use coracle_oci::digest::DigestError;
use coracle_oci::reference::ReferenceError;
use coracle_oci::{Digest, Reference};

/// Where an image is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In a registry, by tag or digest.
    Registry(Reference),
    /// In an OCI image layout.
    Layout {
        /// The layout.
        folder: PathBuf,
        /// Which of its images.
        image: Selected,
    },
    /// In a tar file of an OCI image layout.
    OciArchive {
        /// The file.
        file: PathBuf,
        /// Which of its images.
        image: Selected,
    },
    /// In a container engine, by the name that it has there.
    DockerDaemon(String),
    /// In a tar file as `docker save` writes it.
    DockerArchive {
        /// The file.
        file: PathBuf,
        /// Which of its images; none there has a digest.
        image: Selected,
    },
}

/// One of the images of a layout or an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selected {
    /// The only one there is.
    Only,
    /// By the name that it has there: `ghcr.io/acme/api:v1`.
    Named(String),
    /// By its manifest's or index's digest.
    Pinned(Digest),
}

/// A text that names no image.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a folder nor a file after the colon.
    #[error("`{written}` says no {what} after its `{kind}`")]
    NoPlace {
        /// As written.
        written: String,
        /// `folder`, `file` or `image`.
        what: &'static str,
        /// `oci:`, …
        kind: &'static str,
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
            SourceError::NoPlace { .. } => Some(
                "write oci:FOLDER:NAME, or oci:FOLDER@sha256:… as `coracle build` prints it; oci-archive:FILE and \
                 docker-archive:FILE for archives"
                    .to_owned(),
            ),
            SourceError::Digest { source, .. } => source.hint(),
            SourceError::Reference { source, .. } => source.hint(),
        }
    }
}

/// How the places begin that are no registry's.
const LAYOUT: &str = "oci:";
const OCI_ARCHIVE: &str = "oci-archive:";
const DOCKER_ARCHIVE: &str = "docker-archive:";
const DOCKER_DAEMON: &str = "docker-daemon:";

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Source, SourceError> {
        let place = |kind: &'static str, what| {
            let rest = text.strip_prefix(kind)?;
            let no_place = || SourceError::NoPlace {
                written: text.to_owned(),
                what,
                kind,
            };
            let selected = selected(text, rest);
            Some(selected.and_then(|found| found.ok_or_else(no_place)))
        };
        if let Some(found) = place(LAYOUT, "folder") {
            return found.map(|(folder, image)| Source::Layout { folder, image });
        }
        if let Some(found) = place(OCI_ARCHIVE, "file") {
            return found.map(|(file, image)| Source::OciArchive { file, image });
        }
        if let Some(found) = place(DOCKER_ARCHIVE, "file") {
            return found.map(|(file, image)| Source::DockerArchive { file, image });
        }
        if let Some(name) = text.strip_prefix(DOCKER_DAEMON) {
            return match name {
                "" => Err(SourceError::NoPlace {
                    written: text.to_owned(),
                    what: "image",
                    kind: DOCKER_DAEMON,
                }),
                name => Ok(Source::DockerDaemon(name.to_owned())),
            };
        }
        let reference = text.parse();
        let reference = reference.map_err(|source| SourceError::Reference {
            written: text.to_owned(),
            source,
        })?;
        Ok(Source::Registry(reference))
    }
}

/// The place and the image of `PLACE`, `PLACE:NAME` or `PLACE@DIGEST`; `None` without a place.
fn selected(written: &str, rest: &str) -> Result<Option<(PathBuf, Selected)>, SourceError> {
    let (place, image) = if let Some((place, digest)) = rest.rsplit_once('@') {
        let digest = digest.parse().map_err(|source| SourceError::Digest {
            written: written.to_owned(),
            source,
        })?;
        (place, Selected::Pinned(digest))
    } else {
        match rest.split_once(':') {
            Some((place, name)) if !name.is_empty() => (place, Selected::Named(name.to_owned())),
            Some((place, _)) => (place, Selected::Only),
            None => (rest, Selected::Only),
        }
    };
    Ok((!place.is_empty()).then(|| (place.into(), image)))
}

impl fmt::Display for Selected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selected::Only => Ok(()),
            Selected::Named(name) => write!(formatter, ":{name}"),
            Selected::Pinned(digest) => write!(formatter, "@{digest}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Registry(reference) => reference.fmt(formatter),
            Source::Layout { folder, image } => {
                write!(formatter, "{LAYOUT}{}{image}", folder.display())
            }
            Source::OciArchive { file, image } => {
                write!(formatter, "{OCI_ARCHIVE}{}{image}", file.display())
            }
            Source::DockerDaemon(name) => write!(formatter, "{DOCKER_DAEMON}{name}"),
            Source::DockerArchive { file, image } => {
                write!(formatter, "{DOCKER_ARCHIVE}{}{image}", file.display())
            }
        }
    }
}

impl Source {
    /// The repository in its registry, `acme/api`.
    pub fn registry_repository(&self) -> Option<&str> {
        match self {
            Source::Registry(reference) => Some(reference.repository()),
            _ => None,
        }
    }

    /// The repository that it is of, `ghcr.io/acme/api`, where that is known.
    pub(crate) fn repository(&self) -> Option<String> {
        let of = |reference: &Reference| reference.to_repository().to_string();
        match self {
            Source::Registry(reference) => Some(of(reference)),
            Source::DockerDaemon(name) if name.contains('/') => name.parse().ok().as_ref().map(of),
            Source::DockerDaemon(_) => None,
            Source::Layout { image, .. }
            | Source::OciArchive { image, .. }
            | Source::DockerArchive { image, .. } => match image {
                Selected::Named(name) if name.contains('/') => name.parse().ok().as_ref().map(of),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(written: &str, expected: Result<&str, &str>) {
        let shown = |source: &Source| match source {
            Source::Registry(reference) => format!("registry {reference}"),
            other => format!("{other:?}"),
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
    fn an_image_is_named_in_a_registry_or_in_a_layout_or_an_archive() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let pinned = |place: &str| format!("{place}, image: Pinned({digest}) }}");
        check("ghcr.io/acme/api:v1", Ok("registry ghcr.io/acme/api:v1"));
        check(
            "oci:out:ghcr.io/acme/api:v1",
            Ok("Layout { folder: \"out\", image: Named(\"ghcr.io/acme/api:v1\") }"),
        );
        check("oci:out", Ok("Layout { folder: \"out\", image: Only }"));
        check(
            &format!("oci:/a/out@{digest}"),
            Ok(&pinned("Layout { folder: \"/a/out\"")),
        );
        check(
            "docker-archive:a.tar",
            Ok("DockerArchive { file: \"a.tar\", image: Only }"),
        );
        check(
            "oci-archive:a.tar:api:v1",
            Ok("OciArchive { file: \"a.tar\", image: Named(\"api:v1\") }"),
        );
        check("docker-daemon:api:v1", Ok("DockerDaemon(\"api:v1\")"));
        check("oci:", Err("`oci:` says no folder after its `oci:`"));
        check(
            "oci:out@sha256:a",
            Err("`oci:out@sha256:a` has no digest after its @"),
        );
        check("a//b", Err("`a//b` is no image reference"));
    }
}

//! What `publish` takes: one proven image as it is, or an index of several, made of nothing but proven ones.

use coracle_oci::manifest::Index;
use coracle_oci::record::RecordError;
use coracle_oci::store::StoreError;
use coracle_oci::{Descriptor, Platform, Store, media_type};

use super::Proven;

/// The root of what is published under one name. One image is a plain manifest, several are an image index, sorted by
/// platform.
#[derive(Debug, Clone)]
pub struct ProvenRoot {
    descriptor: Descriptor,
    images: Vec<Proven>,
}

/// Why images do not go under one name.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    /// There is none.
    #[error("there is no image for {name}")]
    Empty {
        /// The name.
        name: String,
    },
    /// Two are for one platform: a runtime would take either.
    #[error("two images of {name} are for {platform}: {first} and {second}")]
    Same {
        /// The name.
        name: String,
        /// The platform.
        platform: Platform,
        /// The digest of one manifest.
        first: coracle_oci::Digest,
        /// The digest of the other.
        second: coracle_oci::Digest,
    },
    /// The index cannot be put into JSON.
    #[error("cannot write the image index of {name} as JSON")]
    Json {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// The index cannot be written.
    #[error("cannot write the image index of {name}")]
    Write {
        /// The name.
        name: String,
        /// Why.
        #[source]
        source: StoreError,
    },
}

impl RootError {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            RootError::Empty { .. } | RootError::Json { .. } => None,
            RootError::Same { .. } => Some("leave out one of the two".to_owned()),
            RootError::Write { source, .. } => source.hint(),
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        matches!(self, RootError::Write { source, .. } if source.is_disk())
    }
}

impl ProvenRoot {
    /// Puts proven images under one root; an index is written into the store.
    ///
    /// # Errors
    /// When there is none, two are for one platform, or the index cannot be written.
    pub fn of(name: &str, mut images: Vec<Proven>, store: &Store) -> Result<ProvenRoot, RootError> {
        let name = || name.to_owned();
        images.sort_by(|one, other| one.platform.cmp(&other.platform));
        for pair in images.windows(2) {
            if let [first, second] = pair
                && first.platform == second.platform
            {
                return Err(RootError::Same {
                    name: name(),
                    platform: first.platform.clone(),
                    first: first.manifest.digest,
                    second: second.manifest.digest,
                });
            }
        }
        let descriptor = match images.as_slice() {
            [] => return Err(RootError::Empty { name: name() }),
            [one] => one.manifest.clone(),
            several => {
                let entries = several.iter().map(entry).collect();
                let bytes = Index::new(entries).to_bytes();
                let bytes = bytes.map_err(|source| RootError::Json {
                    name: name(),
                    source,
                })?;
                let digest = store.put_bytes(&bytes);
                let digest = digest.map_err(|source| RootError::Write {
                    name: name(),
                    source,
                })?;
                Descriptor::new(media_type::INDEX, digest, bytes.len() as u64)
            }
        };
        Ok(ProvenRoot { descriptor, images })
    }

    /// The manifest or the index.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The images, sorted by platform.
    pub fn images(&self) -> &[Proven] {
        &self.images
    }
}

/// A manifest as an index names it.
fn entry(proven: &Proven) -> Descriptor {
    proven.manifest.clone().with_platform(&proven.platform)
}

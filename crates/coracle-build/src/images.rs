//! Images that somebody made, wherever they are: what of them is there, and how it is read. Nothing is unpacked or changed.
//!
//! `source` says where one is; here is what is read of it.

mod archive;
mod engine;
mod error;
mod source;

use std::fmt;
use std::io::Read;

use coracle_oci::layout::LayoutSource;
use coracle_oci::manifest::MOST_BYTES;
use coracle_oci::media_type::{Kind, classify};
use coracle_oci::{Archive, Descriptor, Digest, ImageConfig, Index, Manifest, Platform, Reference};
use coracle_registry::Registry;
use tempfile::TempPath;

pub use self::engine::Engine;
pub use self::error::Error;
pub use self::source::{Selected, Source, SourceError};

/// One image, for one platform.
#[derive(Debug, Clone)]
pub struct Image {
    /// Its manifest; archives of `docker save` have none.
    pub manifest: Option<Descriptor>,
    /// Its configuration.
    pub config: ImageConfig,
    /// Its layers, the lowest first.
    pub layers: Vec<Layer>,
}

/// A layer of an image.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The digest of its tar.
    pub diff_id: Digest,
    /// How it is packed.
    pub media_type: String,
    /// How many bytes it has where it is.
    pub size: u64,
    place: Place,
}

#[derive(Debug, Clone)]
enum Place {
    Blob(Box<Descriptor>),
    Member(String),
}

impl Image {
    /// What it runs on, in the one spelling.
    pub fn platform(&self) -> Platform {
        self.config.platform().normalised()
    }
}

impl Layer {
    /// The digest of the layer as it is packed, where there is one.
    pub fn digest(&self) -> Option<&Digest> {
        match &self.place {
            Place::Blob(descriptor) => Some(&descriptor.digest),
            Place::Member(_) => None,
        }
    }

    /// What its descriptor says under this key.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        match &self.place {
            Place::Blob(descriptor) => descriptor.annotations.get(key).map(String::as_str),
            Place::Member(_) => None,
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Blob(descriptor) => descriptor.digest.fmt(formatter),
            Place::Member(name) => name.fmt(formatter),
        }
    }
}

/// A source that can be read.
pub(crate) enum Opened<'a> {
    Registry {
        registry: &'a Registry,
        reference: Reference,
    },
    Layout(LayoutSource),
    OciArchive(archive::OciArchive),
    DockerArchive {
        archive: Archive,
        /// Fetched from an engine, the file goes with this.
        _fetched: Option<TempPath>,
    },
}

impl<'a> Opened<'a> {
    pub(crate) fn open(
        source: &Source,
        registry: &'a Registry,
        engine: Option<&Engine>,
    ) -> Result<Opened<'a>, Error> {
        Ok(match source {
            Source::Registry(reference) => Opened::Registry {
                registry,
                reference: reference.clone(),
            },
            Source::Layout { folder, .. } => {
                let layout = LayoutSource::open(folder).map_err(|cause| Error::Layout {
                    image: source.to_string(),
                    source: cause,
                })?;
                Opened::Layout(layout)
            }
            Source::OciArchive { file, .. } => {
                let archive = Archive::open(file)?;
                Opened::OciArchive(archive::OciArchive::read(archive, source)?)
            }
            Source::DockerArchive { file, .. } => Opened::DockerArchive {
                archive: Archive::open(file)?,
                _fetched: None,
            },
            Source::DockerDaemon(name) => {
                let engine = engine.ok_or_else(|| Error::NoEngine {
                    image: source.to_string(),
                })?;
                let file = engine.fetch(name)?;
                Opened::DockerArchive {
                    archive: Archive::open(&file)?,
                    _fetched: Some(file),
                }
            }
        })
    }

    /// What the source names: a manifest or an index.
    pub(crate) fn root(&self, source: &Source) -> Result<(Descriptor, Vec<u8>), Error> {
        let selected = match source {
            Source::Registry(_) | Source::DockerDaemon(_) => &Selected::Only,
            Source::Layout { image, .. }
            | Source::OciArchive { image, .. }
            | Source::DockerArchive { image, .. } => image,
        };
        let found = match self {
            Opened::Registry {
                registry,
                reference,
            } => {
                let pulled = registry.pull_manifest(reference);
                return pulled.map_err(|cause| self.pulling(cause));
            }
            Opened::Layout(layout) => select(layout.entries(), selected, source)?,
            Opened::OciArchive(archive) => select(&archive.entries, selected, source)?,
            Opened::DockerArchive { .. } => {
                return Err(Error::no_image(source, "docker-archive"));
            }
        };
        let bytes = self.manifest(&found)?;
        Ok((found, bytes))
    }

    /// The images of a source whose platform is `wanted`: its one, or those of its index.
    pub(crate) fn images(
        &self,
        source: &Source,
        wanted: &dyn Fn(&Platform) -> bool,
    ) -> Result<Vec<Image>, Error> {
        if let Opened::DockerArchive { archive, .. } = self {
            let image = match source {
                Source::DockerArchive { image, .. } => image,
                _ => &Selected::Only,
            };
            return Ok(vec![archive::docker_image(archive, image, source)?]);
        }
        let (root, bytes) = self.root(source)?;
        match classify(&root.media_type) {
            Kind::Manifest => Ok(vec![self.image(source, root, &bytes)?]),
            Kind::Index => {
                let index =
                    Index::from_bytes(&bytes).map_err(|cause| Error::record(source, cause))?;
                let mut images = Vec::new();
                for child in index.manifests {
                    // Attestations are listed like images, for a platform that is none.
                    let platform = child.platform();
                    let is_image = classify(&child.media_type) == Kind::Manifest
                        && platform.as_ref().is_none_or(|platform| {
                            platform.os != "unknown" && wanted(&platform.normalised())
                        });
                    if is_image {
                        let child = Descriptor::new(&child.media_type, child.digest, child.size);
                        let bytes = self.manifest(&child)?;
                        images.push(self.image(source, child, &bytes)?);
                    }
                }
                Ok(images)
            }
            _ => Err(Error::no_image(source, &root.media_type)),
        }
    }

    fn image(&self, source: &Source, descriptor: Descriptor, bytes: &[u8]) -> Result<Image, Error> {
        let manifest = Manifest::from_bytes(bytes).map_err(|cause| Error::record(source, cause))?;
        let config = self.whole(source, &manifest.config)?;
        let config =
            ImageConfig::from_bytes(&config).map_err(|cause| Error::record(source, cause))?;
        let diff_ids = &config.rootfs.diff_ids;
        if diff_ids.len() != manifest.layers.len() {
            return Err(Error::Count {
                image: source.to_string(),
                layers: manifest.layers.len(),
                diff_ids: diff_ids.len(),
            });
        }
        let layers = manifest.layers.into_iter().zip(diff_ids);
        let layers = layers.map(|(blob, diff_id)| Layer {
            diff_id: *diff_id,
            media_type: blob.media_type.clone(),
            size: blob.size,
            place: Place::Blob(Box::new(blob)),
        });
        Ok(Image {
            manifest: Some(descriptor),
            layers: layers.collect(),
            config,
        })
    }

    /// Some small content, whole and verified.
    fn whole(&self, source: &Source, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let reader = self.blob(descriptor)?;
        let read = reader.take(MOST_BYTES).read_to_end(&mut bytes);
        read.map_err(|cause| Error::Content {
            image: source.to_string(),
            what: descriptor.digest.to_string(),
            source: cause,
        })?;
        Ok(bytes)
    }

    /// A manifest by its digest.
    pub(crate) fn manifest(&self, descriptor: &Descriptor) -> Result<Vec<u8>, Error> {
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
                let read = layout.read(descriptor, MOST_BYTES);
                read.map_err(|cause| Error::Layout {
                    image: descriptor.digest.to_string(),
                    source: cause,
                })
            }
            Opened::OciArchive(archive) => archive.manifest(descriptor),
            Opened::DockerArchive { archive, .. } => {
                Ok(archive.read_whole(&archive::blob_name(&descriptor.digest), MOST_BYTES)?)
            }
        }
    }

    /// A layer, as it is packed.
    pub(crate) fn layer(&self, layer: &Layer) -> Result<Box<dyn Read + Send>, Error> {
        match (&layer.place, self) {
            (Place::Blob(descriptor), _) => self.blob(descriptor),
            (Place::Member(name), Opened::DockerArchive { archive, .. }) => {
                Ok(Box::new(archive.read(name)?))
            }
            (Place::Member(name), _) => Err(Error::NotThere {
                image: name.clone(),
                known: Vec::new(),
            }),
        }
    }

    /// A config or layer; the reader refuses wrong content before its last byte.
    pub(crate) fn blob(&self, descriptor: &Descriptor) -> Result<Box<dyn Read + Send>, Error> {
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
            Opened::OciArchive(archive) => archive.blob(descriptor),
            Opened::DockerArchive { archive, .. } => Ok(Box::new(
                archive.read(&archive::blob_name(&descriptor.digest))?,
            )),
        }
    }

    fn pulling(&self, source: coracle_registry::Error) -> Error {
        let image = match self {
            Opened::Registry { reference, .. } => reference.to_string(),
            _ => String::new(),
        };
        Error::Pull { image, source }
    }
}

/// The entry of a layout that is meant.
fn select(
    entries: &[Descriptor],
    selected: &Selected,
    source: &Source,
) -> Result<Descriptor, Error> {
    let name = |entry: &Descriptor| entry.annotations.get(coracle_oci::store::REF_NAME).cloned();
    let known = || entries.iter().filter_map(name).collect();
    let found = match selected {
        Selected::Named(wanted) => entries
            .iter()
            .find(|entry| name(entry).as_ref() == Some(wanted)),
        Selected::Pinned(digest) => entries.iter().find(|entry| entry.digest == *digest),
        Selected::Only => {
            let mut digests: Vec<&Digest> = entries.iter().map(|entry| &entry.digest).collect();
            digests.sort_unstable();
            digests.dedup();
            if digests.len() > 1 {
                return Err(Error::Several {
                    image: source.to_string(),
                    count: digests.len(),
                    known: known(),
                });
            }
            entries.first()
        }
    };
    let found = found.ok_or_else(|| Error::NotThere {
        image: source.to_string(),
        known: known(),
    })?;
    Ok(Descriptor::new(&found.media_type, found.digest, found.size))
}

//! From the files of an image to its blobs in the store: layers, config, manifest.
//!
//! A pure function of the root filesystem, the plan and the epoch: same input, same digest, on any machine, with any
//! number of threads.

mod cached;
mod folders;
mod grouping;
mod image;
#[cfg(test)]
mod tests;

use coracle_oci::layer::{Entry, EntryKind, Layer, LayerError};
use coracle_oci::record::RecordError;
use coracle_oci::store::StoreError;
use coracle_oci::{Descriptor, Platform, Store, media_type};

use self::cached::Writer;
use crate::plan::ServicePlan;
use crate::resolve::{Origin, Rootfs};

/// An image that is whole in the store and that nobody has looked at yet.
#[derive(Debug, Clone)]
pub struct Image {
    /// The manifest.
    pub manifest: Descriptor,
    /// What its layers weigh unpacked, in bytes: the sum of the file contents.
    pub unpacked_size: u64,
    /// What its blobs weigh, in bytes, as pulled.
    pub compressed_size: u64,
}

/// How to assemble.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Compression threads; the bytes do not depend on it.
    pub threads: usize,
    /// The time of the image and of folders that no package holds, seconds since 1970.
    pub epoch: i64,
    /// The most layers that packages may have, at most 100; see [`DEFAULT_LAYERS`].
    pub most_layers: usize,
}

/// How many layers packages have when nobody says otherwise: with more, an image is pulled noticeably more slowly.
pub const DEFAULT_LAYERS: usize = 16;

/// Why an image cannot be assembled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A layer cannot be written.
    #[error("cannot write the layer of {what}")]
    Layer {
        /// What is in it.
        what: String,
        /// Why.
        #[source]
        source: LayerError,
    },
    /// What was written cannot be noted.
    #[error("cannot note in the local store which layer was written")]
    Note {
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A record cannot be written.
    #[error("cannot write the {what} of {service}")]
    Record {
        /// Config or manifest.
        what: &'static str,
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A record cannot be put into JSON.
    #[error("cannot write a record of {service} as JSON")]
    Json {
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// The time is outside what an image can say.
    #[error("SOURCE_DATE_EPOCH {epoch} is no time that an image can hold")]
    Epoch {
        /// Seconds since 1970.
        epoch: i64,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Layer { source, .. } => source.hint(),
            Error::Record { source, .. } => source.hint(),
            Error::Json { .. } | Error::Note { .. } => None,
            Error::Epoch { .. } => Some("use seconds since 1970, before the year 10000".to_owned()),
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        match self {
            Error::Layer { source, .. } => source.is_disk(),
            Error::Record { source, .. } => source.is_disk(),
            Error::Note { .. } => true,
            Error::Json { .. } | Error::Epoch { .. } => false,
        }
    }
}

/// A layer and what to call it.
struct NamedLayer {
    layer: Layer,
    /// `libc6@2.41-12`, or what we made.
    contents: Vec<String>,
    is_package: bool,
    /// Which part of its one package it holds, where it does not hold the whole.
    part: Option<&'static str>,
}

impl NamedLayer {
    fn new(layer: Layer, origins: &[&Origin]) -> NamedLayer {
        let part = match origins {
            [Origin::PackagePart { part, .. }] => Some(*part),
            _ => None,
        };
        NamedLayer {
            layer,
            contents: names(origins),
            is_package: origins.iter().all(|origin| origin.package().is_some()),
            part,
        }
    }
}

/// What a layer's history and annotation call its origins, each once.
fn names(origins: &[&Origin]) -> Vec<String> {
    let name = |origin: &&Origin| match origin {
        Origin::Package { name, version } | Origin::PackagePart { name, version, .. } => {
            format!("{name}@{version}")
        }
        Origin::Made => "users, links and certificates".to_owned(),
        Origin::Program => "the program".to_owned(),
    };
    let mut names: Vec<String> = origins.iter().map(name).collect();
    names.dedup();
    names
}

/// Assembles.
///
/// # Errors
/// When a file changed while it was read, or the store cannot be written.
pub fn assemble(
    service: &ServicePlan,
    platform: &Platform,
    rootfs: &Rootfs,
    options: Options,
    store: &Store,
) -> Result<Image, Error> {
    let writer = Writer::new(store, options.threads);
    let layers = grouping::write(rootfs, options, &writer)?;
    let json = |source| Error::Json {
        service: service.name.clone(),
        source,
    };
    let record = |what, media_type, bytes: Vec<u8>| {
        let put = store.put_bytes(&bytes).map_err(|source| Error::Record {
            what,
            service: service.name.clone(),
            source,
        });
        put.map(|digest| Descriptor::new(media_type, digest, bytes.len() as u64))
    };
    let config = image::config(service, platform, &layers, options.epoch)?;
    let config = record(
        "config",
        media_type::CONFIG,
        config.to_bytes().map_err(json)?,
    )?;
    let manifest = image::manifest(config, &layers);
    let manifest = record(
        "manifest",
        media_type::MANIFEST,
        manifest.to_bytes().map_err(json)?,
    )?;
    Ok(Image {
        unpacked_size: unpacked_size(rootfs),
        compressed_size: layers.iter().map(|named| named.layer.descriptor.size).sum(),
        manifest,
    })
}

/// What the files weigh, links and folders not counted.
fn unpacked_size(rootfs: &Rootfs) -> u64 {
    rootfs.files.values().map(|file| size(&file.entry)).sum()
}

/// What an entry's content weighs, in bytes.
fn size(entry: &Entry) -> u64 {
    match &entry.kind {
        EntryKind::File(content) => content.length(),
        _ => 0,
    }
}

fn is_folder(entry: &Entry) -> bool {
    matches!(entry.kind, EntryKind::Directory)
}

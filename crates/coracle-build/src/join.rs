//! Joining images that were built apart, as parallel jobs of CI do, into one index: each is taken into the local store
//! whole, verified, and proven there before it is joined.
//!
//! `images` says where an image is and reads it; here is what is taken of it. What is joined is a [`ProvenRoot`], like what a build
//! publishes.

mod error;

use std::io::Read;

use coracle_oci::manifest::Index;
use coracle_oci::media_type::{Kind, classify};
use coracle_oci::{Descriptor, Store, graph};
use coracle_registry::Registry;

pub use self::error::Error;
use crate::event::{Event, Observer};
use crate::images::{self, Opened, Source};
use crate::plan::ImageName;
use crate::prove::{self, Proven, ProvenRoot, Question};
use crate::settings::Settings;

/// What an index is joined with.
pub struct World<'a> {
    /// Where to pull from.
    pub registry: &'a Registry,
    /// Where images are taken to.
    pub store: &'a Store,
    /// What may stand against a proof, and what comes from outside when a container starts.
    pub settings: &'a Settings,
    /// Who watches.
    pub observer: Observer<'a>,
}

/// The names of an index: `NAME:TAG` in full, or a tag for the repository of the first image.
///
/// # Errors
/// When a tag has no repository to be of, or is no tag.
pub fn names(
    tags: &[String],
    sources: &[Source],
    settings: &Settings,
) -> Result<Vec<ImageName>, Error> {
    let name = |written: &String| {
        let is_full = written.contains([':', '/']);
        let in_repository = |name: &str| match &settings.repository {
            Some(repository) if !name.contains('/') => format!("{repository}/{name}"),
            _ => name.to_owned(),
        };
        let text = if is_full {
            in_repository(written)
        } else {
            let repository = sources.first().and_then(Source::repository);
            let repository = repository.ok_or_else(|| Error::NoRepository {
                tag: written.clone(),
            })?;
            format!("{repository}:{written}")
        };
        Ok(ImageName::parse(text)?)
    };
    tags.iter().map(name).collect()
}

/// Takes, proves and joins.
///
/// # Errors
/// When an image cannot be had whole or is not proven, or two are for one platform.
pub fn join(sources: &[Source], world: &World<'_>) -> Result<ProvenRoot, Error> {
    let mut proven = Vec::new();
    for source in sources {
        let opened = Opened::open(source, world.registry, None)?;
        let images = taken(source, &opened, world)?;
        for image in images {
            proven.push(proven_image(source, &image, world)?);
        }
    }
    let of = sources.iter().map(ToString::to_string);
    let name = of.collect::<Vec<_>>().join(", ");
    Ok(ProvenRoot::of(&name, proven, world.store)?)
}

fn proven_image(source: &Source, image: &Descriptor, world: &World<'_>) -> Result<Proven, Error> {
    let name = source.to_string();
    let question = Question {
        allowed: &world.settings.allow_unproven,
        provided: &world.settings.unconfigured.provided,
        ..Question::new(&name, None)
    };
    let proven = prove::prove(&question, image, world.store)?;
    (world.observer)(&Event::Joined {
        image: name.clone(),
        platform: proven.platform().clone(),
        digest: proven.manifest().digest.to_string(),
    });
    for finding in proven.allowed() {
        let (service, text) = (name.clone(), prove::finding_text(finding));
        (world.observer)(&Event::Unproven { service, text });
    }
    Ok(proven)
}

/// The image manifests of a source, each whole in the store: its one, or those of its index.
fn taken(
    source: &Source,
    opened: &Opened<'_>,
    world: &World<'_>,
) -> Result<Vec<Descriptor>, Error> {
    let (root, bytes) = opened.root(source)?;
    match classify(&root.media_type) {
        Kind::Manifest => {
            take(opened, (&root, &bytes), world)?;
            Ok(vec![root])
        }
        Kind::Index => {
            let index =
                Index::from_bytes(&bytes).map_err(|cause| images::Error::record(source, cause))?;
            let mut images = Vec::new();
            for child in index.manifests {
                let platform = child.platform();
                // Attestations are listed like images, for a platform that is none.
                if platform.is_some_and(|platform| platform.os == "unknown") {
                    let text = format!("{source}: {} is no image and is left out", child.digest);
                    (world.observer)(&Event::Note {
                        service: None,
                        text,
                    });
                    continue;
                }
                if classify(&child.media_type) != Kind::Manifest {
                    return Err(images::Error::no_image(source, &child.media_type).into());
                }
                let child = Descriptor::new(&child.media_type, child.digest, child.size);
                let bytes = opened.manifest(&child)?;
                take(opened, (&child, &bytes), world)?;
                images.push(child);
            }
            Ok(images)
        }
        _ => Err(images::Error::no_image(source, &root.media_type).into()),
    }
}

/// Takes what a manifest needs, and then itself, into the store.
fn take(
    opened: &Opened<'_>,
    (manifest, bytes): (&Descriptor, &[u8]),
    world: &World<'_>,
) -> Result<(), Error> {
    let children = graph::children(&manifest.media_type, bytes);
    let children = children.map_err(|cause| images::Error::Record {
        image: manifest.digest.to_string(),
        source: cause,
    })?;
    for child in children {
        if world.store.contains(&child)? {
            continue;
        }
        (world.observer)(&Event::Fetching {
            what: child.digest.to_string(),
            size: Some(child.size),
        });
        let mut writer = world.store.writer()?;
        let mut reader = opened.blob(&child)?.take(child.size.saturating_add(1));
        std::io::copy(&mut reader, &mut writer).map_err(|cause| Error::Copy {
            digest: child.digest,
            source: cause,
        })?;
        writer.commit()?;
    }
    world.store.put_bytes(bytes)?;
    Ok(())
}

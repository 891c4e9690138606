//! `coracle index create`: what was joined goes where a build's images go.

use std::path::PathBuf;

use coracle_oci::{Digest, Platform, Store};
use coracle_registry::Pushed;

use super::{Error, client, started};
use crate::event::{Observer, Stage};
use crate::images::Source;
use crate::join;
use crate::plan::ImageName;
use crate::publish::{self, Pusher};
use crate::settings::Settings;

/// What images were joined to.
#[derive(Debug, Clone)]
pub struct Joined {
    /// The names it has.
    pub names: Vec<ImageName>,
    /// The digest of the index, or of the manifest where there was one image.
    pub digest: Digest,
    /// Its images, sorted by platform, with their manifests' digests.
    pub images: Vec<(Platform, Digest)>,
    /// What each push did.
    pub pushed: Vec<Pushed>,
    /// The layout it is in: the one asked for, else the local store.
    pub layout: PathBuf,
}

/// Joins images that were built apart under these names or tags, each proven before.
///
/// # Errors
/// When an image cannot be had whole or is not proven, two are for one platform, or the index cannot be published.
pub fn join(
    settings: &Settings,
    sources: &[Source],
    tags: &[String],
    observer: Observer<'_>,
) -> Result<Joined, Error> {
    let names = join::names(tags, sources, settings)?;
    let store = Store::open(&settings.store)?;
    let destination = &settings.destination;
    // Layers that came from the same registry need not be sent there again.
    let repositories = sources.iter().filter_map(Source::registry_repository);
    let repositories = repositories.map(str::to_owned).collect();
    let pusher = Pusher::new(client(observer)?, destination, repositories, &store)?;
    started(observer, Stage::Prove, None);
    let world = join::World {
        registry: pusher.registry(),
        store: &store,
        settings,
        observer,
    };
    let root = join::join(sources, &world)?;
    started(observer, Stage::Publish, None);
    publish::name(&root, &names, &store)?;
    if let Some(path) = &destination.layout {
        publish::layout(&[(&root, names.as_slice())], &store, path)?;
    }
    let mut pushed = Vec::new();
    for name in names.iter().filter(|_| destination.push) {
        let service = name.to_string();
        pushed.push(pusher.push(&root, &service, name.reference(), observer)?);
    }
    let images = root.images().iter();
    Ok(Joined {
        digest: root.descriptor().digest,
        images: images
            .map(|image| (image.platform().clone(), image.manifest().digest))
            .collect(),
        pushed,
        layout: destination
            .layout
            .as_ref()
            .unwrap_or(&settings.store)
            .clone(),
        names,
    })
}

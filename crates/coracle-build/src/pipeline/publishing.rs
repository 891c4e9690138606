//! The line's end: what was proven on every platform goes under one root a service, and out.

use coracle_oci::{Reference, Store};
use coracle_registry::Pushed;
use coracle_transport::Client;

use super::finish::Finished;
use super::{Built, BuiltImage, Error, started};
use crate::event::{Observer, Stage};
use crate::plan::{ImageName, Plan, ServicePlan};
use crate::prove::ProvenRoot;
use crate::publish::{self, Pusher};
use crate::settings::Settings;
use crate::smoke;

/// A service on all platforms.
pub(super) struct Whole<'a> {
    pub(super) service: &'a ServicePlan,
    /// In the order of the platforms.
    pub(super) finished: Vec<Finished>,
    pub(super) root: ProvenRoot,
}

/// Puts the images of each service under one root. What comes in is by platform, then by service.
pub(super) fn roots<'a>(
    plan: &'a Plan,
    finished: Vec<Vec<Finished>>,
    store: &Store,
) -> Result<Vec<Whole<'a>>, Error> {
    let mut platforms: Vec<_> = finished.into_iter().map(Vec::into_iter).collect();
    let mut services = Vec::new();
    for service in &plan.services {
        let finished: Vec<Finished> = platforms.iter_mut().filter_map(Iterator::next).collect();
        let images = finished.iter().map(|one| one.proven.clone()).collect();
        let root = ProvenRoot::of(&service.name, images, store)?;
        services.push(Whole {
            service,
            finished,
            root,
        });
    }
    Ok(services)
}

/// Starts every image where this machine can, when that is asked for.
pub(super) fn smoke(
    settings: &Settings,
    services: &[Whole<'_>],
    store: &Store,
    observer: Observer<'_>,
) -> Result<(), Error> {
    let Some(command) = &settings.smoke else {
        return Ok(());
    };
    started(observer, Stage::Smoke, None);
    let images: Vec<_> = services
        .iter()
        .flat_map(|whole| {
            let name = whole.service.name.as_str();
            whole.root.images().iter().map(move |image| (name, image))
        })
        .collect();
    Ok(smoke::all(&images, command, store, observer)?)
}

pub(super) fn publish_all(
    plan: &Plan,
    settings: &Settings,
    services: Vec<Whole<'_>>,
    (client, store): (&Client, &Store),
    observer: Observer<'_>,
) -> Result<Vec<Built>, Error> {
    started(observer, Stage::Publish, None);
    for whole in &services {
        publish::name(&whole.root, &whole.service.names, store)?;
    }
    if let Some(path) = &settings.destination.layout {
        let roots: Vec<_> = services
            .iter()
            .map(|whole| (&whole.root, whole.service.names.as_slice()))
            .collect();
        publish::layout(&roots, store, path)?;
    }
    let pusher = pusher(settings, &services, (client, store))?;
    let mut built = Vec::new();
    for whole in services {
        let mut pushed = Vec::new();
        let places = places(&whole.service.names, settings.destination.by_digest);
        if let Some(pusher) = &pusher {
            let name = &whole.service.name;
            for place in &places {
                pushed.push(pusher.push(&whole.root, name, place, observer)?);
            }
        }
        built.push(summary(plan, settings, whole, pushed));
    }
    Ok(built)
}

/// Where an image is pushed: to each of its names, or by its digest to each of its repositories.
fn places(names: &[ImageName], by_digest: bool) -> Vec<Reference> {
    let place = |name: &ImageName| match by_digest {
        true => name.reference().untagged(),
        false => name.reference().clone(),
    };
    let mut places: Vec<Reference> = names.iter().map(place).collect();
    places.dedup();
    places
}

/// One pusher for all services, which know each other's repositories: they share package layers.
fn pusher<'a>(
    settings: &Settings,
    services: &[Whole<'_>],
    (client, store): (&Client, &'a Store),
) -> Result<Option<Pusher<'a>>, Error> {
    if !settings.destination.push {
        return Ok(None);
    }
    let names = services.iter().flat_map(|whole| &whole.service.names);
    let mut repositories: Vec<String> = names
        .map(|name| name.reference().repository().to_owned())
        .collect();
    repositories.dedup();
    let pusher = Pusher::new(client.clone(), &settings.destination, repositories, store)?;
    Ok(Some(pusher))
}

fn summary(plan: &Plan, settings: &Settings, whole: Whole<'_>, pushed: Vec<Pushed>) -> Built {
    let service = whole.service;
    let layout = settings
        .destination
        .layout
        .as_ref()
        .unwrap_or(&settings.store);
    let mut images: Vec<BuiltImage> = whole.finished.into_iter().map(image).collect();
    images.sort_by(|one, other| one.platform.cmp(&other.platform));
    Built {
        service: service.name.clone(),
        language: service.program.language.name(),
        names: service.names.clone(),
        digest: whole.root.descriptor().digest,
        suite: plan.suite.value.to_string(),
        images,
        expose: service
            .expose
            .iter()
            .map(|port| port.value.clone())
            .collect(),
        pushed,
        layout: layout.clone(),
    }
}

fn image(finished: Finished) -> BuiltImage {
    BuiltImage {
        platform: finished.proven.platform().clone(),
        digest: finished.proven.manifest().digest,
        program: finished.program,
        unpacked_size: finished.image.unpacked_size,
        compressed_size: finished.image.compressed_size,
        packages: finished.packages,
        report: finished.proven.report().clone(),
    }
}

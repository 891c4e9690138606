//! Writing down what was built, so that `why` can say later what an image was made of. It is no part of any image, and where
//! it cannot be written the images are there all the same.

use std::path::PathBuf;

use coracle_oci::manifest::MOST_BYTES;
use coracle_oci::{Manifest, Store};

use super::finish::Finished;
use super::publishing::Whole;
use crate::event::{Event, Observer};
use crate::plan::{Plan, ServicePlan};
use crate::record::{Kept, Layer, Made, Record};

/// Where records of a service may be: beside what cargo or go compile, or beside the lock where they compile nothing.
pub(super) fn places(plan: &Plan, service: &ServicePlan) -> Vec<PathBuf> {
    let beside_lock = plan.lock.value.parent().unwrap_or(&plan.directory);
    let compiled = service.program.build_directory();
    compiled
        .into_iter()
        .chain([beside_lock.join("target/coracle")])
        .collect()
}

/// The records of a service, by platform.
pub(super) fn read(plan: &Plan, service: &ServicePlan) -> Vec<Kept> {
    let mut found = places(plan, service)
        .into_iter()
        .map(|place| Kept::read(&place, &service.name));
    let found = found.find(|found| !found.is_empty());
    found.unwrap_or_default().into_values().collect()
}

/// Writes down all that was built.
pub(super) fn keep(plan: &Plan, services: &[Whole<'_>], store: &Store, observer: Observer<'_>) {
    for whole in services {
        for finished in &whole.finished {
            if let Err(text) = keep_one(plan, whole, finished, store) {
                let service = Some(whole.service.name.clone());
                let text = format!("what it was made of is not written down, for `why`: {text}");
                observer(&Event::Note { service, text });
            }
        }
    }
}

fn keep_one(
    plan: &Plan,
    whole: &Whole<'_>,
    finished: &Finished,
    store: &Store,
) -> Result<(), String> {
    let service = whole.service;
    let Some(place) = places(plan, service).into_iter().next() else {
        return Ok(());
    };
    let draft = &finished.draft;
    let record = Record {
        inputs: draft.inputs.clone(),
        links: draft.links.clone(),
        made: Made {
            language: service.program.language.name().to_owned(),
            program: draft.program,
            layers: layers(finished, store)?,
            image: finished.proven.manifest().digest,
            root: whole.root.descriptor().digest,
        },
    };
    coracle_toolchain::compile::prepare(&place).map_err(|error| error.to_string())?;
    Kept::note(&place, &service.name, &draft.platform, record).map_err(|error| {
        let source = std::error::Error::source(&error);
        let why = source.map(|source| format!(": {source}"));
        format!("{error}{}", why.unwrap_or_default())
    })
}

/// The layers of an image as its records name them.
fn layers(finished: &Finished, store: &Store) -> Result<Vec<Layer>, String> {
    let read = |descriptor| {
        store
            .read(descriptor, MOST_BYTES)
            .map_err(|error| error.to_string())
    };
    let manifest = read(finished.proven.manifest())?;
    let manifest = Manifest::from_bytes(&manifest).map_err(|error| error.to_string())?;
    let config = read(&manifest.config)?;
    let config =
        coracle_oci::ImageConfig::from_bytes(&config).map_err(|error| error.to_string())?;
    let mut made = config.history.into_iter();
    let layer = |layer: coracle_oci::Descriptor| {
        let made = made.next().and_then(|step| step.created_by);
        let holds = made.unwrap_or_default();
        Layer {
            digest: layer.digest,
            bytes: layer.size,
            holds: holds.trim_start_matches("coracle: ").to_owned(),
        }
    };
    Ok(manifest.layers.into_iter().map(layer).collect())
}

//! The line up to the proof, for files that are written from it: nothing is published.

use coracle_oci::Store;

use super::attempt::{Goal, Run};
use super::cached::Cache;
use super::finish::Finished;
use super::{Error, client, plan, publishing, serve};
use crate::eject::{Proven, ProvenImage, Subject};
use crate::event::Observer;
use crate::plan::Plan;
use crate::record::Kind;
use crate::settings::Settings;

/// Hands the plan over, and with `proven` what each service was proven to need, built for it.
///
/// # Errors
/// As [`super::plan()`]; with `proven` as [`super::build`].
pub fn ejectable<T>(
    settings: &Settings,
    proven: bool,
    observer: Observer<'_>,
    take: impl FnOnce(&Subject<'_>) -> T,
) -> Result<T, Error> {
    let (mut plan, lock) = plan(settings, observer)?;
    if !proven {
        let proven = Vec::new();
        return Ok(take(&Subject {
            plan: &plan,
            proven,
        }));
    }
    let store = Store::open(&settings.store)?;
    let client = client(observer)?;
    let cache = Cache::begin(&plan, settings, observer);
    let run = Run::new(settings, &lock, (&client, &store), Goal::Files, observer);
    let finished = serve::serve(&mut plan, &run.through(&cache))?;
    cache.end(observer);
    let services = publishing::roots(&plan, finished, &store)?;
    let proven = services.into_iter().map(|whole| Proven {
        service: whole.service,
        images: images(&plan, whole.finished),
    });
    let proven = proven.collect();
    Ok(take(&Subject {
        plan: &plan,
        proven,
    }))
}

fn images(plan: &Plan, finished: Vec<Finished>) -> Vec<ProvenImage> {
    let image = |(platform, finished): (&coracle_oci::Platform, Finished)| {
        let built_against = finished.draft.inputs.of(Kind::BuildPackage);
        ProvenImage {
            platform: platform.clone(),
            build_packages: built_against
                .map(|(name, version)| (name.to_owned(), version.to_owned()))
                .collect(),
            packages: finished.packages,
            compiled: finished.draft.compiled,
            made: finished.made,
            parts: finished.parts,
        }
    };
    plan.platforms.iter().zip(finished).map(image).collect()
}

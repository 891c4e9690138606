//! `coracle why SERVICE`: what cargo and go say of its source, what was written down when it was built, and the image.

mod known;

use coracle_oci::{Platform, Store};

use self::known::Planned;
use super::looking::{self, looking};
use super::{Error, recording};
use crate::check::look;
use crate::check::{Asked, Target};
use crate::event::Observer;
use crate::images::{Selected, Source};
use crate::plan::ServicePlan;
use crate::record::Kept;
use crate::settings::Settings;
use crate::why::rebuilt::Rebuilt;
use crate::why::service::{self, Answer, Ask};

/// Why something is in the last image that was built of a service, or among what its source is made of.
///
/// # Errors
/// When there is no such service, nothing of that name, or no image where one is needed.
pub fn why_service(
    settings: &Settings,
    name: &str,
    ask: &Ask,
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Answer>, Error> {
    let planned = Planned::find(settings, name, observer)?;
    let service = &planned.service;
    let records = records(&planned, asked)?;
    let images = images(settings, service, &records)?;
    if images.is_empty() {
        let platform = asked
            .platforms
            .first()
            .or_else(|| planned.plan.platforms.first());
        let host = Platform::linux(crate::plan::host_architecture());
        let platform = platform.unwrap_or(&host);
        return Ok(vec![Answer {
            service: service.name.clone(),
            platform: platform.to_string(),
            image: None,
            says: service::of_source(&planned.known(settings, platform, None)?, ask)?,
        }]);
    }
    let mut answers = Vec::new();
    for image in &images {
        let question = Asked {
            platforms: image.platforms(asked),
            dlopen: service.settings.dlopen.clone(),
            provided: &asked.provided | &service.settings.provided,
            ..asked.clone()
        };
        answers.extend(looking(settings, observer, |world| {
            let place = look::open(&image.target, &question, world)?;
            let all = 0..place.platforms().len();
            let one = |at| -> Result<Answer, Error> {
                let seen = place.see(at)?;
                let known = planned.known(settings, &seen.platform, image.record)?;
                Ok(Answer {
                    service: service.name.clone(),
                    platform: seen.platform.to_string(),
                    image: seen.digest,
                    says: service::answer(&seen, &known, ask)?,
                })
            };
            all.map(one).collect::<Result<Vec<_>, Error>>()
        })?);
    }
    Ok(answers)
}

/// Which inputs of a service changed, so that its images were made anew.
///
/// # Errors
/// When there is no such service, or nothing was written down of it.
pub fn rebuilt(
    settings: &Settings,
    name: &str,
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Rebuilt>, Error> {
    let planned = Planned::find(settings, name, observer)?;
    let service = &planned.service;
    let records = records(&planned, asked)?;
    if records.is_empty() {
        let service = service.name.clone();
        return Err(service::Error::NoRecord { service }.into());
    }
    let rebuilt = records.iter().map(|kept| Rebuilt::of(&service.name, kept));
    Ok(rebuilt.collect())
}

/// The records of a service for the platforms that are asked for.
fn records(planned: &Planned, asked: &Asked) -> Result<Vec<Kept>, Error> {
    let service = &planned.service;
    let records = recording::read(&planned.plan, service);
    if asked.platforms.is_empty() || records.is_empty() {
        return Ok(records);
    }
    let names: Vec<String> = asked.platforms.iter().map(ToString::to_string).collect();
    let known = records.iter().map(|kept| kept.platform.clone()).collect();
    let is_asked = |kept: &Kept| names.contains(&kept.platform);
    let records: Vec<Kept> = records.into_iter().filter(is_asked).collect();
    match records.is_empty() {
        false => Ok(records),
        true => Err(service::Error::NoPlatform {
            service: service.name.clone(),
            wanted: names.join(", "),
            known,
        }
        .into()),
    }
}

/// An image of a service in the local store.
struct Image<'a> {
    target: Target,
    /// What was written down when it was built.
    record: Option<&'a Kept>,
}

impl Image<'_> {
    /// The platforms to look at: that of the record, which may be one of an index.
    fn platforms(&self, asked: &Asked) -> Vec<Platform> {
        let own = self.record.and_then(|kept| kept.platform.parse().ok());
        own.map_or_else(|| asked.platforms.clone(), |platform| vec![platform])
    }
}

/// The last images that were built of a service, as far as the store still has them: by what was written down, else by the
/// names that a build gives.
fn images<'a>(
    settings: &Settings,
    service: &ServicePlan,
    records: &'a [Kept],
) -> Result<Vec<Image<'a>>, Error> {
    let store = Store::open(&settings.store)?;
    let names = store.names()?;
    let in_store = |image| {
        Target::Image(Source::Layout {
            folder: settings.store.clone(),
            image,
        })
    };
    let is_there = |kept: &&Kept| {
        let root = kept.last.made.root;
        names
            .iter()
            .any(|(_, descriptor)| descriptor.digest == root)
    };
    let built: Vec<Image<'_>> = records
        .iter()
        .filter(is_there)
        .map(|kept| Image {
            target: in_store(Selected::Pinned(kept.last.made.root)),
            record: Some(kept),
        })
        .collect();
    if !built.is_empty() {
        return Ok(built);
    }
    let own = |name: &&&String| service.names.iter().any(|own| own.to_string() == ***name);
    let named: Vec<&String> = names
        .iter()
        .map(|(name, _)| name)
        .filter(|name| looking::is_of(settings, &service.name, name))
        .collect();
    let found = named.iter().find(own).or_else(|| named.first());
    let image = |name: &&String| Image {
        target: in_store(Selected::Named((*name).clone())),
        record: None,
    };
    Ok(found.map(image).into_iter().collect())
}

//! `coracle why SERVICE`: what cargo and go say of its source, what was written down when it was built, and the image.

use std::sync::Arc;

use coracle_oci::{Platform, Store};
use coracle_toolchain::origin::Origins;
use coracle_toolchain::rust::{self, Features};
use coracle_toolchain::{Language, go};

use super::looking::{self, looking};
use super::{Error, plan, recording};
use crate::check::look;
use crate::check::{Asked, Target};
use crate::event::{Event, Observer};
use crate::images::{Selected, Source};
use crate::plan::{Linkage, Plan, ServicePlan, platforms};
use crate::record::Kept;
use crate::settings::Settings;
use crate::why::rebuilt::Rebuilt;
use crate::why::service::{self, Answer, Ask, Known};

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
    let (plan, service) = planned(settings, name, observer)?;
    let records = wanted(recording::read(&plan, &service), &service.name, asked)?;
    let images = images(settings, &service, &records)?;
    if images.is_empty() {
        let platform = asked.platforms.first().or_else(|| plan.platforms.first());
        let host = Platform::linux(crate::plan::host_architecture());
        let platform = platform.unwrap_or(&host);
        return Ok(vec![Answer {
            service: service.name.clone(),
            platform: platform.to_string(),
            image: None,
            says: service::of_source(&known(settings, &service, platform, None)?, ask)?,
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
                let known = known(settings, &service, &seen.platform, image.record)?;
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
    let (plan, service) = planned(settings, name, observer)?;
    let records = wanted(recording::read(&plan, &service), &service.name, asked)?;
    if records.is_empty() {
        let service = service.name;
        return Err(service::Error::NoRecord { service }.into());
    }
    let rebuilt = records.iter().map(|kept| Rebuilt::of(&service.name, kept));
    Ok(rebuilt.collect())
}

/// The service of this name. What is remarked while planning is a build's to say.
fn planned(
    settings: &Settings,
    name: &str,
    observer: Observer<'_>,
) -> Result<(Plan, ServicePlan), Error> {
    let watching = Arc::clone(observer);
    let quiet: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(move |event| {
        if matches!(event, Event::Started { .. }) {
            watching(event);
        }
    });
    let with = |wanted: Vec<String>| Settings {
        wanted,
        ..settings.clone()
    };
    let none = |known: Vec<String>| service::Error::no_service(name, known);
    match plan(&with(vec![name.to_owned()]), &quiet) {
        Ok((mut plan, _)) => match plan.services.pop() {
            Some(service) => Ok((plan, service)),
            None => Err(none(Vec::new()).into()),
        },
        Err(Error::Plan(error)) if error.is_unknown_service() => {
            // What there is instead is only asked for when it must be.
            let services = plan(&with(Vec::new()), &quiet).map(|(plan, _)| plan.services);
            let names = services.unwrap_or_default().into_iter();
            Err(none(names.map(|service| service.name).collect()).into())
        }
        Err(error) => Err(error),
    }
}

/// The records of the platforms that are asked for.
fn wanted(records: Vec<Kept>, service: &str, asked: &Asked) -> Result<Vec<Kept>, Error> {
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
            service: service.to_owned(),
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
    let own = |name: &String| service.names.iter().any(|own| own.to_string() == *name);
    let named = names.iter().map(|(name, _)| name);
    let mut named = named.filter(|name| looking::is_of(settings, &service.name, name));
    let all: Vec<&String> = named.by_ref().collect();
    let found = all.iter().find(|name| own(name)).or_else(|| all.first());
    let image = |name: &&String| Image {
        target: in_store(Selected::Named((*name).clone())),
        record: None,
    };
    Ok(found.map(image).into_iter().collect())
}

/// What is known of the source of a service, for a platform.
fn known(
    settings: &Settings,
    service: &ServicePlan,
    platform: &Platform,
    record: Option<&Kept>,
) -> Result<Known, service::Error> {
    let last = record.map(|kept| &kept.last);
    let is_prebuilt = last.is_some_and(|last| last.made.language == "prebuilt");
    let origins = match is_prebuilt {
        true => None,
        false => origins(settings, service, platform)?,
    };
    Ok(Known {
        service: service.name.clone(),
        program: service.binary_path(),
        origins,
        links: last.map(|last| last.links.clone()).unwrap_or_default(),
    })
}

/// What cargo or go says that the program is made of.
fn origins(
    settings: &Settings,
    service: &ServicePlan,
    platform: &Platform,
) -> Result<Option<Origins>, service::Error> {
    let base = Platform {
        variant: platform
            .variant
            .clone()
            .filter(|_| platform.architecture == "arm"),
        ..platform.clone()
    };
    let Some(target) = platforms::target(&base) else {
        return Ok(None);
    };
    let (own, toolchain) = (&service.settings, &settings.toolchain);
    Ok(match &service.program.language {
        Language::Prebuilt(_) => None,
        Language::Go(program) => {
            let cgo = service.linkage.value == Linkage::Cgo;
            Some(go::origins(program, &own.tags, (target, cgo), toolchain)?)
        }
        Language::Rust(program) => {
            let features = Features {
                on: own.features.clone(),
                all: own.all_features,
                no_default: own.no_default_features,
            };
            let triple = target.rust_triple(service.linkage.value == Linkage::Static);
            Some(rust::origins(program, &features, &triple, toolchain)?)
        }
    })
}

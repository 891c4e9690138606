//! The order of the stages, and nothing else: each line of [`build`] is one of them.

mod attempt;
mod compiling;
mod discover;
mod error;
mod level;
mod linked;
mod pins;

use std::path::PathBuf;
use std::sync::Arc;

use coracle_binary::start::Report;
use coracle_oci::{Digest, Platform, Store};
use coracle_registry::Pushed;
use coracle_transport::{Client, ClientOptions, TransportEvent};

use self::attempt::Run;
use self::compiling::Compiled;
pub use self::error::{Class, Error};
use crate::event::{Event, Observer, Stage};
use crate::keep::StoreKeep;
use crate::lock::LockFile;
use crate::plan::{self, ImageName, Plan, ServicePlan};
use crate::prove::Proven;
use crate::publish::Pusher;
use crate::resolve::{Installed, Rootfs};
use crate::settings::Settings;
use crate::source::Outside;
use crate::{assemble, policy, prove, publish, source};

/// One image, proven and published.
#[derive(Debug, Clone)]
pub struct Built {
    /// The service.
    pub service: String,
    /// Its language: `rust`, `go` or `prebuilt`.
    pub language: &'static str,
    /// The platform.
    pub platform: String,
    /// The names it has.
    pub names: Vec<ImageName>,
    /// The digest of its manifest.
    pub digest: Digest,
    /// What its files weigh, in bytes.
    pub unpacked_size: u64,
    /// What its layers weigh as pulled, in bytes.
    pub compressed_size: u64,
    /// Its packages.
    pub packages: Vec<Installed>,
    /// The suite they are of.
    pub suite: String,
    /// What was proven.
    pub report: Report,
    /// The ports it says it listens on.
    pub expose: Vec<String>,
    /// What each push did.
    pub pushed: Vec<Pushed>,
    /// The layout it is in: the one asked for, else the local store.
    pub layout: PathBuf,
}

/// Finds the services and decides: what `coracle plan` shows.
///
/// # Errors
/// Of `discover` and `plan`, or of a lock that cannot be read.
pub fn plan(settings: &Settings, observer: Observer<'_>) -> Result<(Plan, LockFile), Error> {
    started(observer, Stage::Discover, None);
    let project = discover::discover(settings, observer)?;
    started(observer, Stage::Plan, None);
    let lock = LockFile::find(settings)?;
    let plan = plan::make(&project, settings, &lock, observer)?;
    Ok((plan, lock))
}

/// Builds, proves and publishes the services of `settings`.
///
/// Nothing is published unless every service is proven; what was compiled is kept either way.
///
/// # Errors
/// The first failing stage's.
pub fn build(settings: &Settings, observer: Observer<'_>) -> Result<Vec<Built>, Error> {
    let (mut plan, lock) = plan(settings, observer)?;
    let store = Store::open(&settings.store)?;
    let client = client(observer)?;
    let keep = StoreKeep::new(&store);
    let architecture = source::architecture(&plan.platform).ok_or_else(|| Error::Architecture {
        platform: plan.platform.to_string(),
    })?;
    let outside = Outside::new(settings, &client, &keep, observer);
    let run = Run {
        settings,
        lock: &lock,
        store: &store,
        outside: &outside,
        architecture,
        observer,
    };
    let finished = attempt::serve(&mut plan, &run)?;
    tell_needless(settings, &finished, observer);
    publish_all(&plan, settings, finished, (&client, &store), observer)
}

/// A service that is proven.
struct Finished {
    rootfs: Rootfs,
    image: assemble::Image,
    platform: Platform,
    proven: Proven,
}

/// Assembles and proves one service.
fn finish(
    plan: &Plan,
    service: &ServicePlan,
    (compiled, rootfs): (Compiled, Rootfs),
    run: &Run<'_>,
) -> Result<Finished, Error> {
    let name = &service.name;
    started(run.observer, Stage::Assemble, Some(name));
    let threads = run.settings.jobs.unwrap_or_else(threads);
    let epoch = run.settings.epoch;
    let most_layers = run.settings.layers_max.unwrap_or(assemble::DEFAULT_LAYERS);
    let options = assemble::Options {
        threads,
        epoch,
        most_layers,
    };
    let raised = compiled.raised.as_ref();
    let platform = level::platform(name, &plan.platform, raised, run.observer);
    let image = assemble::assemble(service, &platform, &rootfs, options, run.store)?;
    started(run.observer, Stage::Prove, Some(name));
    let question = prove::Question {
        dlopen: &service.settings.dlopen,
        provided: &service.settings.provided,
        allowed: &run.settings.allow_unproven,
        ..prove::Question::new(name, plan.suite.value)
    };
    let proven = prove::prove(&question, &image.manifest, run.store)?;
    tell(name, &proven, run.observer);
    let policy = &service.settings.policy;
    let violations = policy::check(policy, &compiled.facts, &rootfs, image.unpacked_size);
    if !violations.is_empty() {
        let service = name.clone();
        return Err(Error::Policy {
            service,
            violations,
        });
    }
    Ok(Finished {
        rootfs,
        image,
        platform,
        proven,
    })
}

/// What is allowed and was not found: the flag can go.
fn tell_needless(settings: &Settings, finished: &[Finished], observer: Observer<'_>) {
    for code in &settings.allow_unproven {
        let mut allowed = finished.iter().flat_map(|one| one.proven.allowed());
        if !allowed.any(|finding| finding.code == *code) {
            let text = format!("--allow-unproven {code} allows nothing: there is no such finding");
            let service = None;
            observer(&Event::Note { service, text });
        }
    }
}

/// What of a proof must not be missed.
fn tell(service: &str, proven: &Proven, observer: Observer<'_>) {
    for finding in proven.allowed() {
        let (service, text) = (service.to_owned(), prove::finding_text(finding));
        observer(&Event::Unproven { service, text });
    }
    for name in &proven.report().unneeded {
        let service = Some(service.to_owned());
        let text = format!(
            "nothing needs {name}, which `provided` names: take it out, or write it as the file that needs it does"
        );
        observer(&Event::Warning { service, text });
    }
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn publish_all(
    plan: &Plan,
    settings: &Settings,
    finished: Vec<Finished>,
    (client, store): (&Client, &Store),
    observer: Observer<'_>,
) -> Result<Vec<Built>, Error> {
    started(observer, Stage::Publish, None);
    let pairs: Vec<(&ServicePlan, Finished)> = plan.services.iter().zip(finished).collect();
    for (service, finished) in &pairs {
        publish::name(&finished.proven, &service.names, store)?;
    }
    if let Some(path) = &settings.destination.layout {
        let images: Vec<_> = pairs
            .iter()
            .map(|(service, finished)| (&finished.proven, service.names.as_slice()))
            .collect();
        publish::layout(&images, store, path)?;
    }
    let pusher = pusher(settings, &pairs, (client, store))?;
    let mut built = Vec::new();
    for (service, finished) in &pairs {
        let mut pushed = Vec::new();
        let names = pusher.iter().flat_map(|pusher| {
            let names = service.names.iter();
            names.map(move |name| (pusher, name.reference()))
        });
        for (pusher, reference) in names {
            pushed.push(pusher.push(&finished.proven, &service.name, reference, observer)?);
        }
        built.push(summary(plan, settings, service, finished, pushed));
    }
    Ok(built)
}

/// One pusher for all services, which know each other's repositories: they share package layers.
fn pusher<'a>(
    settings: &Settings,
    pairs: &[(&ServicePlan, Finished)],
    (client, store): (&Client, &'a Store),
) -> Result<Option<Pusher<'a>>, Error> {
    if !settings.destination.push {
        return Ok(None);
    }
    let names = pairs.iter().flat_map(|(service, _)| &service.names);
    let mut repositories: Vec<String> = names
        .map(|name| name.reference().repository().to_owned())
        .collect();
    repositories.dedup();
    let pusher = Pusher::new(client.clone(), &settings.destination, repositories, store)?;
    Ok(Some(pusher))
}

fn summary(
    plan: &Plan,
    settings: &Settings,
    service: &ServicePlan,
    finished: &Finished,
    pushed: Vec<Pushed>,
) -> Built {
    let layout = settings
        .destination
        .layout
        .as_ref()
        .unwrap_or(&settings.store);
    Built {
        service: service.name.clone(),
        language: service.program.language.name(),
        platform: finished.platform.to_string(),
        names: service.names.clone(),
        digest: finished.proven.manifest().digest,
        unpacked_size: finished.image.unpacked_size,
        compressed_size: finished.image.compressed_size,
        packages: finished.rootfs.packages.clone(),
        suite: plan.suite.value.to_string(),
        report: finished.proven.report().clone(),
        expose: service
            .expose
            .iter()
            .map(|port| port.value.clone())
            .collect(),
        pushed,
        layout: layout.clone(),
    }
}

/// The one HTTP client of a run.
pub(crate) fn client(observer: Observer<'_>) -> Result<Client, Error> {
    let observer = Arc::clone(observer);
    let watch = move |event: &TransportEvent| {
        if let TransportEvent::Retrying {
            url, wait, reason, ..
        } = event
        {
            let wait = wait.as_secs_f64().ceil();
            let reason = format!("{url}: {reason}; trying again in {wait} s");
            observer(&Event::Retrying { reason });
        }
    };
    let options = ClientOptions {
        user_agent: concat!("coracle/", env!("CARGO_PKG_VERSION")).to_owned(),
        observer: Arc::new(watch),
        ..ClientOptions::default()
    };
    Ok(Client::new(options)?)
}

fn started(observer: Observer<'_>, stage: Stage, service: Option<&str>) {
    let service = service.map(str::to_owned);
    observer(&Event::Started { stage, service });
}

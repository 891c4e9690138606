//! The order of the stages, and nothing else: each line of [`build`] is one of them.
//!
//! `serve` runs `attempt`, the middle of the line for one platform on one suite, on every platform (`side_by_side`);
//! `publishing` is the line's end, for all of them together.

mod asked;
mod attempt;
mod cached;
mod compiling;
mod discover;
mod ejecting;
mod error;
mod explaining;
mod finish;
mod inputs;
mod joined;
mod level;
mod linked;
mod links;
mod looking;
mod pins;
mod publishing;
mod recording;
mod resolving;
mod serve;
mod side_by_side;

use std::path::PathBuf;
use std::sync::Arc;

use coracle_binary::start::Report;
use coracle_oci::{Digest, Platform, Store};
pub use coracle_registry::Pushed;
use coracle_transport::{Client, ClientOptions, TransportEvent};

use self::attempt::{Goal, Run};
use self::cached::Cache;
pub use self::ejecting::ejectable;
pub use self::error::{Class, Error, PlatformFailure};
pub use self::explaining::{rebuilt, why_service};
use self::finish::Finished;
pub use self::joined::{Joined, join};
pub use self::looking::{check, check_against, diff, why};
pub use self::resolving::resolve_files;
use crate::event::{Event, Observer, Stage};
use crate::lock::LockFile;
use crate::plan::{self, ImageName, Plan};
use crate::resolve::Installed;
use crate::settings::Settings;

/// A service, proven on every platform and published.
#[derive(Debug, Clone)]
pub struct Built {
    /// The service.
    pub service: String,
    /// Its language: `rust`, `go` or `prebuilt`.
    pub language: &'static str,
    /// The names it has.
    pub names: Vec<ImageName>,
    /// The digest of its manifest, or of the index where there are several platforms.
    pub digest: Digest,
    /// The suite that its packages are of.
    pub suite: String,
    /// Its images, sorted by platform.
    pub images: Vec<BuiltImage>,
    /// The ports it says it listens on.
    pub expose: Vec<String>,
    /// What each push did.
    pub pushed: Vec<Pushed>,
    /// The layout it is in: the one asked for, else the local store.
    pub layout: PathBuf,
}

/// The image of a service for one platform.
#[derive(Debug, Clone)]
pub struct BuiltImage {
    /// The platform.
    pub platform: Platform,
    /// The digest of its manifest.
    pub digest: Digest,
    /// The file that is its program, as it was compiled.
    pub program: PathBuf,
    /// What its files weigh, in bytes.
    pub unpacked_size: u64,
    /// What its layers weigh as pulled, in bytes.
    pub compressed_size: u64,
    /// Its packages.
    pub packages: Vec<Installed>,
    /// What was proven.
    pub report: Report,
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
/// Every platform is tried, whatever becomes of the others. Nothing is published unless every service is proven on all
/// of them; what was compiled is kept either way.
///
/// # Errors
/// The first failing stage's; [`Error::Platforms`] with each platform's where there are several.
pub fn build(settings: &Settings, observer: Observer<'_>) -> Result<Vec<Built>, Error> {
    let (mut plan, lock) = plan(settings, observer)?;
    let store = Store::open(&settings.store)?;
    let client = client(observer)?;
    let cache = Cache::begin(&plan, settings, observer);
    let run = Run::new(settings, &lock, (&client, &store), Goal::Images, observer);
    let finished = serve::serve(&mut plan, &run.through(&cache))?;
    cache.end(observer);
    tell_needless(settings, &finished, observer);
    let services = publishing::roots(&plan, finished, &store)?;
    publishing::smoke(settings, &services, &store, observer)?;
    recording::keep(&plan, &services, &store, observer);
    publishing::publish_all(&plan, settings, services, (&client, &store), observer)
}

/// Writes the rows of `coracle.lock` for the services and platforms of `settings`: compiles, for a program's packages
/// follow from the program, and neither assembles nor publishes. Returns where the lock is.
///
/// # Errors
/// As [`build`].
pub fn lock(settings: &Settings, observer: Observer<'_>) -> Result<PathBuf, Error> {
    let (mut plan, lock) = plan(settings, observer)?;
    let store = Store::open(&settings.store)?;
    let client = client(observer)?;
    let cache = Cache::begin(&plan, settings, observer);
    let run = Run::new(settings, &lock, (&client, &store), Goal::Lock, observer);
    serve::serve(&mut plan, &run.through(&cache))?;
    cache.end(observer);
    Ok(lock.path)
}

/// What is allowed and was not found: the flag can go.
fn tell_needless(settings: &Settings, finished: &[Vec<Finished>], observer: Observer<'_>) {
    for code in &settings.allow_unproven {
        let mut allowed = finished
            .iter()
            .flatten()
            .flat_map(|one| one.proven.allowed());
        if !allowed.any(|finding| finding.code == *code) {
            let text = format!("--allow-unproven {code} allows nothing: there is no such finding");
            let service = None;
            observer(&Event::Note { service, text });
        }
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

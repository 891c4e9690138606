//! Starting what was proven, where this machine can: no part of the proof, which needs no machine, but the first thing
//! that anybody would do next. A foreign image is started where binfmt_misc has an emulator for it.
//!
//! `machine` says what this machine can start, `bundle` starts with runc, `podman` with podman.

mod bundle;
mod machine;
mod podman;

use std::path::{Path, PathBuf};
use std::time::Duration;

use coracle_oci::layer::Limits;
use coracle_oci::{ImageConfig, Manifest, Platform, RootFilesystem, Store};
use coracle_process::Program;
use tempfile::TempDir;

use crate::event::{Event, Observer};
use crate::prove::Proven;

/// A service without a command of its own has started when it still runs after this long.
const ALIVE: Duration = Duration::from_secs(5);
/// A command must have ended after this long; emulators are slow.
const LIMIT: Duration = Duration::from_secs(120);
/// The most that a manifest or config may weigh, and that an image may unpack to, as the proof has it.
const MOST_RECORD: u64 = 4 << 20;
const MOST: u64 = 4 << 30;

/// Why nothing is published although everything is proven.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Images that were started and failed.
    #[error("{}", failures_text(.failures))]
    Failed {
        /// Each.
        failures: Vec<Failure>,
    },
    /// An image cannot be laid out to be started.
    #[error("cannot prepare {what} to be started")]
    Prepare {
        /// The image or folder.
        what: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// One image that was started and failed.
#[derive(Debug)]
pub struct Failure {
    /// The service.
    pub service: String,
    /// The platform.
    pub platform: Platform,
    /// How it ended, and what it printed last.
    pub ending: String,
}

fn failures_text(failures: &[Failure]) -> String {
    let line = |failure: &Failure| {
        let ending = failure.ending.trim_end().replace('\n', "\n    ");
        format!("\n  {} on {}: {ending}", failure.service, failure.platform)
    };
    let lines: String = failures.iter().map(line).collect();
    format!("what was started failed, and nothing is published{lines}")
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Failed { .. } => Some(
                "a service that needs its surroundings can be given something it can do alone: --smoke=--version".to_owned(),
            ),
            Error::Prepare { .. } => None,
        }
    }

    /// Whether the disk is the matter.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Prepare { source, .. } if source.is::<std::io::Error>())
    }
}

/// What is started.
struct Image<'a> {
    service: &'a str,
    proven: &'a Proven,
    manifest: Manifest,
    config: ImageConfig,
    /// In place of the image's own arguments.
    arguments: &'a [String],
}

/// How a start ended.
enum Ending {
    /// By itself, well.
    Ended,
    /// Not yet, when it had run as long as it should.
    Runs,
    /// Badly.
    Failed(String),
}

/// Starts each image where this machine can, and says what came of each.
///
/// # Errors
/// When any of those that could be started fails; all are tried.
pub fn all(
    images: &[(&str, &Proven)],
    arguments: &[String],
    store: &Store,
    observer: Observer<'_>,
) -> Result<(), Error> {
    let place = folder(store)?;
    let runner = machine::runner();
    let mut failures = Vec::new();
    for (service, proven) in images {
        let platform = proven.platform();
        let tell = |outcome: String| {
            observer(&Event::Smoke {
                service: (*service).to_owned(),
                platform: platform.clone(),
                outcome,
            });
        };
        let possible = machine::can_start(platform).and_then(|()| runner.clone());
        let runner = match possible {
            Ok(runner) => runner,
            Err(reason) => {
                tell(format!("cannot be started here: {reason}"));
                continue;
            }
        };
        let image = read(service, proven, arguments, store)?;
        let ending = match runner {
            machine::Runner::Runc => bundle::start(&image, store, place.path())?,
            machine::Runner::Podman => podman::start(&image, store, place.path())?,
        };
        match ending {
            Ending::Ended => tell("ran and ended well".to_owned()),
            Ending::Runs => tell(format!("ran for {} s", ALIVE.as_secs())),
            Ending::Failed(ending) => {
                tell("failed".to_owned());
                failures.push(Failure {
                    service: (*service).to_owned(),
                    platform: platform.clone(),
                    ending,
                });
            }
        }
    }
    match failures.is_empty() {
        true => Ok(()),
        false => Err(Error::Failed { failures }),
    }
}

/// With what images for a platform are started here; or why they cannot be.
pub fn possible(platform: &Platform) -> Result<String, String> {
    machine::can_start(platform)?;
    let with = match machine::runner()? {
        machine::Runner::Runc => "runc",
        machine::Runner::Podman => "podman",
    };
    Ok(format!("by {with}"))
}

/// A folder for what is started, gone when that is over.
fn folder(store: &Store) -> Result<TempDir, Error> {
    let partial = store.root().join("partial");
    let made = tempfile::Builder::new()
        .prefix("smoke-")
        .tempdir_in(&partial);
    made.map_err(failed(&partial.display().to_string()))
}

fn failed<E: std::error::Error + Send + Sync + 'static>(what: &str) -> impl FnOnce(E) -> Error {
    let what = what.to_owned();
    move |source| Error::Prepare {
        what,
        source: Box::new(source),
    }
}

fn read<'a>(
    service: &'a str,
    proven: &'a Proven,
    arguments: &'a [String],
    store: &Store,
) -> Result<Image<'a>, Error> {
    let bytes = store.read(proven.manifest(), MOST_RECORD);
    let manifest = Manifest::from_bytes(&bytes.map_err(failed(service))?);
    let manifest = manifest.map_err(failed(service))?;
    let bytes = store.read(&manifest.config, MOST_RECORD);
    let config = ImageConfig::from_bytes(&bytes.map_err(failed(service))?);
    Ok(Image {
        service,
        proven,
        manifest,
        config: config.map_err(failed(service))?,
        arguments,
    })
}

impl Image<'_> {
    fn tree(&self, store: &Store) -> Result<RootFilesystem, Error> {
        let limits = Limits {
            bytes: MOST,
            ..Limits::default()
        };
        RootFilesystem::from_store(store, &self.manifest, &self.config, limits)
            .map_err(failed(self.service))
    }

    /// A folder of its own.
    fn folder(&self, place: &Path) -> PathBuf {
        place.join(self.proven.manifest().digest.hex())
    }

    /// Runs to its end, or as long as it should.
    fn run(&self, program: Program) -> Ending {
        let is_service = self.arguments.is_empty();
        let limit = if is_service { ALIVE } else { LIMIT };
        match program.timeout(limit).output() {
            Ok(_) => Ending::Ended,
            Err(coracle_process::Error::TimedOut { .. }) if is_service => Ending::Runs,
            Err(coracle_process::Error::TimedOut { limit, tail, .. }) => {
                Ending::Failed(format!("it still ran after {} s\n{tail}", limit.as_secs()))
            }
            Err(coracle_process::Error::Failed { status, tail, .. }) => {
                Ending::Failed(format!("it ended with {status}\n{tail}"))
            }
            Err(error) => Ending::Failed(error.to_string()),
        }
    }
}

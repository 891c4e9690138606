//! Opening the package archive that a run uses: which addresses, which keys, what the lock says.

use std::sync::Arc;

use coracle_distro::archive::Error;
use coracle_distro::{
    Architecture, Archive, ArchiveEvent, Fetch, Keep, Opening, Section, Sources, Suite,
};
use coracle_oci::Platform;

use crate::event::{Event, Observer};
use crate::lock::LockFile;
use crate::settings::Settings;

/// Debian's word for a platform's architecture.
pub fn architecture(platform: &Platform) -> Option<Architecture> {
    let of = |architecture: &Architecture| self::platform(*architecture) == platform.normalised();
    Architecture::ALL.into_iter().find(of)
}

/// The platform whose images an architecture's packages are for.
pub fn platform(architecture: Architecture) -> Platform {
    let word = match architecture {
        Architecture::Amd64 => "amd64",
        Architecture::Arm64 => "arm64",
        Architecture::Armhf => "arm",
        Architecture::I386 => "386",
        Architecture::Ppc64el => "ppc64le",
        Architecture::Riscv64 => "riscv64",
        Architecture::S390x => "s390x",
    };
    // `arm` alone is ARMv7, which is what armhf is for.
    Platform::linux(word).normalised()
}

/// What an archive is opened with, besides what is asked of it: the settings, the network, the store, who watches.
pub struct Outside<'a> {
    settings: &'a Settings,
    fetch: &'a dyn Fetch,
    keep: &'a dyn Keep,
    observer: Arc<dyn Fn(&Event) + Send + Sync>,
}

impl<'a> Outside<'a> {
    /// With the addresses that the settings say, else the host's apt entries, else the project's own.
    pub fn new(
        settings: &'a Settings,
        fetch: &'a dyn Fetch,
        keep: &'a dyn Keep,
        observer: Observer<'_>,
    ) -> Outside<'a> {
        Outside {
            settings,
            fetch,
            keep,
            observer: Arc::clone(observer),
        }
    }

    /// Opens the archive of a suite.
    ///
    /// # Errors
    /// When no address gives the archive that was asked for, verified, or (offline, locked) when what is kept does not
    /// do.
    pub fn open(
        &'a self,
        suite: &'static Suite,
        architecture: Architecture,
        lock: &'a LockFile,
    ) -> Result<Archive<'a>, Box<Error>> {
        let observer = Arc::clone(&self.observer);
        let watch = move |event: &ArchiveEvent| {
            if let Some(event) = translate(suite, event) {
                observer(&event);
            }
        };
        let opening = Opening {
            suite,
            architecture,
            sources: sources(self.settings),
            fetch: self.fetch,
            keep: self.keep,
            now: self.settings.now,
            offline: self.settings.offline,
            allow_older: self.settings.allow_older,
            signed_by: self.settings.signed_by.clone(),
            lock: section(lock, suite, architecture),
            locked: self.settings.locked,
            observer: Arc::new(watch),
        };
        Archive::open(opening).map_err(Box::new)
    }
}

fn sources(settings: &Settings) -> Vec<Sources> {
    if let Some(choice) = &settings.archive {
        return vec![Sources {
            main: vec![choice.value.main.clone()],
            security: vec![choice.value.security.clone()],
            origin: choice.origin.clone(),
        }];
    }
    let mut sources = settings
        .apt_directory
        .as_deref()
        .map(Sources::host)
        .unwrap_or_default();
    sources.push(Sources::project());
    sources
}

/// What the lock says of a suite and architecture.
pub fn section<'a>(
    lock: &'a LockFile,
    suite: &Suite,
    architecture: Architecture,
) -> Option<&'a Section> {
    lock.lock.sections.get(&(suite.to_string(), architecture))
}

fn translate(suite: &Suite, event: &ArchiveEvent) -> Option<Event> {
    match event {
        ArchiveEvent::Using {
            archive,
            url,
            origin,
            date,
        } => Some(Event::ArchiveUsed {
            archive: format!("{suite} {archive}"),
            address: url.clone().unwrap_or_else(|| "the local store".to_owned()),
            origin: origin.clone(),
            date: date.to_string(),
        }),
        ArchiveEvent::Fetching { what, size, .. } => Some(Event::Fetching {
            what: what.clone(),
            size: Some(*size),
        }),
        ArchiveEvent::Skipped { url, reason, .. } => Some(Event::Note {
            service: None,
            text: format!("{url} is not used: {reason}"),
        }),
        ArchiveEvent::Fetched { .. } => None,
    }
}

//! Opening an archive: which InReleases to use, and reading the indexes that they list.
//!
//! 1. Locked or offline: the lock's own releases, where the store has every one of them.
//! 2. Offline: the releases that were used last.
//! 3. Else the present ones, each from the first place that serves it; unchanged indexes are read
//!    from the store.
//! 4. Where the lock has rows that these indexes no longer list, the store's copies of the lock's
//!    releases are read beside them.

use std::sync::Mutex;

use jiff::Timestamp;

use super::packages::index;
use super::read::most_telling;
use super::{Archive, ArchiveEvent, Error, Opening, Part, ReleaseUsed};
use crate::fetch::redact;
use crate::release::{Age, Asked, Release};
use crate::signature::Keyring;
use crate::suite::ArchiveId;

/// Debian's are 150 KB.
pub(super) const LARGEST_IN_RELEASE: u64 = 16 << 20;

pub(super) fn open(opening: Opening<'_>) -> Result<Archive<'_>, Error> {
    let opener = Opener::new(opening)?;
    let Opening {
        suite,
        lock,
        locked,
        offline,
        ..
    } = opener.opening;
    let pinned = match lock {
        Some(section) if locked || offline => opener.pinned(section, &suite.archives())?,
        _ => None,
    };
    let parts = match pinned {
        Some(parts) => parts,
        None => opener.present()?,
    };
    let mut archive = Archive {
        opening: opener.opening.clone(),
        parts,
        pinned: Vec::new(),
        sonames: Mutex::new(None),
        opened: Mutex::default(),
    };
    if let Some(section) = lock {
        archive.pinned = opener.beside(section, &archive)?;
    }
    Ok(archive)
}

pub(super) struct Opener<'a> {
    pub(super) opening: Opening<'a>,
    keyring: Keyring,
    now: Timestamp,
}

/// An InRelease that was accepted, before its index is read.
pub(super) struct Accepted {
    pub(super) release: Release,
    pub(super) used: ReleaseUsed,
    pub(super) roots: Vec<String>,
}

impl<'a> Opener<'a> {
    pub(super) fn new(opening: Opening<'a>) -> Result<Self, Error> {
        let (suite, architecture) = (opening.suite, opening.architecture);
        if !suite.architectures.contains(&architecture) {
            let known = suite.architectures.iter().map(|known| known.as_str());
            return Err(Error::NoArchitecture {
                suite: suite.to_string(),
                architecture: architecture.to_string(),
                known: known.collect::<Vec<_>>().join(", "),
            });
        }
        let keyring = match &opening.signed_by {
            Some(bytes) => Keyring::read(bytes),
            None => Keyring::debian(),
        };
        Ok(Self {
            keyring: keyring.map_err(|source| Error::Keyring { source })?,
            now: Timestamp::try_from(opening.now).unwrap_or(Timestamp::UNIX_EPOCH),
            opening,
        })
    }

    /// The present releases of the three archives, each read in a thread of its own.
    fn present(&self) -> Result<Vec<Part>, Error> {
        let ids = self.opening.suite.archives();
        let parts: Vec<Result<Part, Error>> = std::thread::scope(|scope| {
            let threads: Vec<_> = ids
                .iter()
                .map(|id| scope.spawn(|| self.present_part(id)))
                .collect();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            threads.into_iter().map(join).collect()
        });
        let (parts, failures): (Vec<_>, Vec<_>) = parts.into_iter().partition(Result::is_ok);
        match most_telling(failures.into_iter().filter_map(Result::err).collect()) {
            Some(error) => Err(error),
            None => Ok(parts.into_iter().flatten().collect()),
        }
    }

    fn present_part(&self, id: &ArchiveId) -> Result<Part, Error> {
        if self.opening.offline {
            self.last_used(id)
        } else {
            self.fetched(id)
        }
    }

    /// The first candidate that serves the wanted archive, with its index.
    fn fetched(&self, id: &ArchiveId) -> Result<Part, Error> {
        let mut failures = Vec::new();
        for sources in &self.opening.sources {
            for root in sources.roots(id.name) {
                match self.fetched_from(id, root, &sources.origin) {
                    Ok(part) => return Ok(part),
                    Err(error) if error.is_disk() => return Err(error),
                    Err(error) => {
                        self.opening.tell(&ArchiveEvent::Skipped {
                            archive: id.name,
                            url: redact(root),
                            origin: sources.origin.clone(),
                            reason: with_causes(&error),
                        });
                        failures.push(error);
                    }
                }
            }
        }
        Err(most_telling(failures).unwrap_or_else(|| Error::NoSource {
            archive: id.to_string(),
        }))
    }

    fn fetched_from(&self, id: &ArchiveId, root: &str, origin: &str) -> Result<Part, Error> {
        let root = root.trim_end_matches('/');
        let url = format!("{root}/dists/{}/InRelease", id.path);
        let bytes =
            self.opening
                .small(&format!("the InRelease of {id}"), &url, LARGEST_IN_RELEASE)?;
        let age = if self.opening.allow_older {
            Age::MayBeOlder
        } else {
            Age::Current
        };
        let release = self.verify(id, &bytes, &redact(&url), age)?;
        let used = used(id, &release, Some(redact(root)), origin);
        let part = self.part(
            id,
            Accepted {
                release,
                used,
                roots: vec![root.to_owned()],
            },
        )?;
        // Only now: a mirror in the middle of an update must not make the others look old.
        self.remember(id, &part.release, &bytes)?;
        Ok(part)
    }

    pub(super) fn verify(
        &self,
        id: &ArchiveId,
        bytes: &[u8],
        url: &str,
        age: Age,
    ) -> Result<Release, Error> {
        let asked = Asked {
            archive: id,
            architecture: self.opening.architecture,
            keyring: &self.keyring,
            now: self.now,
            newest_seen: self.newest_seen(id)?,
            age,
        };
        Release::open(bytes, &asked).map_err(|source| Error::Release {
            archive: id.to_string(),
            url: url.to_owned(),
            source,
        })
    }

    pub(super) fn part(&self, id: &ArchiveId, accepted: Accepted) -> Result<Part, Error> {
        self.part_with(&self.opening, id, accepted)
    }

    pub(super) fn part_with(
        &self,
        opening: &Opening<'_>,
        id: &ArchiveId,
        accepted: Accepted,
    ) -> Result<Part, Error> {
        let Accepted {
            release,
            used,
            roots,
        } = accepted;
        let index = index(opening, id, &release, &used, &roots)?;
        let (archive, url, origin, date) =
            (id.name, used.url.clone(), used.origin.clone(), used.date);
        self.opening.tell(&ArchiveEvent::Using {
            archive,
            url,
            origin,
            date,
        });
        Ok(Part {
            id: id.clone(),
            release,
            used,
            roots,
            index,
        })
    }
}

pub(super) fn used(
    id: &ArchiveId,
    release: &Release,
    url: Option<String>,
    origin: &str,
) -> ReleaseUsed {
    ReleaseUsed {
        archive: id.name,
        codename: id.codename.clone(),
        url,
        origin: origin.to_owned(),
        date: release.date,
        valid_until: release.valid_until,
        digest: release.digest,
    }
}

fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

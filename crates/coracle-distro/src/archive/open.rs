//! Opening an archive: which InReleases to use, and reading the indexes that they list.
//!
//! 1. Locked or offline: the lock's own releases, where the store has every one of them.
//! 2. Offline: the releases that were used last.
//! 3. Else the present ones, each from the first place that serves it; unchanged indexes are read
//!    from the store.
//! 4. Where the lock has rows that these indexes no longer list, the store's copies of the lock's
//!    releases are read beside them.

use std::io::Read;
use std::sync::Mutex;

use jiff::Timestamp;

use super::read::{TakeError, Wanted, most_telling};
use super::{Archive, ArchiveEvent, Error, Opening, Part, ReleaseUsed};
use crate::digest::{Hasher, Verify};
use crate::fetch::redact;
use crate::index::Index;
use crate::release::{Age, Asked, File, Release};
use crate::signature::Keyring;
use crate::suite::{ArchiveId, ArchiveName};
use crate::{ReleasePin, Section, Sha256};

/// Debian's are 150 KB.
const LARGEST_IN_RELEASE: u64 = 16 << 20;

pub(super) fn open(opening: Opening<'_>) -> Result<Archive<'_>, Error> {
    let Opening {
        suite,
        architecture,
        ..
    } = opening;
    if !suite.architectures.contains(&architecture) {
        let known: Vec<_> = suite
            .architectures
            .iter()
            .map(|known| known.as_str())
            .collect();
        let (suite, architecture) = (suite.to_string(), architecture.to_string());
        return Err(Error::NoArchitecture {
            suite,
            architecture,
            known: known.join(", "),
        });
    }
    let keyring = match opening.signed_by {
        Some(bytes) => Keyring::read(bytes),
        None => Keyring::debian(),
    };
    let keyring = keyring.map_err(|source| Error::Keyring { source })?;
    let opener = Opener {
        opening,
        keyring,
        now: Timestamp::try_from(opening.now).unwrap_or(Timestamp::UNIX_EPOCH),
    };
    let locked = match opening.lock {
        Some(section) if opening.locked || opening.offline => {
            opener.pinned(section, &suite.archives())?
        }
        _ => None,
    };
    let parts = match locked {
        Some(parts) => parts,
        None => opener.present()?,
    };
    let mut archive = Archive {
        opening,
        parts,
        pinned: Vec::new(),
        sonames: Mutex::new(None),
    };
    if let Some(section) = opening.lock {
        archive.pinned = opener.beside(section, &archive)?;
    }
    Ok(archive)
}

struct Opener<'a> {
    opening: Opening<'a>,
    keyring: Keyring,
    now: Timestamp,
}

/// An InRelease that was accepted, before its index is read.
struct Accepted {
    release: Release,
    used: ReleaseUsed,
    roots: Vec<String>,
}

impl Opener<'_> {
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
        for sources in self.opening.sources {
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

    fn verify(&self, id: &ArchiveId, bytes: &[u8], url: &str, age: Age) -> Result<Release, Error> {
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

    /// The newest Date of this archive that the lock or the store has seen.
    fn newest_seen(&self, id: &ArchiveId) -> Result<Option<(Timestamp, &'static str)>, Error> {
        let locked = self
            .opening
            .lock
            .and_then(|section| section.release(id.name));
        let locked = locked.map(|release| (release.date, "coracle.lock"));
        let kept = self.opening.note(&date_key(id))?;
        let kept = kept.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
        Ok(locked
            .into_iter()
            .chain(kept.map(|date| (date, "the store")))
            .max_by_key(|(date, _)| *date))
    }

    /// Keeps the InRelease, that it was the last, and its Date if none was newer.
    fn remember(&self, id: &ArchiveId, release: &Release, mut bytes: &[u8]) -> Result<(), Error> {
        let size = bytes.len() as u64;
        let keep = self.opening.keep.keep(&release.digest, size, &mut bytes);
        keep.map_err(|source| Error::Keep {
            what: format!("the InRelease of {id}"),
            source,
        })?;
        self.opening
            .set_note(&last_key(id), release.digest.hex().as_bytes())?;
        match self.newest_seen(id)? {
            Some((seen, "the store")) if seen >= release.date => Ok(()),
            _ => self
                .opening
                .set_note(&date_key(id), release.date.to_string().as_bytes()),
        }
    }

    /// Offline: the release that was used last.
    fn last_used(&self, id: &ArchiveId) -> Result<Part, Error> {
        let what = format!("the InRelease of {id}");
        let note = self.opening.note(&last_key(id))?;
        let digest: Option<Sha256> =
            note.and_then(|text| String::from_utf8(text).ok()?.trim().parse().ok());
        let kept = match digest {
            Some(digest) => self.kept_in_release(&what, &digest)?,
            None => None,
        };
        let bytes = kept.ok_or(Error::Offline { what })?;
        let age = if self.opening.allow_older {
            Age::MayBeOlder
        } else {
            Age::Current
        };
        let release = self.verify(id, &bytes, "the store", age)?;
        let used = used(id, &release, None, "the store");
        self.part(
            id,
            Accepted {
                release,
                used,
                roots: vec![],
            },
        )
    }

    fn kept_in_release(&self, what: &str, digest: &Sha256) -> Result<Option<Vec<u8>>, Error> {
        let Some(kept) = self.opening.kept(what, digest)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        let read = kept.take(LARGEST_IN_RELEASE).read_to_end(&mut bytes);
        read.map_err(|source| Error::Keep {
            what: what.to_owned(),
            source,
        })?;
        Ok((Sha256::of(&bytes) == *digest).then_some(bytes))
    }

    /// The lock's own releases of these archives, if the store has each of them and its index.
    fn pinned(&self, section: &Section, ids: &[ArchiveId]) -> Result<Option<Vec<Part>>, Error> {
        let mut parts = Vec::new();
        for id in ids {
            let Some(pin) = section.release(id.name) else {
                return Ok(None);
            };
            match self.pinned_part(id, pin)? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
        }
        let vouched = |pin: &crate::Pin| {
            parts
                .iter()
                .any(|part| super::lookup::find(&part.index, pin).is_some())
        };
        Ok(section.pins().all(vouched).then_some(parts))
    }

    fn pinned_part(&self, id: &ArchiveId, pin: &ReleasePin) -> Result<Option<Part>, Error> {
        let Some(bytes) = self.kept_in_release(&format!("the InRelease of {id}"), &pin.digest)?
        else {
            return Ok(None);
        };
        let release = self.verify(id, &bytes, "the store", Age::Pinned)?;
        let used = used(id, &release, None, "the store");
        let roots: Vec<String> = self
            .opening
            .sources
            .iter()
            .flat_map(|sources| sources.roots(id.name))
            .cloned()
            .collect();
        let kept_only = Opening {
            offline: true,
            ..self.opening
        };
        match self.part_with(
            &kept_only,
            id,
            Accepted {
                release,
                used,
                roots,
            },
        ) {
            Ok(part) => Ok(Some(part)),
            Err(Error::Offline { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The lock's releases for the rows that the archive as opened does not list.
    fn beside(&self, section: &Section, archive: &Archive<'_>) -> Result<Vec<Part>, Error> {
        let unlisted: Vec<ArchiveName> = section
            .pins()
            .filter(|pin| archive.pinned(pin).is_err())
            .map(|pin| pin.archive)
            .collect();
        let mut parts = Vec::new();
        for id in archive
            .suite()
            .archives()
            .iter()
            .filter(|id| unlisted.contains(&id.name))
        {
            if let Some(pin) = section.release(id.name) {
                parts.extend(self.pinned_part(id, pin)?);
            }
        }
        Ok(parts)
    }

    fn part(&self, id: &ArchiveId, accepted: Accepted) -> Result<Part, Error> {
        self.part_with(&self.opening, id, accepted)
    }

    fn part_with(
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

/// Reads the package index, from the store where its digest is kept.
fn index(
    opening: &Opening<'_>,
    id: &ArchiveId,
    release: &Release,
    used: &ReleaseUsed,
    roots: &[String],
) -> Result<Index, Error> {
    let folder = format!("{}/binary-{}", id.directory, opening.architecture);
    let what = format!("the package index of {id} for {}", opening.architecture);
    let plain_path = format!("{folder}/Packages");
    let not_listed = |path: &str| Error::NotListed {
        archive: id.to_string(),
        url: used.url.clone().unwrap_or_else(|| "the store".to_owned()),
        path: path.to_owned(),
    };
    let plain = release
        .file(&plain_path)
        .ok_or_else(|| not_listed(&plain_path))?;
    let text = match opening.kept(&what, &plain.sha256)? {
        Some(kept) => read_kept(&what, kept, plain)?,
        None => {
            let compressed = Form::ALL.iter().find_map(|form| {
                let path = format!("{plain_path}{}", form.suffix());
                Some((*form, release.file(&path)?, path))
            });
            let (form, file, path) = compressed.ok_or_else(|| not_listed(&plain_path))?;
            let urls = urls(id, release, roots, &path, &file.sha256);
            fetch_index(
                opening,
                &Wanted {
                    what: &what,
                    file,
                    urls,
                },
                form,
                plain,
            )?
        }
    };
    let text = String::from_utf8(text).map_err(|_| Error::Compression {
        what,
        problem: "it is not UTF-8".to_owned(),
    })?;
    Index::read(&text, id.name).map_err(|source| Error::Index {
        archive: id.to_string(),
        source,
    })
}

fn read_kept(what: &str, kept: Box<dyn Read + Send>, file: File) -> Result<Vec<u8>, Error> {
    let mut text = Vec::with_capacity(usize::try_from(file.size).unwrap_or(0).min(1 << 28));
    let read = Verify::new(kept, file.sha256, file.size).read_to_end(&mut text);
    read.map_err(|source| Error::Keep {
        what: what.to_owned(),
        source,
    })?;
    Ok(text)
}

/// Unpacks the index while it arrives, holds both forms to their digests, and keeps the plain one:
/// reading it again costs a hash instead of a second of unpacking.
fn fetch_index(
    opening: &Opening<'_>,
    wanted: &Wanted<'_>,
    form: Form,
    plain: File,
) -> Result<Vec<u8>, Error> {
    let text = opening.stream(wanted, |from| {
        let mut text = Vec::new();
        let content = |error: std::io::Error| TakeError::Content(error.to_string());
        form.reader(from)
            .take(plain.size + 1)
            .read_to_end(&mut text)
            .map_err(content)?;
        std::io::copy(from, &mut std::io::sink()).map_err(content)?;
        let mut hasher = Hasher::default();
        hasher.update(&text);
        if text.len() as u64 != plain.size || hasher.finish() != plain.sha256 {
            return Err(TakeError::Content(format!(
                "expected sha256:{} over {} bytes inside",
                plain.sha256, plain.size
            )));
        }
        Ok(text)
    })?;
    let kept = opening
        .keep
        .keep(&plain.sha256, plain.size, &mut text.as_slice());
    kept.map_err(|source| Error::Keep {
        what: wanted.what.to_owned(),
        source,
    })?;
    Ok(text)
}

/// How an index travels, the preferred first.
#[derive(Clone, Copy)]
enum Form {
    Xz,
    Gzip,
    Plain,
}

impl Form {
    const ALL: [Self; 3] = [Self::Xz, Self::Gzip, Self::Plain];

    fn suffix(self) -> &'static str {
        match self {
            Self::Xz => ".xz",
            Self::Gzip => ".gz",
            Self::Plain => "",
        }
    }

    fn reader<'a>(self, from: &'a mut dyn Read) -> Box<dyn Read + 'a> {
        match self {
            Self::Xz => Box::new(liblzma::read::XzDecoder::new_multi_decoder(from)),
            Self::Gzip => Box::new(flate2::read::MultiGzDecoder::new(from)),
            Self::Plain => Box::new(from),
        }
    }
}

/// By digest first, so that a mirror in the middle of an update still serves the matching file.
pub(super) fn urls(
    id: &ArchiveId,
    release: &Release,
    roots: &[String],
    path: &str,
    sha256: &Sha256,
) -> Vec<String> {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut urls = Vec::new();
    for root in roots {
        if release.by_hash {
            urls.push(format!(
                "{root}/dists/{}/{folder}/by-hash/SHA256/{sha256}",
                id.path
            ));
        }
        urls.push(format!("{root}/dists/{}/{path}", id.path));
    }
    urls
}

fn used(id: &ArchiveId, release: &Release, url: Option<String>, origin: &str) -> ReleaseUsed {
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

fn date_key(id: &ArchiveId) -> String {
    format!("{}.{}.newest-date", id.suite.replace('/', "."), id.name)
}

fn last_key(id: &ArchiveId) -> String {
    format!("{}.{}.last-in-release", id.suite.replace('/', "."), id.name)
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

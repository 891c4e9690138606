//! What the store and the lock remember of an archive: its newest Date, the release used last, and
//! the releases that a lock pins.

use std::io::Read;

use jiff::Timestamp;

use super::open::{Accepted, LARGEST_IN_RELEASE, Opener, used};
use super::{Archive, Error, Opening, Part, lookup};
use crate::release::{Age, Release};
use crate::suite::{ArchiveId, ArchiveName};
use crate::{Pin, ReleasePin, Section, Sha256};

impl Opener<'_> {
    /// The newest Date of this archive that the lock or the store has seen.
    pub(super) fn newest_seen(
        &self,
        id: &ArchiveId,
    ) -> Result<Option<(Timestamp, &'static str)>, Error> {
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
    pub(super) fn remember(
        &self,
        id: &ArchiveId,
        release: &Release,
        mut bytes: &[u8],
    ) -> Result<(), Error> {
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
    pub(super) fn last_used(&self, id: &ArchiveId) -> Result<Part, Error> {
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

    pub(super) fn kept_in_release(
        &self,
        what: &str,
        digest: &Sha256,
    ) -> Result<Option<Vec<u8>>, Error> {
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
    pub(super) fn pinned(
        &self,
        section: &Section,
        ids: &[ArchiveId],
    ) -> Result<Option<Vec<Part>>, Error> {
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
        let vouched = |pin: &Pin| {
            parts
                .iter()
                .any(|part| lookup::find(&part.index, pin).is_some())
        };
        Ok(section.pins().all(vouched).then_some(parts))
    }

    pub(super) fn pinned_part(
        &self,
        id: &ArchiveId,
        pin: &ReleasePin,
    ) -> Result<Option<Part>, Error> {
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
            ..self.opening.clone()
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
    pub(super) fn beside(
        &self,
        section: &Section,
        archive: &Archive<'_>,
    ) -> Result<Vec<Part>, Error> {
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
}

fn date_key(id: &ArchiveId) -> String {
    format!("{}.{}.newest-date", id.suite.replace('/', "."), id.name)
}

fn last_key(id: &ArchiveId) -> String {
    format!("{}.{}.last-in-release", id.suite.replace('/', "."), id.name)
}

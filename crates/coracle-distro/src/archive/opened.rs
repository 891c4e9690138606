//! Packages opened once: in a run they are shared, between runs they are kept unpacked.
//!
//! Taking xz apart is most of the time of a build that has nothing to compile, so the package is kept once more with
//! its parts uncompressed, and a note says which file that is. What the note names is held to its digest like any
//! kept file; that it is this package is our own word, which whoever can write to the store could forge: the store is
//! as much ours as a target folder. [`Archive::fetch`] believes the signed digest alone.

use std::io::Read;
use std::sync::{Arc, PoisonError};

use super::lookup::is_of;
use super::{Archive, Error};
use crate::digest::Verify;
use crate::{Deb, Package, Pin, Sha256};

impl Archive<'_> {
    /// The package of a row, like [`Archive::fetch`], but opened once a run and unpacked once a store.
    pub fn package(&self, pin: &Pin) -> Result<Arc<Deb>, Error> {
        let package = self.pinned(pin)?;
        let opened = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(deb) = opened().get(&package.sha256) {
            return Ok(Arc::clone(deb));
        }
        let deb = match self.unpacked(package) {
            Some(deb) => deb,
            None => self.fetch_and_unpack(pin, package)?,
        };
        let deb = Arc::new(deb);
        opened().insert(package.sha256, Arc::clone(&deb));
        Ok(deb)
    }

    /// The copy with uncompressed parts, if it is kept, whole, and this package's.
    fn unpacked(&self, package: &Package) -> Option<Deb> {
        let note = self.opening.keep.note(&key(&package.sha256)).ok()??;
        let note = String::from_utf8(note).ok()?;
        let (sha256, size) = note.trim().split_once(' ')?;
        let (sha256, size): (Sha256, u64) = (sha256.parse().ok()?, size.parse().ok()?);
        let kept = self.opening.keep.open(&sha256).ok()??;
        let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?.min(1 << 28));
        Verify::new(kept, sha256, size)
            .read_to_end(&mut bytes)
            .ok()?;
        let deb = Deb::read(bytes.as_slice()).ok()?;
        is_of(&deb, package).then_some(deb)
    }

    fn fetch_and_unpack(&self, pin: &Pin, package: &Package) -> Result<Deb, Error> {
        let fetched = self.fetch_bytes(pin)?;
        let unpacked = Deb::uncompressed(fetched.bytes.as_slice());
        let bytes = unpacked.map_err(|source| Error::Deb {
            what: fetched.what.clone(),
            source,
        })?;
        let deb = fetched.held_to_its_stanza(Deb::read(bytes.as_slice()))?;
        let (sha256, size) = (Sha256::of(&bytes), bytes.len() as u64);
        let kept = self.opening.keep.keep(&sha256, size, &mut bytes.as_slice());
        kept.map_err(|source| Error::Keep {
            what: fetched.what,
            source,
        })?;
        let note = format!("{sha256} {size}\n");
        self.opening
            .set_note(&key(&package.sha256), note.as_bytes())?;
        Ok(deb)
    }
}

fn key(sha256: &Sha256) -> String {
    format!("unpacked-1.{sha256}")
}

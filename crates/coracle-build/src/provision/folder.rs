//! Where sysroots lie and how they get there: `STORE/sysroots/KEY`, whole or not at all.

use std::path::{Path, PathBuf};

use coracle_distro::sysroot;
use coracle_distro::{Deb, Pin};
use coracle_oci::Store;

use super::owners::Libraries;
use super::{Error, World};
use crate::event::Event;

/// Where the sysroot of a key is, or would be.
pub(super) fn place(store: &Store, key: &str) -> PathBuf {
    store.root().join("sysroots").join(key)
}

/// Fetches and unpacks the packages.
pub(super) fn make(pins: &[Pin], place: &Path, world: &World<'_>) -> Result<(), Error> {
    let mut debs = Vec::new();
    for pin in pins {
        let deb = world.archive.fetch(pin).map_err(|source| Error::Fetch {
            package: format!("{}={}", pin.name, pin.version),
            source: Box::new(source),
        })?;
        debs.push(deb);
    }
    let folder = place.parent().unwrap_or(place);
    std::fs::create_dir_all(folder).map_err(|source| Error::Disk {
        path: folder.to_owned(),
        source,
    })?;
    let libraries = Libraries::of(&debs, world.archive.architecture());
    let borrowed: Vec<&Deb> = debs.iter().collect();
    libraries.write(place)?;
    match sysroot::write(&borrowed, place) {
        Ok(written) => {
            (world.observer)(&Event::Sysroot {
                suite: world.archive.suite().to_string(),
                packages: pins.len(),
                bytes: written.bytes,
            });
            Ok(())
        }
        // Another run made the same one meanwhile.
        Err(sysroot::Error::Exists { .. }) => Ok(()),
        Err(source) => Err(Error::Unpack {
            folder: place.to_owned(),
            source,
        }),
    }
}

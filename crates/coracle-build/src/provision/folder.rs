//! Where sysroots lie and how they get there: `STORE/sysroots/KEY`, whole or not at all.

use std::path::{Path, PathBuf};

use coracle_distro::sysroot;
use coracle_distro::{Architecture, Deb, Pin};
use coracle_oci::Store;
use coracle_toolchain::{BuildFile, Sysroot};

use super::owners::Libraries;
use super::{Error, World};
use crate::event::Event;

/// Where the sysroot of a key is, or would be.
pub(super) fn place(store: &Store, key: &str) -> PathBuf {
    store.root().join("sysroots").join(key)
}

/// The sysroot of these rows as far as its libraries go, where the store has it unpacked, for whichever compiler.
pub fn unpacked(store: &Store, pins: &[Pin], architecture: Architecture) -> Option<Sysroot> {
    let kinds = [pins.to_vec(), super::without_the_c_library(pins)];
    let mut places = kinds.iter().map(|pins| {
        let key = super::key(pins);
        (place(store, &key), key)
    });
    let (folder, key) = places.find(|(folder, _)| folder.is_dir())?;
    Some(Sysroot {
        key,
        triplet: architecture.triplet().to_owned(),
        cxx: None,
        time64: pins.iter().any(|pin| pin.name.ends_with("t64")),
        folder,
    })
}

/// Whether a sysroot has a file where builds look for it.
pub(super) fn has(sysroot: &Path, triplet: &str, file: &BuildFile) -> bool {
    let libraries = format!("usr/lib/{triplet}");
    let places = match file {
        BuildFile::PkgConfig(module) => vec![
            format!("{libraries}/pkgconfig/{module}.pc"),
            format!("usr/share/pkgconfig/{module}.pc"),
        ],
        BuildFile::Library(name) => vec![format!("{libraries}/lib{name}.so")],
        BuildFile::Header(path) => vec![
            format!("usr/include/{path}"),
            format!("usr/include/{triplet}/{path}"),
        ],
    };
    places.iter().any(|place| sysroot.join(place).is_file())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sysroot_has_what_lies_where_builds_look() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "usr/lib/t/pkgconfig/zlib.pc",
            "usr/lib/t/libz.so",
            "usr/include/t/zconf.h",
            "usr/include/deeper/glib.h",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let has = |file: BuildFile| has(folder.path(), "t", &file);
        assert!(has(BuildFile::PkgConfig("zlib".to_owned())));
        assert!(has(BuildFile::Library("z".to_owned())));
        assert!(has(BuildFile::Header("zconf.h".to_owned())));
        assert!(!has(BuildFile::Header("glib.h".to_owned())));
        assert!(!has(BuildFile::Library("zlib".to_owned())));
    }
}

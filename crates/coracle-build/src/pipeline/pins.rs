//! Pins: what a run adds to the lock. It moves none.

use coracle_distro::{Archive, Lock, Pin, Section, Suite};
use coracle_oci::Platform;

use super::Error;
use super::attempt::Run;
use crate::event::Event;
use crate::lock::LockFile;
use crate::resolve::Rootfs;
use crate::source;

/// Adds the packages of one service to the pins; a row that is there is never moved.
pub(super) fn merge(pins: &mut Vec<Pin>, rootfs: &Rootfs) {
    for installed in &rootfs.packages {
        if !pins.iter().any(|pin| pin.name == installed.pin.name) {
            pins.push(installed.pin.clone());
        }
    }
    pins.sort();
}

/// What the lock has of a suite for other architectures, as this one's archive has it: the same names in the same
/// versions, where they are there.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// All rows.
    pub(super) all: Vec<Pin>,
    /// The rows of those that were compiled for with a sysroot: only these were chosen together with -dev packages.
    pub(super) whole: Vec<Pin>,
}

/// Platforms agree about versions: a package that is new here is taken in the version that the lock has elsewhere.
pub(super) fn of_other_architectures(lock: &LockFile, archive: &Archive<'_>) -> Others {
    let suite = archive.suite().to_string();
    let mut others = Others::default();
    for ((name, architecture), section) in &lock.lock.sections {
        if *name != suite || *architecture == archive.architecture() {
            continue;
        }
        let same = |pin: &Pin| Some(archive.of_version(&pin.name, &pin.version)?.pin());
        let rows: Vec<Pin> = section.pins().filter_map(same).collect();
        if !section.build.is_empty() {
            add(&mut others.whole, &rows);
        }
        add(&mut others.all, &rows);
    }
    others
}

fn add(to: &mut Vec<Pin>, rows: &[Pin]) {
    for row in rows {
        if !to.iter().any(|known| known.name == row.name) {
            to.push(row.clone());
        }
    }
}

/// Writes the sections of all platforms at once, when rows were added.
pub(super) fn write_lock(
    run: &Run<'_>,
    (suite, platforms): (&Suite, &[Platform]),
    sections: Vec<Section>,
) -> Result<(), Error> {
    let mut whole: Lock = run.lock.lock.clone();
    let mut is_changed = false;
    for (platform, new) in platforms.iter().zip(sections) {
        let Some(architecture) = source::architecture(platform) else {
            continue;
        };
        let old = source::section(run.lock, suite, architecture);
        let is_new = match old {
            Some(old) => *old != new,
            None => new != Section::default(),
        };
        if is_new {
            is_changed = true;
            whole
                .sections
                .insert((suite.to_string(), architecture), new);
        }
    }
    if !is_changed {
        return Ok(());
    }
    let changes = run.lock.replace(&whole, run.settings.locked)?;
    if !changes.is_empty() {
        let path = run.lock.path.clone();
        (run.observer)(&Event::LockWritten { path, changes });
    }
    Ok(())
}

//! Pins: what a run adds to the lock. It moves none.

use coracle_distro::{Architecture, Archive, Lock, Pin, ReleasePin, Section};

use super::Error;
use crate::event::{Event, Observer};
use crate::lock::LockFile;
use crate::plan::Plan;
use crate::resolve::Rootfs;
use crate::settings::Settings;

/// Adds the packages of one service to the pins; a row that is there is never moved.
pub(super) fn merge(pins: &mut Vec<Pin>, rootfs: &Rootfs) {
    for installed in &rootfs.packages {
        if !pins.iter().any(|pin| pin.name == installed.pin.name) {
            pins.push(installed.pin.clone());
        }
    }
    pins.sort();
}

/// Writes the lock when rows were added; the releases that vouched for them go along.
pub(super) fn write_lock(
    settings: &Settings,
    lock: &LockFile,
    (archive, plan, architecture): (&Archive<'_>, &Plan, Architecture),
    section: Section,
    pins: Vec<Pin>,
    observer: Observer<'_>,
) -> Result<(), Error> {
    if section.run == pins {
        return Ok(());
    }
    let mut new: Lock = lock.lock.clone();
    let releases: Vec<ReleasePin> = archive
        .releases()
        .iter()
        .map(|release| release.pin())
        .collect();
    let section = Section {
        releases,
        run: pins,
        ..section
    };
    new.sections
        .insert((plan.suite.value.to_string(), architecture), section);
    let changes = lock.replace(&new, settings.locked)?;
    if !changes.is_empty() {
        let path = lock.path.clone();
        observer(&Event::LockWritten { path, changes });
    }
    Ok(())
}

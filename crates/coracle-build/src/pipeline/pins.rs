//! Pins: what a run adds to the lock. It moves none.

use coracle_distro::{Lock, Pin, Section, Suite};

use super::Error;
use super::attempt::Run;
use crate::event::Event;
use crate::resolve::Rootfs;

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
    run: &Run<'_>,
    suite: &Suite,
    old: Section,
    new: Section,
) -> Result<(), Error> {
    if (&old.run, &old.build) == (&new.run, &new.build) {
        return Ok(());
    }
    let mut whole: Lock = run.lock.lock.clone();
    whole
        .sections
        .insert((suite.to_string(), run.architecture), new);
    let changes = run.lock.replace(&whole, run.settings.locked)?;
    if !changes.is_empty() {
        let path = run.lock.path.clone();
        (run.observer)(&Event::LockWritten { path, changes });
    }
    Ok(())
}

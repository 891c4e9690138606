//! Moving the pins of `coracle.lock` to the newest versions: the only act that moves one.
//!
//! No binary is looked at: the packages stay the same, their versions move. The next build adds what is new.

use coracle_distro::{Pin, ReleasePin, Section, Suite};
use coracle_oci::Store;

use crate::event::Observer;
use crate::keep::StoreKeep;
use crate::lock::LockFile;
use crate::pipeline::{self, Error};
use crate::settings::Settings;
use crate::source::Outside;

/// Moves every pin of every section to the newest version in its archive; returns what changed, a line a change.
///
/// # Errors
/// When there is no lock, or the archive cannot be had.
pub fn update(settings: &Settings, observer: Observer<'_>) -> Result<Vec<String>, Error> {
    let lock = LockFile::find(settings)?;
    let store = Store::open(&settings.store)?;
    let client = pipeline::client(observer)?;
    let keep = StoreKeep::new(&store);
    let outside = Outside::new(settings, &client, &keep, observer);
    let mut new = lock.lock.clone();
    for ((name, architecture), section) in &mut new.sections {
        let suite = Suite::parse(name).map_err(|error| Box::new(error.into()))?;
        let archive = outside.open(suite, *architecture, &lock)?;
        let newest = |pins: &[Pin]| -> Vec<Pin> {
            let move_one = |pin: &Pin| {
                archive
                    .newest(&pin.name)
                    .map_or_else(|| pin.clone(), |package| package.pin())
            };
            pins.iter().map(move_one).collect()
        };
        let moved = Section {
            build: newest(&section.build),
            run: newest(&section.run),
            releases: section.releases.clone(),
        };
        let releases: Vec<ReleasePin> = archive
            .releases()
            .iter()
            .map(|release| release.pin())
            .collect();
        if moved != *section {
            *section = Section { releases, ..moved };
        }
    }
    Ok(lock.replace(&new, settings.locked)?)
}

//! `coracle check`: what it takes to look at images, and the targets one after the other.

use coracle_oci::Store;

use super::{Error, client, started};
use crate::check::{self, Asked, Target, Verdict, World};
use crate::event::{Observer, Stage};
use crate::publish;
use crate::settings::Settings;

/// Looks at targets: what was found of each, or why it cannot be looked at. One that cannot hides no other.
///
/// # Errors
/// When there is no local store or no client.
pub fn check(
    settings: &Settings,
    targets: &[Target],
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Result<Vec<Verdict>, Error>>, Error> {
    let store = Store::open(&settings.store)?;
    let registry = publish::registry(client(observer)?, &settings.destination, Vec::new())?;
    started(observer, Stage::Prove, None);
    let world = World {
        registry: &registry,
        store: &store,
        observer,
    };
    let looked = targets.iter().map(|target| {
        let verdicts = check::check(target, asked, &world);
        verdicts.map_err(Error::from)
    });
    Ok(looked.collect())
}

//! `coracle check`, `diff` and `why`: what it takes to look at images, and the targets one after the other.

use coracle_oci::Store;

use super::{Error, client, started};
use crate::check::{self, Asked, Target, Verdict, World};
use crate::diff::{self, Compared};
use crate::event::{Observer, Stage};
use crate::publish;
use crate::settings::Settings;
use crate::why::{self, Answer, Ask};

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
    looking(settings, observer, |world| {
        let looked = targets.iter().map(|target| {
            let verdicts = check::check(target, asked, world);
            verdicts.map_err(Error::from)
        });
        Ok(looked.collect())
    })
}

/// What changed from one target to the other.
///
/// # Errors
/// When one of them cannot be looked at.
pub fn diff(
    settings: &Settings,
    [old, new]: [&Target; 2],
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Compared, Error> {
    looking(settings, observer, |world| {
        diff::diff(old, new, asked, world)
    })
}

/// Why something is in a target.
///
/// # Errors
/// When it cannot be looked at, or has nothing of that name.
pub fn why(
    settings: &Settings,
    target: &Target,
    ask: &Ask,
    asked: &Asked,
    observer: Observer<'_>,
) -> Result<Vec<Answer>, Error> {
    looking(settings, observer, |world| {
        why::why(target, ask, asked, world)
    })
}

/// Calls with what it takes to look at images.
fn looking<T>(
    settings: &Settings,
    observer: Observer<'_>,
    look: impl FnOnce(&World<'_>) -> Result<T, check::Error>,
) -> Result<T, Error> {
    let store = Store::open(&settings.store)?;
    let registry = publish::registry(client(observer)?, &settings.destination, Vec::new())?;
    started(observer, Stage::Prove, None);
    let world = World {
        registry: &registry,
        store: &store,
        observer,
    };
    Ok(look(&world)?)
}

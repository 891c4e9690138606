//! Which suite, and which ones may stand in for it.

use coracle_distro::Suite;
use coracle_distro::suite::Stability;

use super::Decision;
use crate::event::{Event, Observer};
use crate::lock::LockFile;
use crate::settings::Settings;

/// The flag or the configuration, else the lock, else the newest stable suite and after it the older ones.
pub(super) fn choose(
    settings: &Settings,
    lock: &LockFile,
) -> (Decision<&'static Suite>, Vec<&'static Suite>) {
    if let Some(choice) = &settings.suite {
        let reason = format!("{} says so", choice.origin);
        return (Decision::new(choice.value, reason), Vec::new());
    }
    if let Some(suite) = lock.suite() {
        return (Decision::new(suite, "coracle.lock pins it"), Vec::new());
    }
    let newest = newest_stable();
    let others = Suite::all().iter().filter(|suite| *suite != newest);
    (
        Decision::new(newest, "the newest stable suite"),
        others.collect(),
    )
}

fn newest_stable() -> &'static Suite {
    let is_stable = |suite: &&Suite| suite.stability == Stability::Stable;
    let all = Suite::all();
    all.iter().find(is_stable).unwrap_or(&all[0])
}

/// Says how long a suite is supported that is not the present stable one.
pub(crate) fn tell_support(suite: &Suite, observer: Observer<'_>) {
    if suite.stability == Stability::Stable {
        return;
    }
    let text = format!(
        "{suite} is not Debian's stable suite: security support until {}, LTS until {}",
        suite.end_of_security_support, suite.end_of_long_term_support
    );
    let service = None;
    observer(&Event::Note { service, text });
}

//! What changed between two locks, in lines that a reviewer reads. Says nothing about why.

use std::collections::BTreeMap;

use super::{Lock, Pin, Section};

/// One line a change, by section and package:
/// `debian/trixie amd64 run: libc6 2.41-12 → 2.41-13 (security)`.
pub fn diff(old: &Lock, new: &Lock) -> Vec<String> {
    let empty = Section::default();
    let mut keys: Vec<_> = old.sections.keys().chain(new.sections.keys()).collect();
    keys.sort();
    keys.dedup();
    let mut lines = Vec::new();
    for key in keys {
        let before = old.sections.get(key).unwrap_or(&empty);
        let after = new.sections.get(key).unwrap_or(&empty);
        let place = format!("{} {}", key.0, key.1);
        releases(&place, before, after, &mut lines);
        rows(
            &format!("{place} build"),
            &before.build,
            &after.build,
            &mut lines,
        );
        rows(&format!("{place} run"), &before.run, &after.run, &mut lines);
    }
    lines
}

fn releases(place: &str, before: &Section, after: &Section, lines: &mut Vec<String>) {
    for new in &after.releases {
        match before.release(new.archive) {
            Some(old) if old == new => {}
            Some(old) => lines.push(format!(
                "{place}: {} of {} → {}",
                new.archive, old.date, new.date
            )),
            None => lines.push(format!("{place}: + {} of {}", new.archive, new.date)),
        }
    }
    for old in &before.releases {
        if after.release(old.archive).is_none() {
            lines.push(format!("{place}: - {} of {}", old.archive, old.date));
        }
    }
}

/// A package before and after.
type Pair<'a> = (Option<&'a Pin>, Option<&'a Pin>);

fn rows(place: &str, before: &[Pin], after: &[Pin], lines: &mut Vec<String>) {
    let mut pairs: BTreeMap<(&str, &str), Pair<'_>> = BTreeMap::new();
    for pin in before {
        pairs.entry((&pin.name, &pin.architecture)).or_default().0 = Some(pin);
    }
    for pin in after {
        pairs.entry((&pin.name, &pin.architecture)).or_default().1 = Some(pin);
    }
    for ((name, _), pair) in pairs {
        match pair {
            (Some(old), Some(new)) if old == new => {}
            (Some(old), Some(new)) => lines.push(format!("{place}: {name} {}", moved(old, new))),
            (Some(old), None) => lines.push(format!("{place}: - {name} {}", old.version)),
            (None, Some(new)) => lines.push(format!(
                "{place}: + {name} {} ({})",
                new.version, new.archive
            )),
            (None, None) => {}
        }
    }
}

fn moved(old: &Pin, new: &Pin) -> String {
    let went_back = if new.version < old.version {
        ", older than before"
    } else {
        ""
    };
    if old.version != new.version {
        format!(
            "{} → {} ({}{went_back})",
            old.version, new.version, new.archive
        )
    } else if old.sha256 != new.sha256 {
        format!(
            "{} has other bytes: sha256:{} → sha256:{}",
            new.version, old.sha256, new.sha256
        )
    } else {
        format!(
            "{} is listed elsewhere: {} {} → {} {}",
            new.version, old.archive, old.path, new.archive, new.path
        )
    }
}

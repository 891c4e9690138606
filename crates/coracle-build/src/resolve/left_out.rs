//! What is left out of an image although a package holds it or depends on it: told, so that nobody has to guess.

use std::collections::BTreeMap;

use coracle_distro::deb::FileKind;

use super::closure::{Closure, Extent};
use super::parts::Part;
use super::{World, recipes};
use crate::event::LeftOut;

/// Everything that is left out, files before packages, each by name.
pub(super) fn of(closure: &Closure, world: &World<'_>) -> Vec<LeftOut> {
    let mut left_out = files(closure);
    left_out.extend(packages(closure, world));
    left_out
}

fn files(closure: &Closure) -> Vec<LeftOut> {
    let mut bytes: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for (name, chosen) in &closure.packages {
        if chosen.extent != Extent::Whole {
            continue;
        }
        for file in &chosen.deb.files {
            let FileKind::File(content) = &file.kind else {
                continue;
            };
            // Taken as a file of its own.
            if file.path.starts_with("usr/share/doc/") && file.path.ends_with("/copyright") {
                continue;
            }
            let why = match Part::of(name, &file.path) {
                Some(part) if chosen.parts.contains_key(&part) => None,
                Some(part) => Some((part.name(), part.unwanted())),
                None => recipes::left_out(name, &file.path),
            };
            if let Some(why) = why {
                *bytes.entry(why).or_default() += content.len() as u64;
            }
        }
    }
    let told = |((what, reason), bytes): ((&str, &str), u64)| LeftOut {
        what: what.to_owned(),
        reason: reason.to_owned(),
        bytes,
    };
    bytes.into_iter().map(told).collect()
}

/// Dependencies of the chosen packages that nothing in the image opens.
fn packages(closure: &Closure, world: &World<'_>) -> Vec<LeftOut> {
    let mut found: BTreeMap<String, LeftOut> = BTreeMap::new();
    for (name, chosen) in &closure.packages {
        if chosen.extent != Extent::Whole {
            continue;
        }
        let stanza = world.archive.pinned(&chosen.pin).ok();
        let needed = stanza.and_then(|stanza| stanza.dependencies().ok());
        for alternatives in needed.unwrap_or_default() {
            let is_there = |wanted: &str| {
                closure.packages.iter().any(|(name, chosen)| {
                    let provided = chosen.deb.field("provides").unwrap_or_default();
                    chosen.is_in_image()
                        && (name == wanted || provided.split([',', ' ']).any(|word| word == wanted))
                })
            };
            if alternatives.iter().any(|relation| is_there(&relation.name)) {
                continue;
            }
            let Some(first) = alternatives.first() else {
                continue;
            };
            let reason = match recipes::NEVER_DRAWN_IN.contains(&first.name.as_str()) {
                true => format!("{name} depends on it, for what is not done in an image"),
                false => format!("{name} depends on it, but nothing opens a file of it"),
            };
            let package = world.archive.newest(&first.name);
            found.entry(first.name.clone()).or_insert(LeftOut {
                what: first.name.clone(),
                reason,
                bytes: package.map_or(0, |package| package.size),
            });
        }
    }
    found.into_values().collect()
}

//! `coracle diff`: what changed from one image to another, platform by platform: packages, files, what programs load, the
//! configuration, and what a machine that has the one pulls for the other. Nothing is run.
//!
//! What "changed" means for a file is in `check::look::compare`.

mod configuration;

use std::collections::{BTreeMap, BTreeSet};

use coracle_oci::{Digest, Platform};

use crate::check::look::{self, Sameness, Seen, compare};
use crate::check::{Asked, Error, Target, World};

/// So many of the files that differ are named.
const NAMED: usize = 20;

/// What changed, on one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// What was.
    pub old: Side,
    /// What is.
    pub new: Side,
    /// Packages by name, their versions.
    pub packages: Vec<Change>,
    /// Files.
    pub files: Files,
    /// What the programs load.
    pub needs: Vec<Needs>,
    /// The configuration, by setting.
    pub configuration: Vec<Change>,
    /// What a machine pulls.
    pub pull: Pull,
}

/// One of the two images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    /// The target, as it was named.
    pub target: String,
    /// What it runs on.
    pub platform: Platform,
    /// The manifest's digest, where there is one.
    pub digest: Option<Digest>,
    /// How many layers it has.
    pub layers: usize,
    /// What those weigh where they are, in bytes.
    pub packed: u64,
    /// What the files weigh, in bytes; a file with several names as often as it has names.
    pub unpacked: u64,
    /// How many files it has, folders aside.
    pub files: usize,
}

/// One thing that was, or is, or changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
}

/// Files that differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    /// Only the new image has them.
    pub added: usize,
    /// Only the old image has them.
    pub removed: usize,
    /// Both have them, and they differ.
    pub changed: usize,
    /// Both have them, of the same kind, owner, mode and length; only the time of change differs, or says nothing, and their
    /// content is not known.
    pub perhaps: usize,
    /// The largest of the first three.
    pub largest: Vec<FileChange>,
}

/// One file that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// Where.
    pub path: String,
    /// Bytes in the old image, where it is there.
    pub old: Option<u64>,
    /// Bytes in the new image, where it is there.
    pub new: Option<u64>,
}

/// What a program of the start loads that it did not, or does no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// The program.
    pub program: String,
    /// Whether only one of the images starts it.
    pub presence: Presence,
    /// Names of libraries that it loads now.
    pub added: Vec<String>,
    /// Names of libraries that it loads no longer.
    pub removed: Vec<String>,
}

/// Which of the images starts a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Both.
    Both,
    /// The new one.
    New,
    /// The old one.
    Old,
}

/// What a machine that has the old image pulls for the new one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pull {
    /// Layers that it has not: their digests as packed, else unpacked, and their bytes.
    pub layers: Vec<(Digest, u64)>,
    /// What those weigh.
    pub bytes: u64,
    /// How many layers it has already.
    pub shared: usize,
}

/// What was compared, and what has nothing to be compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// One a platform.
    pub diffs: Vec<Diff>,
    /// Platforms that only the old image is for.
    pub only_old: Vec<Platform>,
    /// Platforms that only the new image is for.
    pub only_new: Vec<Platform>,
}

impl Compared {
    /// Whether anything differs, or may.
    pub fn differs(&self) -> bool {
        let platforms = self.only_old.len() + self.only_new.len();
        platforms > 0 || self.diffs.iter().any(Diff::differs)
    }
}

impl Diff {
    /// Whether anything differs, or may.
    pub fn differs(&self) -> bool {
        let Files {
            added,
            removed,
            changed,
            perhaps,
            ..
        } = self.files;
        added + removed + changed + perhaps > 0
            || !self.packages.is_empty()
            || !self.needs.is_empty()
            || !self.configuration.is_empty()
    }
}

/// Compares two targets on every platform that both are for; two images of one platform each are compared whatever those
/// are.
///
/// # Errors
/// When one of them cannot be had or read, or no platform is common to both.
pub fn diff(
    old: &Target,
    new: &Target,
    asked: &Asked,
    world: &World<'_>,
) -> Result<Compared, Error> {
    let old = look::open(old, asked, world)?;
    let new = look::open(new, asked, world)?;
    let (pairs, mut compared) = pairs(&old.platforms(), &new.platforms());
    if pairs.is_empty() {
        let are = |platforms: &[Platform]| -> Vec<String> {
            platforms.iter().map(ToString::to_string).collect()
        };
        return Err(Error::NothingCommon {
            old: are(&compared.only_old).join(", "),
            new: are(&compared.only_new).join(", "),
        });
    }
    for (one, other) in pairs {
        compared
            .diffs
            .push(between(&old.see(one)?, &new.see(other)?));
    }
    Ok(compared)
}

/// Which images are compared, by their places; and the platforms that are left.
fn pairs(old: &[Option<Platform>], new: &[Option<Platform>]) -> (Vec<(usize, usize)>, Compared) {
    if let ([_], [_]) = (old, new) {
        return (vec![(0, 0)], Compared::default());
    }
    let mut pairs = Vec::new();
    for (at, platform) in old.iter().enumerate() {
        let same = new.iter().position(|other| other == platform);
        pairs.extend(same.map(|same| (at, same)));
    }
    let without = |all: &[Option<Platform>], others: &[Option<Platform>]| {
        let rest = all.iter().filter(|one| !others.contains(one));
        rest.flatten().cloned().collect()
    };
    let compared = Compared {
        diffs: Vec::new(),
        only_old: without(old, new),
        only_new: without(new, old),
    };
    (pairs, compared)
}

/// What changed from one image to the other.
fn between(old: &Seen, new: &Seen) -> Diff {
    Diff {
        old: side(old),
        new: side(new),
        packages: changes(&packages(old), &packages(new)),
        files: files(old, new),
        needs: needs(old, new),
        configuration: configuration::changes(&old.config, &new.config),
        pull: pull(old, new),
    }
}

fn side(seen: &Seen) -> Side {
    Side {
        target: seen.target.clone(),
        platform: seen.platform.clone(),
        digest: seen.digest,
        layers: seen.layers.len(),
        packed: seen.layers.iter().map(|layer| layer.size).sum(),
        unpacked: seen.unpacked(),
        files: seen.files().count(),
    }
}

/// Packages and their versions; what coracle put into layers counts where there is no database.
fn packages(seen: &Seen) -> BTreeMap<String, String> {
    let listed = seen.packages().into_iter();
    let mut packages: BTreeMap<String, String> = listed
        .map(|package| (package.name, package.version))
        .collect();
    for written in seen.layers.iter().flat_map(|layer| &layer.packages) {
        if let Some((name, version)) = written.split_once('@') {
            let of_layer = || version.to_owned();
            packages.entry(name.to_owned()).or_insert_with(of_layer);
        }
    }
    packages
}

/// What differs of two tables, by name.
fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Change> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let change = |name: &String| Change {
        name: name.clone(),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    };
    let all = names.into_iter().map(change);
    all.filter(|change| change.old != change.new).collect()
}

fn files(old: &Seen, new: &Seen) -> Files {
    let mut files = Files::default();
    let mut named = Vec::new();
    for (path, entry) in old.files() {
        let before = Some(entry.size());
        let after = new.file(path);
        let same = after.map(|after| compare((old, &entry), (new, &after)));
        match same {
            Some(Sameness::Same) => continue,
            Some(Sameness::Perhaps) => {
                files.perhaps += 1;
                continue;
            }
            Some(Sameness::Changed) => files.changed += 1,
            None => files.removed += 1,
        }
        named.push((path, before, after.map(|after| after.size())));
    }
    let added = new.files().filter(|(path, _)| old.file(path).is_none());
    for (path, entry) in added {
        files.added += 1;
        named.push((path, None, Some(entry.size())));
    }
    named.sort_by_key(|(path, old, new)| (std::cmp::Reverse((*old).max(*new)), *path));
    let largest = named.into_iter().take(NAMED);
    files.largest = largest
        .map(|(path, old, new)| FileChange {
            path: format!("/{path}"),
            old,
            new,
        })
        .collect();
    files
}

fn needs(old: &Seen, new: &Seen) -> Vec<Needs> {
    let (old, new) = (loaded(old), loaded(new));
    let programs: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let nothing = BTreeSet::new();
    let one = |program: &String| {
        let (before, after) = (old.get(program), new.get(program));
        let presence = match (before, after) {
            (None, _) => Presence::New,
            (_, None) => Presence::Old,
            _ => Presence::Both,
        };
        let (before, after) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
        Needs {
            program: program.clone(),
            presence,
            added: after.difference(before).cloned().collect(),
            removed: before.difference(after).cloned().collect(),
        }
    };
    let all = programs.into_iter().map(one);
    all.filter(|needs| {
        needs.presence != Presence::Both || !needs.added.is_empty() || !needs.removed.is_empty()
    })
    .collect()
}

/// What each program of the start loads, by name.
fn loaded(seen: &Seen) -> BTreeMap<String, BTreeSet<String>> {
    let mut programs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for program in &seen.report.programs {
        let names = program.objects.iter().chain(&program.opened).map(|object| {
            let file = object.file.rsplit('/').next().unwrap_or(&object.file);
            object.soname.clone().unwrap_or_else(|| file.to_owned())
        });
        programs
            .entry(program.path.clone())
            .or_default()
            .extend(names);
    }
    programs
}

/// By digest as packed, and by what is packed where one of them has none.
fn pull(old: &Seen, new: &Seen) -> Pull {
    let mut pull = Pull::default();
    for layer in &new.layers {
        let has = old
            .layers
            .iter()
            .any(|had| match (had.digest, layer.digest) {
                (Some(had), Some(wanted)) => had == wanted,
                _ => had.diff_id == layer.diff_id,
            });
        let digest = layer.digest.unwrap_or(layer.diff_id);
        if has || pull.layers.iter().any(|(taken, _)| *taken == digest) {
            pull.shared += 1;
        } else {
            pull.bytes += layer.size;
            pull.layers.push((digest, layer.size));
        }
    }
    pull
}

#[cfg(test)]
mod tests;

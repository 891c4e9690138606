//! `coracle why IMAGE`: why something is in an image, from what a container starts to the layer and its bytes. A subject
//! is a library by its name, a file by its path, a package or a label. Nothing is run.
//!
//! [`service`] puts the way from source in front of it, [`rebuilt`] says which input made an image anew.

mod near;
pub mod rebuilt;
pub mod service;
mod top;

use std::collections::BTreeMap;

use coracle_binary::start::Finding;
use coracle_oci::{Digest, Platform};

use crate::check::look::{self, Entry, Package, Seen};
use crate::check::{Asked, Error, Target, World};

pub use self::top::{Item, Top};

/// What is asked of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Why is this here?
    Subject(String),
    /// What is so large? So many of each.
    Top(usize),
}

/// What was found, on one platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The target, as it was named.
    pub target: String,
    /// What it runs on.
    pub platform: Platform,
    /// Everything of that name.
    pub found: Vec<Found>,
    /// The largest, where that was asked for.
    pub top: Option<Top>,
}

/// One thing of the name that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A file.
    File(FileAnswer),
    /// A package.
    Package(PackageAnswer),
    /// A label of the configuration.
    Label(LabelAnswer),
    /// A library that is asked for and cannot be had.
    Missing(Finding),
}

/// Why a file is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAnswer {
    /// Where it is, without links in its path.
    pub path: String,
    /// In bytes.
    pub bytes: u64,
    /// Who loads or starts it.
    pub uses: Vec<Use>,
    /// The package that brought it, `libssl3t64 3.5.1-1`, as far as the image says it.
    pub package: Option<String>,
    /// The layer that it is of.
    pub layer: Option<Layer>,
}

/// How a program comes to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// From what starts the program to the file.
    pub chain: Vec<String>,
    /// The rule by which the file was found, where it is a library.
    pub why_found: Option<String>,
}

/// Why a package is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageAnswer {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// How many files it has in the image.
    pub files: usize,
    /// What those weigh.
    pub bytes: u64,
    /// Its files that a start leads to.
    pub used: Vec<FileAnswer>,
    /// Packages that depend on it.
    pub needed_by: Vec<String>,
    /// The layers that its files are of.
    pub layers: Vec<Layer>,
}

/// What a label says, and where that comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelAnswer {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// The line of the image's history that set it.
    pub made_by: Option<String>,
}

/// A layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Counted from 1 at the bottom.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Its digest as it is packed, else unpacked.
    pub digest: Digest,
    /// What it weighs where it is.
    pub bytes: u64,
    /// How it was made, as the history says.
    pub made_by: Option<String>,
}

/// Looks into a target, on every platform that is asked for.
///
/// # Errors
/// When it cannot be had or read, or has nothing of that name.
pub fn why(
    target: &Target,
    ask: &Ask,
    asked: &Asked,
    world: &World<'_>,
) -> Result<Vec<Answer>, Error> {
    let place = look::open(target, asked, world)?;
    let all = 0..place.platforms().len();
    all.map(|at| answer(&place.see(at)?, ask)).collect()
}

fn answer(seen: &Seen, ask: &Ask) -> Result<Answer, Error> {
    let packages = seen.packages();
    let (found, top) = match ask {
        Ask::Top(count) => (Vec::new(), Some(top::of(seen, &packages, *count))),
        Ask::Subject(subject) => (found(seen, &packages, subject), None),
    };
    if let (Ask::Subject(subject), []) = (ask, found.as_slice()) {
        return Err(Error::NoSubject {
            target: format!("{} ({})", seen.target, seen.platform),
            subject: subject.clone(),
            near: near::names(seen, &packages, subject, []),
        });
    }
    Ok(Answer {
        target: seen.target.clone(),
        platform: seen.platform.clone(),
        found,
        top,
    })
}

/// Everything of a name: labels and packages, then files.
fn found(seen: &Seen, packages: &[Package], subject: &str) -> Vec<Found> {
    let mut found = Vec::new();
    found.extend(label(seen, subject).map(Found::Label));
    let package = packages.iter().find(|package| package.name == subject);
    match package {
        Some(package) => {
            found.push(Found::Package(of_package(seen, packages, package)));
        }
        None => found.extend(of_layers(seen, subject).map(Found::Package)),
    }
    let mut paths = loaded_or_at(seen, subject);
    if paths.is_empty() && found.is_empty() {
        paths = named(seen, subject);
    }
    paths.sort();
    paths.dedup();
    for path in paths {
        let entry = seen.file(&path);
        found.extend(entry.map(|entry| Found::File(of_file(seen, packages, &path, &entry))));
    }
    let missing = seen.report.findings.iter();
    let missing = missing.filter(|finding| finding.subject == subject);
    found.extend(missing.cloned().map(Found::Missing));
    found
}

/// The file at a path, or those that are loaded by this name.
fn loaded_or_at(seen: &Seen, subject: &str) -> Vec<String> {
    if subject.contains('/') {
        return seen.real(subject).into_iter().collect();
    }
    let programs = seen.report.programs.iter();
    programs
        .flat_map(|program| program.objects.iter().chain(&program.opened))
        .filter(|object| {
            let is_soname = object.soname.as_deref() == Some(subject);
            is_soname || is_named(&object.path, subject) || is_named(&object.file, subject)
        })
        .map(|object| object.file.trim_start_matches('/').to_owned())
        .collect()
}

/// All files of this name, links followed.
fn named(seen: &Seen, subject: &str) -> Vec<String> {
    let named = seen.files().filter(|(path, _)| is_named(path, subject));
    named.filter_map(|(path, _)| seen.real(path)).collect()
}

fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

fn of_file(seen: &Seen, packages: &[Package], path: &str, entry: &Entry<'_>) -> FileAnswer {
    FileAnswer {
        path: format!("/{path}"),
        bytes: entry.size(),
        uses: uses(seen, &format!("/{path}")),
        package: owner(seen, packages, path, entry),
        layer: layer(seen, entry),
    }
}

/// How each program comes to a file.
fn uses(seen: &Seen, path: &str) -> Vec<Use> {
    let mut uses = Vec::new();
    for program in &seen.report.programs {
        if program.path == path {
            uses.push(Use {
                chain: program.chain.clone(),
                why_found: None,
            });
        }
        let objects = program.objects.iter().chain(&program.opened);
        let objects = objects.filter(|object| object.file == path);
        uses.extend(objects.map(|object| Use {
            chain: object.needed_by.clone(),
            why_found: Some(object.why_found.clone()),
        }));
    }
    for finding in &seen.report.findings {
        let file = |step: &String| step.split(" (").next() == Some(path);
        if let Some(at) = finding.chain.iter().position(file)
            && uses.is_empty()
        {
            uses.push(Use {
                chain: finding.chain.iter().take(at + 1).cloned().collect(),
                why_found: None,
            });
        }
    }
    uses
}

/// The package that brought a file: by the lists of its packages, else by what coracle put into its layer.
fn owner(seen: &Seen, packages: &[Package], path: &str, entry: &Entry<'_>) -> Option<String> {
    let mut owners = packages.iter().filter(|package| {
        package
            .files
            .binary_search_by(|file| file.as_str().cmp(path))
            .is_ok()
    });
    if let Some(package) = owners.next() {
        return Some(format!("{} {}", package.name, package.version));
    }
    match seen.layer(entry)?.packages.as_slice() {
        [] => None,
        [one] => Some(one.replacen('@', " ", 1)),
        several => Some(format!("one of {}", several.join(", "))),
    }
}

fn of_package(seen: &Seen, packages: &[Package], package: &Package) -> PackageAnswer {
    let mut used = Vec::new();
    let mut layers = BTreeMap::new();
    for path in &package.files {
        let Some(entry) = seen.file(path) else {
            continue;
        };
        if let Some(layer) = layer(seen, &entry) {
            layers.insert(layer.number, layer);
        }
        let file = of_file(seen, packages, path, &entry);
        if !file.uses.is_empty() {
            used.push(file);
        }
    }
    let names: Vec<&String> = [&package.name]
        .into_iter()
        .chain(&package.provides)
        .collect();
    let needs_it = |other: &&Package| other.depends.iter().any(|name| names.contains(&name));
    let needed_by = packages.iter().filter(needs_it);
    PackageAnswer {
        name: package.name.clone(),
        version: package.version.clone(),
        files: package.files.len(),
        bytes: package.bytes,
        used,
        needed_by: needed_by
            .map(|other| other.name.clone())
            .filter(|name| *name != package.name)
            .collect(),
        layers: layers.into_values().collect(),
    }
}

/// A package that only a layer's annotation names.
fn of_layers(seen: &Seen, subject: &str) -> Option<PackageAnswer> {
    let of_subject = |written: &String| {
        let (name, version) = written.split_once('@')?;
        (name == subject).then(|| version.to_owned())
    };
    let mut layers = Vec::new();
    let mut version = None;
    for (at, layer) in seen.layers.iter().enumerate() {
        if let Some(found) = layer.packages.iter().find_map(of_subject) {
            version = Some(found);
            layers.push(layer_at(seen, at, layer));
        }
    }
    Some(PackageAnswer {
        name: subject.to_owned(),
        version: version?,
        files: 0,
        bytes: 0,
        used: Vec::new(),
        needed_by: Vec::new(),
        layers,
    })
}

fn label(seen: &Seen, subject: &str) -> Option<LabelAnswer> {
    let (key, value) = seen.config.labels.get_key_value(subject)?;
    let steps = seen.history.iter().rev();
    let mut steps = steps.filter_map(|step| step.created_by.as_deref());
    // The last one that names it is the one that holds.
    let step = steps.find(|step| step.contains("LABEL") && step.contains(key));
    Some(LabelAnswer {
        key: key.clone(),
        value: value.clone(),
        made_by: step.map(str::to_owned),
    })
}

fn layer(seen: &Seen, entry: &Entry<'_>) -> Option<Layer> {
    let layer = seen.layer(entry)?;
    Some(layer_at(seen, entry.layer(), layer))
}

fn layer_at(seen: &Seen, at: usize, layer: &look::Layer) -> Layer {
    Layer {
        number: at + 1,
        of: seen.layers.len(),
        digest: layer.digest.unwrap_or(layer.diff_id),
        bytes: layer.size,
        made_by: layer.made_by.clone(),
    }
}

#[cfg(test)]
mod tests;

//! What loaded objects may open while they run, as far as they say it: `.note.dlopen`, and the names of libraries in
//! the data of objects that import `dlopen`. All of it is a hint and none of it a finding: whether a program opens
//! what it names, and does without, is its own affair.
//!
//! This knows nothing of one loader: it is given the loaded objects and a way to look a name up.

mod known;
mod names;
mod note;

use std::ops::Range;
use std::sync::Arc;

use super::files::Mentioned;
use super::object::View;
use super::report::{Finding, Verdict};
use crate::elf::ElfFacts;

/// The functions that open libraries.
const OPENING: [&str; 2] = ["dlopen", "dlmopen"];

/// A loaded object that can open others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opener {
    /// The path the loader opened it by.
    pub path: String,
    /// What its `.note.dlopen` says, by feature.
    pub features: Vec<Feature>,
    /// The libraries that its data names, sorted; those of its note are not repeated.
    pub mentions: Vec<Mention>,
    /// Well-known things that it opens by rules of its own: name service modules, converters, providers.
    pub known: Vec<String>,
}

/// A feature that a `.note.dlopen` describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// Its name, where it has one: `lzma`.
    pub name: Option<String>,
    /// What it is for, where that is said.
    pub description: Option<String>,
    /// `required`, `recommended` or `suggested`; the last where nothing is said.
    pub priority: String,
    /// The libraries that serve it, the preferred first: one of them is enough.
    pub libraries: Vec<Mention>,
}

/// A library by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// The soname.
    pub name: String,
    /// Whether it would be found.
    pub presence: Presence,
}

/// Whether a library would be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It is loaded already, or was proven to be found when it is opened.
    Loaded,
    /// It is in the image where the loader looks.
    There,
    /// It comes from outside when the container starts.
    Provided,
    /// It is not where the loader looks.
    Missing,
}

impl Opener {
    /// Whether it says this name.
    pub(super) fn names(&self, name: &str) -> bool {
        let features = self.features.iter().flat_map(|feature| &feature.libraries);
        features
            .chain(&self.mentions)
            .any(|mention| mention.name == name)
    }

    /// What of that which it names is not in the image: of a feature the preferred library where none is, of a
    /// library the most exact of its names where none is.
    pub fn missing(&self) -> Vec<&str> {
        let is_missing = |mention: &&Mention| mention.presence == Presence::Missing;
        let features = self.features.iter().filter_map(|feature| {
            let all = feature.libraries.iter().all(|library| is_missing(&library));
            feature.libraries.first().filter(|_| all)
        });
        let mentions = self.mentions.iter().filter(is_missing).filter(|mention| {
            let others = self
                .mentions
                .iter()
                .filter(|other| other.name != mention.name);
            let mut same =
                others.filter(|other| names::stem(&other.name) == names::stem(&mention.name));
            // `libfoo.so` is said beside `libfoo.so.2` as a last resort.
            !same.any(|other| !is_missing(&other) || other.name.len() > mention.name.len())
        });
        features
            .chain(mentions)
            .map(|mention| mention.name.as_str())
            .collect()
    }
}

/// What is found of a library that a running program opens: nothing of it stops the start.
pub(super) fn cannot_open(name: &str, finding: Finding) -> Finding {
    let verdict = match finding.verdict {
        Verdict::DoesNotStart => Verdict::DiesLater,
        verdict => verdict,
    };
    Finding {
        explanation: format!("it starts, and cannot open {name}: {}", finding.explanation),
        verdict,
        ..finding
    }
}

/// A loaded object as it is looked at.
pub(super) struct Candidate<'a> {
    /// The path the loader opened it by.
    pub(super) path: &'a str,
    /// The file, without links in its path.
    pub(super) file: &'a str,
    pub(super) facts: &'a ElfFacts,
}

/// Looks for the objects that can open others. `find` says whether the loader finds a name that the object with that
/// index asks for.
pub(super) fn openers(
    view: &View<'_>,
    objects: &[Candidate<'_>],
    find: &dyn Fn(usize, &str) -> bool,
) -> Vec<Opener> {
    let presence = |index: usize, name: &str| {
        let is_called = |object: &Candidate<'_>| {
            object.facts.soname.as_deref() == Some(name)
                || object.path.ends_with(&format!("/{name}"))
        };
        if objects.iter().any(is_called) {
            Presence::Loaded
        } else if view.is_provided(name) {
            Presence::Provided
        } else if find(index, name) {
            Presence::There
        } else {
            Presence::Missing
        }
    };
    let one = |(index, object): (usize, &Candidate<'_>)| {
        let mention = |name: String| Mention {
            presence: presence(index, &name),
            name,
        };
        let notes = &object.facts.notes.dlopen;
        let features: Vec<Feature> = notes
            .iter()
            .flat_map(|text| note::features(text, &mention))
            .collect();
        let mut opener = Opener {
            path: object.path.to_owned(),
            features,
            mentions: Vec::new(),
            known: Vec::new(),
        };
        if let Some(found) = read(view, object.file, object.facts) {
            let new = found.names.iter().filter(|name| !opener.names(name));
            let new = new.filter(|name| !is_own(object.facts, name)).cloned();
            let new: Vec<String> = new.collect();
            opener.mentions = new.into_iter().map(mention).collect();
            opener.known = found.known.clone();
        }
        if object.facts.soname.as_deref() == Some("libc.so.6") {
            let (known, unwinder) = known::of_libc(objects);
            opener.known = known;
            opener.mentions.extend(unwinder.map(mention));
        }
        let silent =
            opener.features.is_empty() && opener.mentions.is_empty() && opener.known.is_empty();
        (!silent).then_some(opener)
    };
    objects.iter().enumerate().filter_map(one).collect()
}

/// Whether a file can open others.
pub(crate) fn can_open(facts: &ElfFacts) -> bool {
    OPENING.iter().any(|name| facts.imports_symbol(name))
}

/// The parts of a file that can open others which are read for that; what [`known`] looks for is not among them.
pub(crate) fn parts(content: &[u8], facts: &ElfFacts) -> Vec<Range<usize>> {
    names::words(content, facts)
}

/// What is looked for by name, besides.
pub(crate) fn places() -> impl Iterator<Item = &'static str> {
    known::places()
}

/// What a file's data says of others, if it can open any.
pub(super) fn read(view: &View<'_>, file: &str, facts: &ElfFacts) -> Option<Arc<Mentioned>> {
    let read = || {
        let content = view.content(file);
        Mentioned {
            names: names::of(&content, facts).into_iter().collect(),
            known: known::in_data(&content),
        }
    };
    can_open(facts).then(|| view.mentions(file, read))
}

/// What an object is or needs is no news.
fn is_own(facts: &ElfFacts, name: &str) -> bool {
    facts.soname.as_deref() == Some(name) || facts.needed.iter().any(|needed| needed == name)
}

//! The files that what starts leads to.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};

use coracle_binary::elf::ElfFacts;
use coracle_binary::start::{Presence, Report};

use super::super::folders::Folders;
use super::super::tree::Tree;
use super::rules::{self, LookedFor};

/// C functions that read the zone files of the system.
const TIME_FUNCTIONS: [&str; 4] = ["localtime", "localtime_r", "mktime", "tzset"];

/// Functions by which plugins are opened.
const OPENING: [&str; 3] = ["dlopen", "dlmopen", "g_module_open"];

/// Files by their paths, without links in them.
pub(super) struct Reached<'a> {
    tree: &'a Tree,
    files: BTreeSet<String>,
    /// Libraries by the last part of their paths.
    named: HashMap<String, BTreeSet<String>>,
    /// Those that can open others.
    openers: BTreeSet<String>,
    certificates: bool,
    time_zones: bool,
    /// Memory that was used before.
    room: Vec<u8>,
}

impl<'a> Reached<'a> {
    /// What the proof went through, what the objects name, and what known rules open.
    pub(super) fn of(tree: &'a Tree, report: &Report) -> Reached<'a> {
        let folders = Folders::of(&tree.files);
        let mut reached = Reached {
            tree,
            files: BTreeSet::new(),
            named: named(tree, &folders),
            openers: BTreeSet::new(),
            certificates: false,
            time_zones: false,
            room: Vec::new(),
        };
        for program in &report.programs {
            let objects = program.objects.iter().chain(&program.opened);
            let paths = objects.map(|object| object.file.as_str());
            let paths = paths.chain([program.path.as_str()]);
            let paths = paths.chain(program.chain.iter().map(String::as_str));
            let paths = paths.chain(program.interpreter.as_deref());
            let paths = paths.filter(|path| path.starts_with('/'));
            let ends: Vec<String> = paths.filter_map(|path| folders.follow(path)).collect();
            ends.iter().for_each(|path| reached.add(path));
        }
        for opener in &report.openers {
            reached.openers.extend(folders.follow(&opener.path));
            let features = opener.features.iter();
            let features = features.flat_map(|feature| &feature.libraries);
            let there = features
                .chain(&opener.mentions)
                .filter(|mention| mention.presence == Presence::There);
            there.for_each(|mention| reached.add_named(rules::name(&mention.name)));
        }
        if !report.openers.is_empty() {
            let opened = tree.regular().map(|(path, _, _)| path);
            let opened: Vec<&str> = opened.filter(|path| rules::is_opened(path)).collect();
            opened.into_iter().for_each(|path| reached.add(path));
        }
        reached
    }

    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// Whether a file is reached and can open others.
    pub(super) fn opens(&self, path: &str) -> bool {
        self.openers.contains(path)
    }

    /// Whether a file that is reached looks for it.
    pub(super) fn looks_for(&self, what: LookedFor) -> bool {
        match what {
            LookedFor::Certificates => self.certificates,
            LookedFor::TimeZones => self.time_zones,
        }
    }

    /// A file, and the libraries that it needs, wherever they are.
    pub(super) fn add(&mut self, path: &str) {
        let mut waiting = vec![path.to_owned()];
        while let Some(path) = waiting.pop() {
            if self.files.contains(&path) {
                continue;
            }
            for name in self.look_into(&path) {
                let files = self.named.get(rules::name(&name));
                waiting.extend(files.into_iter().flatten().cloned());
            }
            self.files.insert(path);
        }
    }

    /// Notes what a file looks for; and the names of the libraries that it needs.
    fn look_into(&mut self, path: &str) -> Vec<String> {
        let Some(kept) = self.tree.kept(path).filter(|kept| kept.is_elf()) else {
            return Vec::new();
        };
        let content = kept.content(std::mem::take(&mut self.room));
        let facts = content.as_deref().map(ElfFacts::read);
        if let Some(Cow::Owned(room)) = content {
            self.room = room;
        }
        let mentions = kept.mentions();
        self.certificates |= mentions.certificates.is_some();
        let Some(Ok(facts)) = facts else {
            return Vec::new();
        };
        if OPENING.iter().any(|name| facts.imports_symbol(name)) {
            self.openers.insert(path.to_owned());
        }
        // Every C library has the functions.
        if !rules::name(path).starts_with("libc.") {
            let called = TIME_FUNCTIONS.iter().any(|name| facts.imports_symbol(name));
            self.time_zones |= called || mentions.time_zones.is_some();
        }
        facts.needed
    }

    fn add_named(&mut self, name: &str) {
        let files = self.named.get(name).cloned().unwrap_or_default();
        files.iter().for_each(|file| self.add(file));
    }
}

fn named(tree: &Tree, folders: &Folders<'_>) -> HashMap<String, BTreeSet<String>> {
    let mut named: HashMap<String, BTreeSet<String>> = HashMap::new();
    for (path, _) in tree.files.iter() {
        let name = rules::name(path);
        if name.contains(".so")
            && let Some(end) = folders.follow(path)
        {
            named.entry(name.to_owned()).or_default().insert(end);
        }
    }
    named
}

//! Which features are on, by what is built.
//!
//! As cargo's resolver does it: from the members that are built, over all dependencies that count, until nothing changes.
//! Since its second version what runs on the build machine (build scripts, procedural macros and theirs) has features of its
//! own, other targets' dependencies do not count, and neither do tests'.

use std::collections::{BTreeMap, BTreeSet};

use super::Question;
use super::nodes::{Edge, Nodes};
use crate::answer::Answer;
use crate::cargo::manifest::{Dependency, Kind, Manifest};
use crate::cargo::platform;
use crate::cargo::workspace::{Package, Workspace};

/// A package, and whether it runs on the build machine.
pub(super) type Key = (usize, bool);

/// The features that are on.
#[derive(Debug)]
pub(super) struct Features<'a> {
    nodes: &'a Nodes<'a>,
    target: Option<&'a str>,
    /// Whether what is only possible counts.
    is_possible: bool,
    /// Whether features are joined over everything, as before the second resolver.
    joins: bool,
    on: BTreeMap<Key, BTreeSet<&'a str>>,
    /// Optional dependencies that are on.
    optional: BTreeMap<Key, BTreeSet<&'a str>>,
    /// What is asked of a dependency, where it is on.
    asked: BTreeMap<Key, BTreeSet<(&'a str, &'a str)>>,
    /// Packages of which anything may be on.
    anything: BTreeSet<Key>,
    visited: BTreeSet<Key>,
    /// Members that are built: their tests' dependencies count for the first resolver.
    built: BTreeSet<usize>,
    has_changed: bool,
}

impl<'a> Features<'a> {
    /// Those that are on for certain, or those that may be.
    pub(super) fn new(
        workspace: &Workspace,
        nodes: &'a Nodes<'a>,
        roots: &[&'a Package],
        question: &'a Question,
        is_possible: bool,
    ) -> Features<'a> {
        let nothing = Features {
            nodes,
            target: question.target.as_deref(),
            is_possible,
            joins: workspace.resolver() < 2,
            on: BTreeMap::new(),
            optional: BTreeMap::new(),
            asked: BTreeMap::new(),
            anything: BTreeSet::new(),
            visited: BTreeSet::new(),
            built: BTreeSet::new(),
            has_changed: false,
        };
        nothing.with(roots, question)
    }

    fn with(mut self, roots: &[&'a Package], question: &'a Question) -> Features<'a> {
        for root in roots {
            if let Some(index) = self.nodes.of_folder(&root.manifest.folder) {
                self.built.insert(index);
                self.begin((index, false), root, question);
            }
        }
        loop {
            self.has_changed = false;
            for key in self.visited.clone() {
                self.follow(key);
            }
            if !self.has_changed {
                return self;
            }
        }
    }

    fn begin(&mut self, key: Key, package: &'a Package, question: &'a Question) {
        self.visit(key);
        if !question.no_default_features {
            self.enable(key, "default");
        }
        if question.all_features {
            for name in package.manifest.features.keys() {
                self.enable(key, name);
            }
            for dependency in package
                .manifest
                .dependencies
                .iter()
                .filter(|it| it.optional)
            {
                self.enable_optional(key, &dependency.name);
            }
        }
        for feature in &question.features {
            match feature.split_once('/') {
                Some((name, feature)) if name == package.name => self.enable(key, feature),
                _ => self.enable(key, feature),
            }
        }
    }

    /// Where features of a package are noted.
    fn noted(&self, key: Key) -> Key {
        (key.0, key.1 && !self.joins)
    }

    fn manifest(&self, key: Key) -> Option<&'a Manifest> {
        self.nodes.all.get(key.0)?.manifest
    }

    fn visit(&mut self, key: Key) {
        self.has_changed |= self.visited.insert(key);
    }

    fn enable_optional(&mut self, key: Key, name: &'a str) {
        let key = self.noted(key);
        self.has_changed |= self.optional.entry(key).or_default().insert(name);
    }

    /// Switches on what a feature's words say: a feature, `dep:NAME`, `NAME/FEATURE` or `NAME?/FEATURE`.
    fn enable(&mut self, key: Key, words: &'a str) {
        let mut waiting = vec![words];
        while let Some(words) = waiting.pop() {
            if let Some(name) = words.strip_prefix("dep:") {
                self.enable_optional(key, name);
            } else if let Some((name, feature)) = words.split_once('/') {
                let noted = self.noted(key);
                let weak = name.strip_suffix('?');
                let asked = self.asked.entry(noted).or_default();
                self.has_changed |= asked.insert((weak.unwrap_or(name), feature));
                if weak.is_none() {
                    self.enable_optional(key, name);
                    let has_feature = |manifest: &Manifest| manifest.features.contains_key(name);
                    waiting.extend(self.manifest(key).is_some_and(has_feature).then_some(name));
                }
            } else {
                self.enable_feature(key, words, &mut waiting);
            }
        }
    }

    fn enable_feature(&mut self, key: Key, name: &'a str, waiting: &mut Vec<&'a str>) {
        let noted = self.noted(key);
        if let Some(manifest) = self.manifest(key) {
            let implied = manifest.features.get(name);
            let is_optional = |it: &Dependency| it.optional && it.name == name;
            match implied {
                Some(implied) if !self.is_on(key, name) => {
                    waiting.extend(implied.value.iter().map(String::as_str));
                }
                // A feature by its name alone.
                None if manifest.dependencies.iter().any(is_optional) => {
                    self.enable_optional(key, name);
                }
                None => return,
                Some(_) => {}
            }
        }
        self.has_changed |= self.on.entry(noted).or_default().insert(name);
    }

    fn is_on(&self, key: Key, name: &str) -> bool {
        let on = self.on.get(&self.noted(key));
        on.is_some_and(|on| on.contains(name))
    }

    /// What a package's dependencies get from it.
    fn follow(&mut self, key: Key) {
        let Some(node) = self.nodes.all.get(key.0) else {
            return;
        };
        for edge in &node.edges {
            let Some(dependency) = edge.dependency else {
                if self.is_possible {
                    self.visit((edge.to, key.1));
                    let noted = self.noted((edge.to, key.1));
                    self.has_changed |= self.anything.insert(noted);
                }
                continue;
            };
            if self.counts(key, *edge, dependency) {
                self.ask(key, *edge, dependency);
            }
        }
    }

    fn ask(&mut self, key: Key, edge: Edge<'a>, dependency: &'a Dependency) {
        let to = self.end(key, edge);
        self.visit(to);
        if dependency.default_features {
            self.enable(to, "default");
        }
        for feature in &dependency.features {
            self.enable(to, feature);
        }
        let asked = self.asked.get(&self.noted(key)).cloned();
        for (name, feature) in asked.unwrap_or_default() {
            if name == dependency.name {
                self.enable(to, feature);
            }
        }
        if self.anything.contains(&self.noted(key)) && self.is_possible {
            let noted = self.noted(to);
            self.has_changed |= self.anything.insert(noted);
        }
    }

    /// Where an edge leads: a build script's dependency and a macro run on the build machine.
    pub(super) fn end(&self, key: Key, edge: Edge<'_>) -> Key {
        let is_macro = self
            .nodes
            .all
            .get(edge.to)
            .is_some_and(|node| node.is_macro);
        let is_build = edge.dependency.is_some_and(|it| it.kind == Kind::Build);
        (edge.to, key.1 || is_build || is_macro)
    }

    fn counts(&self, key: Key, edge: Edge<'_>, dependency: &Dependency) -> bool {
        let is_test = dependency.kind == Kind::Development;
        if is_test && !(self.joins && self.built.contains(&key.0)) {
            return false;
        }
        let holds = if self.joins {
            Answer::Yes
        } else {
            self.holds(key, dependency)
        };
        self.is_enough(&holds.and(self.is_chosen(key, edge, dependency)))
    }

    /// Whether an answer counts on this walk.
    fn is_enough(&self, answer: &Answer) -> bool {
        answer.is_yes() || self.is_possible && !answer.is_no()
    }

    /// Whether a dependency is for the target; on the build machine, which is not known, only what is for all is sure.
    fn holds(&self, key: Key, dependency: &Dependency) -> Answer {
        let target = if key.1 { None } else { self.target };
        match &dependency.target {
            Some(condition) => platform::holds(condition, target),
            None => Answer::Yes,
        }
    }

    /// Whether a dependency is there, and is this package.
    fn is_chosen(&self, key: Key, edge: Edge<'_>, dependency: &Dependency) -> Answer {
        let noted = self.noted(key);
        let is_on = !dependency.optional
            || self
                .optional
                .get(&noted)
                .is_some_and(|on| on.contains(dependency.name.as_str()))
            || self.anything.contains(&noted);
        if edge.is_exact {
            return is_on.into();
        }
        Answer::from(is_on).and(Answer::unknown(format!(
            "Cargo.lock has several versions of {} that fit",
            dependency.package
        )))
    }

    /// Whether a package has a dependency in the program, on this walk; with the reason, where that is not known.
    pub(super) fn links(&self, from: usize, edge: Edge<'_>) -> Answer {
        let key = (from, false);
        let Some(dependency) = edge.dependency else {
            let node = self.nodes.all.get(from);
            let name = node.map(|node| node.name).unwrap_or_default();
            return Answer::unknown(format!(
                "Cargo.lock does not tell which dependencies of {name} are in the program"
            ));
        };
        if dependency.kind != Kind::Normal || self.end(key, edge).1 {
            return Answer::No;
        }
        self.holds(key, dependency)
            .and(self.is_chosen(key, edge, dependency))
    }

    /// The features of a package of the program that are on.
    pub(super) fn of(&self, index: usize) -> BTreeSet<String> {
        let on = self.on.get(&(index, false)).into_iter().flatten();
        on.map(|name| (*name).to_owned()).collect()
    }

    /// Whether others may be on.
    pub(super) fn may_have_others(&self, index: usize) -> bool {
        self.anything.contains(&(index, false))
    }
}

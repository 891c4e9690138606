//! What bake would build: files joined, a target for each combination of its matrix, and what it inherits filled in.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::evaluate::{Given, Scope};
use super::expression::Expression;
use super::merge::{Attribute, Bindings, Merged};
use super::{Bake, Kind};
use crate::span::Span;
use crate::text::Text;
use crate::value::Unknown;

/// Targets that inherit one another in a row, groups of groups.
const DEPTH: usize = 32;
/// Combinations of a matrix; more are no real file's.
const MOST: usize = 256;
/// Variables that are looked up: a few lines in which each doubles the one before would never end.
const LOOKED_UP: usize = 100_000;

/// What several bake files say together.
#[derive(Debug, Clone, Default)]
pub struct Resolved {
    /// The targets, in the order of their names.
    pub targets: Vec<Target>,
    /// Groups, and the targets that matrices make of one, with what is in them.
    groups: BTreeMap<String, Result<Vec<String>, Unknown>>,
}

/// A target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its name.
    pub name: String,
    /// The number of the file that says most of it, which is the last with its name.
    pub file: usize,
    /// Where its name stands there.
    pub span: Span,
    /// `context`; nothing where the folder is meant that bake runs in.
    pub context: Result<Option<String>, Unknown>,
    /// `dockerfile`, relative to the context.
    pub dockerfile: Result<Option<String>, Unknown>,
    /// `dockerfile-inline`.
    pub inline: Result<Option<Inline>, Unknown>,
    /// `target`: the stage.
    pub target: Result<Option<String>, Unknown>,
    /// `platforms`.
    pub platforms: Result<Vec<String>, Unknown>,
    /// `args`.
    pub arguments: BTreeMap<String, Result<String, Unknown>>,
    /// Whether it names a cache of layers (`cache-from`, `cache-to`), or wants none.
    pub names_cache: bool,
    /// Whether another target inherits it.
    pub is_inherited: bool,
}

/// A Dockerfile within a bake file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inline {
    /// The number of the file.
    pub file: usize,
    /// Its text, which knows its places there.
    pub text: Text,
}

/// A target of one combination of its matrix.
struct Defined {
    name: String,
    file: usize,
    span: Span,
    merged: Merged,
}

struct Resolver<'a> {
    defaults: BTreeMap<String, Expression>,
    given: Given<'a>,
    left: Cell<usize>,
    defined: Vec<Defined>,
    /// The number of each target, by its name.
    numbers: BTreeMap<String, usize>,
    groups: BTreeMap<String, Result<Vec<String>, Unknown>>,
}

/// Joins bake files, each over those before it, and fills in variables: `given` has a say before a default does.
pub fn resolve(files: &[&Bake], given: Given<'_>) -> Resolved {
    let mut resolver = Resolver {
        defaults: BTreeMap::new(),
        given,
        left: Cell::new(LOOKED_UP),
        defined: Vec::new(),
        numbers: BTreeMap::new(),
        groups: BTreeMap::new(),
    };
    for block in files.iter().flat_map(|file| file.blocks(Kind::Variable)) {
        let mut attributes = block.attributes.iter();
        let default = attributes.find(|(key, _)| key.text == "default");
        if let Some((_, default)) = default.filter(|(_, default)| *default != Expression::Nothing) {
            resolver
                .defaults
                .insert(block.name.text.clone(), default.clone());
        }
    }
    resolver.define(files);
    let names = resolver.defined.iter().enumerate();
    resolver.numbers = names
        .map(|(number, one)| (one.name.clone(), number))
        .collect();
    resolver.group(files);
    let mut inherited = BTreeSet::new();
    let mut targets = Vec::new();
    for defined in &resolver.defined {
        let mut parents = BTreeSet::new();
        let (merged, unknown) = resolver.inherited(defined, &mut parents, 0);
        inherited.extend(parents);
        targets.push(resolver.target(defined, &merged, unknown));
    }
    for target in &mut targets {
        target.is_inherited = inherited.contains(&target.name);
    }
    targets.sort_by(|one, other| one.name.cmp(&other.name));
    Resolved {
        targets,
        groups: resolver.groups,
    }
}

impl<'a> Resolver<'a> {
    fn scope<'s>(&'s self, bindings: &'s [(String, Expression)]) -> Scope<'s>
    where
        'a: 's,
    {
        Scope::new(&self.defaults, self.given, bindings, &self.left)
    }

    /// Every target by name, as the files together have it, once for each combination of its matrix.
    fn define(&mut self, files: &[&Bake]) {
        let none: Bindings = Rc::default();
        let mut by_name: BTreeMap<String, Defined> = BTreeMap::new();
        for (number, file) in files.iter().enumerate() {
            for block in file.blocks(Kind::Target) {
                let merged = Merged::of(number, &block.attributes, &none);
                let defined = by_name.entry(block.name.text.clone()).or_insert(Defined {
                    name: block.name.text.clone(),
                    file: number,
                    span: block.name.span.clone(),
                    merged: Merged::default(),
                });
                defined.merged.extend(merged);
                defined.file = number;
                defined.span = block.name.span.clone();
            }
        }
        for defined in by_name.into_values() {
            let combinations = self.combinations(&defined.merged);
            if combinations.is_empty() {
                self.defined.push(defined);
                continue;
            }
            let mut names = Vec::new();
            for bindings in combinations {
                let one = self.combined(&defined, &Rc::new(bindings));
                names.push(one.name.clone());
                self.defined.push(one);
            }
            self.groups.insert(defined.name, Ok(names));
        }
    }

    /// The combinations of a target's matrix; none where it has none, or none that is known.
    fn combinations(&self, merged: &Merged) -> Vec<Vec<(String, Expression)>> {
        let scope = self.scope(&[]);
        let Some(matrix) = merged.attributes.get("matrix") else {
            return Vec::new();
        };
        let mut product = vec![Vec::new()];
        for (axis, values) in scope.map(&matrix.value).unwrap_or_default() {
            let Ok(values) = scope.items(&values) else {
                return Vec::new();
            };
            let longer = product
                .iter()
                .flat_map(|before: &Vec<(String, Expression)>| {
                    values.iter().map(|value| {
                        let own = (axis.text.clone(), value.clone());
                        before.iter().cloned().chain([own]).collect::<Vec<_>>()
                    })
                });
            product = longer.take(MOST + 1).collect();
            if product.len() > MOST {
                return Vec::new();
            }
        }
        product.retain(|combination| !combination.is_empty());
        product
    }

    fn combined(&self, defined: &Defined, bindings: &Bindings) -> Defined {
        let bound = |attribute: &Attribute| Attribute {
            bindings: Rc::clone(bindings),
            ..attribute.clone()
        };
        let name = defined.merged.attributes.get("name");
        let name = name.and_then(|name| self.scope(bindings).string(&name.value).ok()?);
        let attributes = defined.merged.attributes.iter();
        Defined {
            name: name.unwrap_or_else(|| defined.name.clone()),
            file: defined.file,
            span: defined.span.clone(),
            merged: Merged {
                attributes: attributes
                    .map(|(name, attribute)| (name.clone(), bound(attribute)))
                    .collect(),
                inherits: defined.merged.inherits.iter().map(bound).collect(),
            },
        }
    }

    fn group(&mut self, files: &[&Bake]) {
        for block in files.iter().flat_map(|file| file.blocks(Kind::Group)) {
            let mut attributes = block.attributes.iter();
            let targets = attributes.find(|(key, _)| key.text == "targets");
            let targets = targets.map_or(Ok(Vec::new()), |(_, list)| self.scope(&[]).list(list));
            // Groups of one name are joined.
            let joined = match (self.groups.remove(&block.name.text), targets) {
                (Some(Ok(before)), Ok(targets)) => Ok(before.into_iter().chain(targets).collect()),
                (Some(Err(unknown)), _) | (_, Err(unknown)) => Err(unknown),
                (None, Ok(targets)) => Ok(targets),
            };
            self.groups.insert(block.name.text.clone(), joined);
        }
    }

    /// A target over what it inherits, whose names come back, too; and why that is not all.
    fn inherited(
        &self,
        defined: &Defined,
        parents: &mut BTreeSet<String>,
        depth: usize,
    ) -> (Merged, Option<Unknown>) {
        let (mut merged, mut unknown) = (Merged::default(), None);
        for inherits in &defined.merged.inherits {
            let names = match self.scope(&inherits.bindings).list(&inherits.value) {
                Ok(names) => names,
                Err(because) => {
                    unknown = Some(because);
                    continue;
                }
            };
            for name in names {
                let number = self.numbers.get(&name).filter(|_| depth < DEPTH);
                match number.and_then(|number| self.defined.get(*number)) {
                    Some(parent) if parents.insert(name.clone()) => {
                        let (of_parent, because) = self.inherited(parent, parents, depth + 1);
                        merged.extend(of_parent);
                        unknown = because.or(unknown);
                    }
                    // Inherited twice, it is laid over again.
                    Some(parent) => merged.extend(parent.merged.clone()),
                    None => unknown = Some(Unknown::NoValue { variable: name }),
                }
            }
        }
        merged.extend(defined.merged.clone());
        (merged, unknown)
    }

    fn target(&self, defined: &Defined, merged: &Merged, unknown: Option<Unknown>) -> Target {
        let text = |name: &str| match (merged.attributes.get(name), &unknown) {
            (Some(attribute), _) => self.scope(&attribute.bindings).string(&attribute.value),
            (None, Some(unknown)) => Err(unknown.clone()),
            (None, None) => Ok(None),
        };
        let inline = match merged.attributes.get("dockerfile-inline") {
            Some(attribute) => {
                let text = self.scope(&attribute.bindings).text(&attribute.value);
                text.map(|text| {
                    text.map(|text| Inline {
                        file: attribute.file,
                        text,
                    })
                })
            }
            None => text("dockerfile-inline").map(|_| None),
        };
        let platforms = match merged.attributes.get("platforms") {
            Some(attribute) => self.scope(&attribute.bindings).list(&attribute.value),
            None => text("platforms").map(|_| Vec::new()),
        };
        let arguments = merged.entries("args").map(|(name, attribute)| {
            let value = self.scope(&attribute.bindings).string(&attribute.value);
            (name.to_owned(), value.map(Option::unwrap_or_default))
        });
        Target {
            name: defined.name.clone(),
            file: defined.file,
            span: merged
                .attributes
                .get("target")
                .filter(|target| target.file == defined.file)
                .map_or_else(|| defined.span.clone(), |target| target.key.clone()),
            context: text("context"),
            dockerfile: text("dockerfile"),
            inline,
            target: text("target"),
            platforms,
            arguments: arguments.collect(),
            names_cache: ["cache-from", "cache-to", "no-cache"]
                .iter()
                .any(|key| merged.attributes.contains_key(*key)),
            is_inherited: false,
        }
    }
}

impl Resolved {
    /// A target by its name.
    pub fn target(&self, name: &str) -> Option<&Target> {
        let sorted = self.targets.as_slice();
        let at = sorted.partition_point(|target| target.name.as_str() < name);
        sorted.get(at).filter(|target| target.name == name)
    }

    /// The targets that are built when bake is asked for these: groups are what is in them. What is neither is given back
    /// as the error.
    ///
    /// # Errors
    /// When a name is none of the files', or when it is not known what is in a group.
    pub fn asked<'a>(&'a self, names: &[&str]) -> Result<Vec<&'a Target>, String> {
        let mut found: Vec<&Target> = Vec::new();
        for name in names {
            self.follow(name, &mut found, 0)?;
        }
        Ok(found)
    }

    fn follow<'a>(
        &'a self,
        name: &str,
        found: &mut Vec<&'a Target>,
        depth: usize,
    ) -> Result<(), String> {
        let is_there = |target: &&Target| found.iter().any(|other| other.name == target.name);
        match (self.groups.get(name), self.target(name)) {
            (Some(Err(unknown)), _) => Err(unknown.to_string()),
            (Some(Ok(names)), target) if depth < DEPTH => {
                // A matrix without names makes targets of its own name.
                let is_own = target.is_some() && names.iter().all(|other| other == name);
                if is_own {
                    found.extend(self.targets.iter().filter(|target| target.name == name));
                    return Ok(());
                }
                names
                    .iter()
                    .try_for_each(|name| self.follow(name, found, depth + 1))
            }
            (Some(_), _) => Err(format!("the group {name} holds itself")),
            (None, Some(target)) => {
                if !is_there(&target) {
                    found.push(target);
                }
                Ok(())
            }
            (None, None) => Err(format!("there is no target {name}")),
        }
    }

    /// The targets that are meant to be built: those of groups, and of others those that no target inherits and whose
    /// names do not begin with `_`, as is the custom for what is only inherited.
    pub fn built(&self) -> Vec<&Target> {
        let groups: Vec<&str> = self.groups.keys().map(String::as_str).collect();
        let mut found = Vec::new();
        for group in groups {
            // One that names what is not there hides none of the others.
            let _unknown = self.follow(group, &mut found, 0);
        }
        let names: BTreeSet<String> = found.iter().map(|target| target.name.clone()).collect();
        for target in &self.targets {
            let is_there = names.contains(&target.name);
            if !is_there && !target.is_inherited && !target.name.starts_with('_') {
                found.push(target);
            }
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        found
    }
}

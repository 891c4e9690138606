//! The variables that an instruction sees: `ARG` and `ENV` as far as the file and what is given decide them.
//!
//! What the base image sets is not known here, so that a variable without a value is not the empty text but not known;
//! and the platform that BuildKit builds for and on differs from build to build, which is told apart.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expansion::{Rules, Variable, expand};
use crate::value::{Unknown, Value};

use super::instruction::{Pair, Word};

/// What BuildKit sets for each platform.
const PER_PLATFORM: &[&str] = &[
    "BUILDARCH",
    "BUILDOS",
    "BUILDPLATFORM",
    "BUILDVARIANT",
    "TARGETARCH",
    "TARGETOS",
    "TARGETPLATFORM",
    "TARGETVARIANT",
];

type Variables = BTreeMap<String, Variable>;

/// Variables at one place of a file.
#[derive(Debug, Clone)]
pub struct Scope {
    escape: char,
    /// What `--build-arg` gives.
    given: Arc<BTreeMap<String, String>>,
    /// `ARG`s before the first stage, for an `ARG` of the same name within a stage.
    globals: Arc<Variables>,
    arguments: Variables,
    environment: Variables,
}

impl Scope {
    /// The scope at the top of a file.
    pub(super) fn new(escape: char, given: &BTreeMap<String, String>) -> Scope {
        let platform = PER_PLATFORM.iter().map(|name| {
            let variable = (*name).to_owned();
            let unknown = Unknown::PerPlatform { variable };
            let value = given.get(*name).cloned();
            let value = value.map_or(Variable::Unknown(unknown), Variable::Set);
            ((*name).to_owned(), value)
        });
        Scope {
            escape,
            given: Arc::new(given.clone()),
            globals: Arc::default(),
            arguments: platform.collect(),
            environment: Variables::new(),
        }
    }

    /// The scope at the top of a stage that is from an image, where this one is the file's.
    pub(super) fn stage(&self) -> Scope {
        Scope {
            globals: Arc::new(self.arguments.clone()),
            arguments: Variables::new(),
            ..self.clone()
        }
    }

    /// `ARG`, one name after the other. A stage that is from another goes on with that one's scope.
    pub(super) fn declare(&mut self, pairs: &[Pair]) {
        for pair in pairs {
            let name = &pair.key.text;
            let default = pair.value.as_ref().map(|value| self.expand(value));
            let variable = match (self.given.get(name), default) {
                (Some(given), _) => Variable::Set(given.clone()),
                (None, Some(default)) => variable(default),
                // What stands so far is what an earlier one of this name said, or the builder itself.
                (None, None) => {
                    let known = self.globals.get(name).or_else(|| self.arguments.get(name));
                    known.cloned().unwrap_or(Variable::Unset)
                }
            };
            self.arguments.insert(name.clone(), variable);
        }
    }

    /// `ENV`: all of an instruction's values are expanded before the first is set.
    pub(super) fn set(&mut self, pairs: &[Pair]) {
        let set: Vec<(String, Variable)> = pairs
            .iter()
            .filter_map(|pair| {
                let key = self.expand(&pair.key);
                let value = self.expand(pair.value.as_ref()?);
                Some((key.known.unwrap_or(key.written), variable(value)))
            })
            .collect();
        self.environment.extend(set);
    }

    /// A word with its variables expanded and its quotes removed, as the builder does it here.
    pub fn expand(&self, word: &Word) -> Value {
        let rules = Rules::Dockerfile {
            escape: self.escape,
        };
        let look_up = |name: &str| self.find(name).cloned().unwrap_or(Variable::Unset);
        Value {
            written: word.text.clone(),
            known: expand(&word.text, rules, &look_up),
            span: word.span.clone(),
        }
    }

    /// The value of a variable: `None` where nothing in the file sets it, so that the base image may.
    pub fn value(&self, name: &str) -> Option<Result<&str, Unknown>> {
        self.find(name).map(|variable| told(name, variable))
    }

    /// What `ENV` set so far, by name.
    pub fn environment(&self) -> impl Iterator<Item = (&str, Result<&str, Unknown>)> {
        let each = self.environment.iter();
        each.map(|(name, variable)| (name.as_str(), told(name, variable)))
    }

    /// What `ARG` declared so far, by name; before the first stage also what BuildKit sets.
    pub fn arguments(&self) -> impl Iterator<Item = (&str, Result<&str, Unknown>)> {
        let each = self.arguments.iter();
        each.map(|(name, variable)| (name.as_str(), told(name, variable)))
    }

    /// `ENV` wins over `ARG`.
    fn find(&self, name: &str) -> Option<&Variable> {
        let found = self.environment.get(name);
        found.or_else(|| self.arguments.get(name))
    }
}

fn variable(value: Value) -> Variable {
    value.known.map_or_else(Variable::Unknown, Variable::Set)
}

fn told<'a>(name: &str, variable: &'a Variable) -> Result<&'a str, Unknown> {
    match variable {
        Variable::Set(value) => Ok(value),
        Variable::Unset => Err(Unknown::NoValue {
            variable: name.to_owned(),
        }),
        Variable::Unknown(unknown) => Err(unknown.clone()),
    }
}

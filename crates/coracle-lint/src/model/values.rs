//! What the expressions of a workflow or an action are worth where it runs: the values of a matrix, and inputs that a caller
//! of this repository gives. All others are only known when it runs.

use std::collections::BTreeMap;

use coracle_recipe::workflow::{Combination, Entries, Input, Reference, Text, expand_with};

use super::build::Known;

/// What a caller gives, by names in small letters.
pub(super) type Inputs = BTreeMap<String, Known<String>>;

/// What is known.
#[derive(Debug, Clone)]
pub(super) struct Values<'a> {
    combination: &'a Combination,
    /// None where people or events give them.
    inputs: Option<Inputs>,
}

impl<'a> Values<'a> {
    /// Those of one job of a matrix, in a workflow that is given this.
    pub(super) fn new(combination: &'a Combination, inputs: Option<&Inputs>) -> Values<'a> {
        Values {
            combination,
            inputs: inputs.cloned(),
        }
    }

    /// The same job, in what it calls.
    pub(super) fn with_inputs(&self, inputs: Inputs) -> Values<'a> {
        Values {
            combination: self.combination,
            inputs: Some(inputs),
        }
    }

    /// What a text comes to.
    pub(super) fn expand(&self, text: &Text) -> Known<String> {
        expand_with(text, &|reference| self.value(reference)).map_err(|unknown| {
            let given =
                text.expressions()
                    .iter()
                    .find_map(|expression| match expression.reference()? {
                        Reference::Input(name) => self.input(&name)?.as_ref().err(),
                        _ => None,
                    });
            // Why the caller's own text is not known says more.
            given.map_or_else(|| unknown.to_string(), Clone::clone)
        })
    }

    fn input(&self, name: &str) -> Option<&Known<String>> {
        self.inputs.as_ref()?.get(&name.to_ascii_lowercase())
    }

    /// What is read.
    pub(super) fn value(&self, reference: &Reference) -> Option<String> {
        match reference {
            Reference::Matrix(path) => {
                let value = self.combination.get(path)?.text()?.known()?;
                Some(value.to_owned())
            }
            // What nobody declares is nothing.
            Reference::Input(name) if self.inputs.is_some() => match self.input(name) {
                Some(value) => value.clone().ok(),
                None => Some(String::new()),
            },
            _ => None,
        }
    }

    /// What a callee gets of its inputs by `with`, or by their defaults.
    pub(super) fn given(&self, declared: &[Input], with: &Entries) -> Inputs {
        let value = |input: &Input| {
            let name = input.name.text();
            if with.expression.is_some() {
                return Err(format!(
                    "what {name} is given is only known when the workflow runs"
                ));
            }
            match with.entry(name) {
                Some(entry) => entry
                    .value
                    .as_ref()
                    .map_or(Ok(String::new()), |text| self.expand(text)),
                None => match &input.default {
                    None => Ok(String::new()),
                    Some(default) => default
                        .known()
                        .map(ToOwned::to_owned)
                        .ok_or_else(|| format!("{default} is only known when the workflow runs")),
                },
            }
        };
        let each = declared.iter();
        each.map(|input| (input.name.text().to_ascii_lowercase(), value(input)))
            .collect()
    }
}

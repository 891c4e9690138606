//! `entrypoint`, `command` and the health check's `test` of a service whose image is its own from now on: the program
//! is the image's entrypoint, and at another path than it was.

use coracle_recipe::yaml::{Change, Edit, Place, Yaml};

use crate::plan::ServicePlan;

/// A service of a compose file, and of the plan.
pub(super) struct Words<'a> {
    pub(super) file: &'a str,
    pub(super) yaml: &'a Yaml,
    /// The compose service.
    pub(super) at: &'a Place,
    pub(super) service: &'a ServicePlan,
}

impl Words<'_> {
    /// What is to be different.
    pub(super) fn edits(&self, warn: &mut dyn FnMut(String)) -> Vec<Edit> {
        let mut edits: Vec<Edit> = self.entrypoint(warn).into_iter().collect();
        edits.extend(self.command(warn));
        edits.extend(self.test());
        edits
    }

    /// Goes where it is the image's; the program's new path else.
    fn entrypoint(&self, warn: &mut dyn FnMut(String)) -> Option<Edit> {
        let value = self.own("entrypoint")?;
        let words = self.words(&value);
        let (first, rest) = words.split_first()?;
        let own = &self.service.entrypoint.value;
        if !self.is_program(first) {
            let (file, line) = (self.file, self.line(&value));
            let binary = self.service.binary_path();
            warn(format!(
                "{file}:{line}: this starts `{first}`, which the image of {} may not have; its program is {binary}",
                self.service.name
            ));
            return None;
        }
        // An entrypoint in the file also takes the image's own arguments away.
        let has_command = self.service.arguments.is_empty() || self.own("command").is_some();
        if own.get(1..).unwrap_or_default() == rest && has_command {
            return Some(Change::Remove.at(value));
        }
        let binary = self.service.binary_path();
        if *first == binary {
            return None;
        }
        Some(match self.yaml.items(&value).into_iter().next() {
            Some(item) => Change::Set(binary).at(item),
            None => {
                let text = self.yaml.text(&value)?.trim_start();
                let rest = text.get(first.len()..).unwrap_or_default();
                Change::Set(format!("{binary}{rest}")).at(value)
            }
        })
    }

    /// Goes where it is the image's own; the program's name at its beginning goes, for that is the entrypoint now.
    fn command(&self, warn: &mut dyn FnMut(String)) -> Option<Edit> {
        let value = self.own("command")?;
        let words = self.words(&value);
        let own = &self.service.arguments;
        let (first, rest) = words.split_first()?;
        let names_program = self.own("entrypoint").is_none() && self.is_program(first);
        if (names_program && rest == own) || (words == *own && !names_program) {
            return Some(Change::Remove.at(value));
        }
        if !names_program {
            return None;
        }
        if rest.is_empty() {
            let (file, line) = (self.file, self.line(&value));
            warn(format!(
                "{file}:{line}: the image starts {} with {}; write `command: []` for none",
                self.service.binary_path(),
                own.join(" ")
            ));
            return None;
        }
        Some(match self.yaml.items(&value).into_iter().next() {
            Some(item) => Change::Remove.at(item),
            None => {
                let text = self.yaml.text(&value)?.trim_start();
                let rest = text.get(first.len()..).unwrap_or_default();
                Change::Set(rest.trim_start().to_owned()).at(value)
            }
        })
    }

    /// `["CMD", PROGRAM, …]` with the program where it is now.
    fn test(&self) -> Option<Edit> {
        let test = self.yaml.value(&self.own("healthcheck")?, "test")?;
        let mut items = self.yaml.items(&test).into_iter();
        let (kind, program) = (items.next()?, items.next()?);
        let text = self.yaml.text(&program)?;
        let binary = self.service.binary_path();
        let is_moved =
            self.yaml.text(&kind) == Some("CMD") && self.is_program(text) && text != binary;
        // What others share is not this service's to change.
        (is_moved && program.is_within(self.at)).then(|| Change::Set(binary).at(program))
    }

    /// A value of its own, that is no alias.
    fn own(&self, key: &str) -> Option<Place> {
        let value = self.yaml.value(self.at, key)?;
        let is_own = self.yaml.follow(&value) == value && !self.yaml.is_null(&value);
        is_own.then_some(value)
    }

    /// A list's words, or a text's without quotes.
    fn words(&self, value: &Place) -> Vec<String> {
        let items = self.yaml.items(value);
        if !items.is_empty() {
            let texts = items
                .iter()
                .map(|item| self.yaml.text(item).unwrap_or_default());
            return texts.map(str::to_owned).collect();
        }
        let text = self.yaml.text(value).unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    }

    fn is_program(&self, word: &str) -> bool {
        word.rsplit('/').next() == Some(self.service.program.name.as_str())
    }

    fn line(&self, at: &Place) -> usize {
        self.yaml.key_span(at).map_or(1, |span| span.line)
    }
}

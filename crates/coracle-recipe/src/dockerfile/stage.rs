//! One stage, walked in the order of the file: what is set, inherited, expanded and replaced.

use std::collections::BTreeMap;
use std::ops::Range;
use std::time::Duration;

use super::syntax::{Instruction, Syntax, Word, Words};
use super::words::{self, Piece};
use super::{Error, Exposed, Image};
use crate::duration;
use crate::expansion::{Rules, Variable, expand};
use crate::health::{Healthcheck, Test};
use crate::port::Port;
use crate::span::Lines;
use crate::value::{Command, Entry, Unknown, Value};

/// Variables by name.
type Variables = BTreeMap<String, Variable>;

/// What the image of the stage with this index says.
pub(super) fn image(
    lines: &Lines,
    syntax: &Syntax,
    index: usize,
    given: &BTreeMap<String, String>,
) -> Result<Image, Error> {
    let mut walk = Walk {
        lines,
        syntax,
        given,
        globals: Variables::new(),
        arguments: Variables::new(),
        environment: Variables::new(),
        image: Image::default(),
    };
    walk.read_globals();
    for stage in walk.way_to(index) {
        walk.stage(stage)?;
    }
    Ok(walk.image)
}

struct Walk<'a> {
    lines: &'a Lines,
    syntax: &'a Syntax,
    /// `--build-arg`.
    given: &'a BTreeMap<String, String>,
    /// `ARG`s before the first stage: for `FROM`, and for an `ARG` of the same name within a stage.
    globals: Variables,
    arguments: Variables,
    environment: Variables,
    image: Image,
}

impl Walk<'_> {
    fn read_globals(&mut self) {
        for range in &self.syntax.globals {
            for word in words::split(self.lines.text(), range, self.syntax.escape) {
                let (name, value) = words::pair(&word);
                let value = value.map(|value| self.expanded(&value, &self.globals_only()));
                let variable = self.argument(&name.text, value);
                self.globals.insert(name.text, variable);
            }
        }
    }

    /// The stages that the one with this index is made of, the first first; sets the base.
    fn way_to(&mut self, index: usize) -> Vec<usize> {
        let mut way = vec![index];
        let mut current = index;
        while let Some(stage) = self.syntax.stages.get(current) {
            let piece = words::whole(self.lines.text(), &stage.image, self.syntax.escape);
            let base = self.expanded(&piece, &self.globals_only());
            let earlier = self.syntax.stages.iter().take(current);
            let parent = base.text().and_then(|name| {
                earlier
                    .enumerate()
                    .filter(|(_, stage)| stage.is_named(name))
                    .map(|(index, _)| index)
                    .next_back()
            });
            match parent {
                Some(parent) => {
                    way.push(parent);
                    current = parent;
                }
                None => {
                    self.image.base = Some(base);
                    break;
                }
            }
        }
        way.reverse();
        way
    }

    fn stage(&mut self, index: usize) -> Result<(), Error> {
        let syntax = self.syntax;
        let mut sets_command = false;
        for instruction in syntax
            .stages
            .get(index)
            .iter()
            .flat_map(|s| &s.instructions)
        {
            match instruction {
                // An entrypoint drops the command that came with the image it is put on.
                Instruction::Entrypoint(words) => {
                    self.image.entrypoint = Some(self.command(words));
                    if !sets_command {
                        self.image.command = None;
                    }
                }
                Instruction::Command(words) => {
                    self.image.command = Some(self.command(words));
                    sets_command = true;
                }
                Instruction::Argument(range) => self.read_arguments(range),
                Instruction::Environment(range) => self.read_environment(range),
                Instruction::Label(range) => {
                    for entry in self.entries(range) {
                        put(&mut self.image.labels, entry);
                    }
                }
                Instruction::Expose(range) => self.expose(range)?,
                Instruction::User(range) => self.image.user = Some(self.value(range)),
                Instruction::WorkingDirectory(range) => {
                    self.image.working_directory = Some(self.value(range));
                }
                Instruction::Volume(words) => self.volumes(words),
                Instruction::Shell(words) => self.image.shell = Some(words.clone()),
                Instruction::Healthcheck {
                    range,
                    options,
                    test,
                } => {
                    let healthcheck = self.healthcheck(range, options, test.as_ref())?;
                    self.image.healthcheck = Some(healthcheck);
                }
            }
        }
        Ok(())
    }

    fn read_arguments(&mut self, range: &Range<usize>) {
        for word in words::split(self.lines.text(), range, self.syntax.escape) {
            let (name, value) = words::pair(&word);
            let value = value.map(|value| self.expanded(&value, &self.in_stage()));
            let variable = match value {
                None if !self.given.contains_key(&name.text) => {
                    let global = self.globals.get(&name.text).cloned();
                    global.unwrap_or(Variable::Unset)
                }
                value => self.argument(&name.text, value),
            };
            self.image.arguments.insert(name.text.clone());
            self.arguments.insert(name.text, variable);
        }
    }

    /// What is given, else the default.
    fn argument(&self, name: &str, default: Option<Value>) -> Variable {
        match (self.given.get(name), default) {
            (Some(given), _) => Variable::Set(given.clone()),
            (None, Some(default)) => variable(&default),
            (None, None) => Variable::Unset,
        }
    }

    fn read_environment(&mut self, range: &Range<usize>) {
        for entry in self.entries(range) {
            if let Some(value) = &entry.value {
                self.environment.insert(entry.key.clone(), variable(value));
            }
            put(&mut self.image.environment, entry);
        }
    }

    fn expose(&mut self, range: &Range<usize>) -> Result<(), Error> {
        for word in words::split(self.lines.text(), range, self.syntax.escape) {
            let value = self.expanded(&word, &self.in_stage());
            let mut ports = Vec::new();
            for written in value.text().unwrap_or_default().split_whitespace() {
                let port = Port::parse(written).ok_or_else(|| Error::Unusable {
                    what: "a port",
                    written: written.to_owned(),
                    span: value.span.clone(),
                })?;
                ports.push(port);
            }
            self.image.exposed.push(Exposed { value, ports });
        }
        Ok(())
    }

    fn volumes(&mut self, volumes: &Words) {
        let pieces = match volumes {
            Words::Json(words) => words
                .iter()
                .map(|(text, range)| Piece {
                    text: text.clone(),
                    range: range.clone(),
                })
                .collect(),
            Words::Text(range) => words::split(self.lines.text(), range, self.syntax.escape),
        };
        for piece in pieces {
            let value = self.expanded(&piece, &self.in_stage());
            self.image.volumes.push(value);
        }
    }

    fn healthcheck(
        &self,
        range: &Range<usize>,
        options: &[(Word, Word)],
        test: Option<&Words>,
    ) -> Result<Healthcheck, Error> {
        let mut healthcheck = Healthcheck {
            test: Some(match test.map(|words| self.command(words)) {
                None => Test::Off,
                Some(Command::Exec(words)) => Test::Exec(words),
                Some(Command::Text(text)) => Test::Shell(text),
            }),
            interval: None,
            timeout: None,
            start_period: None,
            start_interval: None,
            retries: None,
            span: self.lines.span(range),
        };
        for ((name, _), value) in options {
            match name.as_str() {
                "interval" => healthcheck.interval = Some(self.duration(value)?),
                "timeout" => healthcheck.timeout = Some(self.duration(value)?),
                "start-period" => healthcheck.start_period = Some(self.duration(value)?),
                "start-interval" => healthcheck.start_interval = Some(self.duration(value)?),
                "retries" => {
                    let number = value.0.parse().ok();
                    let number = number.ok_or_else(|| self.unusable("a number of retries", value));
                    healthcheck.retries = Some(number?);
                }
                _ => {}
            }
        }
        Ok(healthcheck)
    }

    fn duration(&self, word: &Word) -> Result<Duration, Error> {
        duration::parse(&word.0).ok_or_else(|| self.unusable("a time", word))
    }

    fn unusable(&self, what: &'static str, (written, range): &Word) -> Error {
        Error::Unusable {
            what,
            written: written.clone(),
            span: self.lines.span(range),
        }
    }

    /// A command's words are the container's: nothing is expanded in them at build time.
    fn command(&self, command: &Words) -> Command {
        let literal = |(text, range): &Word| Value::literal(text, self.lines.span(range));
        match command {
            Words::Json(words) => Command::Exec(words.iter().map(literal).collect()),
            Words::Text(range) => {
                let piece = words::whole(self.lines.text(), range, self.syntax.escape);
                Command::Text(Value::literal(piece.text, self.lines.span(range)))
            }
        }
    }

    fn value(&self, range: &Range<usize>) -> Value {
        let piece = words::whole(self.lines.text(), range, self.syntax.escape);
        self.expanded(&piece, &self.in_stage())
    }

    fn entries(&self, range: &Range<usize>) -> Vec<Entry> {
        let scope = self.in_stage();
        let entry = |(key, value): (Piece, Option<Piece>)| {
            let key = self.expanded(&key, &scope);
            Entry {
                key: key.known.unwrap_or(key.written),
                value: value.map(|value| self.expanded(&value, &scope)),
                span: key.span,
            }
        };
        self.pairs(range).into_iter().map(entry).collect()
    }

    fn pairs(&self, range: &Range<usize>) -> Vec<(Piece, Option<Piece>)> {
        words::pairs(self.lines.text(), range, self.syntax.escape)
    }

    fn expanded(&self, piece: &Piece, scope: &dyn Fn(&str) -> Variable) -> Value {
        let escape = self.syntax.escape;
        Value {
            known: expand(&piece.text, Rules::Dockerfile { escape }, scope),
            written: piece.text.clone(),
            span: self.lines.span(&piece.range),
        }
    }

    /// `ENV` wins over `ARG`. Whatever the base image sets is not known here and counts as unset.
    fn in_stage(&self) -> impl Fn(&str) -> Variable + '_ {
        |name| {
            let found = self.environment.get(name);
            let found = found.or_else(|| self.arguments.get(name));
            found.cloned().unwrap_or(Variable::Unset)
        }
    }

    fn globals_only(&self) -> impl Fn(&str) -> Variable + '_ {
        |name| self.globals.get(name).cloned().unwrap_or(Variable::Unset)
    }
}

fn variable(value: &Value) -> Variable {
    match &value.known {
        Ok(text) => Variable::Set(text.clone()),
        Err(unknown) => Variable::Unknown(Unknown::clone(unknown)),
    }
}

/// Replaces the entry of the same key, or adds one at the end.
fn put(entries: &mut Vec<Entry>, entry: Entry) {
    entries.retain(|other| other.key != entry.key);
    entries.push(entry);
}

//! What a script would do at a first installation, followed with three answers: yes, no, and nobody knows.
//!
//! A command that changes nothing in an image is passed over; a condition that nobody can answer is followed both
//! ways. What would change something stops, and is told.

use std::collections::BTreeMap;

use super::alternatives;
use super::commands::{IDLE, LOOKING, changes};
use super::conditions::{self, Answer};
use super::parser::{Chain, Command, List};
use super::words::{Value, expand};
use super::{Alternative, Doing};

/// Why following stops.
#[derive(Debug)]
pub(super) enum Stop {
    /// `exit`: the rest does not happen.
    Exit,
    /// `return`.
    Return,
    /// This command would change something.
    Unknown(String),
}

/// The state of a script that is followed.
pub(super) struct Followed {
    pub(super) variables: BTreeMap<String, Value>,
    functions: BTreeMap<String, List>,
    pub(super) alternatives: Vec<Alternative>,
    /// How many conditions around the present command nobody can answer.
    unsure: usize,
    depth: usize,
    steps: usize,
}

/// More calls in each other than any maintainer script has.
const DEEPEST: usize = 20;
/// More commands than any maintainer script comes to.
const MOST_STEPS: usize = 20_000;

impl Followed {
    pub(super) fn new(arguments: &[&str]) -> Followed {
        let mut followed = Followed {
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            alternatives: Vec::new(),
            unsure: 0,
            depth: 0,
            steps: 0,
        };
        let arguments = arguments.iter().map(|word| Some((*word).to_owned()));
        followed.bind(&arguments.collect::<Vec<_>>());
        followed
            .variables
            .insert("DPKG_ROOT".to_owned(), Some(String::new()));
        followed
    }

    fn bind(&mut self, arguments: &[Value]) {
        for number in 1..=9 {
            let value = arguments.get(number - 1).cloned();
            self.variables.insert(
                number.to_string(),
                value.unwrap_or_else(|| Some(String::new())),
            );
        }
    }

    pub(super) fn list(&mut self, list: &List) -> Result<Answer, Stop> {
        let mut answer = Answer::Yes;
        for chain in list {
            answer = self.chain(chain)?;
        }
        Ok(answer)
    }

    fn chain(&mut self, chain: &Chain) -> Result<Answer, Stop> {
        let mut answer = self.command(&chain.first)?;
        for (after_success, command) in &chain.rest {
            answer = match (answer, after_success) {
                (Answer::No, true) | (Answer::Yes, false) => answer,
                (Answer::Unknown, _) => self.perhaps(|followed| followed.command(command))?,
                _ => self.command(command)?,
            };
        }
        Ok(answer)
    }

    /// Follows what may or may not happen: that it ends the script says nothing.
    fn perhaps(
        &mut self,
        follow: impl FnOnce(&mut Followed) -> Result<Answer, Stop>,
    ) -> Result<Answer, Stop> {
        self.unsure += 1;
        let before = self.variables.clone();
        let followed = follow(self);
        self.unsure -= 1;
        // What it set may or may not be set.
        for (name, value) in &mut self.variables {
            if before.get(name) != Some(value) {
                *value = None;
            }
        }
        match followed {
            Err(Stop::Unknown(line)) => Err(Stop::Unknown(line)),
            _ => Ok(Answer::Unknown),
        }
    }

    fn command(&mut self, command: &Command) -> Result<Answer, Stop> {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Err(Stop::Unknown("more commands than are followed".to_owned()));
        }
        match command {
            Command::Simple { words, writes } => self.simple(words, writes),
            Command::Not(command) => Ok(self.command(command)?.not()),
            Command::Pipe(parts) => {
                for part in parts {
                    self.perhaps(|followed| followed.command(part))?;
                }
                Ok(Answer::Unknown)
            }
            Command::If(branches, otherwise) => self.condition(branches, otherwise),
            Command::Case(word, arms) => self.case(word, arms),
            Command::For(name, words, body) => self.for_loop(name, words, body),
            Command::While(condition, body) => self.perhaps(|followed| {
                followed.list(condition)?;
                followed.list(body)
            }),
            Command::Group(list) => self.list(list),
            Command::Function(name, body) => {
                self.functions.insert(name.clone(), body.clone());
                Ok(Answer::Yes)
            }
        }
    }

    fn condition(&mut self, branches: &[(List, List)], otherwise: &List) -> Result<Answer, Stop> {
        let mut before = Answer::No;
        for (condition, list) in branches {
            let answer = match before {
                Answer::Unknown => self.perhaps(|followed| followed.list(condition))?,
                _ => self.list(condition)?,
            };
            match (before, answer) {
                (_, Answer::No) => {}
                (Answer::No, Answer::Yes) => return self.list(list),
                _ => {
                    self.perhaps(|followed| followed.list(list))?;
                    before = Answer::Unknown;
                }
            }
        }
        match before {
            Answer::Unknown => self.perhaps(|followed| followed.list(otherwise)),
            _ => self.list(otherwise),
        }
    }

    fn case(&mut self, word: &str, arms: &[(Vec<String>, List)]) -> Result<Answer, Stop> {
        let value = expand(word, &self.variables);
        let Some(value) = value else {
            for (_, list) in arms {
                self.perhaps(|followed| followed.list(list))?;
            }
            return Ok(Answer::Unknown);
        };
        for (patterns, list) in arms {
            let mut patterns = patterns
                .iter()
                .map(|pattern| expand(pattern, &self.variables));
            if patterns.any(|pattern| pattern.is_some_and(|pattern| matches(&pattern, &value))) {
                return self.list(list);
            }
        }
        Ok(Answer::Yes)
    }

    fn for_loop(&mut self, name: &str, words: &[String], body: &List) -> Result<Answer, Stop> {
        for word in words {
            let value = expand(word, &self.variables);
            let is_sure = value.is_some() && !word.contains(['*', '?']);
            self.variables.insert(name.to_owned(), value);
            match is_sure {
                true => self.list(body)?,
                false => self.perhaps(|followed| followed.list(body))?,
            };
        }
        Ok(Answer::Yes)
    }

    fn simple(&mut self, words: &[String], writes: &[String]) -> Result<Answer, Stop> {
        let unknown = || Stop::Unknown(words.join(" "));
        let assignments = words
            .iter()
            .take_while(|word| assignment(word).is_some())
            .count();
        for (name, value) in words
            .iter()
            .take(assignments)
            .filter_map(|word| assignment(word))
        {
            let value = expand(value, &self.variables);
            self.variables.insert(name.to_owned(), value);
        }
        let words: Vec<Value> = words
            .iter()
            .skip(assignments)
            .map(|word| expand(word, &self.variables))
            .collect();
        if writes.iter().any(|file| file != "/dev/null") {
            return Err(unknown());
        }
        let Some((name, arguments)) = words.split_first() else {
            return Ok(Answer::Yes);
        };
        let name = name.as_deref().ok_or_else(unknown)?;
        if let Some(body) = self.functions.get(name).cloned() {
            return self.call(&body, arguments).map_err(|stop| match stop {
                Some(stop) => stop,
                None => unknown(),
            });
        }
        match name {
            "export" | "local" | "readonly" | "shift" | "unset" => {
                self.forget(name, arguments);
                Ok(Answer::Unknown)
            }
            "true" => Ok(Answer::Yes),
            "false" => Ok(Answer::No),
            "exit"
                if self.unsure == 0
                    && arguments
                        .first()
                        .is_some_and(|code| code.as_deref() != Some("0")) =>
            {
                Err(unknown())
            }
            "exit" => Err(Stop::Exit),
            "return" => Err(Stop::Return),
            "[" | "test" => Ok(conditions::test(arguments)),
            "dpkg" => conditions::dpkg(arguments).ok_or_else(unknown),
            "dpkg-divert" => conditions::divert(arguments).ok_or_else(unknown),
            "." | "source" if sources_debconf(arguments) => Ok(Answer::Unknown),
            "update-alternatives" => self.alternative(arguments).ok_or_else(unknown),
            name if IDLE.contains(&name) => Ok(Answer::Unknown),
            name if LOOKING.contains(&name) && !changes(name, arguments) => Ok(Answer::Unknown),
            _ => Err(unknown()),
        }
    }

    /// What these set, or take away, is not followed: it is not known from here on.
    fn forget(&mut self, name: &str, arguments: &[Value]) {
        if name == "shift" {
            for number in 1..=9 {
                self.variables.insert(number.to_string(), None);
            }
            return;
        }
        for word in arguments.iter().flatten() {
            let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
            // `export X` alone changes nothing; of the others each does.
            if word.contains('=') || name != word || self.variables.contains_key(name) {
                self.variables.insert(name.to_owned(), None);
            }
        }
    }

    /// `None` where functions call each other without end.
    fn call(&mut self, body: &List, arguments: &[Value]) -> Result<Answer, Option<Stop>> {
        if self.depth > DEEPEST {
            return Err(None);
        }
        let before = self.variables.clone();
        self.bind(arguments);
        self.depth += 1;
        let answer = self.list(body);
        self.depth -= 1;
        // Variables are global, but the arguments are the caller's again.
        for number in 1..=9 {
            let name = number.to_string();
            let value = before.get(&name).cloned().flatten();
            self.variables.insert(name, value);
        }
        match answer {
            Ok(answer) => Ok(answer),
            Err(Stop::Return) => Ok(Answer::Unknown),
            Err(stop) => Err(Some(stop)),
        }
    }

    /// What is not sure to happen is not made.
    fn alternative(&mut self, arguments: &[Value]) -> Option<Answer> {
        match alternatives::read(arguments)? {
            Doing::Nothing => Some(Answer::Unknown),
            Doing::Install(alternative) if self.unsure == 0 => {
                self.alternatives.push(alternative);
                Some(Answer::Yes)
            }
            Doing::Install(_) => None,
        }
    }
}

/// `NAME=VALUE`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let is_name = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    (is_name && !name.is_empty()).then_some((name, value))
}

fn sources_debconf(arguments: &[Value]) -> bool {
    let file = arguments.first().and_then(Option::as_deref);
    file == Some("/usr/share/debconf/confmodule")
}

/// A pattern of `case`, with `*` alone as a wildcard.
fn matches(pattern: &str, value: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == value,
        Some((before, after)) => value.strip_prefix(before).is_some_and(|rest| {
            let mut starts = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            starts.any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}

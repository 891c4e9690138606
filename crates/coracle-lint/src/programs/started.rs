//! What the image of a stage starts: by its own ENTRYPOINT and CMD, by each compose service that builds it, and by health
//! checks; over what only passes programs on (tini, gosu) and over start scripts of the repository. What made the programs is
//! told by `made`.

use coracle_recipe::compose::Service;
use coracle_recipe::dockerfile::document::{Arguments, Form, Setting, Stages};
use coracle_recipe::{Test, Value};

use crate::model::{Dockerfile, Model, User, base_name, joined as in_repository};
use crate::source::Place;

pub(crate) use super::line::is_passing;
use super::line::{Line, behind_passing, in_shell, is_shell, known};
use super::script::{self, Running};
use super::steps::{self, folder_at_end, joined};
use super::{Arrival, Made, arrivals, made_at};

/// Scripts that start scripts in more steps than that are no real ones.
const DEEPEST: usize = 4;

/// What starts others by files that are not read here.
const SUPERVISORS: [&str; 12] = [
    "circusd",
    "foreman",
    "goreman",
    "honcho",
    "init",
    "monit",
    "overmind",
    "pm2",
    "pm2-runtime",
    "runsvdir",
    "s6-svscan",
    "supervisord",
];

/// Folders in which a program is found by its name alone.
const PATH: [&str; 6] = [
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/bin",
    "/sbin",
];

/// Something that is started.
#[derive(Debug)]
pub(crate) struct Start {
    /// The compose file and the service that say so; nothing where the image does.
    pub(crate) service: Option<(String, String)>,
    /// The words that say so.
    pub(crate) place: Place,
    /// The programs that run on, side by side, as they are called.
    pub(crate) running: Vec<String>,
    /// The names of all that is called on the way.
    pub(crate) calls: Vec<String>,
    /// Why there may be more.
    pub(crate) open: Option<String>,
}

/// An image of a repository, and what is in it.
pub(crate) struct Image<'a> {
    pub(crate) model: &'a Model<'a>,
    pub(crate) dockerfile: &'a Dockerfile<'a>,
    pub(crate) stages: &'a Stages<'a>,
    pub(crate) stage: usize,
    /// The programs that it gets.
    pub(crate) arrivals: Vec<Arrival>,
}

impl<'a> Image<'a> {
    /// That of a stage.
    pub(crate) fn new(
        model: &'a Model<'a>,
        (dockerfile, stages, stage): (&'a Dockerfile<'a>, &'a Stages<'a>, usize),
    ) -> Image<'a> {
        Image {
            arrivals: arrivals(model, dockerfile, stages, stage),
            model,
            dockerfile,
            stages,
            stage,
        }
    }

    /// What is started: first by the image itself, where it says anything, then by each compose service.
    pub(crate) fn starts(&self) -> Vec<Start> {
        let settings = self.stages.settings(self.stage);
        let entrypoint = settings.entrypoint.as_ref().map(|one| self.setting(one));
        let command = settings.command.as_ref().map(|one| self.setting(one));
        let own = Line::joined(entrypoint.as_ref(), command.as_ref());
        let own = own.map(|line| self.start(&line, None));
        let mut starts: Vec<Start> = own.into_iter().collect();
        for (file, name, service) in self.services() {
            let written = self.model.sources().find(|source| source.path() == file);
            let Some(written) = written else { continue };
            let told = |command| Line::of_service(command, written, service);
            let its_command = service.command.as_ref().map(told);
            let line = match service.entrypoint.as_ref().map(told) {
                // What the image would give is not given to another.
                Some(its_own) => Line::joined(Some(&its_own), its_command.as_ref()),
                None if its_command.is_none() => continue,
                None => Line::joined(entrypoint.as_ref(), its_command.as_ref()),
            };
            let service = Some((file.to_owned(), name.to_owned()));
            starts.extend(line.map(|line| self.start(&line, service)));
        }
        starts
    }

    /// What health checks call, by a name for each; why there may be more.
    pub(crate) fn checks(&self) -> Vec<Start> {
        let mut checks = Vec::new();
        let setting = self.stages.settings(self.stage).healthcheck;
        if let Some(setting) = setting
            && let Arguments::Healthcheck(Some(form)) = &setting.step.instruction.arguments
        {
            checks.push(self.start(&self.form(form, &setting), None));
        }
        for (file, name, service) in self.services() {
            let test = service.healthcheck.as_ref();
            let (Some(Test::Exec(_) | Test::Shell(_)), Some(written)) = (
                test.and_then(|check| check.test.as_ref()),
                self.model.sources().find(|source| source.path() == file),
            ) else {
                continue;
            };
            let words = match test.and_then(|check| check.test.as_ref()) {
                Some(Test::Exec(words)) => words.iter().map(known).collect(),
                Some(Test::Shell(text)) => in_shell(known(text)),
                _ => continue,
            };
            let place = written.place(&service.span);
            let service = Some((file.to_owned(), name.to_owned()));
            checks.push(self.start(&Line { words, place }, service));
        }
        checks
    }

    /// The compose services that build it, and those beside them that take its name.
    pub(crate) fn services(&self) -> Vec<(&'a str, &'a str, &'a Service)> {
        let mut services: Vec<(&str, &str, &Service)> = Vec::new();
        for build in self.dockerfile.builds_of(self.stages, self.stage) {
            let User::Compose { file, service } = &build.user else {
                continue;
            };
            let mut composes = self.model.composes.iter();
            let Some(compose) = composes.find(|compose| compose.file.path() == file) else {
                continue;
            };
            let builder = compose.compose.service(service);
            let image = builder.and_then(|service| service.image.as_ref()?.text());
            for (name, other) in &compose.compose.services {
                let Ok(other) = other else { continue };
                let takes = other.build.is_none()
                    && image.is_some()
                    && other.image.as_ref().and_then(Value::text) == image;
                let is_new = !services
                    .iter()
                    .any(|(path, one, _)| path == file && one == name);
                if is_new && (name == service || takes) {
                    services.push((compose.file.path(), name, other));
                }
            }
        }
        services
    }

    /// What made a program that is called by this word; nothing where that is not seen.
    pub(crate) fn made(&self, word: &str) -> Option<Made> {
        let name = base_name(word);
        let mut arrivals = self.arrivals.iter();
        let arrival = arrivals.find(|arrival| arrival.names.iter().any(|own| own == name));
        if let Some(arrival) = arrival {
            return Some(arrival.made.clone());
        }
        let folder = folder_at_end(self.stages, self.stage);
        let paths: Vec<String> = match word.contains('/') {
            true => joined(folder.as_deref(), word).into_iter().collect(),
            false => PATH.iter().map(|path| format!("{path}/{word}")).collect(),
        };
        let at =
            |path: &String| made_at(self.model, self.dockerfile, self.stages, (self.stage, path));
        paths.iter().find_map(at)
    }

    fn setting(&self, setting: &Setting<'_>) -> Line {
        match &setting.step.instruction.arguments {
            Arguments::Cmd(form) | Arguments::Entrypoint(form) => self.form(form, setting),
            _ => Line {
                words: vec![None],
                place: self.dockerfile.place(&setting.step.instruction.span),
            },
        }
    }

    fn form(&self, form: &Form, setting: &Setting<'_>) -> Line {
        match form {
            Form::Exec(words) => Line {
                words: words.iter().map(|word| Some(word.text.clone())).collect(),
                place: self.dockerfile.place(&setting.step.instruction.span),
            },
            Form::Shell(text) => Line {
                words: in_shell(Some(text.as_str().to_owned())),
                place: self.dockerfile.place(&text.whole_span()),
            },
        }
    }

    fn start(&self, line: &Line, service: Option<(String, String)>) -> Start {
        let mut start = Start {
            service,
            place: line.place.clone(),
            running: Vec::new(),
            calls: Vec::new(),
            open: None,
        };
        self.follow(&line.words, &mut start, DEEPEST);
        start
    }

    fn follow(&self, words: &[Option<String>], start: &mut Start, depth: usize) {
        let words = behind_passing(words, &mut start.calls);
        let (Some(Some(first)), Some(depth)) = (words.first(), depth.checked_sub(1)) else {
            if !words.is_empty() {
                open(start, "a word of what is started is not known");
            }
            return;
        };
        let name = base_name(first);
        let rest = words.get(1..).unwrap_or_default();
        if SUPERVISORS.contains(&name) && !self.is_own(first) {
            start.calls.push(name.to_owned());
            open(start, &format!("what {name} starts is not read"));
        } else if is_shell(name) {
            start.calls.push(name.to_owned());
            let flags = rest.iter().take_while(|word| {
                let is_flag = |word: &String| word.starts_with('-') && !word.contains('c');
                word.as_ref().is_some_and(is_flag)
            });
            let at = flags.count();
            let rest = rest.get(at..).unwrap_or_default();
            match rest {
                [Some(flag), Some(text), given @ ..] if flag.starts_with('-') => {
                    self.script(text, given.get(1..).unwrap_or_default(), start, depth);
                }
                [Some(file), given @ ..] if !file.starts_with('-') => {
                    self.file(file, given, start, depth);
                }
                _ => open(start, "it is not known what a shell starts"),
            }
        } else if !self.is_own(first) && (name.ends_with(".sh") || self.text(first).is_some()) {
            self.file(first, rest, start, depth);
        } else {
            start.calls.push(name.to_owned());
            start.running.push(first.clone());
        }
    }

    fn is_own(&self, word: &str) -> bool {
        self.made(word).is_some()
    }

    fn file(&self, word: &str, given: &[Option<String>], start: &mut Start, depth: usize) {
        match self.text(word) {
            Some(text) => self.script(&text, given, start, depth),
            None => open(
                start,
                &format!("the script {word} is not in the repository"),
            ),
        }
    }

    fn script(&self, text: &str, given: &[Option<String>], start: &mut Start, depth: usize) {
        let told = script::read(text);
        start.calls.extend(told.calls);
        if let Some(because) = told.open {
            open(start, &because);
        }
        for running in told.running {
            match running {
                Running::Given => self.follow(given, start, depth),
                Running::Words(words) => {
                    let words: Vec<Option<String>> = words.into_iter().map(Some).collect();
                    self.follow(&words, start, depth);
                }
            }
        }
    }

    /// The text of a script that is copied from the repository, or written in the Dockerfile.
    fn text(&self, word: &str) -> Option<String> {
        let name = base_name(word);
        for located in steps::of(self.stages, self.stage).iter().rev() {
            let instruction = located.step.instruction;
            let Arguments::Copy(copy) = &instruction.arguments else {
                continue;
            };
            let to = located.step.scope.expand(&copy.destination).known.ok();
            let is_landing = to.is_some_and(|to| base_name(&to) == name);
            for source in copy.sources.iter().filter(|_| copy.from.is_none()) {
                let from = located.step.scope.expand(&source.word).known.ok();
                if let Some(heredoc) = source.heredoc {
                    if is_landing {
                        let heredoc = instruction.heredocs.get(heredoc)?;
                        return Some(heredoc.body.as_str().to_owned());
                    }
                } else if let Some(text) = from.and_then(|from| self.read(&from, name, is_landing))
                {
                    return Some(text);
                }
            }
        }
        None
    }

    /// The text of a file of the context that is copied by a path, or lies below it.
    fn read(&self, from: &str, name: &str, is_landing: bool) -> Option<String> {
        let is_it = is_landing || base_name(from) == name;
        let contexts = self.dockerfile.contexts();
        contexts.iter().flatten().find_map(|context| {
            let path = in_repository(context, from.trim_start_matches('/'))?;
            let repository = self.model.repository();
            let own = repository.source(&path).filter(|_| is_it);
            let below = || repository.source(&format!("{path}/{name}"));
            let top = || repository.source(name).filter(|_| path.is_empty());
            let source = own.or_else(below).or_else(top)?;
            let is_script = source.path().ends_with(".sh") || source.text().starts_with("#!");
            is_script.then(|| source.text().to_owned())
        })
    }
}

fn open(start: &mut Start, because: &str) {
    start.open.get_or_insert_with(|| because.to_owned());
}

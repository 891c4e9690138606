//! What the image of a stage starts: by its own ENTRYPOINT and CMD, by each compose service that builds it, and by health
//! checks; over what only passes programs on (tini, gosu) and over start scripts of the repository. What made the programs is
//! told by `made`.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use coracle_recipe::compose::Service;
use coracle_recipe::dockerfile::document::{Arguments, Form, Setting, Stages};
use coracle_recipe::{Test, Value};

use crate::model::{Build, Dockerfile, Model, User, base_name};
use crate::repository::Kind;
use crate::source::Place;

pub(crate) use super::line::is_passing;
use super::line::{Line, behind_passing, in_shell, is_shell, known};
use super::script::{self, Running};
use super::steps::{folder_at_end, joined};
use super::supervised;
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
const PATH: [&str; 8] = [
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/bin",
    "/usr/sbin",
    "/bin",
    "/sbin",
    "/usr/local/cargo/bin",
    "/go/bin",
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
    arrivals: OnceCell<Vec<Arrival>>,
    /// What made each program that was asked for.
    made: RefCell<BTreeMap<String, Option<Made>>>,
}

/// A compose service that runs in an image.
pub(crate) struct Tenant<'a> {
    /// The compose file.
    pub(crate) file: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// What it says.
    pub(crate) service: &'a Service,
    /// How the image is built, by it or by the service whose image it names.
    pub(crate) build: &'a Build,
}

impl<'a> Image<'a> {
    /// That of a stage.
    pub(crate) fn new(
        model: &'a Model<'a>,
        (dockerfile, stages, stage): (&'a Dockerfile<'a>, &'a Stages<'a>, usize),
    ) -> Image<'a> {
        Image {
            arrivals: OnceCell::new(),
            model,
            dockerfile,
            stages,
            stage,
            made: RefCell::default(),
        }
    }

    /// The programs that it gets.
    pub(crate) fn arrivals(&self) -> &[Arrival] {
        let found = || arrivals(self.model, self.dockerfile, self.stages, self.stage);
        self.arrivals.get_or_init(found)
    }

    /// What is started: first by the image itself, where it says anything, then by each compose service.
    pub(crate) fn starts(&self) -> Vec<Start> {
        let settings = self.stages.settings(self.stage);
        let entrypoint = settings.entrypoint.as_ref().map(|one| self.setting(one));
        let command = settings.command.as_ref().map(|one| self.setting(one));
        let own = Line::joined(entrypoint.as_ref(), command.as_ref());
        let own = own.map(|line| self.start(&line, None));
        let mut starts: Vec<Start> = own.into_iter().collect();
        for tenant in self.services() {
            let Tenant {
                file,
                name,
                service,
                ..
            } = tenant;
            let Some(written) = self.model.repository().source(file) else {
                continue;
            };
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
        for tenant in self.services() {
            let Tenant {
                file,
                name,
                service,
                ..
            } = tenant;
            let test = service
                .healthcheck
                .as_ref()
                .and_then(|check| check.test.as_ref());
            let words = match test {
                Some(Test::Exec(words)) => words.iter().map(known).collect(),
                Some(Test::Shell(text)) => in_shell(known(text)),
                Some(Test::Off) | None => continue,
            };
            let Some(written) = self.model.repository().source(file) else {
                continue;
            };
            let place = written.place(&service.name);
            let service = Some((file.to_owned(), name.to_owned()));
            checks.push(self.start(&Line { words, place }, service));
        }
        checks
    }

    /// The compose services that build it, and those beside them that take its name.
    pub(crate) fn services(&self) -> Vec<Tenant<'a>> {
        let mut services: Vec<Tenant<'a>> = Vec::new();
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
                    .any(|one| one.file == file && one.name == name);
                if is_new && (name == service || takes) {
                    services.push(Tenant {
                        file: compose.file.path(),
                        name,
                        service: other,
                        build,
                    });
                }
            }
        }
        services
    }

    /// What made a program that is called by this word; nothing where that is not seen.
    pub(crate) fn made(&self, word: &str) -> Option<Made> {
        if let Some(made) = self.made.borrow().get(word) {
            return made.clone();
        }
        let made = self.found(word);
        self.made.borrow_mut().insert(word.to_owned(), made.clone());
        made
    }

    fn found(&self, word: &str) -> Option<Made> {
        let name = base_name(word);
        let mut arrivals = self.arrivals().iter();
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
            self.supervised(name, rest, start, depth);
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
        } else if (name.ends_with(".sh") || self.text(first, Kind::Script).is_some())
            && !self.is_own(first)
        {
            self.file(first, rest, start, depth);
        } else {
            start.calls.push(name.to_owned());
            start.running.push(first.clone());
        }
    }

    /// What a supervisor starts: supervisord's own file is read.
    fn supervised(&self, name: &str, rest: &[Option<String>], start: &mut Start, depth: usize) {
        let file = rest.iter().flatten().find(|word| word.ends_with(".conf"));
        let file = file.map_or("supervisord.conf", |file| base_name(file));
        let text = (name == "supervisord").then(|| self.text(file, Kind::Supervisor));
        match text.flatten().and_then(|text| supervised::commands(&text)) {
            Some(commands) => {
                for words in commands {
                    let words: Vec<Option<String>> = words.into_iter().map(Some).collect();
                    self.follow(&words, start, depth);
                }
            }
            None => open(start, &format!("what {name} starts is not read")),
        }
    }

    fn is_own(&self, word: &str) -> bool {
        self.made(word).is_some()
    }

    fn file(&self, word: &str, given: &[Option<String>], start: &mut Start, depth: usize) {
        match self.text(word, Kind::Script) {
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
}

fn open(start: &mut Start, because: &str) {
    start.open.get_or_insert_with(|| because.to_owned());
}

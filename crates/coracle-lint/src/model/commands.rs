//! Images that the scripts of workflows build: `docker build -f docker/Dockerfile .` and its like. What depends on an
//! expression or a variable is not known; where a script changes its folder nothing of its paths is.

mod composed;

use std::collections::BTreeMap;

use coracle_recipe::shell::{self, Simple, Word};
use coracle_recipe::workflow::{Expression, Job, Run, Step, Text, Workflow};
use coracle_recipe::{Span, Text as Script};

pub(super) use self::composed::Composed;
use super::bake::Asked;
use super::build::{Build, Known, User, Written};
use super::heredocs::Heredocs;
use super::path::within;
use super::values::Values;
use crate::source::{Place, SourceFile};

/// Flags without a value.
const SWITCHES: [&str; 15] = [
    "--check",
    "--compress",
    "--debug",
    "--force-rm",
    "--layers",
    "--load",
    "--no-cache",
    "--print",
    "--pull",
    "--push",
    "--quiet",
    "--rm",
    "--squash",
    "-D",
    "-q",
];

/// What a command asks for.
pub(super) enum Wish {
    /// One image.
    Build(Build),
    /// What stands in bake files.
    Bake(Asked),
    /// Services of compose files.
    Compose(Composed),
}

/// The programs that build images, or part of their names.
const BUILDERS: [&str; 4] = ["docker", "podman", "buildah", "nerdctl"];

/// Most scripts build nothing, and need not be read for each combination of a matrix.
pub(super) fn may_build(step: &Step) -> bool {
    let names = |run: &Run| BUILDERS.iter().any(|name| run.text.text().contains(name));
    step.run.as_ref().is_some_and(names)
}

/// What the commands of a step's script build, which runs in this folder.
pub(super) fn wishes(
    user: &User,
    file: &SourceFile,
    (step, folder): (&Step, &Known<String>),
    values: &Values<'_>,
    heredocs: &Heredocs<'_>,
) -> Vec<Wish> {
    let Some(run) = step.run.as_ref().filter(|_| may_build(step)) else {
        return Vec::new();
    };
    let filled = filled(&run.text, &|expression| {
        values.value(&expression.reference()?)
    });
    let script = shell::read(&filled, &|_| None);
    let moves = script
        .simple()
        .any(|simple| matches!(simple.name(), Some("cd" | "pushd")));
    let folder = match moves {
        true => &Err(format!("a script of {} changes its folder", user.title())),
        false => folder,
    };
    let mut wishes = Vec::new();
    for simple in script.simple() {
        if let Some(composed) = composed::read(simple, file, folder) {
            wishes.push(Wish::Compose(composed.with(&set_within(&script, simple))));
            continue;
        }
        match Called::read(simple) {
            Some(called) if !called.is_bake => {
                let build = called.build(user, file, folder);
                let dockerfile = called.here(file, folder, heredocs);
                wishes.push(Wish::Build(Build {
                    dockerfile: dockerfile.unwrap_or(build.dockerfile),
                    ..build
                }));
            }
            // What is printed is not built.
            Some(called) if !simple.values().contains(&"--print") => {
                let variables = set_within(&script, simple);
                wishes.push(Wish::Bake(called.bake(file, folder, variables)));
            }
            Some(_) | None => {}
        }
    }
    wishes
}

/// Variables that a command is given, and those that its script sets and that are not looked into.
fn set_within(script: &shell::Script, own: &Simple) -> BTreeMap<String, Known<String>> {
    let mut set = BTreeMap::new();
    for simple in script.simple() {
        let exported = match simple.name() {
            Some("export" | "declare" | "readonly") => simple.words.get(1..).unwrap_or_default(),
            _ => &[],
        };
        let exported = exported
            .iter()
            .filter_map(|word| Some(word.text.split_once('=')?.0));
        // Without a command it is a variable of the script.
        let assigned = simple
            .assignments
            .iter()
            .filter(|_| simple.words.is_empty());
        for name in exported.chain(assigned.map(|one| one.name.as_str())) {
            set.insert(name.to_owned(), Err(format!("the script sets {name}")));
        }
    }
    for one in &own.assignments {
        set.insert(one.name.clone(), known(&one.value).map(ToOwned::to_owned));
    }
    set
}

/// Where the script runs, from the top.
pub(super) fn folder(workflow: &Workflow, job: &Job, step: &Step) -> Known<String> {
    let own = step.working_directory.as_ref();
    let default = job.defaults.working_directory.as_ref();
    let folder = own
        .or(default)
        .or(workflow.defaults.working_directory.as_ref());
    match folder.map(|folder| (folder, folder.known())) {
        None => Ok(String::new()),
        Some((_, Some(known))) => within("", known),
        Some((folder, None)) => Err(format!("{folder} is only known when the workflow runs")),
    }
}

/// The script with its places, each expression as a variable of the same length that nobody has set.
pub fn script(text: &Text) -> Script {
    filled(text, &|_| None)
}

/// The same, with those expressions filled in that are known.
fn filled(text: &Text, value: &dyn Fn(&Expression) -> Option<String>) -> Script {
    let mut script = Script::default();
    let mut done = 0;
    for expression in text.expressions() {
        let range = expression.range();
        script.append(&text.scalar().piece(&(done..range.start)));
        match value(expression) {
            Some(value) => script.push_for(&value, expression.span()),
            None => {
                let variable = format!("${}", "_".repeat(range.len().saturating_sub(1)));
                script.push(&variable, expression.span());
            }
        }
        done = range.end;
    }
    script.append(&text.scalar().piece(&(done..text.text().len())));
    script
}

/// A command that builds an image, and what it is told.
#[derive(Debug, Default)]
struct Called<'a> {
    flags: Vec<(&'a str, Known<&'a str>)>,
    /// What is no flag: the context; of bake targets.
    operands: Vec<Known<&'a str>>,
    is_bake: bool,
    span: Option<&'a Span>,
}

impl<'a> Called<'a> {
    fn read(simple: &'a Simple) -> Option<Called<'a>> {
        let values = simple.values();
        let program = values.first()?.rsplit('/').next()?;
        let behind = match (program, values.get(1..)?) {
            ("docker" | "podman" | "nerdctl" | "buildah", ["build" | "bud", ..]) => 2,
            ("docker" | "podman", ["image" | "builder", "build", ..]) => 3,
            ("docker", ["buildx", "build" | "b" | "bake" | "f", ..]) => 3,
            ("docker", ["bake", ..]) => 2,
            _ => return None,
        };
        let mut called = Called {
            span: simple.words.get(behind - 1).map(|word| &word.span),
            is_bake: matches!(values.get(behind - 1), Some(&("bake" | "f"))),
            ..Called::default()
        };
        let mut words = simple.words.iter().skip(behind);
        while let Some(word) = words.next() {
            called.take(word, &mut words);
        }
        Some(called)
    }

    fn take(&mut self, word: &'a Word, rest: &mut impl Iterator<Item = &'a Word>) {
        let text = word.text.as_str();
        if !text.starts_with('-') || text == "-" {
            self.operands.push(known(word));
            return;
        }
        match text.split_once('=') {
            Some((flag, _)) => {
                let value =
                    known(word).map(|word| word.split_once('=').map_or("", |(_, value)| value));
                self.flags.push((flag, value));
            }
            None if SWITCHES.contains(&text) => {}
            // Of a short flag the value may follow at once.
            None if !text.starts_with("--") && text.len() > 2 => {
                if let Some((flag, _)) = text.split_at_checked(2) {
                    let value = known(word).map(|word| word.get(2..).unwrap_or_default());
                    self.flags.push((flag, value));
                }
            }
            None => {
                let value = rest
                    .next()
                    .map_or(Err("a flag has no value".to_owned()), known);
                self.flags.push((text, value));
            }
        }
    }

    fn all(&self, names: [&'a str; 2]) -> impl Iterator<Item = &Known<&'a str>> {
        let flags = self
            .flags
            .iter()
            .filter(move |(flag, _)| names.contains(flag));
        flags.map(|(_, value)| value)
    }

    fn last(&self, names: [&'a str; 2]) -> Option<Known<&'a str>> {
        self.all(names).last().cloned()
    }

    fn build(&self, user: &User, file: &SourceFile, folder: &Known<String>) -> Build {
        let path =
            |written: Known<&str>| within(folder.as_deref().map_err(Clone::clone)?, written?);
        let context = match self.operands.last().cloned() {
            Some(written) => path(written),
            None => Err("a build is not told its context".to_owned()),
        };
        let dockerfile = match (self.last(["-f", "--file"]), &context) {
            // Of a command it is from where the command runs.
            (Some(written), _) => path(written),
            (None, Ok(context)) => within(context, "Dockerfile"),
            (None, Err(because)) => Err(because.clone()),
        };
        let platforms = self.all(["--platform", "--platform"]).cloned();
        let platforms: Known<Vec<&str>> = platforms.collect();
        let split = |list: Vec<&str>| {
            let each = list.into_iter().flat_map(|list| list.split(','));
            each.map(ToOwned::to_owned).collect()
        };
        Build {
            user: user.clone(),
            place: self.place(file),
            dockerfile: dockerfile.map(Written::File),
            context,
            target: match self.last(["--target", "--target"]) {
                Some(target) => target.map(|target| Some(target.to_owned())),
                None => Ok(None),
            },
            platforms: platforms.map(split),
            arguments: self.arguments(),
            names_cache: false,
            service: None,
            machines: Vec::new(),
        }
    }

    /// The Dockerfile that the job's own scripts hold.
    fn here(
        &self,
        file: &SourceFile,
        folder: &Known<String>,
        heredocs: &Heredocs<'_>,
    ) -> Option<Known<Written>> {
        let named = self.last(["-f", "--file"]);
        let context = self.operands.last();
        if named == Some(Ok("-")) || context == Some(&Ok("-")) {
            return heredocs.input(file, self.span?);
        }
        let folder = folder.as_deref().ok()?;
        match named {
            Some(named) => heredocs.written(folder, named.ok()?),
            None => {
                let context = context?.as_deref().ok()?.trim_end_matches('/');
                heredocs.written(folder, &format!("{context}/Dockerfile"))
            }
        }
    }

    fn place(&self, file: &SourceFile) -> Place {
        self.span
            .map_or_else(|| file.first_line(), |span| file.place(span))
    }

    fn bake(
        &self,
        file: &SourceFile,
        folder: &Known<String>,
        variables: BTreeMap<String, Known<String>>,
    ) -> Asked {
        let owned = |known: &Known<&str>| known.clone().map(ToOwned::to_owned);
        let remote = self
            .operands
            .iter()
            .flatten()
            .find(|word| word.contains("://"));
        Asked {
            place: self.place(file),
            folder: match remote {
                Some(remote) => Err(format!("{remote} is not in the repository")),
                None => folder.clone(),
            },
            files: self.all(["-f", "--file"]).map(owned).collect(),
            targets: self.operands.iter().map(owned).collect(),
            set: self.all(["--set", "--set"]).map(owned).collect(),
            variables,
        }
    }

    fn arguments(&self) -> BTreeMap<String, Known<String>> {
        let each = self
            .all(["--build-arg", "--build-arg"])
            .filter_map(|argument| {
                let argument = argument.as_deref().ok()?;
                Some(match argument.split_once('=') {
                    Some((name, value)) => (name.to_owned(), Ok(value.to_owned())),
                    None => (
                        argument.to_owned(),
                        Err(format!("{argument} comes from the environment")),
                    ),
                })
            });
        each.collect()
    }
}

fn known(word: &Word) -> Known<&str> {
    word.value.as_deref().map_err(ToString::to_string)
}

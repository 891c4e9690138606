//! From a path in a stage back to the command that compiled what is there, over `cp`, `COPY` and other stages.

use coracle_graph::Answer;
use coracle_recipe::dockerfile::document::{Arguments, Base, Copy, Source, Stages};

use crate::bases::Libc;
use crate::model::{Dockerfile, Model};

use super::compile::{self, Surroundings};
use super::contents::base_image;
use super::steps::{self, Command, Located, below, joined};
use super::{Linking, Machine, Made, Tool, artifacts, graph};
use crate::model::base_name;

/// Stages and files that lead to each other in more steps than that are no real ones.
const DEEPEST: usize = 16;

/// Traces paths of one Dockerfile.
pub(super) struct Tracer<'a> {
    model: &'a Model<'a>,
    dockerfile: &'a Dockerfile<'a>,
    stages: &'a Stages<'a>,
    /// Whether no file around asks for static programs.
    is_plain: bool,
}

impl<'a> Tracer<'a> {
    pub(super) fn new(
        model: &'a Model<'a>,
        dockerfile: &'a Dockerfile<'a>,
        stages: &'a Stages<'a>,
    ) -> Tracer<'a> {
        let text = dockerfile.text();
        let of_linker = ["crt-static", "-static", "link-arg", "zig"];
        let is_set = of_linker.iter().any(|word| text.contains(word)) || model.is_configured();
        Tracer {
            model,
            dockerfile,
            stages,
            is_plain: !is_set,
        }
    }

    /// The programs that a `COPY` brings by one of its sources.
    pub(super) fn copied(&self, located: &Located<'_>, copy: &Copy, source: &Source) -> Vec<Made> {
        let Ok(path) = located.step.scope.expand(&source.word).known else {
            return Vec::new();
        };
        match self.from(located, copy) {
            Some(Base::Stage(stage)) => joined(Some("/"), &path)
                .and_then(|path| self.at(stage, &path, DEEPEST))
                .into_iter()
                .collect(),
            None => artifacts::made(self.model, self.dockerfile, &path),
            Some(_) => Vec::new(),
        }
    }

    /// What made the file at a path of a stage.
    pub(super) fn traced(&self, stage: usize, path: &str) -> Option<Made> {
        self.at(stage, path, DEEPEST)
    }

    /// What a `COPY` is from; nothing for the context.
    fn from(&self, located: &Located<'_>, copy: &Copy) -> Option<Base> {
        let from = copy.from.as_ref()?;
        let value = located.step.scope.expand(from);
        Some(self.stages.source(located.stage, &value))
    }

    fn at(&self, stage: usize, path: &str, depth: usize) -> Option<Made> {
        let depth = depth.checked_sub(1)?;
        let mut path = path.to_owned();
        for located in steps::of(self.stages, stage).iter().rev() {
            match &located.step.instruction.arguments {
                Arguments::Run(_) => {
                    // What is not understood may have made it anew.
                    let Ok(commands) = steps::run_commands(located) else {
                        return None;
                    };
                    for command in commands.iter().rev() {
                        if let Some(from) = moved(command, &path) {
                            path = from;
                        } else if let Some(made) = self.made(located, command, &path) {
                            return Some(made);
                        }
                    }
                }
                Arguments::Copy(copy) => {
                    if let Some((source, from)) = self.source_of(located, copy, &path) {
                        return match from {
                            Some(Base::Stage(stage)) => self.at(stage, &source, depth),
                            _ => None,
                        };
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// Where a `COPY` takes what it puts at a path.
    fn source_of(
        &self,
        located: &Located<'_>,
        copy: &Copy,
        path: &str,
    ) -> Option<(String, Option<Base>)> {
        let written = located.step.scope.expand(&copy.destination).known.ok()?;
        let destination = joined(located.folder.as_deref(), &written)?;
        let from = self.from(located, copy);
        let rest = below(path, &destination)?;
        let mut sources = copy.sources.iter().filter_map(|source| {
            let known = located.step.scope.expand(&source.word).known.ok()?;
            joined(Some("/"), &known)
        });
        if rest.is_empty() {
            return Some((sources.next()?, from));
        }
        let sources: Vec<String> = sources.collect();
        let by_name = sources.iter().find(|source| base_name(source) == rest);
        let folder = || {
            sources
                .first()
                .map(|source| format!("{}/{rest}", source.trim_end_matches('/')))
        };
        // Sources that come from the context are seldom programs: what a later RUN made was found before.
        match (&from, by_name) {
            (_, Some(source)) => Some((source.clone(), from)),
            (Some(_), None) => Some((folder()?, from)),
            (None, None) => None,
        }
    }

    fn made(&self, located: &Located<'_>, command: &Command, path: &str) -> Option<Made> {
        let image = base_image(self.stages, located.stage)?;
        let first = *self.stages.chain(located.stage).first()?;
        let from = self.stages.stages.get(first)?;
        let machine = Machine::image(&image, self.dockerfile.place(&from.image.span));
        let is_golang = crate::bases::Reference::parse(&image).name == "golang";
        let scope = &located.step.scope;
        let contexts = self.dockerfile.contexts();
        let around = Surroundings {
            variable: &|name| {
                let value = scope.value(name)?;
                Some(
                    value
                        .map(ToOwned::to_owned)
                        .map_err(|unknown| unknown.to_string()),
                )
            },
            is_plain: self.is_plain,
            is_configured: self.model.is_configured(),
            has_compiler: is_golang && matches!(machine.libc, Some(Libc::Glibc(_))),
            uses_c: &|command| match contexts.as_slice() {
                [Ok(context)] => graph::go_uses_c(self.model, context, command),
                _ => Answer::unknown("it is built from several folders"),
            },
        };
        let mut compiled = compile::at(command, path, &around)?;
        // A builder for another platform compiles across.
        let is_across = from.platform.is_some() && compiled.tool == Tool::Go;
        if is_across && compiled.linking == Linking::Dynamic {
            compiled.linking = Linking::Unknown("the builder's platform is another one".to_owned());
        }
        Made::of(compiled, command, self.dockerfile.part(), machine)
    }
}

/// Where `cp`, `mv`, `install` or `ln` takes what it puts at a path.
pub(super) fn moved(command: &Command, path: &str) -> Option<String> {
    let name = base_name(command.simple.name()?);
    if !matches!(name, "cp" | "mv" | "install" | "ln" | "objcopy" | "rsync") {
        return None;
    }
    let words = command.simple.words.iter().skip(1);
    let plain = words.filter(|word| !word.text.starts_with('-'));
    let paths: Option<Vec<&str>> = plain.map(coracle_recipe::shell::Word::known).collect();
    let mut paths = paths?;
    let folder = command.folder.as_deref();
    let destination = joined(folder, paths.pop()?)?;
    let sources: Vec<String> = paths
        .iter()
        .filter_map(|path| joined(folder, path))
        .collect();
    if destination == path {
        return sources.last().cloned();
    }
    let rest = below(path, &destination)?;
    sources.into_iter().find(|source| base_name(source) == rest)
}

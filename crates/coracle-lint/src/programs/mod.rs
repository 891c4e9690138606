//! Where the files of an image come from: which program a `COPY` brings, what compiled it, on which C library, and what
//! the stage installs and copies besides. Nothing is guessed: what is no program that is known is not told.
//!
//! ```text
//!  stage ─► steps: commands with folder and variables ─► trace: back from a path, over cp and COPY ─► compile: what made it
//!       └► contents: packages, copied paths                        └► artifacts: jobs and runners
//! ```
//! What an image starts, over scripts and compose services, is told by `started`; what programs may need of the system by
//! `libraries`, `linkers` and `certificates`. Not here: what is wrong with any of it.

mod artifacts;
pub(crate) mod certificates;
mod compile;
pub(crate) mod compilers;
mod contents;
mod graph;
pub(crate) mod libraries;
mod line;
mod linkers;
mod packages;
mod script;
pub(crate) mod started;
mod steps;
mod strange;
mod supervised;
mod texts;
mod trace;

use coracle_recipe::Span;
use coracle_recipe::dockerfile::document::{Arguments, Copy, Source, Stages};

use crate::bases::{self, Libc, Release};
use crate::model::{Dockerfile, Model, base_name};
use crate::source::{Part, Place};

pub(crate) use contents::{Contents, Has, brought, needs_nothing};
pub(crate) use graph::{Program, listed, program, with_chain};
pub(crate) use libraries::Library;
pub(crate) use linkers::opening;
pub(crate) use packages::{Installed, installed};
pub(crate) use steps::{
    Located, below, commands, folder_at_end, joined, of as steps_of, run_commands,
};

/// A program that a stage gets from elsewhere.
#[derive(Debug, Clone)]
pub(crate) struct Arrival {
    /// The words that say what is copied.
    pub(crate) place: Place,
    /// What made it.
    pub(crate) made: Made,
    /// The file names under which it may be in the image: where it is copied to a path, that may be a file or a folder.
    pub(crate) names: Vec<String>,
}

/// How a program was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Made {
    /// The program's file name.
    pub(crate) name: String,
    /// The words of the command that compiles it.
    pub(crate) place: Place,
    /// By what.
    pub(crate) tool: Tool,
    /// The words of the command.
    pub(crate) words: Vec<String>,
    /// Whether it needs a C library at its start; why that is not known.
    pub(crate) linking: Linking,
    /// Whether the command itself chooses an old C library (`cargo zigbuild --target ….2.17`).
    pub(crate) chooses_libc: bool,
    /// Where it is compiled.
    pub(crate) on: Machine,
}

impl Made {
    /// What a command of a file made.
    fn of(
        compiled: compile::Compiled,
        command: &steps::Command,
        part: Part<'_>,
        on: Machine,
    ) -> Option<Made> {
        let words = &command.simple.words;
        let (begin, end) = (words.first()?, words.last()?);
        let values = command.simple.values().into_iter();
        Some(Made {
            name: compiled.name,
            place: part.place(&Span {
                end: end.span.end.max(begin.span.end),
                ..begin.span.clone()
            }),
            tool: compiled.tool,
            words: values.map(ToOwned::to_owned).collect(),
            linking: compiled.linking,
            chooses_libc: compiled.chooses_libc,
            on,
        })
    }
}

/// What compiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tool {
    /// cargo.
    Cargo,
    /// go.
    Go,
}

/// What a program asks for when it starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Linking {
    /// Nothing.
    Static,
    /// The C library of where it is compiled.
    Dynamic,
    /// Not known, because …
    Unknown(String),
}

/// Where something is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Machine {
    /// `rust:1.91`, `the runner ubuntu-24.04`.
    pub(crate) name: String,
    /// Where that is said.
    pub(crate) place: Place,
    /// Its C library, where it is known.
    pub(crate) libc: Option<Libc>,
    /// Its release.
    pub(crate) release: Option<&'static Release>,
    /// As of when that is so.
    pub(crate) as_of: Option<jiff::civil::Date>,
}

impl Machine {
    /// An image, where it is said.
    pub(crate) fn image(name: &str, place: Place) -> Machine {
        let base = bases::look_up(name);
        Machine {
            name: name.to_owned(),
            place,
            libc: base.as_ref().and_then(|base| base.libc),
            release: base.as_ref().and_then(|base| base.release),
            as_of: base.and_then(|base| base.as_of),
        }
    }

    /// `rust:1.91, which is debian/13 (trixie) as of 2026-08-21`.
    pub(crate) fn title(&self) -> String {
        match (self.release, self.as_of) {
            (Some(release), Some(as_of)) => {
                format!("{}, which is {} as of {as_of}", self.name, release.title())
            }
            _ => self.name.clone(),
        }
    }
}

/// Judges every stage that becomes an image.
pub(crate) fn each_image(
    model: &Model<'_>,
    mut judge: impl FnMut((&Dockerfile<'_>, &Stages<'_>, usize)),
) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for stage in dockerfile.outputs(&stages).stages {
            judge((dockerfile, &stages, stage));
        }
    }
}

/// The programs that a stage, or one that it is from, copies.
pub(crate) fn arrivals(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
) -> Vec<Arrival> {
    let tracer = trace::Tracer::new(model, dockerfile, stages);
    let mut arrivals: Vec<Arrival> = Vec::new();
    for step in steps::of(stages, stage) {
        let Arguments::Copy(copy) = &step.step.instruction.arguments else {
            continue;
        };
        for source in copy
            .sources
            .iter()
            .filter(|source| source.heredoc.is_none())
        {
            let place = dockerfile.place(&source.word.span);
            for made in tracer.copied(&step, copy, source) {
                if !arrivals
                    .iter()
                    .any(|one| one.place == place && one.made == made)
                {
                    arrivals.push(Arrival {
                        place: place.clone(),
                        made,
                        names: landing(&step, copy, source),
                    });
                }
            }
        }
    }
    arrivals
}

/// The last names of what is copied and of where it is copied to.
fn landing(step: &Located<'_>, copy: &Copy, source: &Source) -> Vec<String> {
    let words = [&copy.destination, &source.word].into_iter();
    let known = words.filter_map(|word| step.step.scope.expand(word).known.ok());
    known
        .filter(|text| !text.ends_with('/'))
        .map(|text| base_name(&text).to_owned())
        .collect()
}

/// What made the program at a path of a stage; nothing where that is not seen.
pub(crate) fn made_at(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    (stage, path): (usize, &str),
) -> Option<Made> {
    trace::Tracer::new(model, dockerfile, stages).traced(stage, path)
}

#[cfg(test)]
mod tests;

//! Programs that a job compiles and an image then copies from its context: in the same job, or in one whose artifact it
//! downloads.

use coracle_recipe::workflow::{Job, Runner as Lent};

use crate::bases::Runner;
use crate::model::{Dockerfile, Model, User, WorkflowFile, joined as in_repository, script};

use super::compile::{self, Surroundings};
use super::steps::{self, Command, below, joined};
use super::trace::moved;
use super::{Machine, Made, graph};
use crate::model::base_name;
use crate::source::Place;

/// Jobs that hand each other files in more steps than that are no real ones.
const DEEPEST: usize = 6;

/// What made the file that an image takes from its context, for every job that builds the image.
pub(super) fn made(model: &Model<'_>, dockerfile: &Dockerfile<'_>, source: &str) -> Vec<Made> {
    let mut found = Vec::new();
    for build in &dockerfile.builds {
        let User::Job { file, job, step } = &build.user else {
            continue;
        };
        let mut workflows = model.workflows.iter();
        let workflow = workflows.find(|workflow| workflow.file.path() == file);
        let Some(workflow) = workflow else { continue };
        let mut jobs = workflow.workflow.jobs.iter();
        let Some(job) = jobs.find(|one| one.id.text() == job) else {
            continue;
        };
        let Ok(context) = &build.context else {
            continue;
        };
        let Some(path) = in_repository(context, source.trim_start_matches('/')) else {
            continue;
        };
        // What lies in the repository is compiled by nobody here.
        if model.repository().has(&path) {
            continue;
        }
        let search = Search { model, workflow };
        let made = search.before(job, (*step, &build.place), &format!("/{path}"));
        found.extend(made.filter(|made| !found.contains(made)));
    }
    found
}

struct Search<'a> {
    model: &'a Model<'a>,
    workflow: &'a WorkflowFile<'a>,
}

impl Search<'_> {
    /// What made the file that is at a path (the checkout is `/`) before the command of a step that builds an image.
    fn before(&self, job: &Job, (step, build): (usize, &Place), path: &str) -> Option<Made> {
        let mut path = path.to_owned();
        // A local action's step stands in another file, and its script is not looked into.
        if build.file == self.workflow.file.path()
            && let Some(mut commands) = self.commands(job, step)
        {
            commands.retain(|command| {
                let first = command.simple.words.first();
                first.is_some_and(|word| word.span.start < build.start)
            });
            if let Some(made) = self.by_commands(job, step, &commands, &mut path) {
                return Some(made);
            }
        }
        self.at(job, step, &path, DEEPEST)
    }

    /// What made the file that is at a path before a step.
    fn at(&self, job: &Job, before: usize, path: &str, depth: usize) -> Option<Made> {
        let depth = depth.checked_sub(1)?;
        let mut path = path.to_owned();
        for number in (0..before).rev() {
            if let Some(commands) = self.commands(job, number)
                && let Some(made) = self.by_commands(job, number, &commands, &mut path)
            {
                return Some(made);
            }
            if let Some(made) = self.downloaded(job, number, &path, depth) {
                return Some(made);
            }
        }
        None
    }

    /// The commands of a step's script.
    fn commands(&self, job: &Job, number: usize) -> Option<Vec<Command>> {
        let step = job.steps.get(number)?;
        let run = step.run.as_ref()?;
        let folder = step
            .working_directory
            .as_ref()
            .or(job.defaults.working_directory.as_ref());
        let folder = folder.or(self.workflow.workflow.defaults.working_directory.as_ref());
        let folder = match folder {
            None => Some("/".to_owned()),
            Some(folder) => folder.known().and_then(|folder| joined(Some("/"), folder)),
        };
        steps::commands(&script(&run.text), folder, None).ok()
    }

    /// Which of these commands, the last first, made a file; those that moved it change its path.
    fn by_commands(
        &self,
        job: &Job,
        number: usize,
        commands: &[Command],
        path: &mut String,
    ) -> Option<Made> {
        for command in commands.iter().rev() {
            if let Some(from) = moved(command, path) {
                *path = from;
            } else if let Some(made) = self.made(job, number, command, path) {
                return Some(made);
            }
        }
        None
    }

    fn downloaded(&self, job: &Job, number: usize, path: &str, depth: usize) -> Option<Made> {
        let downloads = job.downloads();
        let download = downloads.iter().find(|download| download.step == number)?;
        let folder = match &download.path {
            Some(folder) => joined(Some("/"), folder.known()?)?,
            None => "/".to_owned(),
        };
        let rest = below(path, &folder)?;
        // Without a name each artifact is in a folder of its own.
        let rest = match download.name.is_some() || download.merge_multiple.is_some() {
            true => rest,
            false => rest.split_once('/')?.1,
        };
        for other in &self.workflow.workflow.jobs {
            for upload in other
                .uploads()
                .iter()
                .filter(|upload| download.takes(upload) == Some(true))
            {
                for written in upload.paths.iter().filter_map(|text| text.known()) {
                    let from = joined(Some("/"), written.trim_end_matches("/*"))?;
                    let from = match base_name(&from) == base_name(rest) {
                        true => from,
                        false => format!("{from}/{rest}"),
                    };
                    if let Some(made) = self.at(other, upload.step, &from, depth) {
                        return Some(made);
                    }
                }
            }
        }
        None
    }

    fn made(&self, job: &Job, number: usize, command: &Command, path: &str) -> Option<Made> {
        let step = job.steps.get(number)?;
        let workflow = &self.workflow.workflow;
        let text = self.workflow.file.text();
        let around = Surroundings {
            variable: &|name| {
                let value = workflow.variable(job, step, name)?;
                let because = || format!("{value} is only known when the workflow runs");
                Some(value.known().map(ToOwned::to_owned).ok_or_else(because))
            },
            is_plain: !text.contains("crt-static")
                && !text.contains("-static")
                && !self.model.is_configured(),
            is_configured: self.model.is_configured(),
            has_compiler: job.container.is_none(),
            uses_c: &|command| graph::go_uses_c(self.model, "", command),
        };
        let compiled = compile::at(command, path, &around)?;
        Made::of(
            compiled,
            command,
            self.workflow.file.whole(),
            self.machine(job)?,
        )
    }

    /// Where a job runs, where all that it is run on the same.
    fn machine(&self, job: &Job) -> Option<Machine> {
        if let Some(container) = &job.container {
            let image = container.image.as_ref()?;
            return Some(Machine::image(
                image.known()?,
                self.workflow.file.place(image.span()),
            ));
        }
        let label = |lent: &Lent| match lent.labels.as_deref() {
            Ok([label]) => Runner::named(label),
            _ => None,
        };
        let runners: Option<Vec<&Runner>> = job.runners().iter().map(label).collect();
        let runners = runners?;
        let first = *runners.first()?;
        if runners
            .iter()
            .any(|runner| runner.release() != first.release())
        {
            return None;
        }
        Some(Machine {
            name: format!("the runner {}", first.label),
            place: self.workflow.file.place(&job.runs_on.as_ref()?.span),
            libc: first.release().map(|release| release.libc),
            release: first.release(),
            as_of: first.moves.then_some(first.seen),
        })
    }
}

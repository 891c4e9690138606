//! The steps that a job really takes: its own, and in place of a local action (`uses: ./.github/actions/x`) those that it is
//! made of.

use coracle_recipe::workflow::{Action, Job, Step, Target, Workflow};

use super::build::Known;
use super::commands;
use super::path::within;
use super::values::Values;
use crate::source::{Place, SourceFile};

/// GitHub's own bound on actions within actions.
const DEPTH: usize = 10;
/// Actions that name one another several times make more than any job has.
const MOST: usize = 1000;

/// The description of an action.
#[derive(Debug)]
pub(super) struct ActionFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it.
    pub action: Action,
}

/// A step that a job takes.
#[derive(Debug, Clone)]
pub struct Taken<'m> {
    /// The file that it stands in: the workflow, or an action's.
    pub file: &'m SourceFile,
    /// The number of the job's own step by which it comes, from 0.
    pub number: usize,
    /// The step.
    pub step: &'m Step,
    /// The actions that it stands in, each with the step that uses it, the outermost first.
    within: Vec<(&'m Step, &'m Action)>,
}

impl<'a> ActionFile<'a> {
    /// Reads one.
    pub(super) fn read(file: &'a SourceFile) -> Known<ActionFile<'a>> {
        let action = Action::read(file.text()).map_err(|error| error.to_string())?;
        Ok(ActionFile { file, action })
    }

    /// The Dockerfile that GitHub builds for it, from the Dockerfile's own folder.
    pub(super) fn dockerfile(&self) -> Option<Known<String>> {
        let runs = &self.action.runs;
        let image = runs.image.as_ref()?;
        if runs.using.as_ref()?.known() != Some("docker") || image.text().contains("://") {
            return None;
        }
        Some(match image.known() {
            Some(image) => within(self.file.folder(), image),
            None => Err(format!("{image} is only known when the workflow runs")),
        })
    }
}

/// The steps of a job, in their order.
pub(super) fn taken<'m>(
    file: &'m SourceFile,
    job: &'m Job,
    actions: &'m [ActionFile<'m>],
) -> Vec<Taken<'m>> {
    let mut all = Vec::new();
    for (number, step) in job.steps.iter().enumerate() {
        let own = Taken {
            file,
            number,
            step,
            within: Vec::new(),
        };
        follow(own, actions, &mut all);
    }
    all
}

fn follow<'m>(taken: Taken<'m>, actions: &'m [ActionFile<'m>], all: &mut Vec<Taken<'m>>) {
    let used = used(taken.step, actions).filter(|_| taken.within.len() < DEPTH);
    all.push(taken.clone());
    let Some(used) = used else {
        return;
    };
    for step in &used.action.runs.steps {
        if all.len() > MOST {
            return;
        }
        let mut within = taken.within.clone();
        within.push((taken.step, &used.action));
        let inner = Taken {
            file: used.file,
            number: taken.number,
            step,
            within,
        };
        follow(inner, actions, all);
    }
}

/// The action of this repository that a step uses.
pub(super) fn used<'m>(step: &Step, actions: &'m [ActionFile<'m>]) -> Option<&'m ActionFile<'m>> {
    let Target::Local { path } = &step.uses.as_ref()?.target else {
        return None;
    };
    let folder = within("", path).ok()?;
    actions.iter().find(|action| action.file.folder() == folder)
}

impl Taken<'_> {
    /// Where a message about it points.
    pub fn place(&self) -> Place {
        self.file.place(self.step.head())
    }

    /// Whether it stands in the job itself.
    pub fn is_own(&self) -> bool {
        self.within.is_empty()
    }

    /// What its expressions are worth, where the job's are worth this.
    pub(super) fn values<'v>(&self, of_job: &Values<'v>) -> Values<'v> {
        let mut values = of_job.clone();
        for (step, action) in &self.within {
            values = values.with_inputs(values.given(&action.inputs, &step.with));
        }
        values
    }

    /// The folder that its script runs in, from the top. What a workflow and a job choose for all scripts is not chosen for
    /// those of actions.
    pub(super) fn folder(
        &self,
        workflow: &Workflow,
        job: &Job,
        values: &Values<'_>,
    ) -> Known<String> {
        match &self.step.working_directory {
            Some(folder) => within("", &values.expand(folder)?),
            None if self.is_own() => commands::folder(workflow, job, self.step),
            None => Ok(String::new()),
        }
    }
}

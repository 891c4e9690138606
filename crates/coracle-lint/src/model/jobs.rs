//! What the jobs of workflows build: by commands, by docker's action, in steps of their own or of local actions.

use std::collections::BTreeMap;

use coracle_recipe::workflow::{BuildPush, Combination, Hosted, Job, Text};

use super::bake::{Asked, Bakes};
use super::build::{Build, Known, User, Written};
use super::calls;
use super::commands::{self, Wish};
use super::heredocs::Heredocs;
use super::path::within;
use super::steps::{ActionFile, Taken, taken, used};
use super::values::{Inputs, Values};
use super::workflow::WorkflowFile;

/// Everything that is built, once for each combination of a matrix and for each caller that makes a difference.
pub(super) fn builds(
    workflows: &[WorkflowFile<'_>],
    actions: &[ActionFile<'_>],
    bakes: &Bakes<'_, '_>,
) -> Vec<Build> {
    let mut builds: Vec<Build> = Vec::new();
    for (workflow, inputs) in calls::all(workflows) {
        for job in &workflow.workflow.jobs {
            for build in of_job((workflow, inputs.as_ref()), job, actions, bakes) {
                match builds
                    .iter_mut()
                    .find(|other| build.asks_for_the_same(other))
                {
                    Some(other) => other.machines.extend(build.machines),
                    None => builds.push(build),
                }
            }
        }
    }
    builds
}

/// What a job builds, for each combination of its matrix anew.
fn of_job(
    (workflow, inputs): (&WorkflowFile<'_>, Option<&Inputs>),
    job: &Job,
    actions: &[ActionFile<'_>],
    bakes: &Bakes<'_, '_>,
) -> Vec<Build> {
    let steps = taken(workflow.file, job, actions);
    // What does not depend on the matrix is known even where the matrix is not.
    let combinations = job.combinations().unwrap_or_default();
    let combinations = match combinations.is_empty() {
        true => vec![Combination::default()],
        false => combinations,
    };
    let runners = job.runners();
    let variants = combinations.iter().map(|combination| {
        let values = Values::new(combination, inputs);
        let runners = runners
            .iter()
            .filter(|runner| runner.combination == *combination);
        let hosted = runners.filter_map(|runner| runner.hosted.clone());
        let mut machines: Vec<_> = hosted.map(|hosted| hosted.architecture).collect();
        if machines.is_empty() {
            machines.extend(lent(job, &values).map(|hosted| hosted.architecture));
        }
        let folder =
            |taken: &Taken<'_>| taken.folder(&workflow.workflow, job, &taken.values(&values));
        let heredocs = Heredocs::of(&steps, folder);
        (values, heredocs, machines)
    });
    let variants: Vec<_> = variants.collect();
    let mut builds = Vec::new();
    for step in steps.iter().filter(|step| may_build(step)) {
        for (of_job, heredocs, machines) in &variants {
            let around = Around {
                workflow,
                job,
                steps: &steps,
                values: &step.values(of_job),
                actions,
                heredocs,
            };
            builds.extend(around.builds(step, bakes).into_iter().map(|build| Build {
                machines: machines.clone(),
                ..build
            }));
        }
    }
    builds
}

/// Most steps build nothing, and need not be looked at for each combination.
fn may_build(taken: &Taken<'_>) -> bool {
    taken.step.uses.is_some() || commands::may_build(taken.step)
}

/// The platform that docker's command takes where none is named.
fn default_platform(
    taken: &Taken<'_>,
    given: &dyn Fn(&str) -> Option<Known<String>>,
) -> Option<Known<String>> {
    const NAME: &str = "DOCKER_DEFAULT_PLATFORM";
    let run = taken.step.run.as_ref();
    match run.is_some_and(|run| run.text.text().contains(NAME)) {
        true => Some(Err(format!("the script sets {NAME}"))),
        false => given(NAME),
    }
}

/// The machine that GitHub lends where `runs-on` is an input of the workflow.
fn lent(job: &Job, values: &Values<'_>) -> Option<Hosted> {
    let runs_on = job.runs_on.as_ref()?;
    match (runs_on.labels.as_slice(), &runs_on.group) {
        ([label], None) => Hosted::of(&values.expand(label).ok()?),
        _ => None,
    }
}

/// What a step of a job stands in.
struct Around<'m> {
    workflow: &'m WorkflowFile<'m>,
    job: &'m Job,
    steps: &'m [Taken<'m>],
    values: &'m Values<'m>,
    actions: &'m [ActionFile<'m>],
    heredocs: &'m Heredocs<'m>,
}

impl Around<'_> {
    fn builds(&self, taken: &Taken<'_>, bakes: &Bakes<'_, '_>) -> Vec<Build> {
        let user = User::Job {
            file: self.workflow.file.path().to_owned(),
            job: self.job.id.text().to_owned(),
            step: taken.number,
        };
        let folder = taken.folder(&self.workflow.workflow, self.job, self.values);
        let mut builds = Vec::new();
        let given = |name: &str| {
            let workflow = &self.workflow.workflow;
            let text = workflow.variable(self.job, taken.step, name)?;
            Some(self.values.expand(text))
        };
        let step = (taken.step, &folder);
        for wish in commands::wishes(&user, taken.file, step, self.values, self.heredocs) {
            match wish {
                Wish::Build(build) => builds.push(build),
                Wish::Bake(asked) => builds.extend(bakes.asked(&user, &asked, &given)),
                Wish::Compose(asked) => builds.extend(bakes.composed(&user, &asked, &given)),
            }
        }
        for build in &mut builds {
            // docker's command takes it for each flag that is not there.
            if build.platforms.as_ref().is_ok_and(Vec::is_empty)
                && let Some(platform) = default_platform(taken, &given)
            {
                build.platforms = platform.map(|platform| vec![platform]);
            }
        }
        if taken.step.is("docker/bake-action") {
            builds.extend(bakes.asked(&user, &self.baked(taken), &given));
        }
        builds.extend(self.of_action(&user, taken));
        if let Some(push) = BuildPush::of(taken.step) {
            builds.push(self.pushed(user, taken, &push));
        }
        builds
    }

    /// The image of a local action that runs in one.
    fn of_action(&self, user: &User, taken: &Taken<'_>) -> Option<Build> {
        let dockerfile = used(taken.step, self.actions)?.dockerfile()?;
        let folder = |path: &String| {
            path.rsplit_once('/')
                .map_or("", |(folder, _)| folder)
                .to_owned()
        };
        Some(Build {
            user: user.clone(),
            place: taken.place(),
            context: dockerfile.as_ref().map(folder).map_err(Clone::clone),
            dockerfile: dockerfile.map(Written::File),
            target: Ok(None),
            platforms: Ok(Vec::new()),
            arguments: BTreeMap::new(),
            names_cache: false,
            service: None,
            machines: Vec::new(),
        })
    }

    /// What `docker/bake-action` is told.
    fn baked(&self, taken: &Taken<'_>) -> Asked {
        let input = |name: &str| taken.step.input(name).map(|text| self.values.expand(text));
        let list = |name: &str, separators: &[char]| match input(name) {
            Some(text) => text.map(|text| {
                let each = text.split(separators).map(str::trim);
                let each = each.filter(|one| !one.is_empty());
                each.map(ToOwned::to_owned).collect()
            }),
            None => Ok(Vec::new()),
        };
        let within_top = |written: Known<String>| {
            let written = written?;
            let rest = written.strip_prefix("{{defaultContext}}");
            within(
                "",
                rest.map_or(&*written, |rest| rest.trim_start_matches(':')),
            )
        };
        let folder = input("source").or_else(|| input("workdir"));
        Asked {
            place: taken.place(),
            folder: match self.elsewhere() {
                Some(because) => Err(because),
                None => folder.map_or(Ok(String::new()), within_top),
            },
            files: list("files", &['\n', ',']),
            targets: list("targets", &['\n', ',']),
            set: list("set", &['\n']),
            variables: BTreeMap::new(),
        }
    }

    fn pushed(&self, user: User, taken: &Taken<'_>, push: &BuildPush) -> Build {
        let context = match self.elsewhere() {
            Some(because) => Err(because),
            None => self.context(push.context.as_ref()),
        };
        let file = push.file.as_ref().map(|file| self.values.expand(file));
        // An input that is given nothing is not given.
        let file = file.filter(|file| file.as_deref() != Ok(""));
        let dockerfile = match (&context, file) {
            // The file is from the top of the checkout, the default is in the context.
            (Ok(_), Some(file)) => file.and_then(|file| within("", &file)),
            (Ok(context), None) => within(context, "Dockerfile"),
            (Err(because), _) => Err(because.clone()),
        };
        let head = push
            .target
            .as_ref()
            .map_or_else(|| taken.step.head(), Text::span);
        let platforms: Known<Vec<String>> = push
            .platforms
            .iter()
            .map(|text| self.values.expand(text))
            .collect();
        Build {
            user,
            place: taken.file.place(head),
            dockerfile: match &dockerfile {
                Ok(path) => self.heredocs.written("", path),
                Err(_) => None,
            }
            .unwrap_or_else(|| dockerfile.map(Written::File)),
            context,
            target: match &push.target {
                Some(target) => self
                    .values
                    .expand(target)
                    .map(|target| Some(target).filter(|target| !target.is_empty())),
                None => Ok(None),
            },
            platforms: platforms.map(|lists| {
                let each = lists.iter().flat_map(|list| list.split([',', '\n']));
                let each = each.map(str::trim).filter(|one| !one.is_empty());
                each.map(ToOwned::to_owned).collect()
            }),
            arguments: self.arguments(&push.arguments),
            names_cache: false,
            service: None,
            machines: Vec::new(),
        }
    }

    /// Why what is built is perhaps not this repository: it is checked out elsewhere, or another is.
    fn elsewhere(&self) -> Option<String> {
        let mut checkouts = self.steps.iter().map(|taken| taken.step);
        let other = checkouts.find(|step| {
            step.is("actions/checkout")
                && (step.input("repository").is_some() || step.input("path").is_some())
        });
        other.map(|_| {
            format!(
                "the job {} checks out another repository, or this one elsewhere",
                self.job.id
            )
        })
    }

    /// Without one the action takes the repository from GitHub; `{{defaultContext}}:FOLDER` is a folder of that.
    fn context(&self, written: Option<&Text>) -> Known<String> {
        let Some(written) = written else {
            return Ok(String::new());
        };
        let text = self.values.expand(written)?;
        match text.strip_prefix("{{defaultContext}}") {
            Some(rest) => within("", rest.trim_start_matches(':')),
            None => within("", &text),
        }
    }

    /// `NAME=value`, each; where an expression stands for several, those that it comes to.
    fn arguments(&self, written: &[Text]) -> BTreeMap<String, Known<String>> {
        let mut arguments = BTreeMap::new();
        for text in written {
            match (self.values.expand(text), text.text().split_once('=')) {
                (Ok(known), _) => {
                    let each = known.lines().filter_map(|line| line.trim().split_once('='));
                    arguments
                        .extend(each.map(|(name, value)| (name.to_owned(), Ok(value.to_owned()))));
                }
                (Err(because), Some((name, _))) => {
                    arguments.insert(name.to_owned(), Err(because));
                }
                (Err(_), None) => {}
            }
        }
        arguments
    }
}

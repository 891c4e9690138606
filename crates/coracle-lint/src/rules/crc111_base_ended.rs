//! CRC111: a base image, or a machine that a job runs on, that nobody mends any more, by the table's dates. A release counts
//! as alive as long as anybody mends it for everybody.

use coracle_recipe::dockerfile::document::Base;
use coracle_recipe::workflow::{Job, Runner, Target, Text};

use crate::bases::{self, Withdrawn};
use crate::finding::{Draft, Outcome, Severity};
use crate::model::{ComposeFile, Dockerfile, Model, WorkflowFile};
use crate::rule::{Check, Rule};
use crate::source::Place;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC111",
    name: "base-ended",
    severity: Severity::Error,
    meaning: "a base image or a runner that gets no security updates any more, or is gone",
    page: include_str!("../../rules/CRC111.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        of_dockerfile(model, dockerfile, outcome);
    }
    for compose in &model.composes {
        of_compose(model, compose, outcome);
    }
    for workflow in &model.workflows {
        of_workflow(model, workflow, outcome);
    }
}

fn of_dockerfile(model: &Model<'_>, dockerfile: &Dockerfile<'_>, outcome: &mut Outcome) {
    for stage in &dockerfile.stages().stages {
        match &stage.base {
            Base::Image(image) => {
                let place = dockerfile.place(&stage.image.span);
                outcome_of(model, image, place, outcome);
                let release = bases::look_up(image).and_then(|base| base.release);
                let is_empty = bases::look_up(image)
                    .is_some_and(|base| base.libc == Some(bases::Libc::Absent));
                if release.is_none() && !is_empty {
                    outcome.skip(
                        dockerfile.file,
                        format!("it is not known on which release {image} is"),
                    );
                }
            }
            Base::Unknown(unknown) => outcome.skip(dockerfile.file, format!("of a base {unknown}")),
            Base::Stage(_) | Base::Scratch => {}
        }
    }
}

/// Services that are not built: most are databases of which the table knows nothing, and nothing is said of those.
fn of_compose(model: &Model<'_>, compose: &ComposeFile<'_>, outcome: &mut Outcome) {
    for service in compose.compose.services.values().flatten() {
        let image = service.image.as_ref().filter(|_| service.build.is_none());
        if let Some(image) = image
            && let Some(name) = image.text()
        {
            outcome_of(model, name, compose.file.place(&image.span), outcome);
        }
    }
}

fn of_workflow(model: &Model<'_>, workflow: &WorkflowFile<'_>, outcome: &mut Outcome) {
    for job in &workflow.workflow.jobs {
        for runner in job.runners() {
            of_runner(model, workflow, job, &runner, outcome);
        }
        let containers = job.container.iter();
        let containers = containers.chain(job.services.iter().map(|(_, service)| service));
        for image in containers.filter_map(|container| container.image.as_ref()) {
            if let Some(name) = image.known() {
                outcome_of(model, name, workflow.file.place(image.span()), outcome);
            }
        }
        for uses in job.steps.iter().filter_map(|step| step.uses.as_ref()) {
            if let Target::Docker { image } = &uses.target {
                outcome_of(model, image, workflow.file.place(uses.span()), outcome);
            }
        }
    }
}

fn of_runner(
    model: &Model<'_>,
    workflow: &WorkflowFile<'_>,
    job: &Job,
    runner: &Runner,
    outcome: &mut Outcome,
) {
    let Ok([label]) = runner.labels.as_deref() else {
        return;
    };
    let Some(withdrawn) = Withdrawn::named(label).filter(|row| row.since <= model.today()) else {
        return;
    };
    // Where the matrix names it, there.
    let values = runner.combination.values.iter();
    let of_matrix = values
        .filter_map(|(_, value)| value.text())
        .find(|text| text.text() == label);
    let own = job
        .runs_on
        .as_ref()
        .and_then(|runs_on| runs_on.labels.first());
    let Some(text): Option<&Text> = of_matrix.or(own) else {
        return;
    };
    let Withdrawn { since, source, .. } = withdrawn;
    outcome.find(
        Draft::at(
            workflow.file.place(text.span()),
            format!("GitHub has no machine {label} since {since}"),
        )
        .why(format!(
            "the job {} waits for one until it is cancelled ({source})",
            job.id
        ))
        .help("name one that is there: ubuntu-24.04"),
    );
}

/// A finding where the image's release has ended.
fn outcome_of(model: &Model<'_>, image: &str, place: Place, outcome: &mut Outcome) {
    let Some(base) = bases::look_up(image) else {
        return;
    };
    let Some(release) = base.release else {
        return;
    };
    let Some(last) = release.last_day().filter(|last| *last < model.today()) else {
        return;
    };
    let title = release.title();
    let draft = Draft::at(
        place,
        format!("{title} gets no security updates since {last}"),
    );
    let draft = match base.as_of {
        Some(as_of) => draft.label(format!("{image} was on {title} as of {as_of}")),
        None => draft.label(format!("{image} is on {title}")),
    };
    outcome.find(
        draft
            .why(format!(
                "known holes stay open, and its packages move off the mirrors so that builds fail ({}, seen {})",
                release.source, release.seen
            ))
            .help(format!("take a release of {} that is mended", release.distribution())),
    );
}

//! CRC310: a job downloads an artifact of another job and does not wait for it. What a called workflow or another run
//! uploads is not known here, and skipped.

use coracle_recipe::workflow::{Download, Job, Upload, Workflow};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Model, WorkflowFile};
use crate::rule::{Check, Rule};
use crate::source::Place;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC310",
    name: "artifact-without-needs",
    severity: Severity::Warning,
    meaning: "a job downloads an artifact and does not wait for the job that uploads it",
    page: include_str!("../../rules/CRC310.md"),
    hadolint: &[],
    check: Check::Model(check),
};

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for file in &model.workflows {
        for job in &file.workflow.jobs {
            for download in job.downloads() {
                if !download.is_foreign {
                    judge(file, job, &download, outcome);
                }
            }
        }
    }
}

/// An upload that the download may mean.
struct Candidate<'a> {
    job: &'a Job,
    upload: Upload,
    takes: Option<bool>,
}

fn judge(file: &WorkflowFile<'_>, job: &Job, download: &Download, outcome: &mut Outcome) {
    let workflow = &file.workflow;
    let candidates: Vec<Candidate<'_>> = workflow
        .jobs
        .iter()
        .flat_map(|job| job.uploads().into_iter().map(move |upload| (job, upload)))
        .map(|(job, upload)| Candidate {
            takes: download.takes(&upload),
            job,
            upload,
        })
        .collect();
    let waits = |candidate: &Candidate<'_>| is_before(workflow, job, candidate, download.step);
    // One that is perhaps meant and waited for is enough.
    if candidates
        .iter()
        .any(|one| one.takes != Some(false) && waits(one))
    {
        return;
    }
    let what = match (&download.name, &download.pattern) {
        (Some(name), _) => name
            .written
            .as_ref()
            .map(|text| format!("the artifact {text}")),
        (None, Some(pattern)) => Some(format!("the artifacts {pattern}")),
        (None, None) => None,
    };
    let what = what.unwrap_or_else(|| "all artifacts".to_owned());
    let place = file.file.place(&download.span);
    if let Some(other) = candidates.iter().find(|one| one.takes == Some(true)) {
        outcome.find(too_early(file, job, other, (&what, place)));
        return;
    }
    if candidates.iter().any(|one| one.takes.is_none()) {
        let because = format!(
            "the names of artifacts in the job {} are only known when it runs",
            job.id
        );
        outcome.skip(file.file, because);
        return;
    }
    if let Some(because) = others(workflow, job) {
        outcome.skip(file.file, because);
        return;
    }
    if download.name.is_some() {
        outcome.find(
            Draft::at(place, format!("no job of this workflow uploads {what}"))
                .why("artifacts are those of one run unless the step says of which other one")
                .help("upload it in a job that this one needs, or say `run-id` and `github-token`"),
        );
    }
}

/// A download that runs before, or beside, the upload that it means.
fn too_early(
    file: &WorkflowFile<'_>,
    job: &Job,
    other: &Candidate<'_>,
    (what, place): (&str, Place),
) -> Draft {
    let id = &other.job.id;
    let (message, help) = match other.job.id == job.id {
        true => (
            format!("{what} is downloaded before it is uploaded"),
            "put the download behind the upload".to_owned(),
        ),
        false => (
            format!(
                "the job {} does not wait for the job that uploads {what}",
                job.id
            ),
            format!("add `needs: {id}` to the job {}", job.id),
        ),
    };
    Draft::at(place, message)
        .why("jobs without needs run at once: the download fails, or takes what a run before left")
        .help(help)
        .related(
            file.file.place(&other.upload.span),
            format!("uploaded here, in the job {id}"),
        )
}

/// Whether what is uploaded is there when the step runs.
fn is_before(workflow: &Workflow, job: &Job, candidate: &Candidate<'_>, step: usize) -> bool {
    match candidate.job.id == job.id {
        true => candidate.upload.step < step,
        false => workflow
            .before(job.id.text())
            .contains(candidate.job.id.text()),
    }
}

/// Who may upload something that is not seen here.
fn others(workflow: &Workflow, job: &Job) -> Option<String> {
    if workflow.trigger("workflow_call").is_some() {
        return Some("whoever calls this workflow may have uploaded it".to_owned());
    }
    let before = workflow.before(job.id.text());
    let mut needed = workflow
        .jobs
        .iter()
        .filter(|other| before.contains(other.id.text()));
    let calls = needed.find(|other| other.uses.is_some());
    if let Some(caller) = calls {
        return Some(format!(
            "the workflow that the job {} calls may have uploaded it",
            caller.id
        ));
    }
    let is_elsewhere = |step: &coracle_recipe::workflow::Step| {
        let uses = step.uses.as_ref();
        uses.is_some_and(|uses| !uses.name().is_some_and(|name| name.starts_with("actions/")))
    };
    let mut steps = workflow.jobs.iter().flat_map(|job| &job.steps);
    let other = steps.find(|step| is_elsewhere(step))?;
    let action = other
        .uses
        .as_ref()
        .and_then(|uses| uses.name())
        .unwrap_or("an action");
    Some(format!("{action} may have uploaded it"))
}

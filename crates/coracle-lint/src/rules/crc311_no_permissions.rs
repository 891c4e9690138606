//! CRC311: a workflow that leaves its token's rights to the repository's default, or takes all. What is called by other
//! workflows has the rights of its caller.

use coracle_recipe::workflow::{Job, Workflow};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Model, WorkflowFile};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC311",
    name: "no-permissions",
    severity: Severity::Warning,
    meaning: "a workflow does not say what its token may do, or lets it do everything",
    page: include_str!("../../rules/CRC311.md"),
    hadolint: &[],
    check: Check::Model(check),
};

const WHY: &str = "every action and script of a job has its token: one of them that is taken over can push code and images";
const HELP: &str =
    "say `permissions: { contents: read }` at the top, and what a job needs besides in that job";

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for file in &model.workflows {
        let workflow = &file.workflow;
        let is_called_only =
            workflow.trigger("workflow_call").is_some() && workflow.triggers.len() == 1;
        if workflow.permissions.is_none() && !is_called_only {
            without(file, outcome);
        }
        all(file, workflow, outcome);
    }
}

/// One finding a workflow, at the first of its jobs.
fn without(file: &WorkflowFile<'_>, outcome: &mut Outcome) {
    let mut jobs = file
        .workflow
        .jobs
        .iter()
        .filter(|job| job.permissions.is_none());
    let Some(first) = jobs.next() else {
        return;
    };
    let place = file.file.place(first.id.span());
    let mut draft = Draft::at(place, "the workflow does not say what its token may do")
        .label("has the repository's default, which may be to write everything");
    for job in jobs {
        draft = draft.related(file.file.place(job.id.span()), "and this job");
    }
    outcome.find(draft.why(WHY).help(HELP));
}

fn all(file: &WorkflowFile<'_>, workflow: &Workflow, outcome: &mut Outcome) {
    let of_jobs = workflow
        .jobs
        .iter()
        .filter_map(|job: &Job| job.permissions.as_ref());
    for permissions in workflow.permissions.iter().chain(of_jobs) {
        let all = permissions.all.as_ref();
        if let Some(all) = all.filter(|all| all.known() == Some("write-all")) {
            outcome.find(
                Draft::at(
                    file.file.place(all.span()),
                    "the token may write everything",
                )
                .why(WHY)
                .help(HELP),
            );
        }
    }
}

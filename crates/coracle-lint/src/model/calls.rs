//! Which workflows run with which inputs: by events, and called by others of this repository.

use super::values::{Inputs, Values};
use super::workflow::WorkflowFile;
use coracle_recipe::workflow::Combination;

/// Workflows that call one another in more ways are no real ones.
const MOST: usize = 256;

/// A workflow, and what it is given; nothing where that is only known when it runs.
pub(super) type Called<'w, 'a> = (&'w WorkflowFile<'a>, Option<Inputs>);

/// Every workflow in every way in which it is known to run: each once at least.
pub(super) fn all<'w, 'a>(workflows: &'w [WorkflowFile<'a>]) -> Vec<Called<'w, 'a>> {
    let by_event = workflows
        .iter()
        .filter(|workflow| !is_only_called(workflow));
    let mut all: Vec<Called<'w, 'a>> = by_event.map(|workflow| (workflow, None)).collect();
    let mut at = 0;
    while let Some((caller, inputs)) = all.get(at).cloned() {
        at += 1;
        for called in calls(caller, inputs.as_ref(), workflows) {
            let is_there =
                |other: &Called<'_, '_>| std::ptr::eq(other.0, called.0) && other.1 == called.1;
            if all.len() < MOST && !all.iter().any(is_there) {
                all.push(called);
            }
        }
    }
    let never = workflows.iter().filter(|workflow| {
        let mut known = all.iter();
        !known.any(|(other, _)| std::ptr::eq(*other, *workflow))
    });
    let never: Vec<Called<'w, 'a>> = never.map(|workflow| (workflow, None)).collect();
    all.extend(never);
    all
}

fn is_only_called(workflow: &WorkflowFile<'_>) -> bool {
    let mut triggers = workflow.workflow.triggers.iter();
    triggers.all(|trigger| trigger.event.text() == "workflow_call")
}

/// What the jobs of a workflow call.
fn calls<'w, 'a>(
    caller: &WorkflowFile<'a>,
    inputs: Option<&Inputs>,
    workflows: &'w [WorkflowFile<'a>],
) -> Vec<Called<'w, 'a>> {
    let mut called = Vec::new();
    for job in &caller.workflow.jobs {
        let path = job.uses.as_ref().and_then(|uses| uses.local_workflow());
        let mut named = workflows.iter();
        let Some(callee) = named.find(|workflow| Some(workflow.file.path()) == path) else {
            continue;
        };
        let trigger = callee.workflow.trigger("workflow_call");
        let declared = trigger.map_or(&[][..], |trigger| trigger.inputs.as_slice());
        let combinations = job.combinations().unwrap_or_default();
        let none = [Combination::default()];
        let combinations = match combinations.is_empty() {
            true => none.as_slice(),
            false => combinations.as_slice(),
        };
        for combination in combinations {
            let values = Values::new(combination, inputs);
            called.push((callee, Some(values.given(declared, &job.with))));
        }
    }
    called
}

//! Workflows and actions.

use coracle_recipe::workflow::{Action, BuildPush, Workflow};

use crate::recipes::places;

/// A workflow, what is asked of its jobs and scripts, and the same text as an action.
pub fn workflow(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let read = Workflow::read(text);
    assert_eq!(read.is_ok(), Action::read(text).is_ok());
    if let Ok(action) = Action::read(text) {
        assert_eq!(action.to_string(), text, "what is read is what is written");
        places(&format!("{:?}{:?}", action.runs, action.problems), text);
    }
    let Ok(workflow) = read else {
        return;
    };
    assert_eq!(
        workflow.to_string(),
        text,
        "what is read is what is written"
    );
    let mut told = format!(
        "{:?}{:?}{:?}",
        workflow.triggers, workflow.jobs, workflow.problems
    );
    for job in &workflow.jobs {
        let before = workflow.before(job.id.text());
        for other in before {
            assert!(workflow.after(other).contains(job.id.text()));
        }
        told.push_str(&format!(
            "{:?}{:?}{:?}",
            job.uploads(),
            job.downloads(),
            job.runners()
        ));
        for step in &job.steps {
            told.push_str(&format!("{:?}", BuildPush::of(step)));
            if let Some(run) = &step.run {
                told.push_str(&format!("{:?}", run.heredocs()));
            }
        }
    }
    places(&told, text);
}

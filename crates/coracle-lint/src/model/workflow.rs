//! GitHub workflows of the repository.

use coracle_recipe::workflow::Workflow;

use super::build::Known;
use crate::source::SourceFile;

/// A workflow.
#[derive(Debug)]
pub struct WorkflowFile<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What stands in it.
    pub workflow: Workflow,
}

impl<'a> WorkflowFile<'a> {
    /// Reads one.
    pub(super) fn read(file: &'a SourceFile) -> Known<WorkflowFile<'a>> {
        let workflow = Workflow::read(file.text()).map_err(|error| error.to_string())?;
        Ok(WorkflowFile { file, workflow })
    }
}

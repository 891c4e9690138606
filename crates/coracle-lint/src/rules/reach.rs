//! Which stages an image is made of: those it is made on, copies from and mounts, and theirs. No rule of its own.

use std::collections::BTreeSet;

use coracle_recipe::dockerfile::document::{Arguments, Base, Stages, Step, Word};

/// The stages, the one with this index among them.
pub(super) fn stages(stages: &Stages<'_>, index: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![index];
    while let Some(index) = waiting.pop() {
        let Some(stage) = stages.stages.get(index) else {
            continue;
        };
        if !reached.insert(index) {
            continue;
        }
        if let Base::Stage(parent) = stage.base {
            waiting.push(parent);
        }
        for step in &stage.steps {
            for from in froms(step) {
                if let Base::Stage(other) = stages.source(index, &step.scope.expand(from)) {
                    waiting.push(other);
                }
            }
        }
    }
    reached
}

/// What a step names as `from`.
fn froms<'a>(step: &Step<'a>) -> Vec<&'a Word> {
    match &step.instruction.arguments {
        Arguments::Copy(copy) | Arguments::Add(copy) => copy.from.iter().collect(),
        Arguments::Run(run) => run
            .mounts
            .iter()
            .filter_map(|mount| mount.from.as_ref())
            .collect(),
        _ => Vec::new(),
    }
}

//! What a `RUN` tells its shell, with the variables that the builder sets filled in. Not what that does.

use coracle_recipe::dockerfile::document::{Arguments, Scope, Step};
use coracle_recipe::shell::{self, Script, Simple, Word};

/// The commands of a `RUN` with a text for a shell; nothing of other instructions.
pub fn commands(step: &Step<'_>) -> Option<Script> {
    let Arguments::Run(run) = &step.instruction.arguments else {
        return None;
    };
    let text = run.script.as_ref()?;
    Some(shell::read(text, &|name| value(&step.scope, name)))
}

/// The value of a variable as an instruction sees it, where the file decides it.
pub fn value(scope: &Scope, name: &str) -> Option<String> {
    let value = scope.value(name)?;
    value.ok().map(ToOwned::to_owned)
}

/// The program that a command starts and its arguments, without what only passes it on (`env`, `time`, `sudo`).
pub fn program(simple: &Simple) -> Option<(&str, &[Word])> {
    let mut words = simple.words.as_slice();
    loop {
        let (first, rest) = words.split_first()?;
        let name = first.known().unwrap_or(&first.text);
        let name = name.rsplit('/').next().unwrap_or(name);
        let is_passing = matches!(name, "env" | "time" | "sudo" | "exec" | "command" | "nice");
        if !is_passing && !name.contains('=') {
            return Some((name, rest));
        }
        words = rest;
    }
}

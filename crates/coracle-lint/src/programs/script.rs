//! What the commands of a shell script start: which of them run on, side by side or last, and what else is called. Not which
//! file the script is in.

use coracle_recipe::Text;
use coracle_recipe::shell::{self, Body, Command, OperatorKind, Simple, Word};

use crate::model::base_name;

/// A program that a script starts and does not wait for, or that it ends with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Running {
    /// A program with its arguments.
    Words(Vec<String>),
    /// What the script is called with: `exec "$@"`.
    Given,
}

/// What a script does.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// What runs on: all that is sent to the background, and the last command.
    pub(super) running: Vec<Running>,
    /// The names of all that is called.
    pub(super) calls: Vec<String>,
    /// Why there may be more.
    pub(super) open: Option<String>,
}

/// What only waits or ends the script.
const ENDING: [&str; 9] = [
    "done", "exit", "fg", "kill", "sleep", "tail", "trap", "true", "wait",
];

/// Reads a script.
pub(super) fn read(text: &str) -> Told {
    let script = shell::read(&Text::plain(text), &|_| None);
    let mut told = Told::default();
    if !script.is_understood() {
        told.open = Some("a script could not be read whole".to_owned());
    }
    for simple in script.simple() {
        match behind_exec(simple).first() {
            None => {}
            Some(word) if is_given(word) => {}
            Some(word) => match word.known() {
                Some(name) => told.calls.push(base_name(name).to_owned()),
                None => {
                    told.open
                        .get_or_insert_with(|| format!("a script starts {}", word.text));
                }
            },
        }
    }
    let all = script.all();
    let functions: Vec<&str> = all
        .iter()
        .filter_map(|command| match &command.body {
            Body::Function { name, .. } => Some(name.text.as_str()),
            _ => None,
        })
        .collect();
    told.calls
        .retain(|name| !functions.contains(&name.as_str()));
    let is_beside = |command: &&&Command| {
        let operator = command.operator.as_ref();
        operator.is_some_and(|operator| operator.kind == OperatorKind::Background)
    };
    let beside = all.iter().filter(is_beside);
    let running: Vec<Running> = beside.filter_map(|command| last(command)).collect();
    told.running = running;
    if let Some(command) = script.commands.last()
        && !is_beside(&&command)
        && let Some(running) = last(command)
    {
        told.running.push(running);
    }
    told
}

/// What a command ends with.
fn last(command: &Command) -> Option<Running> {
    match &command.body {
        Body::Simple(simple) => {
            let words = behind_exec(simple);
            if words.first().is_some_and(is_given) {
                return Some(Running::Given);
            }
            let name = words.first()?.known()?;
            if ENDING.contains(&name) {
                return None;
            }
            let texts = words.iter().map(|word| word.known().unwrap_or(&word.text));
            Some(Running::Words(texts.map(ToOwned::to_owned).collect()))
        }
        Body::Group(list) | Body::Subshell(list) => last(list.last()?),
        Body::Loop { branch, .. } => last(branch.body.last()?),
        _ => None,
    }
}

/// `"$@"`, `$@`, `"${@}"`, `$*`.
fn is_given(word: &Word) -> bool {
    matches!(word.text.trim_matches('"'), "$@" | "${@}" | "$*" | "${*}")
}

/// The words without what only passes them on.
fn behind_exec(simple: &Simple) -> &[Word] {
    let mut words = simple.words.as_slice();
    while let Some((first, rest)) = words.split_first()
        && matches!(first.text.as_str(), "exec" | "command")
    {
        words = rest;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running(text: &str) -> Vec<String> {
        let tell = |running: &Running| match running {
            Running::Words(words) => words.join(" "),
            Running::Given => "what is given".to_owned(),
        };
        read(text).running.iter().map(tell).collect()
    }

    #[test]
    fn what_runs_on_is_told_from_what_comes_before() {
        assert_eq!(running("migrate\nexec api --port 1\n"), ["api --port 1"]);
        assert_eq!(running("api &\nworker &\nwait -n\n"), ["api", "worker"]);
        assert_eq!(running("api & exec worker"), ["api", "worker"]);
        assert_eq!(running("mkdir -p /data\nexec \"$@\"\n"), ["what is given"]);
        assert_eq!(running("while true; do api; done"), ["api"]);
    }

    #[test]
    fn what_is_not_known_is_said() {
        let told = read("set -e\nchown app /data\nexec $PROGRAM\n");
        assert_eq!(told.calls, ["set", "chown"]);
        assert_eq!(told.open.as_deref(), Some("a script starts $PROGRAM"));
    }
}

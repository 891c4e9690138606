//! CRC210: the whole context is copied and nothing hides what is no part of the build; or its ignore file hides a lock.
//! Only where the context is a folder of the repository.

use coracle_recipe::dockerfile::document::{Arguments, Copy, Step};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, joined};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC210",
    name: "context-too-large",
    severity: Severity::Warning,
    meaning: "the whole context is copied, with what is no part of the build; or without a lock that is",
    page: include_str!("../../rules/CRC210.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// What tools leave in a folder, by a file that says that they are used there.
const LEFT: [(&str, &str); 2] = [("Cargo.toml", "target"), ("package.json", "node_modules")];
/// Files that decide which dependencies are taken.
const LOCKS: [&str; 2] = ["Cargo.lock", "go.sum"];

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        let steps = stages.stages.iter().flat_map(|stage| &stage.steps);
        let whole = steps
            .clone()
            .find_map(|step| whole(step).map(|copy| (step, copy)));
        let asks_git = steps.clone().any(|step| uses_git(dockerfile, step));
        if dockerfile.builds.is_empty() && !dockerfile.file.folder().is_empty() {
            if whole.is_some() {
                outcome.skip(dockerfile.file, "nobody says from which folder it is built");
            }
            continue;
        }
        for context in dockerfile.contexts() {
            match context {
                Ok(context) => {
                    if let Some((_, copy)) = whole {
                        unhidden(model, dockerfile, (&context, copy, asks_git), outcome);
                    }
                    hidden_lock(model, dockerfile, &context, steps.clone(), outcome);
                }
                Err(because) if whole.is_some() => outcome.skip(dockerfile.file, because),
                Err(_) => {}
            }
        }
    }
}

/// A copy of everything.
fn whole<'s>(step: &Step<'s>) -> Option<&'s Copy> {
    let (Arguments::Copy(copy) | Arguments::Add(copy)) = &step.instruction.arguments else {
        return None;
    };
    let is_filtered = step.instruction.flag("exclude").is_some();
    let mut sources = copy.sources.iter();
    let is_whole = sources.any(|source| matches!(source.word.text.as_str(), "." | "./" | "/"));
    (copy.from.is_none() && !is_filtered && is_whole).then_some(copy)
}

/// Whether a step asks git, or a build script may: then its folder is a part of the build.
fn uses_git(dockerfile: &Dockerfile<'_>, step: &Step<'_>) -> bool {
    let text = dockerfile.document.slice(&step.instruction.lines);
    matches!(step.instruction.arguments, Arguments::Run(_))
        && [
            "git describe",
            "git rev-parse",
            "git log",
            "git status",
            "-buildvcs",
            "git submodule",
        ]
        .iter()
        .any(|word| text.contains(word))
}

fn unhidden(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    (context, copy, asks_git): (&str, &Copy, bool),
    outcome: &mut Outcome,
) {
    let ignore = model.ignore_of(dockerfile, context);
    // `.git/*` hides all that is in it; and who writes `!.git` wants it.
    let is_decided = |path: &str| {
        let verdict = ignore.as_ref().map(|file| file.ignore.verdict(path));
        verdict.is_some_and(|verdict| {
            verdict.is_hidden || verdict.decided_by.is_some_and(|rule| rule.is_exception)
        })
    };
    let is_hidden = |name: &str| is_decided(name) || is_decided(&format!("{name}/config"));
    let mut names: Vec<&str> = Vec::new();
    if context.is_empty() && !asks_git {
        names.push(".git");
    }
    let has = |file: &str| joined(context, file).is_some_and(|path| model.repository().has(&path));
    names.extend(
        LEFT.iter()
            .filter(|(file, _)| has(file))
            .map(|(_, left)| *left),
    );
    names.retain(|name| !is_hidden(name));
    let Some(source) = copy.sources.first().filter(|_| !names.is_empty()) else {
        return;
    };
    let list = names.join(" and ");
    let draft = Draft::at(
        dockerfile.place(&source.word.span),
        format!("{list} would be copied along with the context"),
    )
    .why("it is sent to the builder and read for each build, and every commit or build on the host makes this layer and all behind it anew");
    let draft = match &ignore {
        None => draft.help(format!("add a .dockerignore with {}", names.join(", "))),
        Some(file) => draft
            .help(format!("add {} to the ignore file", names.join(", ")))
            .related(file.file.first_line(), "the ignore file that counts here"),
    };
    outcome.find(draft);
}

/// A lock that is there and hidden, in a context of which something of the same tool is copied.
fn hidden_lock<'s, 'a: 's>(
    model: &Model<'_>,
    dockerfile: &Dockerfile<'_>,
    context: &str,
    steps: impl Iterator<Item = &'s Step<'a>>,
    outcome: &mut Outcome,
) {
    let Some(file) = model.ignore_of(dockerfile, context) else {
        return;
    };
    let builds: Vec<&str> = steps
        .filter(|step| matches!(step.instruction.arguments, Arguments::Run(_)))
        .map(|step| dockerfile.document.slice(&step.instruction.lines))
        .collect();
    for lock in LOCKS {
        let tool = match lock {
            "Cargo.lock" => "cargo ",
            _ => "go ",
        };
        let is_there = joined(context, lock).is_some_and(|path| model.repository().has(&path));
        let is_used = builds.iter().any(|text| text.contains(tool));
        let verdict = file.ignore.verdict(lock);
        if let Some(rule) = verdict
            .decided_by
            .filter(|_| is_there && is_used && verdict.is_hidden)
        {
            outcome.find(
                Draft::at(file.file.place(&rule.span), format!("this hides {lock} from the build"))
                    .why("the image is built with other dependencies than those that are tested, or not at all with --locked")
                    .help(format!("take the line away, or add !{lock} behind it")),
            );
        }
    }
}

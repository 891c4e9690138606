//! CRC207: a `RUN` clones a repository at what is newest there. The layer is kept, and with it what was newest when it was
//! made. A commit, a version's tag or something before it that changes with the repository are fine.

use coracle_recipe::dockerfile::document::{Arguments, Stages, Step};
use coracle_recipe::shell::{Simple, Word};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Known, Model, commands};
use crate::rule::{Check, Rule};

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC207",
    name: "git-clone-in-image",
    severity: Severity::Warning,
    meaning: "a clone in the image is what was newest when its layer was made",
    page: include_str!("../../rules/CRC207.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// git's own flags with a value, and those of its clone.
const VALUED: [&str; 16] = [
    "-C",
    "-c",
    "--git-dir",
    "--work-tree",
    "-b",
    "--branch",
    "--depth",
    "-j",
    "--jobs",
    "-o",
    "--origin",
    "--config",
    "--filter",
    "--reference",
    "--shallow-since",
    "--revision",
];

/// A `git` command: its words without the flags, and its flags with their values.
struct Git<'a> {
    operands: Vec<&'a Word>,
    flags: Vec<(&'a str, Known<&'a str>)>,
    words: &'a [Word],
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for (index, stage) in stages.stages.iter().enumerate() {
            for (at, step) in stage.steps.iter().enumerate() {
                if step.is_trigger || is_watched(&stages, index, at) {
                    continue;
                }
                let later = stage.steps.get(at + 1..).unwrap_or_default();
                judge(dockerfile, step, later, outcome);
            }
        }
    }
}

/// Something before it in the stage is downloaded anew, or is an argument that is there to be changed.
fn is_watched(stages: &Stages<'_>, stage: usize, at: usize) -> bool {
    let steps = stages.stages.get(stage).map(|stage| &stage.steps);
    let mut before = steps.into_iter().flatten().take(at);
    before.any(|step| match &step.instruction.arguments {
        Arguments::Add(add) => add
            .sources
            .iter()
            .any(|source| source.word.text.contains("://")),
        Arguments::Arg(pairs) => pairs.iter().any(|pair| {
            let name = pair.key.text.to_ascii_uppercase();
            ["CACHE", "BUST", "DATE", "COMMIT", "SHA", "REVISION"]
                .iter()
                .any(|word| name.contains(word))
                && pair.value.is_none()
        }),
        _ => false,
    })
}

fn judge(dockerfile: &Dockerfile<'_>, step: &Step<'_>, later: &[Step<'_>], outcome: &mut Outcome) {
    let Some(script) = commands(step) else {
        return;
    };
    let clones: Vec<Git<'_>> = script.simple().filter_map(Git::read).collect();
    let scripts: Vec<_> = later.iter().filter_map(commands).collect();
    let behind: Vec<Git<'_>> = scripts
        .iter()
        .flat_map(|script| script.simple())
        .filter_map(Git::read)
        .collect();
    for (number, git) in clones.iter().enumerate() {
        let Some(source) = git.cloned() else {
            continue;
        };
        let after = clones.iter().skip(number + 1);
        // Up to the next clone, whatever is checked out is of this one.
        let after: Vec<&Git<'_>> = after
            .chain(&behind)
            .take_while(|other| other.cloned().is_none())
            .collect();
        match pinned(git, &after) {
            Ok(true) => {}
            Ok(false) => match &source.value {
                // It may be a folder.
                Err(unknown) if !source.text.contains("://") => {
                    outcome.skip(dockerfile.file, unknown.to_string());
                }
                _ => outcome.find(draft(dockerfile, git, source)),
            },
            Err(because) => outcome.skip(dockerfile.file, because),
        }
    }
    if !script.is_understood() && step_has_clone(dockerfile, step) {
        let line = step.instruction.span.line;
        outcome.skip(
            dockerfile.file,
            format!("the RUN of line {line} is not understood to its end"),
        );
    }
}

fn step_has_clone(dockerfile: &Dockerfile<'_>, step: &Step<'_>) -> bool {
    let text = dockerfile.document.slice(&step.instruction.lines);
    text.contains("git clone")
}

/// Whether what is checked out in the end stays the same; an error where that is not known.
fn pinned(git: &Git<'_>, after: &[&Git<'_>]) -> Known<bool> {
    let branches = git
        .flags
        .iter()
        .filter(|(flag, _)| matches!(*flag, "-b" | "--branch" | "--revision"));
    for (_, branch) in branches {
        if is_fixed(branch.clone()?) {
            return Ok(true);
        }
    }
    for other in after {
        let name = other.operands.first().and_then(|word| word.known());
        if !matches!(name, Some("checkout" | "reset" | "switch" | "fetch")) {
            continue;
        }
        for word in other.operands.iter().skip(1) {
            let text = word.value.as_deref().map_err(ToString::to_string)?;
            if is_fixed(text) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// A full hash, the beginning of one, or a version: what has a digit and dots or is long and hexadecimal.
fn is_fixed(name: &str) -> bool {
    let name = name.rsplit('/').next().unwrap_or(name);
    let is_hash = name.len() >= 7 && name.bytes().all(|one| one.is_ascii_hexdigit());
    let is_version = name.contains(['.', '-', '_']) || name.starts_with('v');
    is_hash || (is_version && name.bytes().any(|one| one.is_ascii_digit()))
}

impl<'a> Git<'a> {
    fn read(simple: &'a Simple) -> Option<Git<'a>> {
        let program = simple.name()?.rsplit('/').next()?;
        if program != "git" {
            return None;
        }
        let mut git = Git {
            operands: Vec::new(),
            flags: Vec::new(),
            words: &simple.words,
        };
        let mut words = simple.words.iter().skip(1);
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            let known = |word: &'a Word| word.value.as_deref().map_err(ToString::to_string);
            match text.split_once('=') {
                _ if !text.starts_with('-') => git.operands.push(word),
                Some((flag, _)) => {
                    let value =
                        known(word).map(|text| text.split_once('=').map_or("", |(_, value)| value));
                    git.flags.push((flag, value));
                }
                None if VALUED.contains(&text) => {
                    let value = words.next().map_or(Ok(""), known);
                    git.flags.push((text, value));
                }
                None => git.flags.push((text, Ok(""))),
            }
        }
        Some(git)
    }

    /// Where it clones from, where that is another machine.
    fn cloned(&self) -> Option<&'a Word> {
        if self.operands.first()?.known() != Some("clone") {
            return None;
        }
        let source = self.operands.get(1)?;
        let text = source.known().unwrap_or(&source.text);
        let is_remote = (text.contains("://") && !text.starts_with("file:"))
            || text.starts_with("git@")
            || text.starts_with("\"$")
            || text.starts_with('$');
        is_remote.then_some(source)
    }
}

fn draft(dockerfile: &Dockerfile<'_>, git: &Git<'_>, source: &Word) -> Draft {
    let first = git.words.first().map_or(&source.span, |word| &word.span);
    let clone = git.operands.first().map_or(&source.span, |word| &word.span);
    let span = coracle_recipe::Span {
        end: clone.end,
        ..first.clone()
    };
    Draft::at(
        dockerfile.place(&span),
        "git clone takes what is newest, and the layer keeps it",
    )
    .label("no commit is named")
    .related(dockerfile.place(&source.span), "what is cloned")
    .why("the text of the step stays the same, so that builds with a cache go on with the old clone, and a build of a tag compiles the main branch")
    .help("of the repository itself copy the context; of another one `ADD https://…/NAME.git#COMMIT /src`, or check out a commit's full hash behind the clone")
}

//! CRC209: cargo builds without `--locked`, so that it may build other versions than the lock file names. Only where there
//! is a lock file, or where a program is installed; a job or a stage that changes the lock on purpose is left alone.

use coracle_recipe::dockerfile::document::{Stages, Step};
use coracle_recipe::shell::{Script, Simple, Word};
use coracle_recipe::{Span, shell};

use crate::finding::{Draft, Outcome, Severity};
use crate::model::{Dockerfile, Model, WorkflowFile, commands, program, script};
use crate::rule::{Check, Rule};
use crate::source::Part;

/// The rule.
pub(crate) static RULE: Rule = Rule {
    id: "CRC209",
    name: "cargo-without-locked",
    severity: Severity::Warning,
    meaning: "cargo builds without --locked, and so perhaps other versions than the lock file's",
    page: include_str!("../../rules/CRC209.md"),
    hadolint: &[],
    check: Check::Model(check),
};

/// Commands that build what the lock names, and tests among them.
const BUILDS: [&str; 7] = [
    "build",
    "b",
    "rustc",
    "zigbuild",
    "chef cook",
    "auditable build",
    "install",
];
const TESTS: [&str; 5] = ["test", "t", "run", "r", "bench"];

/// Flags before the command that take the next word.
const GLOBAL_VALUES: [&str; 4] = ["-Z", "-C", "--color", "--config"];

/// Flags of the commands that take the next word.
const VALUES: [&str; 26] = [
    "--bin",
    "--branch",
    "--color",
    "--config",
    "--example",
    "--features",
    "--git",
    "--index",
    "--jobs",
    "--manifest-path",
    "--message-format",
    "--package",
    "--path",
    "--profile",
    "--recipe-path",
    "--registry",
    "--rev",
    "--root",
    "--tag",
    "--target",
    "--target-dir",
    "--test",
    "--version",
    "-F",
    "-j",
    "-p",
];

/// A call of cargo that could be locked and is not.
struct Loose {
    span: Span,
    command: String,
    is_test: bool,
    installs: bool,
}

fn check(model: &Model<'_>, outcome: &mut Outcome) {
    let mut sources = model.sources();
    let has_lock = sources.any(|source| source.path().rsplit('/').next() == Some("Cargo.lock"));
    for dockerfile in &model.dockerfiles {
        let stages = dockerfile.stages();
        for stage in 0..stages.stages.len() {
            of_stage(dockerfile, &stages, stage, has_lock, outcome);
        }
    }
    for workflow in &model.workflows {
        of_workflow(workflow, has_lock, outcome);
    }
}

fn of_stage(
    dockerfile: &Dockerfile<'_>,
    stages: &Stages<'_>,
    stage: usize,
    has_lock: bool,
    outcome: &mut Outcome,
) {
    let Some(stage) = stages.stages.get(stage) else {
        return;
    };
    let is_own = |step: &&Step<'_>| !step.is_trigger;
    let scripts: Vec<Script> = stage
        .steps
        .iter()
        .filter(is_own)
        .filter_map(commands)
        .collect();
    let changes = scripts.iter().any(changes_lock);
    for script in &scripts {
        judge(
            script,
            dockerfile.part(),
            has_lock && !changes,
            false,
            outcome,
        );
    }
}

fn of_workflow(file: &WorkflowFile<'_>, has_lock: bool, outcome: &mut Outcome) {
    for job in &file.workflow.jobs {
        let runs = job.steps.iter().filter_map(|step| step.run.as_ref());
        let scripts: Vec<Script> = runs
            .map(|run| shell::read(&script(&run.text), &|_| None))
            .collect();
        let changes = scripts.iter().any(changes_lock);
        for script in &scripts {
            judge(
                script,
                file.file.whole(),
                has_lock && !changes,
                true,
                outcome,
            );
        }
    }
}

fn judge(
    script: &Script,
    part: Part<'_>,
    is_locked: bool,
    is_workflow: bool,
    outcome: &mut Outcome,
) {
    for simple in script.simple() {
        match loose(simple, part) {
            Ok(Some(loose)) if is_locked || loose.installs => {
                let draft = Draft::at(
                    part.place(&loose.span),
                    format!("{} does not say --locked", loose.command),
                );
                let draft = match loose.installs {
                    true => draft.why("the lock file that the program was tested with is passed over, and the newest versions are taken"),
                    false => draft.why("where the lock file does not fit the manifests, cargo changes it and builds versions that nobody tested"),
                };
                let draft = match loose.is_test && is_workflow {
                    true => draft.severity(Severity::Note),
                    false => draft,
                };
                outcome.find(draft.help(format!("say {} --locked", loose.command)));
            }
            Err(because) if is_locked => outcome.skip(part.file, because),
            _ => {}
        }
    }
}

/// A call that is not locked; an error where a word that may be a flag is not known.
fn loose(simple: &Simple, part: Part<'_>) -> Result<Option<Loose>, String> {
    let Some((name, words)) = program(simple)
        .filter(|(name, _)| matches!(*name, "cargo" | "xx-cargo" | "cross" | "cargo-zigbuild"))
    else {
        return Ok(None);
    };
    let Some((command, last)) = command(words) else {
        return Ok(None);
    };
    let is_test = TESTS.contains(&&*command);
    if !is_test && !BUILDS.contains(&&*command) {
        return Ok(None);
    }
    let mut unknown = None;
    let mut before = "";
    for word in words.iter().take_while(|word| word.text != "--") {
        match word.known() {
            Some("--locked" | "--frozen" | "--help" | "-h" | "--list") => return Ok(None),
            Some("--version") if command == "install" && words.len() < 3 => return Ok(None),
            None if !word.is_quoted && word.text.starts_with('$') && !VALUES.contains(&before) => {
                // As it is written, which is an expression in a workflow.
                let place = part.place(&word.span);
                let written = part.file.text().get(place.start..place.end);
                let written = written.unwrap_or(&word.text);
                unknown = Some(format!("it is not known what {written} holds"));
            }
            _ => {}
        }
        before = &word.text;
    }
    if let Some(because) = unknown {
        return Err(because);
    }
    let Some(first) = simple
        .words
        .iter()
        .find(|word| word.text.rsplit('/').next() == Some(name))
    else {
        return Ok(None);
    };
    let mut span = first.span.clone();
    span.end = last.span.end;
    Ok(Some(Loose {
        span,
        installs: command == "install",
        command: format!("{name} {command}"),
        is_test,
    }))
}

/// The command behind `+toolchain` and flags, of two words where the first is another program's, and its last word.
fn command(words: &[Word]) -> Option<(String, &Word)> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.known()?;
        if GLOBAL_VALUES.contains(&text) {
            words.next();
        } else if matches!(text, "chef" | "auditable") {
            let second = words.next()?;
            return Some((format!("{text} {}", second.known()?), second));
        } else if !text.starts_with(['+', '-']) {
            return Some((text.to_owned(), word));
        }
    }
    None
}

/// Whether the lock is changed or removed on purpose, or other sources are fetched that have their own.
fn changes_lock(script: &Script) -> bool {
    script.simple().any(|simple| {
        let values = simple.values();
        let has = |word: &str| values.contains(&word);
        let is_lock = values.iter().any(|word| word.ends_with("Cargo.lock"));
        match program(simple).map(|(name, _)| name) {
            Some("cargo") => ["update", "generate-lockfile", "minimal-versions"]
                .into_iter()
                .chain(["set-version", "upgrade", "add"])
                .any(has),
            Some("rm") => is_lock,
            // Who writes another version into a manifest builds to have it in the lock.
            Some("sed" | "sd" | "perl") => values.iter().any(|word| word.ends_with("Cargo.toml")),
            Some("git") => has("clone"),
            _ => false,
        }
    })
}

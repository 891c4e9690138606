//! `coracle check`: whether images start; the verdicts on stdout, exit code 1 where one is not proven.

use coracle_build::check::{Asked as Question, Target, Verdict};

use super::Failure;
use crate::arguments::{Check, CheckFormat, Global};
use crate::exit;
use crate::render::{self, check_github, check_json, check_sarif, check_text, progress};
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, check: &Check) -> Result<(), Failure> {
    let targets: Vec<Target> = check
        .targets
        .iter()
        .map(|written| written.parse())
        .collect::<Result<_, _>>()?;
    let mut question = question(check)?;
    let mut settings = settings::read(&Asked::of(global))?;
    settings
        .destination
        .insecure_registries
        .clone_from(&check.insecure_registries);
    question.now = Some(settings.now);
    let observer = progress::observer(global);
    let callback = observer.callback();
    let looked = coracle_build::pipeline::check(&settings, &targets, &question, &callback);
    observer.finish();
    let looked = looked?;
    let mut verdicts = Vec::new();
    let mut unseen = Vec::new();
    for outcome in looked {
        match outcome {
            Ok(found) => verdicts.extend(found),
            Err(error) => unseen.push(error),
        }
    }
    super::answer(&match check.format {
        CheckFormat::Text => check_text::render(&verdicts),
        CheckFormat::Json => check_json::render(&verdicts),
        CheckFormat::Sarif => check_sarif::render(&verdicts),
        CheckFormat::Github => check_github::render(&verdicts),
    })?;
    // A single target says by itself why it cannot be looked at.
    if targets.len() == 1
        && let Some(error) = unseen.pop()
    {
        return Err(Failure::Run(error));
    }
    for error in &unseen {
        render::failure(error, error.hint());
    }
    ended(&verdicts, &unseen)
}

/// What the verdicts come to.
fn ended(verdicts: &[Verdict], unseen: &[coracle_build::Error]) -> Result<(), Failure> {
    let failing = verdicts.iter().filter(|verdict| !verdict.is_well());
    let starting = failing.clone().filter(|verdict| verdict.starts()).count();
    let failing = failing.count();
    let code = match (failing, unseen.first()) {
        (0, None) => return Ok(()),
        (0, Some(error)) => exit::number(error.class()),
        _ => exit::FINDINGS,
    };
    Err(Failure::Unwell {
        failing,
        starting,
        looked: verdicts.len() + unseen.len(),
        unseen: unseen.len(),
        code,
    })
}

fn question(check: &Check) -> Result<Question, Failure> {
    let policy = check.policy.as_deref().map(settings::policy_of);
    Ok(Question {
        platforms: settings::platforms_named(&check.platforms)?,
        all: check.all,
        provided: check.provided.iter().cloned().collect(),
        dlopen: check.dlopen.clone(),
        policy: policy.transpose()?,
        now: None,
    })
}

//! `coracle check`: whether images start; the verdicts on stdout, exit code 1 where one is not proven.

use coracle_build::check::{Asked as Question, Target};

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
    let question = Question {
        platforms: settings::platforms_named(&check.platforms)?,
        all: check.all,
        provided: check.provided.iter().cloned().collect(),
        dlopen: check.dlopen.clone(),
    };
    let mut settings = settings::read(&Asked::of(global))?;
    settings
        .destination
        .insecure_registries
        .clone_from(&check.insecure_registries);
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
    let text = match check.format {
        CheckFormat::Text => check_text::render(&verdicts),
        CheckFormat::Json => check_json::render(&verdicts),
        CheckFormat::Sarif => check_sarif::render(&verdicts),
        CheckFormat::Github => check_github::render(&verdicts),
    };
    super::answer(&text)?;
    let failing = verdicts.iter().filter(|verdict| !verdict.is_well()).count();
    // A single target says by itself why it cannot be looked at.
    match (unseen.len(), targets.len()) {
        (1, 1) => return Err(Failure::Run(unseen.remove(0))),
        _ => unseen
            .iter()
            .for_each(|error| render::failure(error, error.hint())),
    }
    if failing == 0 && unseen.is_empty() {
        return Ok(());
    }
    Err(Failure::Unwell {
        failing,
        looked: verdicts.len() + unseen.len(),
        unseen: unseen.len(),
        code: match failing {
            0 => unseen
                .first()
                .map_or(exit::BUG, |error| exit::number(error.class())),
            _ => exit::FINDINGS,
        },
    })
}

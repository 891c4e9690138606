//! `coracle check`: whether images and programs start; the verdicts on stdout, exit code 1 where one is not proven.

mod ended;

use std::path::PathBuf;
use std::sync::Arc;

use coracle_build::check::against::{Placed, Places, Subject};
use coracle_build::check::{Asked as Question, Target, Verdict};
use coracle_build::{Error, Event};

use self::ended::ended;
use super::Failure;
use crate::arguments::{Check, CheckFormat, Global};
use crate::render::{self, check_github, check_json, check_sarif, check_text, progress};
use crate::settings::{self, Asked};

/// Who is told of events.
type Callback = Arc<dyn Fn(&Event) + Send + Sync>;

/// Runs the command.
pub(crate) fn run(global: &Global, check: &Check) -> Result<(), Failure> {
    let places: Vec<Places> = check
        .against
        .iter()
        .map(|written| written.parse())
        .collect::<Result<_, _>>()?;
    let (programs, targets) = subjects(check, !places.is_empty())?;
    let mut question = question(check)?;
    let mut settings = settings::read(&Asked {
        archive: Some(&check.archive),
        ..Asked::of(global)
    })?;
    settings.offline = check.offline;
    settings
        .destination
        .insecure_registries
        .clone_from(&check.insecure_registries);
    question.now = Some(settings.now);
    let observer = progress::observer(global);
    let callback = without_archives(observer.callback(), global.verbose);
    let looked = match targets.is_empty() {
        true => Ok(Vec::new()),
        false => coracle_build::pipeline::check(&settings, &targets, &question, &callback),
    };
    let placed = match programs.is_empty() {
        true => Ok(Vec::new()),
        false => coracle_build::pipeline::check_against(
            &settings, &programs, &places, &question, &callback,
        ),
    };
    observer.finish();
    let (mut unseen, mut verdicts, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for outcome in looked? {
        match outcome {
            Ok(some) => verdicts.extend(some),
            Err(error) => unseen.push(error),
        }
    }
    for outcome in placed? {
        match outcome {
            Ok(one) => found.push(one),
            Err(error) => unseen.push(error),
        }
    }
    answer(check.format, &verdicts, &found)?;
    tell(check.targets.len(), (&verdicts, found), unseen)
}

/// The programs and the images among the targets.
fn subjects(
    check: &Check,
    is_about_programs: bool,
) -> Result<(Vec<PathBuf>, Vec<Target>), Failure> {
    let (mut programs, mut targets) = (Vec::new(), Vec::new());
    for written in &check.targets {
        match Subject::read(written, is_about_programs)? {
            Subject::Program(path) => programs.push(path),
            Subject::Image(target) if is_about_programs => {
                let image = target.to_string();
                return Err(Failure::ImageAgainst { image });
            }
            Subject::Image(target) => targets.push(target),
        }
    }
    Ok((programs, targets))
}

/// Four suites of three archives each would say in twelve lines what only who wants to know more reads.
fn without_archives(callback: Callback, verbose: bool) -> Callback {
    Arc::new(move |event| {
        if verbose || !matches!(event, Event::ArchiveUsed { .. }) {
            callback(event);
        }
    })
}

fn answer(format: CheckFormat, verdicts: &[Verdict], placed: &[Placed]) -> Result<(), Failure> {
    super::answer(&match format {
        CheckFormat::Text => check_text::render(verdicts, placed),
        CheckFormat::Json => check_json::render(verdicts, placed),
        CheckFormat::Sarif => check_sarif::render(verdicts, placed),
        CheckFormat::Github => check_github::render(verdicts, placed),
    })
}

/// What could not be looked at, and what all comes to.
fn tell(
    targets: usize,
    (verdicts, placed): (&[Verdict], Vec<Placed>),
    mut unseen: Vec<Error>,
) -> Result<(), Failure> {
    // A single target says by itself why it cannot be looked at.
    if targets == 1
        && let Some(error) = unseen.pop()
    {
        return Err(Failure::Run(error));
    }
    for error in &unseen {
        render::failure(error, error.hint());
    }
    ended(verdicts, placed, &unseen)
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

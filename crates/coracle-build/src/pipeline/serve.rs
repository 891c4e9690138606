//! All platforms on one suite; and all of them on the next suite, when the first does not serve.

use coracle_distro::Suite;
use coracle_oci::Platform;
use coracle_toolchain::BuildFile;

use super::attempt::{Attempted, Run, attempt};
use super::error::PlatformFailure;
use super::finish::Finished;
use super::{Error, pins, side_by_side};
use crate::event::{self, Event};
use crate::keep::StoreKeep;
use crate::plan::{Decision, Plan};
use crate::source::{self, Outside};
use crate::{prove, provision};

/// Makes and proves every service for every platform on the plan's suite; on another one, once, where the plan leaves
/// the choice and the first does not serve. Then the lock is written, once for all. What comes back is by platform.
pub(super) fn serve(plan: &mut Plan, run: &Run<'_>) -> Result<Vec<Vec<Finished>>, Error> {
    let attempted = match all(plan, run) {
        Ok(attempted) => attempted,
        Err(failures) => match other_suite(plan, &failures, run) {
            None => return Err(told(plan, failures)),
            Some((to, reason)) => {
                move_to(plan, to, &reason, run);
                all(plan, run).map_err(|failures| told(plan, failures))?
            }
        },
    };
    let (finished, sections) = attempted
        .into_iter()
        .map(|attempted| (attempted.finished, attempted.section))
        .unzip::<_, _, Vec<_>, Vec<_>>();
    pins::write_lock(run, (plan.suite.value, &plan.platforms), sections)?;
    Ok(finished)
}

/// Every platform's attempt; where some fail, each of these failures.
fn all(plan: &Plan, run: &Run<'_>) -> Result<Vec<Attempted>, Vec<PlatformFailure>> {
    let platforms = &plan.platforms;
    let at_once = side_by_side::at_once(run.settings, platforms.len());
    let results = side_by_side::on_each(platforms, at_once, |platform| {
        let plan = plan.on(platform);
        if platforms.len() == 1 {
            return attempt(&plan, platform, run);
        }
        let observer = event::of_platform(run.observer, platform);
        attempt(&plan, platform, &run.of_platform(&observer, at_once))
    });
    let mut attempted = Vec::new();
    let mut failures = Vec::new();
    for (platform, result) in platforms.iter().zip(results) {
        match result {
            Ok(one) => attempted.push(one),
            Err(error) => failures.push(PlatformFailure {
                platform: platform.clone(),
                error: Box::new(error),
            }),
        }
    }
    match failures.is_empty() {
        true => Ok(attempted),
        false => Err(failures),
    }
}

/// The failures as the run's: of the only platform its own words alone.
fn told(plan: &Plan, mut failures: Vec<PlatformFailure>) -> Error {
    if plan.platforms.len() == 1
        && let Some(only) = failures.pop()
    {
        return *only.error;
    }
    let failed = |platform: &&Platform| failures.iter().any(|one| one.platform == **platform);
    let proven = plan.platforms.iter().filter(|platform| !failed(platform));
    let proven = proven.cloned().collect();
    Error::Platforms { failures, proven }
}

fn move_to(plan: &mut Plan, to: &'static Suite, reason: &str, run: &Run<'_>) {
    let from = plan.suite.value.to_string();
    (run.observer)(&Event::SuiteMoved {
        from: from.clone(),
        to: to.to_string(),
        reason: reason.to_owned(),
    });
    let reason = format!("{from} does not serve: {reason}");
    plan.suite = Decision::new(to, reason);
    plan.other_suites.clear();
    crate::plan::suite::tell_support(to, run.observer);
}

/// What a suite lacks, so that another one may serve.
enum Lack {
    /// Something to compile against.
    Build(BuildFile),
    /// A library to run with.
    Library(String),
    /// A version or symbol of a library.
    Proof(String),
}

impl Lack {
    fn of(error: &Error) -> Option<Lack> {
        match error {
            Error::Provision(error) => error.missing().cloned().map(Lack::Build),
            Error::Resolve(error) => error
                .missing_library()
                .map(|name| Lack::Library(name.to_owned())),
            Error::Prove(prove::Error::NotProven { findings, .. }) => {
                let lacking = findings
                    .iter()
                    .find(|finding| prove::is_of_the_suite(finding.code));
                lacking.map(|finding| Lack::Proof(finding.explanation.clone()))
            }
            _ => None,
        }
    }

    fn text(&self) -> String {
        match self {
            Lack::Build(file) => format!("no package of it has {file}"),
            Lack::Library(name) => format!("no package of it has {name}"),
            Lack::Proof(text) => text.clone(),
        }
    }
}

/// The first of the other suites that has what this one lacks, on every platform that fails, and why; of symbols only
/// the proof can tell. None where a platform fails for something else: another suite would not mend that.
fn other_suite(
    plan: &Plan,
    failures: &[PlatformFailure],
    run: &Run<'_>,
) -> Option<(&'static Suite, String)> {
    let lack =
        |failure: &PlatformFailure| Some((failure.platform.clone(), Lack::of(&failure.error)?));
    let lacks: Vec<(Platform, Lack)> = failures.iter().map(lack).collect::<Option<_>>()?;
    let (_, first) = lacks.first()?;
    let serves = |suite: &&'static Suite| {
        lacks
            .iter()
            .all(|(platform, lack)| has(suite, platform, lack, run))
    };
    let other = plan.other_suites.iter().copied().find(serves)?;
    Some((other, first.text()))
}

/// What stops the look at another suite must not hide what stopped this one: then it has not.
fn has(suite: &'static Suite, platform: &Platform, lack: &Lack, run: &Run<'_>) -> bool {
    let Some(architecture) = source::architecture(platform) else {
        return false;
    };
    let keep = StoreKeep::new(run.store);
    let outside = Outside::new(run.settings, run.client, &keep, run.observer);
    let Ok(archive) = outside.open(suite, architecture, run.lock) else {
        return false;
    };
    match lack {
        Lack::Build(file) => {
            provision::holders(&archive, file).is_ok_and(|found| !found.is_empty())
        }
        Lack::Library(name) => archive
            .owners_of_soname(name)
            .is_ok_and(|found| !found.is_empty()),
        Lack::Proof(_) => true,
    }
}

//! A program on a suite: exactly the files that a build would ship, found in the suite's archive and held in memory, and
//! the proof over them.

use coracle_binary::CpuLevel;
use coracle_binary::start::{Code, Dlopen, Finding, Launch, Prover, Report, Verdict};
use coracle_distro::Suite;

use super::super::beyond::Beyond;
use super::super::{Asked, Error};
use super::libc::{self, Asks};
use super::program::Program;
use super::{Elsewhere, Fate, Outcome, made};
use crate::plan::ServicePlan;
use crate::provision::Libraries;
use crate::settings::{DLOPEN, ServiceSettings};
use crate::{prove, resolve, source, time64};

/// How it stands there.
pub(super) fn stand(
    program: &Program,
    suite: &'static Suite,
    asked: &Asked,
    elsewhere: &Elsewhere<'_, '_>,
) -> Result<Outcome, Error> {
    let known = source::architecture(&program.platform);
    let known = known.filter(|known| suite.architectures.contains(known));
    let Some(architecture) = known else {
        let reason = format!("{suite} is not released for {}", program.platform);
        return Ok(Outcome::without_findings(Fate::NotInSuite, reason));
    };
    if program.is_static() {
        return Ok(alone(program, Some(suite), asked));
    }
    if program.asks == Asks::Musl {
        return Ok(of_musl(program, suite));
    }
    let archive = elsewhere.archives.of(suite, architecture)?;
    let service = service(program, asked);
    let world = resolve::World {
        archive: &archive,
        pinned: &[],
        built: &[],
        libraries: &Libraries::default(),
        binary: program.path.clone(),
        base: elsewhere.settings.base().to_owned(),
        epoch: 0,
    };
    let rootfs = match resolve::resolve(&service, &program.facts, &world) {
        Ok(rootfs) => rootfs,
        Err(error) => return refused(error, program),
    };
    if let Err(error) = time64::check((&program.name, "prebuilt"), &program.facts, &rootfs) {
        let reason = error.to_string();
        return Ok(Outcome::without_findings(Fate::NotProven, reason));
    }
    let tree = made::of_rootfs(&rootfs, program);
    let report = Prover::new(&tree).prove(&launch(program, asked));
    let beyond = Beyond::of(&tree, &report, None);
    Ok(outcome(report, beyond.findings, Some(suite)))
}

/// A program that needs nothing of where it is: the same everywhere.
pub(super) fn alone(program: &Program, suite: Option<&Suite>, asked: &Asked) -> Outcome {
    let tree = made::alone(program);
    let report = Prover::new(&tree).prove(&launch(program, asked));
    let beyond = Beyond::of(&tree, &report, None);
    outcome(report, beyond.findings, suite)
}

fn outcome(mut report: Report, beyond: Vec<Finding>, suite: Option<&Suite>) -> Outcome {
    report.findings.extend(beyond);
    // What moves has no version to compile against.
    let suite = suite.filter(|suite| suite.is_released());
    for finding in &mut report.findings {
        prove::add_ways_out(finding, suite);
    }
    Outcome::of_proof(report)
}

fn service(program: &Program, asked: &Asked) -> ServicePlan {
    let settings = ServiceSettings {
        dlopen: asked.dlopen.clone(),
        provided: asked.provided.clone(),
        ..ServiceSettings::default()
    };
    ServicePlan::alone(&program.name, &program.path, settings)
}

/// An image of ours is for the CPUs that its program needs.
fn launch(program: &Program, asked: &Asked) -> Launch {
    let elf = &program.facts.elf;
    let raised = CpuLevel::of_binary(elf, program.facts.go.as_ref());
    let opened = asked.dlopen.iter().map(|name| Dlopen {
        name: name.clone(),
        origin: DLOPEN.to_owned(),
    });
    let mut launch = Launch {
        dlopen: opened.collect(),
        provided: asked.provided.clone(),
        ..Launch::of(vec![program.inside()], elf.machine)
    };
    if let Some((level, _)) = raised {
        launch.level = level;
    }
    launch
}

/// Debian has a package of musl, which nothing else of it is linked to, and no build takes it.
fn of_musl(program: &Program, suite: &Suite) -> Outcome {
    let reason = format!("it is linked to musl, and images of {suite} have glibc");
    let mut outcome = libc::stops(program, &reason, None);
    outcome.fate = Fate::NotInSuite;
    outcome
}

/// What no package has is an answer, and so is what a build would stop at; an archive that cannot be had is none.
fn refused(error: resolve::Error, program: &Program) -> Result<Outcome, Error> {
    if error.archive().is_some() {
        return Err(Error::Resolve(Box::new(error)));
    }
    let reason = error.to_string();
    let Some(soname) = error.missing_library() else {
        let first = reason.lines().next().unwrap_or_default();
        let reason = format!("a build stops there: {first}");
        return Ok(Outcome::without_findings(Fate::NotProven, reason));
    };
    let finding = Finding {
        code: Code::LibraryMissing,
        verdict: Verdict::DoesNotStart,
        subject: soname.to_owned(),
        chain: vec![program.inside(), format!("{soname} (NEEDED)")],
        explanation: reason.clone(),
        ways_out: error.hint().into_iter().collect(),
        missing_version: None,
        provider: None,
    };
    Ok(Outcome {
        fate: Fate::NotInSuite,
        reason,
        findings: vec![finding],
    })
}

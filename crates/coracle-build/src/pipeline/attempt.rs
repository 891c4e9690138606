//! One suite, from provision to proof; and the next suite, when that one does not serve.

use coracle_distro::{Architecture, Archive, Pin, ReleasePin, Section, Suite};
use coracle_oci::Store;
use coracle_toolchain::BuildFile;

use super::compiling::{Compiled, Compiling};
use super::{Error, Finished, finish, pins, started};
use crate::event::{Event, Observer, Stage};
use crate::lock::LockFile;
use crate::plan::{Decision, Plan, ServicePlan};
use crate::provision::{self, Provision};
use crate::settings::Settings;
use crate::source::{self, Outside};
use crate::{prove, resolve};

/// What every attempt is made with.
pub(super) struct Run<'a> {
    pub(super) settings: &'a Settings,
    pub(super) lock: &'a LockFile,
    pub(super) store: &'a Store,
    pub(super) outside: &'a Outside<'a>,
    pub(super) architecture: Architecture,
    pub(super) observer: Observer<'a>,
}

/// Makes and proves every service on the plan's suite; on another one, once, where the plan leaves the choice and the
/// first does not serve.
pub(super) fn serve(plan: &mut Plan, run: &Run<'_>) -> Result<Vec<Finished>, Error> {
    let archive = run.open(plan.suite.value)?;
    let first = match attempt(plan, &archive, run) {
        Ok(finished) => return Ok(finished),
        Err(error) => error,
    };
    let Some(lacks) = Lack::of(&first) else {
        return Err(first);
    };
    // What stops the look at another suite must not hide what stopped this one.
    let Ok(Some((to, other))) = other_suite(plan, &lacks, run) else {
        return Err(first);
    };
    let from = plan.suite.value.to_string();
    (run.observer)(&Event::SuiteMoved {
        from: from.clone(),
        to: to.to_string(),
        reason: lacks.text(),
    });
    let reason = format!("{from} does not serve: {}", lacks.text());
    plan.suite = Decision::new(to, reason);
    plan.other_suites.clear();
    crate::plan::suite::tell_support(to, run.observer);
    attempt(plan, &other, run)
}

impl<'a> Run<'a> {
    fn open(&'a self, suite: &'static Suite) -> Result<Archive<'a>, Error> {
        Ok(self.outside.open(suite, self.architecture, self.lock)?)
    }
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

/// The first of the other suites that has what this one lacks; of symbols only the proof can tell.
fn other_suite<'a>(
    plan: &Plan,
    lacks: &Lack,
    run: &'a Run<'a>,
) -> Result<Option<(&'static Suite, Archive<'a>)>, Error> {
    for suite in plan.other_suites.iter().copied() {
        let archive = run.open(suite)?;
        let has = match lacks {
            Lack::Build(file) => !provision::holders(&archive, file)?.is_empty(),
            Lack::Library(name) => !archive.owners_of_soname(name).map_err(Box::new)?.is_empty(),
            Lack::Proof(_) => true,
        };
        if has {
            return Ok(Some((suite, archive)));
        }
    }
    Ok(None)
}

fn attempt(plan: &Plan, archive: &Archive<'_>, run: &Run<'_>) -> Result<Vec<Finished>, Error> {
    let suite = plan.suite.value;
    let section = source::section(run.lock, suite, run.architecture)
        .cloned()
        .unwrap_or_default();
    let mut provision = Provision::new(provision::World {
        archive,
        store: run.store,
        pinned: &section.build,
        run: &section.run,
        observer: run.observer,
    });
    let mut compiling = Compiling {
        settings: run.settings,
        provision: &mut provision,
        observer: run.observer,
        target: coracle_toolchain::Target::host()?,
        cxx: std::collections::BTreeSet::new(),
    };
    let compiled = compiling.all(plan)?;
    let mut rows = section.run.clone();
    let mut finished = Vec::new();
    for (service, compiled) in plan.services.iter().zip(compiled) {
        let world = resolve::World {
            archive,
            pinned: &rows,
            built: provision.pins(),
            libraries: provision.libraries(),
            binary: compiled.binary.clone(),
            base: run.settings.base().to_owned(),
            epoch: run.settings.epoch,
        };
        let rootfs = resolved(service, &compiled, &world, run)?;
        pins::merge(&mut rows, &rootfs);
        finished.push(finish(plan, service, (compiled, rootfs), run)?);
    }
    let build = rows_of(&provision, &section);
    let releases: Vec<ReleasePin> = archive
        .releases()
        .iter()
        .map(|release| release.pin())
        .collect();
    let new = Section {
        releases,
        build,
        run: rows,
    };
    pins::write_lock(run, suite, section, new)?;
    Ok(finished)
}

/// The `build` rows: what was compiled against, or what the lock had where nothing was.
fn rows_of(provision: &Provision<'_>, section: &Section) -> Vec<Pin> {
    let mut rows = section.build.clone();
    for pin in provision.pins() {
        if !rows.iter().any(|row| row.name == pin.name) {
            rows.push(pin.clone());
        }
    }
    rows.sort();
    rows
}

fn resolved(
    service: &ServicePlan,
    compiled: &Compiled,
    world: &resolve::World<'_>,
    run: &Run<'_>,
) -> Result<resolve::Rootfs, Error> {
    started(run.observer, Stage::Resolve, Some(&service.name));
    let rootfs = resolve::resolve(service, &compiled.facts, world)?;
    for text in &rootfs.notes {
        let (service, text) = (Some(service.name.clone()), text.clone());
        (run.observer)(&Event::Note { service, text });
    }
    let (service, left_out) = (service.name.clone(), rootfs.left_out.clone());
    (run.observer)(&Event::LeftOut { service, left_out });
    Ok(rootfs)
}

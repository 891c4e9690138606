//! The middle of the line: one platform on one suite, from provision to proof.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use coracle_distro::{Archive, Pin, ReleasePin, Section};
use coracle_oci::{Platform, Store};
use coracle_toolchain::Target;
use coracle_toolchain::compile::sccache::Sccache;
use coracle_transport::Client;

use super::asked::Asked;
use super::cached::Cache;
use super::compiling::{Compiled, Compiling};
use super::finish::{Finished, finish};
use super::inputs::Draft;
use super::{Error, inputs, links, pins, side_by_side, started};
use crate::engine::Engine;
use crate::event::{Event, Observer, Stage};
use crate::keep::StoreKeep;
use crate::lock::LockFile;
use crate::plan::{Plan, ServicePlan, platforms};
use crate::provision::{self, Provision};
use crate::settings::Settings;
use crate::source::{self, Outside};
use crate::{resolve, time64};

/// How far the line goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goal {
    /// To proven images.
    Images,
    /// The same, with what files say again that are written from them.
    Files,
    /// To the rows of the lock: what is assembled and proven does not change them.
    Lock,
}

/// What every attempt is made with.
pub(super) struct Run<'a> {
    pub(super) settings: &'a Settings,
    pub(super) lock: &'a LockFile,
    pub(super) client: &'a Client,
    pub(super) store: &'a Store,
    pub(super) goal: Goal,
    /// Compression threads of one platform.
    pub(super) threads: usize,
    /// What programs are compiled through.
    sccache: Option<&'a Sccache>,
    /// Whoever compiles holds it.
    turn: Arc<Mutex<()>>,
    pub(super) observer: Observer<'a>,
}

impl<'a> Run<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        lock: &'a LockFile,
        (client, store): (&'a Client, &'a Store),
        goal: Goal,
        observer: Observer<'a>,
    ) -> Run<'a> {
        Run {
            settings,
            lock,
            client,
            store,
            goal,
            threads: side_by_side::threads(settings),
            sccache: None,
            turn: Arc::default(),
            observer,
        }
    }

    /// The same run with a compiler cache.
    pub(super) fn through(self, cache: &'a Cache) -> Run<'a> {
        Run {
            sccache: cache.sccache(),
            ..self
        }
    }

    /// The same run for one of several platforms that share its threads.
    pub(super) fn of_platform<'b>(&'b self, observer: Observer<'b>, at_once: usize) -> Run<'b> {
        Run {
            turn: Arc::clone(&self.turn),
            threads: (self.threads / at_once).max(1),
            observer,
            ..*self
        }
    }
}

/// What one platform came to.
pub(super) struct Attempted {
    /// The services that are proven; none where only the lock was wanted.
    pub(super) finished: Vec<Finished>,
    /// The platform's section of the lock, as it should be.
    pub(super) section: Section,
}

/// Makes and proves every service for the one platform of this plan, on its suite.
pub(super) fn attempt(plan: &Plan, platform: &Platform, run: &Run<'_>) -> Result<Attempted, Error> {
    let unknown = || Error::Architecture {
        platform: platform.to_string(),
    };
    let architecture = source::architecture(platform).ok_or_else(unknown)?;
    let target = platforms::target(platform).ok_or_else(unknown)?;
    let suite = plan.suite.value;
    let keep = StoreKeep::new(run.store);
    let outside = Outside::new(run.settings, run.client, &keep, run.observer);
    let archive = outside.open(suite, architecture, run.lock)?;
    let section = source::section(run.lock, suite, architecture)
        .cloned()
        .unwrap_or_default();
    let others = pins::of_other_architectures(run.lock, &archive);
    let preferred: Vec<Pin> = section.run.iter().chain(&others.whole).cloned().collect();
    let mut provision = Provision::new(provision::World {
        archive: &archive,
        store: run.store,
        pinned: &section.build,
        run: &preferred,
        observer: run.observer,
    });
    let compiled = compiled(plan, target, &mut provision, run)?;
    let mut built: Vec<Pin> = provision.pins().to_vec();
    built.extend(others.all);
    let mut rows = section.run.clone();
    let mut finished = Vec::new();
    let asked = match run.goal {
        Goal::Files => Asked::of(plan, &compiled, (&provision, &archive))?,
        Goal::Images | Goal::Lock => Asked::default(),
    };
    for (service, compiled) in plan.services.iter().zip(compiled) {
        let world = resolve::World {
            archive: &archive,
            pinned: &rows,
            built: &built,
            libraries: provision.libraries(),
            binary: compiled.artifact.path.clone(),
            base: run.settings.base().to_owned(),
            epoch: run.settings.epoch,
        };
        let rootfs = resolved(service, &compiled, &world, run)?;
        pins::merge(&mut rows, &rootfs);
        if run.goal != Goal::Lock {
            let of = (compiled, rootfs);
            finished.push(finished_of(
                (plan, platform),
                service,
                of,
                ((&provision, &asked), run),
            )?);
        }
    }
    let build = rows_of(&provision, &section);
    let section = with_releases(&archive, section, (build, rows));
    Ok(Attempted { finished, section })
}

/// Every service compiled, when it is this platform's turn.
fn compiled(
    plan: &Plan,
    target: Target,
    provision: &mut Provision<'_>,
    run: &Run<'_>,
) -> Result<Vec<Compiled>, Error> {
    // A builder shares its processors out by itself.
    let is_here = run.settings.builder.is_none();
    let _turn = is_here.then(|| run.turn.lock().unwrap_or_else(PoisonError::into_inner));
    let suite = plan.suite.value.codename;
    let engine = run.settings.builder.as_ref().map(|builder| Engine {
        builder,
        toolchain: &run.settings.toolchain,
        suite,
        observer: run.observer,
    });
    let mut compiling = Compiling {
        settings: run.settings,
        sccache: run.sccache,
        provision,
        observer: run.observer,
        target,
        cxx: BTreeSet::new(),
        engine,
        ahead: Vec::new(),
    };
    compiling.all(plan)
}

/// The service, proven; with what is written down of it.
fn finished_of(
    (plan, platform): (&Plan, &Platform),
    service: &ServicePlan,
    (compiled, rootfs): (Compiled, resolve::Rootfs),
    ((provision, asked), run): ((&Provision<'_>, &Asked), &Run<'_>),
) -> Result<Finished, Error> {
    let making = inputs::Making {
        plan,
        service,
        settings: run.settings,
        compiled: &compiled,
        rootfs: &rootfs,
        built: provision.pins(),
    };
    let draft = Draft {
        platform: platform.clone(),
        inputs: inputs::of(&making),
        links: links::of(service, &compiled),
        compiled: asked.compiled_as(service, &compiled, run.settings),
        program: compiled.digest,
    };
    finish((plan, platform), service, (compiled, rootfs, draft), run)
}

/// The section as it should be; where no row is new, the releases that vouched for the old ones stay.
fn with_releases(
    archive: &Archive<'_>,
    old: Section,
    (build, run): (Vec<Pin>, Vec<Pin>),
) -> Section {
    if (&old.run, &old.build) == (&run, &build) {
        return old;
    }
    let releases: Vec<ReleasePin> = archive
        .releases()
        .iter()
        .map(|release| release.pin())
        .collect();
    Section {
        releases,
        build,
        run,
    }
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
    if !compiled.artifact.time64 {
        let program = (service.name.as_str(), service.program.language.name());
        time64::check(program, &compiled.facts, &rootfs)?;
    }
    for text in &rootfs.notes {
        let (service, text) = (Some(service.name.clone()), text.clone());
        (run.observer)(&Event::Note { service, text });
    }
    let (service, left_out) = (service.name.clone(), rootfs.left_out.clone());
    (run.observer)(&Event::LeftOut { service, left_out });
    Ok(rootfs)
}

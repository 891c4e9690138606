//! The end of the line for one service on one platform: assembled, read back, proven, and its policy held.

use std::path::PathBuf;

use coracle_oci::Platform;

use super::attempt::Run;
use super::compiling::Compiled;
use super::inputs::Draft;
use super::{Error, level, started};
use crate::event::{Event, Observer, Stage};
use crate::plan::{Plan, ServicePlan};
use crate::prove::Proven;
use crate::resolve::{Installed, Rootfs};
use crate::{assemble, policy, prove};

/// A service that is proven on one platform.
pub(super) struct Finished {
    pub(super) image: assemble::Image,
    pub(super) packages: Vec<Installed>,
    pub(super) proven: Proven,
    /// The program's file, as it was compiled.
    pub(super) program: PathBuf,
    /// What is written down of it.
    pub(super) draft: Draft,
}

/// Assembles and proves one service for the one platform of the plan.
pub(super) fn finish(
    (plan, platform): (&Plan, &Platform),
    service: &ServicePlan,
    (compiled, rootfs, draft): (Compiled, Rootfs, Draft),
    run: &Run<'_>,
) -> Result<Finished, Error> {
    let name = &service.name;
    started(run.observer, Stage::Assemble, Some(name));
    let options = assemble::Options {
        threads: run.threads,
        epoch: run.settings.epoch,
        most_layers: run.settings.layers_max.unwrap_or(assemble::DEFAULT_LAYERS),
    };
    let raised = compiled.raised.as_ref();
    let platform = level::platform(name, platform, raised, run.observer);
    let image = assemble::assemble(service, &platform, &rootfs, options, run.store)?;
    started(run.observer, Stage::Prove, Some(name));
    let question = prove::Question {
        dlopen: &service.settings.dlopen,
        provided: &service.settings.provided,
        allowed: &run.settings.allow_unproven,
        ..prove::Question::new(name, Some(plan.suite.value))
    };
    let proven = prove::prove(&question, &image.manifest, run.store)?;
    tell(name, &proven, run.observer);
    let violations = policy::check_built(
        (service, plan.suite.value),
        &compiled.facts,
        (&rootfs, image.unpacked_size),
        policy::day(run.settings.now),
    );
    if !violations.is_empty() {
        let service = name.clone();
        return Err(Error::Policy {
            service,
            violations,
        });
    }
    let packages = rootfs.packages;
    Ok(Finished {
        image,
        program: compiled.artifact.path,
        packages,
        proven,
        draft,
    })
}

/// What of a proof must not be missed.
fn tell(service: &str, proven: &Proven, observer: Observer<'_>) {
    for finding in proven.allowed() {
        let (service, text) = (service.to_owned(), prove::finding_text(finding));
        observer(&Event::Unproven { service, text });
    }
    for name in &proven.report().unneeded {
        let service = Some(service.to_owned());
        let text = format!(
            "nothing needs {name}, which `provided` names: take it out, or write it as the file that needs it does"
        );
        observer(&Event::Warning { service, text });
    }
}

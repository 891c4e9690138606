//! The end of the line for one service on one platform: assembled, read back, proven, and its policy held.

use std::collections::BTreeMap;
use std::path::PathBuf;

use coracle_oci::Platform;

use super::attempt::Run;
use super::compiling::Compiled;
use super::inputs::Draft;
use super::{Error, level, started};
use crate::eject::PackageParts;
use crate::event::{Event, Observer, Stage};
use crate::plan::{Plan, ServicePlan};
use crate::prove::Proven;
use crate::resolve::{Installed, Origin, RootFile, Rootfs};
use crate::{assemble, policy, prove};

/// A service that is proven on one platform.
pub(super) struct Finished {
    pub(super) image: assemble::Image,
    pub(super) packages: Vec<Installed>,
    /// What of its files no package holds.
    pub(super) made: Vec<RootFile>,
    /// Packages of which a part is told apart.
    pub(super) parts: BTreeMap<String, PackageParts>,
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
    let parts = parts(&rootfs);
    let packages = rootfs.packages;
    let made = rootfs.files.into_values();
    Ok(Finished {
        image,
        program: compiled.artifact.path,
        packages,
        made: made.filter(|file| file.origin == Origin::Made).collect(),
        parts,
        proven,
        draft,
    })
}

/// Packages with files in a part that only some programs need.
fn parts(rootfs: &Rootfs) -> BTreeMap<String, PackageParts> {
    let mut parts: BTreeMap<String, PackageParts> = BTreeMap::new();
    for file in rootfs.files.values() {
        if let Origin::PackagePart { name, part, .. } = &file.origin {
            parts.entry(name.clone()).or_default().names.insert(part);
        }
    }
    for file in rootfs.files.values() {
        if let Origin::Package { name, .. } = &file.origin
            && let Some(parts) = parts.get_mut(name)
        {
            parts.with_the_rest = true;
        }
    }
    parts
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

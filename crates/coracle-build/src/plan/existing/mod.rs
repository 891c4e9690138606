//! What a repository's Dockerfile and compose file already say of a service: labels, ports, a health check. Nothing
//! else is taken from them, for the rest of a compose file is about deployment.
//!
//! ```text
//!  find ─► compose service, Dockerfile ─► labels, ports, health ─► Existing
//! ```
//! Reading never stops a build that would work without the files: what cannot be read or known becomes a remark.

mod find;
mod health;
mod labels;
mod ports;

use std::collections::BTreeMap;

use coracle_oci::config::Healthcheck;
use coracle_recipe::{compose, dockerfile};
use coracle_toolchain::Project;

pub(super) use self::find::Files;
pub(crate) use self::find::compose_file;
use super::{Decision, selection};
use crate::event::{Event, Observer};
use crate::settings::Settings;

/// What is taken for one service.
#[derive(Debug, Default)]
pub(super) struct Existing {
    pub(super) labels: BTreeMap<String, Decision<String>>,
    pub(super) expose: Vec<Decision<String>>,
    pub(super) healthcheck: Option<Decision<Healthcheck>>,
}

/// What should be said about it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Remarks {
    /// Nothing to do.
    notes: Vec<String>,
    /// To be looked at.
    warnings: Vec<String>,
}

/// A compose service and the file it stands in.
struct ComposeService<'a> {
    file: &'a str,
    service: &'a compose::Service,
}

/// The image of a Dockerfile and the file it stands in.
struct DockerfileImage {
    file: String,
    image: dockerfile::Image,
}

/// Reads what there is of a service. `arguments` are those of `--build-arg`, `entrypoint` is the image's.
pub(super) fn read(
    files: &Files,
    project: &Project,
    settings: &Settings,
    service: &selection::Service,
    (entrypoint, arguments): (&[String], &BTreeMap<String, String>),
    observer: Observer<'_>,
) -> Existing {
    let mut remarks = Remarks::default();
    let compose = files.compose_service(service, &mut remarks);
    let image = find::dockerfile(
        (files, project, settings),
        service,
        (compose.as_ref(), arguments),
        &mut remarks,
    );
    let existing = Existing {
        labels: labels::collect(compose.as_ref(), image.as_ref(), &mut remarks),
        expose: match service.settings.expose.as_slice() {
            [] => ports::collect(compose.as_ref(), image.as_ref(), &mut remarks),
            _ => Vec::new(),
        },
        healthcheck: health::decide(
            compose.as_ref(),
            image.as_ref(),
            &health::Own::of(service, entrypoint),
            &mut remarks,
        ),
    };
    tell(remarks, Some(&service.name), observer);
    existing
}

fn tell(remarks: Remarks, service: Option<&str>, observer: Observer<'_>) {
    for text in remarks.notes {
        let service = service.map(str::to_owned);
        observer(&Event::Note { service, text });
    }
    for text in remarks.warnings {
        let service = service.map(str::to_owned);
        observer(&Event::Warning { service, text });
    }
}

#[cfg(test)]
mod tests;

//! `coracle resolve`: the services that files name are built and published, and the files name their digests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Built, Error, build, plan};
use crate::deployment::{Deployment, Source, Written};
use crate::event::{Event, Observer};
use crate::settings::Settings;

/// Builds and publishes what the files name, and nothing else; without a name in them, nothing at all.
///
/// # Errors
/// Of a file, before anything is built; else as [`build`].
pub fn resolve_files(
    settings: &Settings,
    sources: Vec<Source>,
    observer: Observer<'_>,
) -> Result<(Vec<Built>, Vec<Written>), Error> {
    let deployments = find(settings, sources)?;
    for text in deployments.iter().flat_map(Deployment::warnings) {
        let (service, text) = (None, text.clone());
        observer(&Event::Warning { service, text });
    }
    let named: BTreeSet<&str> = deployments.iter().flat_map(Deployment::services).collect();
    let built = match named.is_empty() {
        true => {
            let text = "no file names a service: nothing is built".to_owned();
            let service = None;
            observer(&Event::Warning { service, text });
            Vec::new()
        }
        false => build(&only(settings, &named), observer)?,
    };
    let references: BTreeMap<String, String> = built.iter().filter_map(reference).collect();
    let written = deployments.into_iter().map(|deployment| {
        Ok(Written {
            text: deployment.written(&references)?,
            source: deployment.source().clone(),
        })
    });
    let written: Result<Vec<Written>, Error> = written.collect();
    Ok((built, written?))
}

/// What the plan says is told when those that are named are built, so not here.
fn find(settings: &Settings, sources: Vec<Source>) -> Result<Vec<Deployment>, Error> {
    let silent: Arc<dyn Fn(&Event) + Send + Sync> = Arc::new(|_| {});
    let all = Settings {
        name: None,
        ..settings.clone()
    };
    let (plan, _) = plan(&all, &silent)?;
    let found = sources
        .into_iter()
        .map(|source| Ok(Deployment::find(source, &plan)?));
    found.collect()
}

fn only(settings: &Settings, named: &BTreeSet<&str>) -> Settings {
    Settings {
        wanted: named.iter().map(|name| (*name).to_owned()).collect(),
        ..settings.clone()
    }
}

/// The name that was pushed first, by digest.
fn reference(built: &Built) -> Option<(String, String)> {
    let name = built.names.first()?.reference();
    let (registry, repository) = (name.registry(), name.repository());
    let reference = format!("{registry}/{repository}@{}", built.digest);
    Some((built.service.clone(), reference))
}

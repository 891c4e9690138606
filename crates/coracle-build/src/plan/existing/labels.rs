//! Labels of an existing Dockerfile, and those that compose gives the image it builds.

use std::collections::BTreeMap;

use coracle_recipe::{Entry, Unknown};

use super::{ComposeService, DockerfileImage, Remarks};
use crate::plan::Decision;

/// Labels that were true of an image built then and there, and would lie on ours.
const OF_ONE_BUILD: &[&str] = &[
    "org.opencontainers.image.created",
    "org.opencontainers.image.revision",
    "org.opencontainers.image.base.digest",
    "org.opencontainers.image.base.name",
    "org.label-schema.build-date",
    "org.label-schema.vcs-ref",
];

/// Compose's win over the Dockerfile's, as `--label` does.
pub(super) fn collect(
    compose: Option<&ComposeService<'_>>,
    image: Option<&DockerfileImage>,
    remarks: &mut Remarks,
) -> BTreeMap<String, Decision<String>> {
    let mut labels = BTreeMap::new();
    if let Some(image) = image {
        let way_out = |unknown: &Unknown| match unknown {
            Unknown::NoValue { variable } if image.image.arguments.contains(variable) => {
                format!("give it one with --build-arg {variable}=…")
            }
            _ => "write the label into coracle.toml".to_owned(),
        };
        add(
            &mut labels,
            &image.file,
            &image.image.labels,
            &way_out,
            remarks,
        );
    }
    let build = compose.and_then(|compose| Some((compose.file, compose.service.build.as_ref()?)));
    if let Some((file, build)) = build {
        let way_out = |_: &Unknown| "write the label into coracle.toml".to_owned();
        add(&mut labels, file, &build.labels, &way_out, remarks);
    }
    labels
}

fn add(
    labels: &mut BTreeMap<String, Decision<String>>,
    file: &str,
    entries: &[Entry],
    way_out: &dyn Fn(&Unknown) -> String,
    remarks: &mut Remarks,
) {
    for Entry { key, value, span } in entries {
        if OF_ONE_BUILD.contains(&key.as_str()) {
            continue;
        }
        let place = format!("{file}:{}", span.line);
        match value.as_ref().map(|value| &value.known) {
            Some(Err(unknown)) => remarks.notes.push(format!(
                "{place}: the label {key} is not kept: {unknown}; {}",
                way_out(unknown)
            )),
            Some(Ok(value)) => {
                labels.insert(key.clone(), Decision::new(value.clone(), place));
            }
            None => {
                labels.insert(key.clone(), Decision::new(String::new(), place));
            }
        }
    }
}

//! The ports that compose publishes and a Dockerfile exposes.

use coracle_recipe::{Port, Value};

use super::{ComposeService, DockerfileImage, Remarks};
use crate::plan::Decision;

/// A range longer than this says nothing that a reader of the image could use.
const MOST: usize = 256;

/// Compose's first; a port that both name has compose's place.
pub(super) fn collect(
    compose: Option<&ComposeService<'_>>,
    image: Option<&DockerfileImage>,
    remarks: &mut Remarks,
) -> Vec<Decision<String>> {
    let mut collected: Vec<Decision<String>> = Vec::new();
    let mut add = |file: &str, value: &Value, ports: &[Port]| {
        let place = format!("{file}:{}", value.span.line);
        if let Err(unknown) = &value.known {
            let written = &value.written;
            remarks.notes.push(format!(
                "{place}: the port {written} is not taken: {unknown}; write `expose` into coracle.toml"
            ));
        }
        for port in ports {
            if port.count() > MOST {
                remarks.notes.push(format!(
                    "{place}: the ports {port} are not taken: more than {MOST}"
                ));
                continue;
            }
            for each in port.each() {
                if collected.iter().all(|other| other.value != each) {
                    collected.push(Decision::new(each, place.clone()));
                }
            }
        }
    };
    if let Some(compose) = compose {
        let service = compose.service;
        for published in service.ports.iter().chain(&service.expose) {
            add(compose.file, &published.value, published.port.as_slice());
        }
    }
    if let Some(image) = image {
        for exposed in &image.image.exposed {
            add(&image.file, &exposed.value, &exposed.ports);
        }
    }
    collected
}

//! Compiling every service with the user's toolchain, and reading what came out.

use std::path::PathBuf;

use coracle_binary::inspect::Facts;
use coracle_toolchain::{CompileEvent, Target};

use super::{Error, started};
use crate::event::{Event, Observer, Stage};
use crate::plan::Plan;
use crate::settings::Settings;

/// A service whose program is compiled and read.
pub(super) struct Compiled {
    pub(super) binary: PathBuf,
    pub(super) facts: Facts,
}

/// Compiles and reads all services, one after the other: they share a target folder.
pub(super) fn compile_all(
    plan: &Plan,
    settings: &Settings,
    observer: Observer<'_>,
) -> Result<Vec<Compiled>, Error> {
    let mut compiled = Vec::new();
    for service in &plan.services {
        started(observer, Stage::Compile, Some(&service.name));
        let request = service.compile_request(Target::host()?, settings);
        let name = service.name.clone();
        let mut watch = |event: CompileEvent| {
            if let Some(event) = translate(&name, event) {
                observer(&event);
            }
        };
        let artifact = coracle_toolchain::compile(&request, &settings.toolchain, &mut watch)?;
        started(observer, Stage::Inspect, Some(&service.name));
        let facts = inspect(&artifact.path)?;
        compiled.push(Compiled {
            binary: artifact.path,
            facts,
        });
    }
    Ok(compiled)
}

fn inspect(path: &std::path::Path) -> Result<Facts, Error> {
    let bytes = std::fs::read(path).map_err(|source| Error::ReadBinary {
        path: path.to_owned(),
        source,
    })?;
    Facts::read(&bytes).map_err(|source| Error::Inspect {
        path: path.to_owned(),
        source,
    })
}

fn translate(service: &str, event: CompileEvent) -> Option<Event> {
    let service = service.to_owned();
    let event = match event {
        CompileEvent::Command(command) => Event::Command { service, command },
        CompileEvent::Line(line) => Event::ToolLine { service, line },
        CompileEvent::Progress { done, total, what } => Event::ToolProgress {
            service,
            done,
            total,
            unit: what,
        },
        CompileEvent::Warning(text) => Event::Warning {
            service: Some(service),
            text,
        },
        _ => return None,
    };
    Some(event)
}

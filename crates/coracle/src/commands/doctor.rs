//! `coracle doctor`: what this machine has and lacks for the services and their platforms.

use std::io::Write;

use super::Failure;
use crate::arguments::{Doctor, Global};
use crate::render::{doctor, progress};
use crate::settings::{self, Asked};

/// Runs the command; what is missing is a failure.
pub(crate) fn run(global: &Global, arguments: &Doctor) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        selection: Some(&arguments.selection),
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let checkup = coracle_build::doctor::examine(&settings, &observer.callback());
    observer.finish();
    let mut stdout = std::io::stdout().lock();
    let text = doctor::text(&checkup);
    stdout.write_all(text.as_bytes()).map_err(Failure::Stdout)?;
    stdout.flush().map_err(Failure::Stdout)?;
    if let Some(error) = checkup.unplanned {
        return Err(error.into());
    }
    match checkup
        .tools
        .iter()
        .filter(|tool| tool.is_missing())
        .count()
    {
        0 => Ok(()),
        missing => Err(Failure::Missing { missing }),
    }
}

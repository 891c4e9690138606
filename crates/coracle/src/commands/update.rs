//! `coracle update`: moves the pins of coracle.lock; prints what moved.

use std::io::Write;

use super::Failure;
use crate::arguments::{Global, Update};
use crate::render::progress;
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, update: &Update) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        archive: Some(&update.archive),
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let changes = coracle_build::update::update(&settings, &observer.callback());
    observer.finish();
    let mut stderr = std::io::stderr().lock();
    let changes = changes?;
    if changes.is_empty() && !global.quiet {
        writeln!(stderr, "coracle.lock is up to date").map_err(Failure::Stdout)?;
    }
    for change in changes {
        writeln!(stderr, "{change}").map_err(Failure::Stdout)?;
    }
    Ok(())
}

//! `coracle lock`: writes the rows that the services need on these platforms; prints nothing on stdout.

use std::io::Write;

use super::Failure;
use crate::arguments::{Global, Lock};
use crate::render::progress;
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, lock: &Lock) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        selection: Some(&lock.selection),
        archive: Some(&lock.archive),
        compiling: Some(&lock.compiling),
        jobs: lock.jobs,
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let locked = coracle_build::pipeline::lock(&settings, &observer.callback());
    observer.finish();
    let path = locked?;
    if !global.quiet {
        let mut stderr = std::io::stderr().lock();
        let path = path.display();
        writeln!(stderr, "{path} has what these services need").map_err(Failure::Stdout)?;
    }
    Ok(())
}

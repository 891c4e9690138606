//! `coracle build`: builds, proves, publishes; prints one reference a line on stdout.

use std::io::Write;

use super::Failure;
use crate::arguments::{Build, Global};
use crate::render::{self, progress};
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, build: &Build) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        selection: Some(&build.selection),
        archive: Some(&build.archive),
        build: Some(build),
        publishing: Some(&build.publishing),
        compiling: Some(&build.compiling),
        jobs: build.jobs,
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let built = coracle_build::build(&settings, &observer.callback());
    observer.finish();
    let built = built?;
    if !global.quiet {
        render::summary::show(&built, global.verbose);
    }
    let mut stdout = std::io::stdout().lock();
    for image in &built {
        writeln!(stdout, "{}", render::summary::reference(image)).map_err(Failure::Stdout)?;
    }
    stdout.flush().map_err(Failure::Stdout)
}

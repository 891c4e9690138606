//! `coracle build`: builds, proves, publishes; prints one reference a line on stdout.

use coracle_build::{Built, export};

use super::{Failure, answer};
use crate::arguments::{Build, Global, Written};
use crate::render::{self, metadata_json, progress};
use crate::settings::{self, Asked};
use crate::timings::{Timing, Timings};

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
    let timings = Timings::start();
    let built = coracle_build::build(&settings, &timings.watching(observer.callback()));
    observer.finish();
    let timings = timings.end();
    let built = built?;
    if !global.quiet {
        render::summary::show(&built, global.verbose);
    }
    let references: String = built
        .iter()
        .map(|image| render::summary::reference(image) + "\n")
        .collect();
    write(&build.written, &built, &references, &timings)?;
    answer(&references)
}

/// What is written besides the images.
fn write(
    written: &Written,
    built: &[Built],
    references: &str,
    timings: &[Timing],
) -> Result<(), Failure> {
    if let Some(folder) = &written.programs {
        export::programs(built, folder)?;
    }
    if let Some(path) = &written.image_refs {
        export::text(path, references)?;
    }
    if let Some(path) = &written.metadata_file {
        export::text(path, &metadata_json::render(built, timings))?;
    }
    Ok(())
}

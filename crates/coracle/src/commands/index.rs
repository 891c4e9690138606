//! `coracle index create`: joins images that were built apart; prints the index's reference on stdout.

use std::io::Write;

use coracle_build::images::Source;

use super::Failure;
use crate::arguments::{Global, IndexCreate};
use crate::render::{progress, summary};
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn create(global: &Global, index: &IndexCreate) -> Result<(), Failure> {
    let mut settings = settings::read(&Asked {
        publishing: Some(&index.publishing),
        ..Asked::of(global)
    })?;
    settings.unconfigured.provided = index.provided.iter().cloned().collect();
    let sources: Vec<Source> = index
        .images
        .iter()
        .map(|written| written.parse())
        .collect::<Result<_, _>>()?;
    let observer = progress::observer(global);
    let callback = observer.callback();
    let joined = coracle_build::pipeline::join(&settings, &sources, &index.tags, &callback);
    observer.finish();
    let joined = joined?;
    if !global.quiet {
        summary::show_joined(&joined);
    }
    let reference = summary::joined_reference(&joined);
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{reference}").map_err(Failure::Stdout)?;
    stdout.flush().map_err(Failure::Stdout)
}

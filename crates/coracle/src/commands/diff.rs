//! `coracle diff`: what changed from one image to another, on stdout; exit code 1 only where it is asked for.

use coracle_build::check::Target;

use super::{Failure, looking};
use crate::arguments::{Diff, Format, Global};
use crate::render::{diff_json, diff_text, progress};

/// Runs the command.
pub(crate) fn run(global: &Global, diff: &Diff) -> Result<(), Failure> {
    let old: Target = diff.old.parse()?;
    let new: Target = diff.new.parse()?;
    let (question, settings) = looking::read(global, &diff.looking)?;
    let observer = progress::observer(global);
    let callback = observer.callback();
    let compared = coracle_build::pipeline::diff(&settings, [&old, &new], &question, &callback);
    observer.finish();
    let compared = compared?;
    super::answer(&match diff.format {
        Format::Text => diff_text::render(&compared),
        Format::Json => diff_json::render(&compared),
    })?;
    if diff.exit_code && compared.differs() {
        return Err(Failure::Differ {
            old: old.to_string(),
            new: new.to_string(),
        });
    }
    Ok(())
}

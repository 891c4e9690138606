//! `coracle plan`: what would be built and why, as a tree or as JSON.

use std::io::Write;

use super::Failure;
use crate::arguments::{Format, Global, Plan};
use crate::render::{plan_json, plan_text, progress};
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, plan: &Plan) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        selection: Some(&plan.selection),
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let planned = coracle_build::pipeline::plan(&settings, &observer.callback());
    observer.finish();
    let (planned, _) = planned?;
    let text = match plan.format {
        Format::Text => plan_text::render(&planned),
        Format::Json => plan_json::render(&planned),
    };
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).map_err(Failure::Stdout)?;
    stdout.flush().map_err(Failure::Stdout)
}

//! `coracle explain`: what an error text means, on stdout, and whether an image shows it.

use std::io::Read as _;

use coracle_build::check::Target;
use coracle_build::explain;

use super::{Failure, looking};
use crate::arguments::{Explain, Global};
use crate::render::{explain_text, progress};

/// More of a log than anybody reads.
const MOST: u64 = 16 << 20;

/// Runs the command.
pub(crate) fn run(global: &Global, asked: &Explain) -> Result<(), Failure> {
    let explanation = explain::explain(&text(asked)?)?;
    let target: Option<Target> = match &asked.target {
        Some(written) => Some(written.parse()?),
        None => None,
    };
    let Some(target) = target else {
        return super::answer(&explain_text::render(&explanation, &[]));
    };
    let (question, settings) = looking::read(global, &asked.looking)?;
    let observer = progress::observer(global);
    let callback = observer.callback();
    let targets = std::slice::from_ref(&target);
    let looked = coracle_build::pipeline::check(&settings, targets, &question, &callback);
    observer.finish();
    let looked = looked.and_then(|outcomes| outcomes.into_iter().collect::<Result<Vec<_>, _>>());
    // What the text means is told also where the image cannot be looked at.
    let verdicts = looked.as_deref().unwrap_or_default().concat();
    super::answer(&explain_text::render(&explanation, &verdicts))?;
    looked?;
    Ok(())
}

fn text(asked: &Explain) -> Result<String, Failure> {
    if asked.text != "-" {
        return Ok(asked.text.clone());
    }
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(MOST).read_to_end(&mut bytes);
    read.map_err(Failure::Stdin)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

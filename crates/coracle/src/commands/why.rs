//! `coracle why`: why something is in an image, on stdout.

use coracle_build::check::Target;
use coracle_build::why::Ask;

use super::{Failure, looking};
use crate::arguments::{Format, Global, Why};
use crate::render::{progress, why_json, why_text};

/// So many are named where nothing is asked for.
const LARGEST: usize = 10;

/// Runs the command.
pub(crate) fn run(global: &Global, why: &Why) -> Result<(), Failure> {
    if !is_image(&why.image) {
        return Err(Failure::NoImage {
            word: why.image.clone(),
        });
    }
    let target: Target = why.image.parse()?;
    let ask = match (&why.subject, why.top) {
        (Some(subject), _) => Ask::Subject(subject.clone()),
        (None, count) => Ask::Top(count.unwrap_or(LARGEST)),
    };
    let (question, settings) = looking::read(global, &why.looking)?;
    let observer = progress::observer(global);
    let callback = observer.callback();
    let answers = coracle_build::pipeline::why(&settings, &target, &ask, &question, &callback);
    observer.finish();
    let answers = answers?;
    super::answer(&match why.format {
        Format::Text => why_text::render(&answers),
        Format::Json => why_json::render(&answers),
    })
}

/// Names of services have none of these, and images mostly one.
fn is_image(word: &str) -> bool {
    word.contains([':', '/', '.', '@'])
}

//! `coracle why`: why something is in an image, or in that of a service, on stdout.

use coracle_build::check::{Asked, Target};
use coracle_build::why::{Ask, service};
use coracle_build::{Settings, pipeline};

use super::{Failure, answer, looking};
use crate::arguments::{Format, Global, Why};
use crate::render::progress::{self, Watching};
use crate::render::{rebuilt_json, rebuilt_text, service_json, service_text, why_json, why_text};

/// So many are named where nothing is asked for.
const LARGEST: usize = 10;

/// Runs the command.
pub(crate) fn run(global: &Global, why: &Why) -> Result<(), Failure> {
    let (question, settings) = looking::read(global, &why.looking)?;
    let observer = progress::observer(global);
    let answered = match (is_image(&why.what), why.rebuilt) {
        (true, false) => of_image(why, (&question, &settings), &observer),
        (true, true) => Err(Failure::RebuiltImage {
            word: why.what.clone(),
        }),
        (false, false) => of_service(why, (&question, &settings), &observer),
        (false, true) => rebuilt(why, (&question, &settings), &observer),
    };
    observer.finish();
    answer(&answered?)
}

/// Names of services have none of these, and images one.
fn is_image(word: &str) -> bool {
    word.contains([':', '/'])
}

fn of_image(
    why: &Why,
    (question, settings): (&Asked, &Settings),
    observer: &Watching,
) -> Result<String, Failure> {
    let target: Target = why.what.parse()?;
    let ask = match (&why.subject, why.top) {
        (Some(subject), _) => Ask::Subject(subject.clone()),
        (None, count) => Ask::Top(count.unwrap_or(LARGEST)),
    };
    let answers = pipeline::why(settings, &target, &ask, question, &observer.callback())?;
    Ok(match why.format {
        Format::Text => why_text::render(&answers),
        Format::Json => why_json::render(&answers),
    })
}

fn of_service(
    why: &Why,
    (question, settings): (&Asked, &Settings),
    observer: &Watching,
) -> Result<String, Failure> {
    let ask = match (&why.subject, why.top) {
        (Some(subject), _) => service::Ask::Subject(subject.clone()),
        (None, Some(count)) => service::Ask::Top(count),
        (None, None) => service::Ask::Libraries,
    };
    let callback = observer.callback();
    let answers = pipeline::why_service(settings, &why.what, &ask, question, &callback)?;
    Ok(match why.format {
        Format::Text => service_text::render(&answers),
        Format::Json => service_json::render(&answers),
    })
}

fn rebuilt(
    why: &Why,
    (question, settings): (&Asked, &Settings),
    observer: &Watching,
) -> Result<String, Failure> {
    let answers = pipeline::rebuilt(settings, &why.what, question, &observer.callback())?;
    Ok(match why.format {
        Format::Text => rebuilt_text::render(&answers),
        Format::Json => rebuilt_json::render(&answers),
    })
}

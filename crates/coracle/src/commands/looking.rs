//! What the commands share that look at images which are there already.

use coracle_build::Settings;
use coracle_build::check::Asked as Question;

use super::Failure;
use crate::arguments::{Global, Looking};
use crate::settings::{self, Asked};

/// What is asked, and the settings to ask with.
pub(super) fn read(global: &Global, looking: &Looking) -> Result<(Question, Settings), Failure> {
    let question = Question {
        platforms: settings::platforms_named(&looking.platforms)?,
        provided: looking.provided.iter().cloned().collect(),
        ..Question::default()
    };
    let mut settings = settings::read(&Asked::of(global))?;
    settings
        .destination
        .insecure_registries
        .clone_from(&looking.insecure_registries);
    Ok((question, settings))
}

//! Asking cargo and go what there is, unless nothing of it would be used.

use coracle_toolchain::Project;

use super::Error;
use crate::event::{Event, Observer};
use crate::plan::{self, Discovery};
use crate::settings::Settings;

/// The project; empty where the configuration says all that must be known.
pub(super) fn discover(settings: &Settings, observer: Observer<'_>) -> Result<Project, Error> {
    let unseen = || Project {
        root: settings.directory.clone(),
        ..Project::default()
    };
    let discovery = plan::discovery(settings);
    if discovery == Discovery::Needless {
        return Ok(unseen());
    }
    let note = |text: String| {
        let service = None;
        observer(&Event::Note { service, text });
    };
    match coracle_toolchain::discover(&settings.directory, &settings.toolchain) {
        Err(error) if discovery == Discovery::Optional && error.absent_tool().is_some() => {
            let tool = error.absent_tool().unwrap_or_default();
            note(format!(
                "{tool} is not here: there are no labels from the manifests"
            ));
            Ok(unseen())
        }
        Err(error) => {
            if error.absent_tool().is_some() && !settings.prebuilt.is_empty() {
                note("services that are named (`coracle build SERVICE --prebuilt SERVICE=PATH`) are built without asking what else there is".to_owned());
            }
            Err(error.into())
        }
        Ok(project) => Ok(project),
    }
}

//! `coracle eject`: writes files from the plan, or says which on disk are behind it. Prints their paths on stdout.

use std::fmt::Write as _;

use coracle_build::eject::dockerfile::{self, Style};
use coracle_build::eject::{self, File, State, Subject};
use coracle_build::{Observer, Settings, pipeline};

use super::{Failure, answer};
use crate::arguments::{Eject, EjectKind, Global};
use crate::render::progress;
use crate::settings::{self, Asked};

/// Runs the command.
pub(crate) fn run(global: &Global, eject: &Eject) -> Result<(), Failure> {
    let settings = settings::read(&Asked {
        selection: Some(&eject.selection),
        archive: Some(&eject.archive),
        ..Asked::of(global)
    })?;
    let observer = progress::observer(global);
    let proven = eject.kinds.iter().any(|kind| needs_proof(*kind));
    let callback = observer.callback();
    let files = pipeline::ejectable(&settings, proven, &callback, |subject| {
        files(eject, subject, (&settings, &callback))
    });
    observer.finish();
    let files = files??;
    let folder = eject.output.as_ref().unwrap_or(&settings.directory);
    if !eject.check {
        let states = eject::write(&files, folder, eject.force)?;
        return answer(&told(&files, &states, false));
    }
    let states = eject::compare(&files, folder)?;
    answer(&told(&files, &states, true))?;
    let behind = states.iter().filter(|state| **state != State::Current);
    match behind.count() {
        0 => Ok(()),
        behind => Err(Failure::Behind {
            behind,
            files: files.len(),
        }),
    }
}

/// Whether the files of a kind follow from what was proven; else the plan is enough.
fn needs_proof(kind: EjectKind) -> bool {
    match kind {
        EjectKind::Dockerfile => true,
        EjectKind::Bake | EjectKind::Compose | EjectKind::Github => false,
    }
}

fn files(
    eject: &Eject,
    subject: &Subject<'_>,
    (settings, observer): (&Settings, Observer<'_>),
) -> Result<Vec<File>, Failure> {
    let mut files = Vec::new();
    for kind in &eject.kinds {
        match *kind {
            EjectKind::Bake => files.extend(eject::bake::files(subject)),
            EjectKind::Compose => files.extend(eject::compose::files(subject, observer)?),
            EjectKind::Github => files.extend(eject::github::files(subject, settings)),
            EjectKind::Dockerfile => {
                let style = match eject.copies_programs() {
                    true => Style::Prebuilt,
                    false => Style::Compiled,
                };
                files.extend(dockerfile::dockerfiles(subject, style)?);
            }
        }
    }
    Ok(files)
}

/// A line a file: how it stands, and its path.
fn told(files: &[File], states: &[State], check: bool) -> String {
    let mut text = String::new();
    for (file, state) in files.iter().zip(states) {
        let word = match (state, check) {
            (State::Current, _) => "current",
            (State::Behind | State::Foreign, false) => "replaced",
            (State::Absent, false) => "written",
            (State::Behind, true) => "behind",
            (State::Absent, true) => "missing",
            (State::Foreign, true) => "not coracle's",
        };
        let _infallible = writeln!(text, "{word:14}{}", file.path.display());
    }
    text
}

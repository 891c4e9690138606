//! The repository's compose file with each service of the plan at an image of its own; where there is none, one from
//! the plan.
//!
//! The new file is `compose.coracle.yaml` beside the old one, which stays as it is. Moved over the old one it is known
//! again by its first line, and from then on changed in its place.

mod image;
mod scratch;
mod words;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use coracle_recipe::yaml::{Place, Yaml};

use super::{File, MARK, Subject};
use crate::deployment::{ComposeFile, Error, of_compose};
use crate::event::{Event, Observer};
use crate::plan::{Plan, compose_file};

/// What the first line of a file says that is written anew each time.
const FROM_PLAN: &str = "from the plan";

/// A compose file that is there.
struct There {
    path: PathBuf,
    /// As messages call it.
    name: String,
    text: String,
}

/// Writes it. What cannot be decided is told to the observer.
///
/// # Errors
/// When the compose file cannot be read, or is written in a way that is not changed.
pub fn files(subject: &Subject<'_>, observer: Observer<'_>) -> Result<Vec<File>, Error> {
    let plan = subject.plan;
    let there = match compose_file(&plan.directory) {
        Some(path) => Some(read(path)?),
        None => None,
    };
    let is_from_plan =
        |there: &&There| first_line(there).is_some_and(|line| line.contains(FROM_PLAN));
    let file = match there.as_ref() {
        Some(there) if !is_from_plan(&there) => {
            let changed = changed(there, plan, &mut |text| warn(text, observer))?;
            File {
                path: beside(there, &plan.directory),
                text: changed,
            }
        }
        from_plan => File {
            path: from_plan.map_or_else(
                || PathBuf::from("compose.yaml"),
                |there| below(&there.path, &plan.directory),
            ),
            text: format!("# {MARK} compose` {FROM_PLAN}\n{}", scratch::text(plan)),
        },
    };
    Ok(vec![file])
}

fn warn(text: String, observer: Observer<'_>) {
    let service = None;
    observer(&Event::Warning { service, text });
}

fn read(path: PathBuf) -> Result<There, Error> {
    match fs::read_to_string(&path) {
        Ok(text) => Ok(There {
            name: path.file_name().unwrap_or_default().display().to_string(),
            path,
            text,
        }),
        Err(source) => Err(Error::Read { path, source }),
    }
}

/// The line that says that coracle wrote it, if it did.
fn first_line(there: &There) -> Option<&str> {
    let first = there.text.lines().next();
    first.filter(|line| line.contains(MARK))
}

/// Where the new file goes, as the plan's folder sees it.
fn beside(there: &There, folder: &Path) -> PathBuf {
    match first_line(there) {
        Some(_) => below(&there.path, folder),
        None => below(&there.path.with_file_name("compose.coracle.yaml"), folder),
    }
}

fn below(path: &Path, folder: &Path) -> PathBuf {
    path.strip_prefix(folder).unwrap_or(path).to_owned()
}

/// The text with every service of the plan at its own image.
fn changed(there: &There, plan: &Plan, warn: &mut dyn FnMut(String)) -> Result<String, Error> {
    let file = &there.name;
    let yaml = Yaml::read(&there.text).map_err(|source| Error::Yaml {
        file: file.clone(),
        source,
    })?;
    let document = yaml.documents().next();
    let compose = document.and_then(|document| ComposeFile::of(file, &yaml, &document));
    let mut edits = Vec::new();
    let mut missing: Vec<&str> = plan.services.iter().map(|one| one.name.as_str()).collect();
    if let Some(compose) = compose {
        let mut images = BTreeMap::new();
        for (name, at) in compose.services() {
            let Some(service) = of_compose(plan, name) else {
                continue;
            };
            missing.retain(|missing| *missing != service.name);
            if let Some(image) = new_image((&yaml, &compose), at, service) {
                images.insert(at.clone(), image);
            }
            let words = words::Words {
                file,
                yaml: &yaml,
                at,
                service,
            };
            edits.extend(words.edits(warn));
        }
        let pointed = compose.point(&images)?;
        edits.extend(pointed.edits);
        pointed.warnings.into_iter().for_each(&mut *warn);
    }
    for missing in missing {
        warn(format!(
            "{file} has no service {missing}: nothing is written for it"
        ));
    }
    let text = yaml.edit(&edits).map_err(|source| Error::Edit {
        file: file.clone(),
        source,
    })?;
    Ok(marked(there, &text))
}

/// The image that a service is to have, where that is another one, or where it is still built.
fn new_image(
    (yaml, compose): (&Yaml, &ComposeFile<'_>),
    at: &Place,
    service: &crate::plan::ServicePlan,
) -> Option<String> {
    let old = compose.effective(at, "image");
    let old = old.and_then(|at| yaml.text(&at));
    let own = service.names.first()?.to_string();
    let new = image::own(old, &own, &service.name);
    let is_built = compose.effective(at, "build").is_some();
    (is_built || old != Some(new.as_str())).then_some(new)
}

/// With a first line that says where it is from, unless it has one.
fn marked(there: &There, text: &str) -> String {
    if first_line(there).is_some() {
        return text.to_owned();
    }
    let (mark, text) = match text.strip_prefix('\u{feff}') {
        Some(text) => ("\u{feff}", text),
        None => ("", text),
    };
    let line_break = match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    };
    let name = &there.name;
    format!("{mark}# {MARK} compose` from {name}, which is the file to change{line_break}{text}")
}

#[cfg(test)]
mod tests;

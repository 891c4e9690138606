//! What compose builds when a job asks it.

use super::{Bakes, not_known};
use crate::model::build::{Build, Known, User};
use crate::model::commands::Composed;
use crate::model::compose::ComposeFile;
use crate::model::path::{joined, within};

/// The files of which compose takes the first, and those that it lays over it.
const FIRST: [&str; 4] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
];
const OVER: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

impl<'a> Bakes<'_, 'a> {
    /// The services that compose builds; one build that is not known where that cannot be told.
    pub(in crate::model) fn composed(
        &self,
        user: &User,
        asked: &Composed,
        given: &dyn Fn(&str) -> Option<Known<String>>,
    ) -> Vec<Build> {
        self.services(user, asked, given)
            .unwrap_or_else(|because| vec![not_known(user, &asked.place, &because)])
    }

    fn services(
        &self,
        user: &User,
        asked: &Composed,
        given: &dyn Fn(&str) -> Option<Known<String>>,
    ) -> Known<Vec<Build>> {
        for name in ["COMPOSE_FILE", "COMPOSE_PROFILES"] {
            if given(name).is_some() {
                return Err(format!("{name} is set for compose"));
            }
        }
        let composes = self.files(asked)?;
        let wanted = asked.services.as_deref().map_err(Clone::clone)?;
        let mut builds = Vec::new();
        for compose in &composes {
            for build in compose.builds() {
                let User::Compose { file, service } = &build.user else {
                    continue;
                };
                let said = compose.service(service);
                let is_off = said.is_some_and(|said| !said.profiles.is_empty());
                let is_wanted = match wanted.is_empty() {
                    true => !is_off,
                    false => wanted.contains(service),
                };
                if !is_wanted {
                    continue;
                }
                let has = |other: &&&ComposeFile<'_>| other.compose.service(service).is_some();
                if composes.iter().filter(has).count() > 1 {
                    let because = format!("several compose files say what {service} is");
                    builds.push(not_known(user, &asked.place, &because));
                    continue;
                }
                let given = asked.arguments.clone();
                builds.push(Build {
                    user: user.clone(),
                    place: asked.place.clone(),
                    service: Some((file.clone(), service.clone())),
                    arguments: build.arguments.into_iter().chain(given).collect(),
                    ..build
                });
            }
        }
        Ok(builds)
    }

    /// The files that are named, or those that compose finds in the folder; it looks above, too, which is not followed.
    fn files(&self, asked: &Composed) -> Known<Vec<&ComposeFile<'a>>> {
        let folder = asked.folder.as_deref().map_err(Clone::clone)?;
        let named = asked.files.as_deref().map_err(Clone::clone)?;
        let is_there = |path: &String| self.repository.size(path).is_some();
        let paths: Vec<String> = match named.is_empty() {
            false => {
                let paths = named.iter().map(|path| within(folder, path));
                paths.collect::<Known<_>>()?
            }
            true => {
                let mut first = FIRST.iter().filter_map(|name| joined(folder, name));
                let over = OVER.iter().filter_map(|name| joined(folder, name));
                let first = first.find(is_there);
                first.into_iter().chain(over.filter(is_there)).collect()
            }
        };
        if paths.is_empty() {
            return Err("compose finds no file where it runs".to_owned());
        }
        let read = |path: &String| {
            let found = self
                .composes
                .iter()
                .find(|compose| compose.file.path() == path);
            found.ok_or_else(|| {
                self.absent.borrow_mut().insert(path.clone());
                format!("{path} is not read as a compose file")
            })
        };
        paths.iter().map(read).collect()
    }
}

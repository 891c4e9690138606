//! Bake files of the repository, and what their targets build: by themselves, and as jobs ask for them.

mod composed;
mod named;
mod set;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use coracle_recipe::Unknown;
use coracle_recipe::bake::{Bake, Target};

use self::named::Named;
use self::set::with_set;
use super::build::{Build, Known, User, Written};
use super::compose::ComposeFile;
use super::path::{joined, within};
use crate::repository::Repository;
use crate::source::{Place, SourceFile};

/// The files that bake looks for where none is named, each over those before it.
const NAMES: [&str; 8] = [
    "compose.yaml",
    "compose.yml",
    "docker-compose.yml",
    "docker-compose.yaml",
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
];

/// A bake file.
#[derive(Debug)]
pub(super) struct BakeFile<'a> {
    /// The file.
    pub(super) file: &'a SourceFile,
    /// What stands in it.
    pub(super) bake: Bake,
}

/// What bake is asked for.
#[derive(Debug)]
pub(super) struct Asked {
    /// The words that ask.
    pub(super) place: Place,
    /// Where it runs, from the top.
    pub(super) folder: Known<String>,
    /// The files as named from there; none for those that it looks for.
    pub(super) files: Known<Vec<String>>,
    /// Targets and groups; none for what is there by default.
    pub(super) targets: Known<Vec<String>>,
    /// `*.platform=linux/amd64`, each.
    pub(super) set: Known<Vec<String>>,
    /// Variables that are set for it alone.
    pub(super) variables: BTreeMap<String, Known<String>>,
}

/// What bake reads.
pub(super) struct Bakes<'m, 'a> {
    pub(super) repository: &'a Repository,
    pub(super) composes: &'m [ComposeFile<'a>],
    pub(super) files: &'m [BakeFile<'a>],
    /// Files that are named and were not read.
    pub(super) absent: RefCell<BTreeSet<String>>,
}

impl<'a> BakeFile<'a> {
    /// Reads one.
    pub(super) fn read(file: &'a SourceFile) -> Known<BakeFile<'a>> {
        let bake = match file.path().ends_with(".hcl") {
            true => Bake::read_hcl(file.text()),
            false => Bake::read_json(file.text()),
        };
        let bake = bake.map_err(|error| error.to_string())?;
        Ok(BakeFile { file, bake })
    }
}

impl<'a> Bakes<'_, 'a> {
    /// What the files that bake finds by itself build, where they are.
    pub(super) fn by_themselves(&self) -> Vec<Build> {
        let is_found =
            |file: &&BakeFile<'_>| NAMES.iter().any(|name| file.file.path().ends_with(name));
        let found = self.files.iter().filter(is_found);
        let folders: BTreeSet<&str> = found.map(|file| file.file.folder()).collect();
        let mut builds = Vec::new();
        for folder in folders {
            let Ok(named) = self.named(folder, &[]) else {
                continue;
            };
            let resolved = named.resolved(&|_| None);
            for target in resolved.built() {
                let Some((file, _)) = named.bakes.get(target.file) else {
                    continue;
                };
                let user = User::Bake {
                    file: file.path().to_owned(),
                    target: target.name.clone(),
                };
                let place = file.place(&target.span);
                builds.push(self.anywhere(&named, target, folder, (user, place)));
            }
        }
        builds
    }

    /// A file in a folder may be meant to be named from the top: then the Dockerfile tells.
    fn anywhere(
        &self,
        named: &Named<'_, 'a>,
        target: &Target,
        folder: &str,
        (user, place): (User, Place),
    ) -> Build {
        let of = |folder: &str| named.build(target, folder, (user.clone(), place.clone()));
        let is_there = |build: &Build| match &build.dockerfile {
            Ok(Written::File(path)) => self.repository.size(path).is_some(),
            Ok(Written::Within { .. }) | Err(_) => true,
        };
        let (own, top) = (of(folder), of(""));
        match (is_there(&own), is_there(&top)) {
            _ if own == top => own,
            (false, true) => top,
            (true, true) => {
                let because = format!("nobody says from which folder {} is run", own.place.file);
                Build {
                    context: Err(because.clone()),
                    dockerfile: match own.dockerfile {
                        Ok(Written::Within { .. }) => own.dockerfile,
                        _ => Err(because),
                    },
                    ..own
                }
            }
            (_, false) => own,
        }
    }

    /// What is built when somebody asks; one that is not known where that cannot be told.
    pub(super) fn asked(
        &self,
        user: &User,
        asked: &Asked,
        given: &dyn Fn(&str) -> Option<Known<String>>,
    ) -> Vec<Build> {
        self.known(user, asked, given)
            .unwrap_or_else(|because| vec![not_known(user, &asked.place, &because)])
    }

    fn known(
        &self,
        user: &User,
        asked: &Asked,
        given: &dyn Fn(&str) -> Option<Known<String>>,
    ) -> Known<Vec<Build>> {
        let folder = asked.folder.as_deref().map_err(Clone::clone)?;
        let named = self.named(folder, asked.files.as_deref().map_err(Clone::clone)?)?;
        let targets = asked.targets.as_deref().map_err(Clone::clone)?;
        let resolved = named.resolved(&|name| {
            let own = asked.variables.get(name).cloned();
            own.or_else(|| given(name)).map(|value| {
                value.map_err(|_| Unknown::Form {
                    written: name.to_owned(),
                })
            })
        });
        let default = ["default".to_owned()];
        let names = match targets.is_empty() {
            true => &default,
            false => targets,
        };
        let mut builds = Vec::new();
        for name in names {
            match resolved.asked(&[name.as_str()]) {
                Ok(targets) => builds.extend(targets.into_iter().map(|target| {
                    let asks = (user.clone(), asked.place.clone());
                    let build = named.build(target, folder, asks);
                    with_set(build, &target.name, &asked.set)
                })),
                Err(because) => {
                    let services = named.services(name);
                    if services.is_empty() {
                        return Err(because);
                    }
                    builds.extend(services.into_iter().map(|(service, build)| {
                        let build = Build {
                            user: user.clone(),
                            place: asked.place.clone(),
                            ..build
                        };
                        with_set(build, &service, &asked.set)
                    }));
                }
            }
        }
        Ok(builds)
    }

    /// The files that are named, or those that bake finds in a folder.
    fn named(&self, folder: &str, written: &[String]) -> Known<Named<'_, 'a>> {
        let mut named = Named {
            bakes: Vec::new(),
            composes: Vec::new(),
        };
        let paths: Vec<String> = match written.is_empty() {
            true => NAMES
                .iter()
                .filter_map(|name| joined(folder, name))
                .filter(|path| self.repository.size(path).is_some())
                .collect(),
            false => written
                .iter()
                .map(|path| within(folder, path))
                .collect::<Known<_>>()?,
        };
        for path in &paths {
            let Some(source) = self.repository.source(path) else {
                self.absent.borrow_mut().insert(path.clone());
                return Err(format!("the bake file {path} is not there"));
            };
            if path.ends_with(".yml") || path.ends_with(".yaml") {
                let mut composes = self.composes.iter();
                let compose = composes.find(|compose| compose.file.path() == path);
                named
                    .composes
                    .push(compose.ok_or_else(|| format!("{path} is not read as a compose file"))?);
            } else {
                let read = self.files.iter().find(|file| file.file.path() == path);
                let bake = match read {
                    Some(read) => read.bake.clone(),
                    None => {
                        BakeFile::read(source)
                            .map_err(|because| format!("{path} cannot be read: {because}"))?
                            .bake
                    }
                };
                named.bakes.push((source, bake));
            }
        }
        match paths.is_empty() {
            true => Err("bake finds no file where it runs".to_owned()),
            false => Ok(named),
        }
    }
}

/// A build of which nothing else is known.
fn not_known(user: &User, place: &Place, because: &str) -> Build {
    Build {
        user: user.clone(),
        place: place.clone(),
        dockerfile: Err(because.to_owned()),
        context: Err(because.to_owned()),
        target: Err(because.to_owned()),
        platforms: Err(because.to_owned()),
        arguments: BTreeMap::new(),
        names_cache: false,
        service: None,
        machines: Vec::new(),
    }
}

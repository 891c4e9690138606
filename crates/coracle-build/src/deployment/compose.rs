//! Compose files: which service is built here, and pointing it at an image instead.

use std::collections::{BTreeMap, BTreeSet};

use coracle_recipe::yaml::{Change, Edit, Place, Yaml};

use super::{Error, of_compose};
use crate::plan::Plan;

/// Merges within merges; deeper ones are no real file's.
const DEPTH: usize = 16;

/// A document that is a compose file.
pub(crate) struct ComposeFile<'a> {
    file: &'a str,
    yaml: &'a Yaml,
    /// The services in their order.
    services: Vec<(&'a str, Place)>,
}

/// What is to be different, so that services are at their images.
#[derive(Debug, Default)]
pub(crate) struct Pointed {
    pub(crate) edits: Vec<Edit>,
    pub(crate) warnings: Vec<String>,
}

impl<'a> ComposeFile<'a> {
    /// The document, if it is one: with services, and nothing of Kubernetes'.
    pub(crate) fn of(file: &'a str, yaml: &'a Yaml, document: &Place) -> Option<ComposeFile<'a>> {
        if yaml.value(document, "apiVersion").is_some() {
            return None;
        }
        let services = yaml.entries(&yaml.value(document, "services")?);
        Some(ComposeFile {
            file,
            yaml,
            services,
        })
    }

    /// The services in their order: each name, and where it is.
    pub(crate) fn services(&self) -> &[(&'a str, Place)] {
        &self.services
    }

    /// The plan's services that are built here. An `image` that mentions one counts before the name of the compose
    /// service, and is then no mention any more.
    pub(super) fn builds(
        &self,
        plan: &Plan,
        mentions: &mut BTreeMap<Place, String>,
    ) -> BTreeMap<Place, String> {
        let mut builds = BTreeMap::new();
        for (name, at) in &self.services {
            if self.effective(at, "build").is_none() {
                continue;
            }
            let image = self.yaml.value(at, "image");
            let mentioned = image.and_then(|image| mentions.remove(&image));
            let named = || of_compose(plan, name).map(|service| service.name.clone());
            if let Some(service) = mentioned.or_else(named) {
                builds.insert(at.clone(), service);
            }
        }
        builds
    }

    /// Points services at images: `build` goes, with what belongs to it.
    pub(crate) fn point(&self, images: &BTreeMap<Place, String>) -> Result<Pointed, Error> {
        let mut pointed = Pointed::default();
        let mut shared = BTreeSet::new();
        for (name, at) in &self.services {
            let Some(text) = images.get(at) else { continue };
            if self.yaml.follow(at) != *at {
                return Err(Error::Alias {
                    file: self.file.to_owned(),
                    line: self.line(at),
                    service: (*name).to_owned(),
                });
            }
            pointed.edits.extend(self.point_one(at, text));
            if self.yaml.value(at, "build").is_none() {
                shared.extend(self.merged_build(at));
            }
        }
        for build in shared {
            match self.user_besides(&build, images) {
                // A service's own, which is changed with it.
                None if images.keys().any(|service| build.is_within(service)) => {}
                None => pointed.edits.push(Change::Remove.at(build)),
                Some(other) => pointed.warnings.push(format!(
                    "{}:{}: this `build` stays, for {other} uses it, and so the services that merge it have both `image` and \
                     `build`; move it into {other}",
                    self.file,
                    self.line(&build)
                )),
            }
        }
        Ok(pointed)
    }

    fn point_one(&self, service: &Place, text: &str) -> Vec<Edit> {
        let own = |key: &str| self.yaml.value(service, key);
        let image = || "image".to_owned();
        let text = text.to_owned();
        let mut edits = match (own("image"), own("build")) {
            (Some(image), build) => {
                let gone = build.map(|build| Change::Remove.at(build));
                std::iter::once(Change::Set(text).at(image))
                    .chain(gone)
                    .collect()
            }
            (None, Some(build)) => {
                let key = image();
                vec![Change::Replace { key, text }.at(build)]
            }
            (None, None) => {
                let entries = self.yaml.entries(service);
                let merge = entries.iter().find(|(key, _)| *key == "<<");
                let after = merge.or_else(|| entries.first());
                let key = image();
                let insert =
                    |(_, at): &(&str, Place)| Change::InsertAfter { key, text }.at(at.clone());
                after.map(insert).into_iter().collect()
            }
        };
        let policy = own("pull_policy");
        let policy = policy.filter(|at| self.yaml.text(at) == Some("build"));
        edits.extend(policy.map(|at| Change::Remove.at(at)));
        edits
    }

    /// A key's value: the service's own, else one that it merges. One that is nothing counts as none.
    pub(crate) fn effective(&self, service: &Place, key: &str) -> Option<Place> {
        let own = self.yaml.value(service, key);
        let found = own.or_else(|| {
            let merged = self.merges(service);
            merged.iter().find_map(|map| self.yaml.value(map, key))
        });
        found.filter(|at| !self.yaml.is_null(at))
    }

    fn merged_build(&self, service: &Place) -> Option<Place> {
        let merged = self.merges(service);
        merged.iter().find_map(|map| self.yaml.value(map, "build"))
    }

    /// A service that takes this `build` over, or has it, and is not among those that are pointed.
    fn user_besides(&self, build: &Place, images: &BTreeMap<Place, String>) -> Option<&'a str> {
        let others = self.services.iter();
        let mut others = others.filter(|(_, at)| !images.contains_key(at));
        let uses =
            |at: &Place| self.effective(at, "build").as_ref() == Some(build) || build.is_within(at);
        others.find(|(_, at)| uses(at)).map(|(name, _)| *name)
    }

    /// All mappings that a mapping merges, the first to win first.
    fn merges(&self, map: &Place) -> Vec<Place> {
        let mut all = Vec::new();
        self.merge(map, DEPTH, &mut all);
        all
    }

    fn merge(&self, map: &Place, depth: usize, all: &mut Vec<Place>) {
        for merged in self.yaml.merged(map) {
            if depth > 0 && !all.contains(&merged) {
                all.push(merged.clone());
                self.merge(&merged, depth - 1, all);
            }
        }
    }

    fn line(&self, at: &Place) -> usize {
        let span = self.yaml.key_span(at).or_else(|| self.yaml.span(at));
        span.map_or(1, |span| span.line)
    }
}

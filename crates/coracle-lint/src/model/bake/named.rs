//! The files of one call of bake, and what a target of theirs is built from.

use coracle_recipe::Unknown;
use coracle_recipe::bake::{self, Bake, Resolved, Target};

use super::set::split;
use crate::model::build::{Build, Known, User, Written};
use crate::model::compose::ComposeFile;
use crate::model::path::within;
use crate::source::{Place, SourceFile};

/// The files of one call, of which some are compose files.
pub(super) struct Named<'m, 'a> {
    pub(super) bakes: Vec<(&'a SourceFile, Bake)>,
    pub(super) composes: Vec<&'m ComposeFile<'a>>,
}

impl Named<'_, '_> {
    pub(super) fn resolved(&self, given: bake::Given<'_>) -> Resolved {
        let files: Vec<&Bake> = self.bakes.iter().map(|(_, bake)| bake).collect();
        bake::resolve(&files, given)
    }

    /// What the compose files among them build under a name; `default` is all.
    pub(super) fn services(&self, name: &str) -> Vec<(String, Build)> {
        let builds = self.composes.iter().flat_map(|compose| compose.builds());
        let named = builds.filter_map(|build| match &build.user {
            User::Compose { service, .. } if service == name || name == "default" => {
                Some((service.clone(), build))
            }
            _ => None,
        });
        named.collect()
    }

    pub(super) fn build(
        &self,
        target: &Target,
        folder: &str,
        (user, place): (User, Place),
    ) -> Build {
        let context = match known(&target.context) {
            Ok(Some(written)) => within(folder, &written),
            Ok(None) => Ok(folder.to_owned()),
            Err(because) => Err(because),
        };
        let build = Build {
            user,
            place,
            dockerfile: self.dockerfile(target, &context),
            context,
            target: known(&target.target).map(|stage| stage.filter(|stage| !stage.is_empty())),
            platforms: target
                .platforms
                .as_ref()
                .map(|lists| split(lists.iter().map(String::as_str)))
                .map_err(ToString::to_string),
            arguments: target
                .arguments
                .iter()
                .map(|(name, value)| {
                    (
                        name.clone(),
                        value.clone().map_err(|unknown| unknown.to_string()),
                    )
                })
                .collect(),
            names_cache: target.names_cache,
            service: None,
            machines: Vec::new(),
        };
        match self
            .services(&target.name)
            .pop()
            .filter(|_| target.name != "default")
        {
            Some((_, service)) => over(build, target, service),
            None => build,
        }
    }

    fn dockerfile(&self, target: &Target, context: &Known<String>) -> Known<Written> {
        if let Some(inline) = target.inline.as_ref().map_err(ToString::to_string)? {
            let (file, _) = self
                .bakes
                .get(inline.file)
                .ok_or_else(|| "a Dockerfile within a bake file is not found".to_owned())?;
            return Ok(Written::Within {
                file: file.path().to_owned(),
                text: inline.text.clone(),
            });
        }
        let written = known(&target.dockerfile)?;
        let context = context.as_deref().map_err(Clone::clone)?;
        within(context, written.as_deref().unwrap_or("Dockerfile")).map(Written::File)
    }
}

/// A target lies over the service of its name, where bake reads the compose file, too.
fn over(build: Build, target: &Target, service: Build) -> Build {
    let says_nothing = |said: &Result<Option<String>, Unknown>| matches!(said, Ok(None));
    let names_none = says_nothing(&target.dockerfile) && matches!(target.inline, Ok(None));
    let (context, dockerfile) = match (says_nothing(&target.context), names_none) {
        (true, true) => (service.context, service.dockerfile),
        (false, true) if build.dockerfile != service.dockerfile => {
            let because = format!("{} names the Dockerfile, perhaps", service.user.title());
            (build.context, Err(because))
        }
        (true, false) if build.context != service.context => {
            let because = format!("{} names the context, perhaps", service.user.title());
            (Err(because.clone()), Err(because))
        }
        _ => (build.context, build.dockerfile),
    };
    Build {
        context,
        dockerfile,
        target: match build.target {
            Ok(None) => service.target,
            said => said,
        },
        platforms: match build.platforms {
            Ok(platforms) if platforms.is_empty() => service.platforms,
            said => said,
        },
        arguments: service
            .arguments
            .into_iter()
            .chain(build.arguments)
            .collect(),
        ..build
    }
}

fn known(said: &Result<Option<String>, Unknown>) -> Known<Option<String>> {
    said.clone().map_err(|unknown| unknown.to_string())
}

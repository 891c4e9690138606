//! Which platforms: those that are asked for, or all that the toolchain compiles for, the suite is released for and
//! every service can be had for. What cannot be built is an error where it was asked for by name, else left out with
//! the reason.

use std::collections::BTreeSet;

use coracle_distro::Suite;
use coracle_oci::Platform;
use coracle_toolchain::{Language, Target};

use super::ServicePlan;
use crate::settings::{Platforms, Settings};
use crate::source;

/// A platform that `all` does not come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutPlatform {
    /// Which.
    pub platform: Platform,
    /// Why not.
    pub reason: String,
}

/// Why there is no image for a platform that was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No toolchain that coracle knows compiles for it.
    #[error("cannot build for {asked}: coracle makes no images for that platform")]
    Unknown {
        /// The platform.
        asked: Platform,
    },
    /// The suite is not released for it.
    #[error("cannot build for {asked}: {suite} has no packages for it")]
    Suite {
        /// The platform.
        asked: Platform,
        /// The suite.
        suite: &'static Suite,
    },
    /// A service cannot be compiled for it here.
    #[error("cannot build {service} for {asked}: {reason}")]
    Service {
        /// The service.
        service: String,
        /// The platform.
        asked: Platform,
        /// Why not.
        reason: String,
    },
    /// Nothing is left of all platforms.
    #[error("no platform can be built{}", lines(.left_out))]
    None {
        /// Each with its reason.
        left_out: Vec<LeftOutPlatform>,
    },
}

fn lines(left_out: &[LeftOutPlatform]) -> String {
    let line = |one: &LeftOutPlatform| format!("\n  {}: {}", one.platform, one.reason);
    left_out.iter().map(line).collect()
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Unknown { asked } if is_level(asked) => Some(format!(
                "write {}: the variant follows from what programs are compiled for (GOAMD64, -C target-cpu)",
                without_variant(asked)
            )),
            Error::Unknown { .. } => {
                let known: Vec<String> = Target::all().map(|target| target.to_string()).into();
                Some(format!("it makes them for {}", known.join(", ")))
            }
            Error::Suite { asked, .. } => {
                let has = |suite: &&Suite| has(suite, asked);
                let suites: Vec<String> = Suite::all()
                    .iter()
                    .filter(has)
                    .map(|suite| format!("--distro {suite}"))
                    .collect();
                (!suites.is_empty()).then(|| format!("use {}", suites.join(" or ")))
            }
            Error::Service { asked, .. } => Some(format!(
                "name it in coracle.toml: prebuilt = {{ \"{asked}\" = \"PATH\", … }}; or build each platform apart, and \
                 join them with `coracle index create`"
            )),
            Error::None { .. } => Some("name the platforms: --platform linux/amd64".to_owned()),
        }
    }
}

fn without_variant(platform: &Platform) -> Platform {
    Platform {
        variant: None,
        ..platform.clone()
    }
}

/// Whether it is a platform that there is, at a higher CPU level.
fn is_level(platform: &Platform) -> bool {
    target(&without_variant(platform)).is_some()
}

/// What a platform's programs are compiled for.
pub(crate) fn target(platform: &Platform) -> Option<Target> {
    Target::of(&platform.normalised().to_string())
}

/// The platform that coracle runs on, which is what is built when nobody says otherwise.
pub fn host() -> Platform {
    Platform::linux(super::host_architecture())
}

fn has(suite: &Suite, platform: &Platform) -> bool {
    let architecture = source::architecture(platform);
    architecture.is_some_and(|one| suite.architectures.contains(&one))
}

/// The suites of these that are released for all platforms.
pub(super) fn serving(suites: Vec<&'static Suite>, platforms: &[Platform]) -> Vec<&'static Suite> {
    let serves = |suite: &&Suite| platforms.iter().all(|platform| has(suite, platform));
    suites.into_iter().filter(serves).collect()
}

/// The platforms to choose from before anything is known of the services.
pub(super) fn candidates(settings: &Settings) -> Result<Vec<Platform>, Error> {
    let Platforms::These(asked) = &settings.platforms else {
        let all: BTreeSet<Platform> = Target::all().into_iter().filter_map(platform_of).collect();
        return Ok(all.into_iter().collect());
    };
    for platform in asked {
        if target(platform).is_none() {
            let asked = platform.clone();
            return Err(Error::Unknown { asked });
        }
    }
    Ok(asked.iter().cloned().collect())
}

fn platform_of(target: Target) -> Option<Platform> {
    target.to_string().parse().ok()
}

/// What is built, and what is not of all platforms.
pub(super) fn decide(
    candidates: Vec<Platform>,
    suite: &'static Suite,
    services: &[ServicePlan],
    settings: &Settings,
) -> Result<(Vec<Platform>, Vec<LeftOutPlatform>), Error> {
    let must = matches!(settings.platforms, Platforms::These(_));
    let mut left_out = Vec::new();
    let mut chosen = Vec::new();
    for platform in candidates {
        match refusal(&platform, suite, services) {
            None => chosen.push(platform),
            Some(error) if must => return Err(error),
            Some(error) => left_out.push(LeftOutPlatform {
                reason: reason(&error),
                platform,
            }),
        }
    }
    if must {
        return Ok((chosen, left_out));
    }
    let others = suite.architectures.iter().copied().map(source::platform);
    let others = others.filter(|platform| target(platform).is_none());
    left_out.extend(others.map(|platform| LeftOutPlatform {
        platform,
        reason: "coracle does not compile for it".to_owned(),
    }));
    left_out.sort_by(|one, other| one.platform.cmp(&other.platform));
    match chosen.is_empty() {
        true => Err(Error::None { left_out }),
        false => Ok((chosen, left_out)),
    }
}

fn refusal(platform: &Platform, suite: &'static Suite, services: &[ServicePlan]) -> Option<Error> {
    let asked = platform.clone();
    if !has(suite, platform) {
        return Some(Error::Suite { asked, suite });
    }
    let why = |service: &ServicePlan| Some((service.name.clone(), cannot(service, platform)?));
    let (service, reason) = services.iter().find_map(why)?;
    Some(Error::Service {
        service,
        asked,
        reason,
    })
}

fn reason(error: &Error) -> String {
    match error {
        Error::Suite { suite, .. } => format!("{suite} has no packages for it"),
        Error::Service {
            service, reason, ..
        } => format!("{service}: {reason}"),
        other => other.to_string(),
    }
}

/// Why a service cannot be had for a platform.
fn cannot(service: &ServicePlan, platform: &Platform) -> Option<String> {
    let is_prebuilt = matches!(service.program.language, Language::Prebuilt(_));
    let lacks = is_prebuilt && !service.programs.contains_key(platform);
    lacks.then(|| "there is no prebuilt program for it".to_owned())
}

//! Services whose program was compiled elsewhere: `prebuilt` of the configuration and `--prebuilt SERVICE=PATH`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_oci::Platform;
use coracle_toolchain::{Program, Project, prebuilt};

use super::platforms;
use crate::settings::{Platforms, ProgramChoice, ServiceSettings, Settings};

/// Why a prebuilt program cannot be taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration has none for the platform.
    #[error("`prebuilt` of {service} has no program for {platform}")]
    NoPlatform {
        /// The service.
        service: String,
        /// The platform that is built.
        platform: Platform,
        /// Those that there are programs for.
        known: Vec<Platform>,
    },
    /// A flag is for a service that is not built.
    #[error("--prebuilt {name} is for no service that is built")]
    NoService {
        /// The name in the flag.
        name: String,
        /// The services that are built.
        services: Vec<String>,
    },
    /// It is no program for the platform.
    #[error("cannot use the program of {service}")]
    Program {
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: prebuilt::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoPlatform {
                known, platform, ..
            } => Some(match known.as_slice() {
                [] => format!("add it: prebuilt = {{ \"{platform}\" = \"PATH\" }}"),
                known => {
                    let known: Vec<_> = known.iter().map(ToString::to_string).collect();
                    format!("add it; there are programs for {}", known.join(", "))
                }
            }),
            Error::NoService { name, services } => Some(format!(
                "services that are built: {}; to make another of the program, name it: coracle build {name} --prebuilt {name}=PATH",
                services.join(", ")
            )),
            Error::Program {
                source: source @ prebuilt::Error::OtherMachine { .. },
                ..
            } => {
                let hint = source.hint().unwrap_or_default();
                Some(format!(
                    "{hint}; several platforms have a program each: prebuilt = {{ \"linux/amd64\" = \"PATH\", … }} in coracle.toml"
                ))
            }
            Error::Program { source, .. } => source.hint(),
        }
    }
}

/// Whether cargo and go must be asked what there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Discovery {
    /// No: the configuration says all of the services.
    Needless,
    /// Only for what manifests say of programs that flags replace: not where cargo or go is absent.
    Optional,
    /// Yes.
    Needed,
}

/// What must be asked for the services that are wanted.
pub fn discovery(settings: &Settings) -> Discovery {
    if !(settings.packages.is_empty() && settings.bins.is_empty()) {
        return Discovery::Needed;
    }
    let one = |name: &String| {
        let configured = settings.services.iter();
        let configured = configured
            .filter(|(key, _)| is_same_name(key, name))
            .find_map(|(_, own)| own.program.as_ref());
        match (configured, flag(settings, name)) {
            (Some(ProgramChoice::Prebuilt(_)), _) => Discovery::Needless,
            (_, Some(_)) => Discovery::Optional,
            (_, None) => Discovery::Needed,
        }
    };
    let most = if settings.wanted.is_empty() {
        settings.services.keys().map(one).max()
    } else {
        settings.wanted.iter().map(one).max()
    };
    most.unwrap_or(Discovery::Needed)
}

/// Service names are lower case; what is typed need not be.
fn is_same_name(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// The path that a flag gives for a service.
fn flag<'a>(settings: &'a Settings, service: &str) -> Option<&'a PathBuf> {
    let mut flags = settings.prebuilt.iter();
    flags
        .find(|(name, _)| is_same_name(name, service))
        .map(|(_, path)| path)
}

/// The project with the programs that only flags name: those that are wanted by name, or all where there is nothing
/// else.
pub(super) fn with_flags(project: &Project, settings: &Settings) -> Project {
    let mut project = project.clone();
    let is_alone = project.programs.is_empty() && settings.services.is_empty();
    for (name, path) in &settings.prebuilt {
        let programs = project.programs.iter().chain(&project.left_out_programs);
        let is_known = settings.services.keys().any(|key| is_same_name(key, name))
            || programs
                .into_iter()
                .any(|program| is_same_name(&program.name, name));
        let is_wanted = settings
            .wanted
            .iter()
            .any(|wanted| is_same_name(wanted, name));
        if !is_known && (is_alone || is_wanted) {
            let program = Program::prebuilt(name, path, &project.root);
            project.programs.push(program);
        }
    }
    project
}

/// The program of a configured service that is compiled elsewhere and not by the repository.
pub(super) fn configured(
    name: &str,
    own: &ServiceSettings,
    project: &Project,
    (settings, candidates): (&Settings, &[Platform]),
) -> Result<Option<Program>, Error> {
    let Some(ProgramChoice::Prebuilt(paths)) = &own.program else {
        return Ok(None);
    };
    if let Some(path) = flag(settings, name) {
        return Ok(Some(Program::prebuilt(name, path, &project.root)));
    }
    let mut found = candidates
        .iter()
        .filter_map(|platform| of_platform(paths, platform));
    let path = found
        .next()
        .ok_or_else(|| no_platform(name, candidates.first(), paths))?;
    let path = settings.configured_path(path);
    Ok(Some(Program::prebuilt(name, &path, &project.root)))
}

fn of_platform<'a>(
    paths: &'a BTreeMap<Platform, PathBuf>,
    platform: &Platform,
) -> Option<&'a PathBuf> {
    let mut paths = paths.iter();
    paths
        .find(|(written, _)| written.normalised() == *platform)
        .map(|(_, path)| path)
}

fn no_platform(
    service: &str,
    platform: Option<&Platform>,
    paths: &BTreeMap<Platform, PathBuf>,
) -> Error {
    Error::NoPlatform {
        service: service.to_owned(),
        platform: platform.cloned().unwrap_or_else(platforms::host),
        known: paths.keys().cloned().collect(),
    }
}

/// The program of a configured service that a flag replaces and that cargo or go could not be asked about.
pub(super) fn replaced(
    name: &str,
    own: &ServiceSettings,
    project: &Project,
    settings: &Settings,
) -> Option<Program> {
    let path = flag(settings, name)?;
    let program = match &own.program {
        Some(ProgramChoice::Cargo { bin: Some(bin), .. }) => bin.as_str(),
        Some(ProgramChoice::Go(folder)) => Path::new(folder)
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(name),
        _ => name,
    };
    Some(Program::prebuilt(program, path, &project.root))
}

/// Puts the file that a flag names in the place of what would be compiled.
pub(super) fn replace(
    name: &str,
    program: Program,
    project: &Project,
    settings: &Settings,
) -> Program {
    match flag(settings, name) {
        Some(path) => program.compiled_elsewhere(path, &project.root),
        None => program,
    }
}

/// Every flag must be for a service that is built.
pub(super) fn check_flags<'a>(
    services: impl Iterator<Item = &'a str> + Clone,
    settings: &Settings,
) -> Result<(), Error> {
    for name in settings.prebuilt.keys() {
        if !services.clone().any(|service| is_same_name(service, name)) {
            return Err(Error::NoService {
                name: name.clone(),
                services: services.map(str::to_owned).collect(),
            });
        }
    }
    Ok(())
}

/// The program of a service for each platform, looked at before anything is compiled for the others. Of all platforms
/// those count that there is a program for; of those that are asked for by name, each must have one.
pub(super) fn programs(
    service: &str,
    own: &ServiceSettings,
    (settings, candidates): (&Settings, &[Platform]),
) -> Result<BTreeMap<Platform, PathBuf>, Error> {
    let must = matches!(settings.platforms, Platforms::These(_));
    let flag = flag(settings, service);
    let none = BTreeMap::new();
    let configured = match &own.program {
        Some(ProgramChoice::Prebuilt(paths)) => paths,
        _ => &none,
    };
    let mut programs = BTreeMap::new();
    for platform in candidates {
        let path = match flag {
            Some(path) => path.clone(),
            None => match of_platform(configured, platform) {
                Some(path) => settings.configured_path(path),
                None if must => return Err(no_platform(service, Some(platform), configured)),
                None => continue,
            },
        };
        match check(&path, platform) {
            Ok(()) => {
                programs.insert(platform.clone(), path);
            }
            Err(prebuilt::Error::OtherMachine { .. }) if !must && flag.is_some() => {}
            Err(source) => {
                let service = service.to_owned();
                return Err(Error::Program { service, source });
            }
        }
    }
    Ok(programs)
}

fn check(path: &Path, platform: &Platform) -> Result<(), prebuilt::Error> {
    match platforms::target(platform) {
        Some(target) => prebuilt::check(path, target),
        None => Ok(()),
    }
}

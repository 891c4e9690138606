//! Services whose program was compiled elsewhere: `prebuilt` of the configuration and `--prebuilt SERVICE=PATH`.

use std::path::{Path, PathBuf};

use coracle_oci::Platform;
use coracle_toolchain::{Program, Project, Target, prebuilt};

use crate::settings::{ProgramChoice, ServiceSettings, Settings};

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
    settings: &Settings,
) -> Result<Option<Program>, Error> {
    let Some(ProgramChoice::Prebuilt(paths)) = &own.program else {
        return Ok(None);
    };
    if let Some(path) = flag(settings, name) {
        return Ok(Some(Program::prebuilt(name, path, &project.root)));
    }
    let path = paths
        .get(&settings.platform)
        .ok_or_else(|| Error::NoPlatform {
            service: name.to_owned(),
            platform: settings.platform.clone(),
            known: paths.keys().cloned().collect(),
        })?;
    let path = settings.configured_path(path);
    Ok(Some(Program::prebuilt(name, &path, &project.root)))
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

/// Looks at the file of a service before anything is compiled for the others.
pub(super) fn check_program(service: &str, path: &Path, platform: &Platform) -> Result<(), Error> {
    let target = match platform.architecture.as_str() {
        "amd64" => Target::LinuxAmd64,
        "arm64" => Target::LinuxArm64,
        "arm" if platform.variant.as_deref() == Some("v7") => Target::LinuxArmV7,
        _ => return Ok(()),
    };
    prebuilt::check(path, target).map_err(|source| Error::Program {
        service: service.to_owned(),
        source,
    })
}

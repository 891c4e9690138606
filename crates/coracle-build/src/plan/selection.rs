//! Which programs become services, and what their images are called.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use coracle_oci::Platform;
use coracle_toolchain::{Language, LeftOut, Program, Project};

use super::{narrow, prebuilt};
use crate::settings::{ProgramChoice, ServiceSettings, Settings};

/// What was chosen.
pub(super) struct Chosen {
    pub(super) services: Vec<Service>,
    pub(super) left_out: Vec<LeftOut>,
}

/// A service and the program it is made of.
pub(super) struct Service {
    pub(super) name: String,
    pub(super) program: Program,
    /// The prebuilt programs by platform, of which `program` is the first.
    pub(super) programs: BTreeMap<Platform, PathBuf>,
    pub(super) settings: ServiceSettings,
}

/// Why the services cannot be chosen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was asked for on the command line is not there, or is there twice.
    #[error(transparent)]
    Select(#[from] coracle_toolchain::select::Error),
    /// `-p` or `--bin` fits nothing.
    #[error(transparent)]
    Narrow(#[from] narrow::Error),
    /// A prebuilt program: see `prebuilt::Error`.
    #[error(transparent)]
    Prebuilt(#[from] prebuilt::Error),
    /// Nothing is left to build.
    #[error("no service in {directory}{}", left_out_text(.left_out))]
    NoServices {
        /// Where.
        directory: String,
        /// What is no service.
        left_out: Vec<LeftOut>,
    },
    /// A configured service has no program.
    #[error("`[services.{service}]` names {wanted}, which is no program of this repository")]
    NoProgram {
        /// The service.
        service: String,
        /// What it names.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// Two services whose images would have one name.
    #[error("{first} and {second} would both be called {name}: image names are lower case")]
    NameClash {
        /// The image's name.
        name: String,
        /// One program.
        first: String,
        /// The other.
        second: String,
    },
    /// `-t name:tag` with several services.
    #[error("-t {name} names one image, and there are {services} services")]
    OneNameForMany {
        /// The name.
        name: String,
        /// How many services.
        services: usize,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Select(error) => error.hint(),
            Error::Narrow(error) => error.hint(),
            Error::Prebuilt(error) => error.hint(),
            Error::NoServices { .. } => Some("a service is a Cargo binary or a Go `package main`; -C DIR looks elsewhere".to_owned()),
            Error::NoProgram { known, .. } => Some(format!("programs here: {}", known.join(", "))),
            Error::NameClash { .. } => Some("give one of them another name with `[services.NAME] cargo = { package = …, bin = … }`".to_owned()),
            Error::OneNameForMany { .. } => Some("use -t TAG for all, or name the one service to build".to_owned()),
        }
    }
}

fn left_out_text(left_out: &[LeftOut]) -> String {
    let line = |item: &LeftOut| {
        format!(
            "\n  left out: {} ({}): {}",
            item.name, item.path, item.reason
        )
    };
    left_out.iter().map(line).collect()
}

/// Chooses: the configured services where there are any, else every program; of these the wanted ones.
pub(super) fn choose(
    project: &Project,
    settings: &Settings,
    candidates: &[Platform],
) -> Result<Chosen, Error> {
    let mut left_out = project.left_out.clone();
    let project = &prebuilt::with_flags(project, settings);
    let mut services = if settings.services.is_empty() {
        all(&narrow::project(project, settings), settings)?
    } else {
        let mut services = configured(project, (settings, candidates), &mut left_out)?;
        services.retain(|service| narrow::is_asked(&service.program, settings));
        services
    };
    if services.is_empty() {
        services = all(&narrow::project(project, settings), settings)?;
    }
    narrow::check(
        services.iter().map(|service| &service.program),
        project,
        settings,
    )?;
    if services.is_empty() {
        let directory = settings.directory.display().to_string();
        return Err(Error::NoServices {
            directory,
            left_out,
        });
    }
    check_names(&services)?;
    check_single_name(settings, services.len())?;
    replace_prebuilt(&mut services, project, (settings, candidates))?;
    Ok(Chosen { services, left_out })
}

/// The programs of the project that are wanted, as services that nobody configured.
fn all(project: &Project, settings: &Settings) -> Result<Vec<Service>, Error> {
    let chosen = coracle_toolchain::select::select(project, &settings.wanted)?;
    let service = |program: &Program| unconfigured(settings, program.clone());
    Ok(chosen.into_iter().map(service).collect())
}

/// Puts prebuilt programs in the place of those that would be compiled, and looks at each.
fn replace_prebuilt(
    services: &mut [Service],
    project: &Project,
    (settings, candidates): (&Settings, &[Platform]),
) -> Result<(), Error> {
    let names = services.iter().map(|service| service.name.as_str());
    prebuilt::check_flags(names, settings)?;
    for service in services {
        let program = service.program.clone();
        service.program = prebuilt::replace(&service.name, program, project, settings);
        if matches!(service.program.language, Language::Prebuilt(_)) {
            let of = (settings, candidates);
            service.programs = prebuilt::programs(&service.name, &service.settings, of)?;
        }
    }
    Ok(())
}

fn unconfigured(settings: &Settings, program: Program) -> Service {
    Service {
        name: program.name.to_lowercase(),
        program,
        programs: BTreeMap::new(),
        settings: settings.unconfigured.clone(),
    }
}

fn configured(
    project: &Project,
    (settings, candidates): (&Settings, &[Platform]),
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Service>, Error> {
    let mut services = Vec::new();
    for (name, own) in &settings.services {
        let program = match prebuilt::configured(name, own, project, (settings, candidates))? {
            Some(program) => program,
            None => configured_program(project, settings, name, own)?,
        };
        services.push(Service {
            name: name.to_lowercase(),
            program,
            programs: BTreeMap::new(),
            settings: own.clone(),
        });
    }
    let is_service = |program: &Program| {
        services
            .iter()
            .any(|service| same(&service.program, program))
    };
    for program in project
        .programs
        .iter()
        .filter(|program| !is_service(program))
    {
        left_out.push(LeftOut {
            name: program.name.clone(),
            path: program.package.clone(),
            reason: "the configuration has no [services] entry for it".to_owned(),
        });
    }
    if settings.wanted.is_empty() {
        return Ok(services);
    }
    wanted_of(project, settings, services)
}

/// A prebuilt program stands for the repository's own of the same name.
fn same(one: &Program, other: &Program) -> bool {
    let is_prebuilt = matches!(one.language, Language::Prebuilt(_));
    one.name == other.name && (is_prebuilt || one.package == other.package)
}

/// Of the configured services those whose own name is wanted, and programs that are wanted as `package:bin` all the same.
fn wanted_of(
    project: &Project,
    settings: &Settings,
    services: Vec<Service>,
) -> Result<Vec<Service>, Error> {
    let mut by_name: BTreeMap<String, Service> = services
        .into_iter()
        .map(|service| (service.name.clone(), service))
        .collect();
    let mut chosen = Vec::new();
    for wanted in &settings.wanted {
        if let Some(service) = by_name.remove(&wanted.to_lowercase()) {
            chosen.push(service);
            continue;
        }
        for program in coracle_toolchain::select::select(project, std::slice::from_ref(wanted))? {
            let configured = by_name
                .iter()
                .find(|(_, service)| same(&service.program, program));
            let name = configured.map(|(name, _)| name.clone());
            chosen.push(match name.and_then(|name| by_name.remove(&name)) {
                Some(service) => service,
                None => unconfigured(settings, program.clone()),
            });
        }
    }
    Ok(chosen)
}

/// The program of a configured service. Who names one that the rule leaves out wants it.
fn configured_program(
    project: &Project,
    settings: &Settings,
    name: &str,
    own: &ServiceSettings,
) -> Result<Program, Error> {
    let mut programs = project.programs.iter().chain(&project.left_out_programs);
    let found = match &own.program {
        Some(ProgramChoice::Go(folder)) => {
            programs.find(|program| is_go_folder(settings, program, folder))
        }
        Some(ProgramChoice::Cargo { package, bin }) => {
            let bin = bin.as_deref().unwrap_or(name);
            let in_package = |program: &Program| {
                let is_rust = matches!(program.language, Language::Rust(_));
                is_rust
                    && package
                        .as_ref()
                        .is_none_or(|package| *package == program.package)
            };
            programs.find(|program| program.name == bin && in_package(program))
        }
        Some(ProgramChoice::Prebuilt(_)) | None => {
            match coracle_toolchain::select::select(project, &[name.to_owned()]) {
                Ok(found) => found.into_iter().next(),
                Err(error @ coracle_toolchain::select::Error::Ambiguous { .. }) => {
                    return Err(error.into());
                }
                Err(_) => None,
            }
        }
    };
    let found = found
        .cloned()
        .or_else(|| prebuilt::replaced(name, own, project, settings));
    found.ok_or_else(|| Error::NoProgram {
        service: name.to_owned(),
        wanted: wanted_program(name, own),
        known: project
            .programs
            .iter()
            .map(|program| program.name.clone())
            .collect(),
    })
}

fn wanted_program(name: &str, own: &ServiceSettings) -> String {
    match &own.program {
        Some(ProgramChoice::Go(folder)) => format!("the Go folder {folder}"),
        Some(ProgramChoice::Cargo { package, bin }) => {
            let bin = bin.as_deref().unwrap_or(name);
            package
                .as_ref()
                .map_or_else(|| bin.to_owned(), |package| format!("{package}:{bin}"))
        }
        Some(ProgramChoice::Prebuilt(_)) | None => name.to_owned(),
    }
}

fn is_go_folder(settings: &Settings, program: &Program, folder: &str) -> bool {
    let Language::Go(go) = &program.language else {
        return false;
    };
    go.directory == settings.configured_path(Path::new(folder))
}

fn check_names(services: &[Service]) -> Result<(), Error> {
    let mut seen: BTreeMap<&str, &Program> = BTreeMap::new();
    for service in services {
        if let Some(first) = seen.insert(&service.name, &service.program) {
            let full = |program: &Program| format!("{}:{}", program.package, program.name);
            return Err(Error::NameClash {
                name: service.name.clone(),
                first: full(first),
                second: full(&service.program),
            });
        }
    }
    Ok(())
}

/// `-t name:tag` is for one service only.
fn check_single_name(settings: &Settings, services: usize) -> Result<(), Error> {
    match &settings.name {
        Some(name) if services != 1 => Err(Error::OneNameForMany {
            name: name.clone(),
            services,
        }),
        _ => Ok(()),
    }
}

//! The plan: everything that can be decided before compiling, each decision with its reason.
//!
//! `Plan` is data. `coracle plan` prints it and the pipeline walks it; neither decides anything again. What only the
//! finished binary can tell (which libraries, whether it needs CA certificates) is listed as such, not guessed.

mod existing;
pub mod files;
mod labels;
mod linkage;
mod name;
mod narrow;
mod native;
pub mod open;
pub mod platforms;
mod prebuilt;
mod selection;
mod service;
pub(crate) mod suite;
mod template;
mod user;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use coracle_distro::Suite;
use coracle_oci::Platform;
use coracle_toolchain::{Inputs, Language, LeftOut, Program, Project, git};

/// A health check as images have it.
pub use coracle_oci::config::Healthcheck;

pub(crate) use self::existing::compose_file;
pub use self::files::FileCopy;
pub use self::linkage::Linkage;
pub use self::name::{Error as NameError, ImageName};
pub use self::open::{Open, OpenText, Piece};
pub use self::platforms::LeftOutPlatform;
pub use self::prebuilt::{Discovery, discovery};
pub use self::service::ServicePlan;
pub use self::user::{NONROOT, UserId};
use crate::event::{Event, Observer};
use crate::lock::LockFile;
use crate::settings::{ServiceSettings, Settings};
/// What dependencies ask of the system.
pub use coracle_toolchain::{Native, NativeNeed};

/// What a run will do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The folder that was looked at.
    pub directory: PathBuf,
    /// The suite that packages come from.
    pub suite: Decision<&'static Suite>,
    /// Suites that are tried when that one does not serve, in this order: none where the user chose it.
    pub other_suites: Vec<&'static Suite>,
    /// The platforms of the images, sorted.
    pub platforms: Vec<Platform>,
    /// What of all platforms is not built, where all were asked for.
    pub left_out_platforms: Vec<LeftOutPlatform>,
    /// The lock file, there or to be written.
    pub lock: Decision<PathBuf>,
    /// The services, by name.
    pub services: Vec<ServicePlan>,
    /// The names of the build arguments; the values may be secrets.
    pub build_arguments: BTreeSet<String>,
    /// What is no service, and why.
    pub left_out: Vec<LeftOut>,
}

/// A value and why it was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<T> {
    /// The value.
    pub value: T,
    /// Why, in words.
    pub reason: String,
}

impl<T> Decision<T> {
    /// A decision.
    pub fn new(value: T, reason: impl Into<String>) -> Decision<T> {
        let reason = reason.into();
        Decision { value, reason }
    }
}

impl Plan {
    /// What is done for one platform: the same services, with that platform's programs.
    #[must_use]
    pub fn on(&self, platform: &Platform) -> Plan {
        Plan {
            platforms: vec![platform.clone()],
            services: self
                .services
                .iter()
                .map(|service| service.on(platform))
                .collect(),
            ..self.clone()
        }
    }
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Which services: see `selection::Error`.
    #[error(transparent)]
    Selection(#[from] selection::Error),
    /// How they are linked: see `linkage::Error`.
    #[error(transparent)]
    Linkage(#[from] linkage::Error),
    /// Names of images: see `name::Error`.
    #[error(transparent)]
    Name(#[from] name::Error),
    /// The `user` of the configuration.
    #[error(transparent)]
    User(#[from] user::Error),
    /// Its `files`: see `files::Error`.
    #[error(transparent)]
    Files(#[from] files::Error),
    /// `{{ }}` in labels and linker flags: see `template::Error`.
    #[error(transparent)]
    Template(#[from] template::Error),
    /// What git says of the sources.
    #[error("cannot ask git about {service}")]
    Git {
        /// The service.
        service: String,
        /// Why.
        #[source]
        source: coracle_toolchain::git::Error,
    },
    /// Which platforms: see `platforms::Error`.
    #[error(transparent)]
    Platform(#[from] platforms::Error),
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Selection(error) => error.hint(),
            Error::Linkage(error) => error.hint(),
            Error::Name(error) => error.hint(),
            Error::User(error) => error.hint(),
            Error::Files(error) => error.hint(),
            Error::Template(error) => error.hint(),
            Error::Git { source, .. } => source.hint(),
            Error::Platform(error) => error.hint(),
        }
    }

    /// Whether nothing here has the name of the service that was asked for.
    pub fn is_unknown_service(&self) -> bool {
        let Error::Selection(error) = self else {
            return false;
        };
        matches!(
            error,
            selection::Error::Select(coracle_toolchain::select::Error::Unknown { .. })
                | selection::Error::NoServices { .. }
        )
    }

    /// Whether cargo or go failed, rather than the configuration being wrong.
    pub fn is_toolchain(&self) -> bool {
        matches!(
            self,
            Error::Linkage(linkage::Error::Graph { .. }) | Error::Git { .. }
        )
    }
}

/// Decides.
///
/// # Errors
/// When the services, their linkage or their settings do not fit together.
pub fn make(
    project: &Project,
    settings: &Settings,
    lock: &LockFile,
    observer: Observer<'_>,
) -> Result<Plan, Error> {
    let candidates = platforms::candidates(settings)?;
    let chosen = selection::choose(project, settings, &candidates)?;
    let files = existing::Files::find(settings, observer);
    let services = chosen
        .services
        .into_iter()
        .map(|service| plan_service(project, settings, &files, service, observer))
        .collect::<Result<Vec<_>, _>>()?;
    let (suite, other_suites) = suite::choose(settings, lock);
    let (platforms, left_out_platforms) =
        platforms::decide(candidates, suite.value, &services, settings)?;
    suite::tell_support(suite.value, observer);
    Ok(Plan {
        directory: settings.directory.clone(),
        suite,
        other_suites: platforms::serving(other_suites, &platforms),
        platforms,
        left_out_platforms,
        lock: Decision::new(lock.path.clone(), lock.reason.clone()),
        services,
        build_arguments: settings.build_arguments.keys().cloned().collect(),
        left_out: chosen.left_out,
    })
}

fn plan_service(
    project: &Project,
    settings: &Settings,
    files: &existing::Files,
    service: selection::Service,
    observer: Observer<'_>,
) -> Result<ServicePlan, Error> {
    let entrypoint = entrypoint(&service);
    let existing = existing::read(
        files,
        project,
        settings,
        &service,
        (&entrypoint.value, &settings.build_arguments),
        observer,
    );
    let selection::Service {
        name,
        mut program,
        programs,
        settings: mut own,
    } = service;
    let files = files::decide(&name, &program, &own.files, settings)?;
    let (linkage, graph) = linkage::decide(&name, &program, &own, settings)?;
    let native = native::of(&name, &program, (&own, graph.as_ref()), settings, observer);
    let asked = |source| Error::Git {
        service: name.clone(),
        source,
    };
    add_inputs(project, settings, &mut program, (&programs, &files)).map_err(asked)?;
    let labels = (&own, existing.labels);
    let mut found = labels::collect(project, settings, &name, &program, labels).map_err(asked)?;
    let names = template::Names::of(settings, &name, &program, found.revision.as_ref());
    let open = names.open(settings, &own)?;
    names.fill_labels(&mut found, settings, &own)?;
    own.ldflags = names.fill_linker_flags(&own.ldflags)?;
    tell(&name, found.notes, observer);
    Ok(ServicePlan {
        packages: expected_packages(&linkage.value, &own),
        linkage,
        native,
        user: user::decide(own.user.as_deref())?,
        entrypoint,
        arguments: own.arguments.clone(),
        working_directory: working_directory(&own),
        environment: own.environment.clone(),
        expose: configured(&own.expose).chain(existing.expose).collect(),
        healthcheck: existing.healthcheck,
        volumes: own.volumes.clone(),
        files,
        labels: found.labels,
        open,
        names: name::names(settings, &name)?,
        name,
        program,
        programs,
        settings: own,
    })
}

fn tell(service: &str, notes: Vec<String>, observer: Observer<'_>) {
    for text in notes {
        let service = Some(service.to_owned());
        observer(&Event::Note { service, text });
    }
}

/// The programs of all platforms, and what is copied, count as the program's own sources: so an image is labelled alike
/// on each platform. A prebuilt program that git does not know has none: no commit
/// is what it is made of.
fn add_inputs(
    project: &Project,
    settings: &Settings,
    program: &mut Program,
    (programs, files): (&BTreeMap<Platform, PathBuf>, &[FileCopy]),
) -> Result<(), git::Error> {
    let root = &project.root;
    for path in programs.values() {
        let is_folder = false;
        program.inputs.add(root, path, is_folder);
    }
    let is_prebuilt = matches!(program.language, Language::Prebuilt(_));
    if is_prebuilt && git::last_commit(root, &program.inputs, &settings.toolchain)?.is_none() {
        program.inputs = Inputs::default();
        return Ok(());
    }
    for copy in files {
        program.inputs.add(root, &copy.from, copy.is_folder);
    }
    Ok(())
}

fn entrypoint(service: &selection::Service) -> Decision<Vec<String>> {
    match &service.settings.entrypoint {
        Some(words) => Decision::new(words.clone(), "the configuration says so"),
        None => {
            let binary = format!("/app/{}", service.program.name);
            Decision::new(vec![binary], "the binary itself")
        }
    }
}

fn working_directory(own: &ServiceSettings) -> String {
    let own = own.working_directory.clone();
    own.unwrap_or_else(|| "/".to_owned())
}

fn configured(values: &[String]) -> impl Iterator<Item = Decision<String>> {
    let decided = |value: &String| Decision::new(value.clone(), "the configuration says so");
    values.iter().map(decided)
}

fn expected_packages(linkage: &Linkage, own: &ServiceSettings) -> Vec<Decision<String>> {
    let mut packages = vec![Decision::new(
        "base-files".to_owned(),
        "os-release and licences, which scanners read",
    )];
    if matches!(linkage, Linkage::Dynamic | Linkage::Cgo) {
        packages.push(Decision::new(
            "libc6".to_owned(),
            "the program is linked to the C library",
        ));
        packages.push(Decision::new(
            "libgcc-s1".to_owned(),
            "unwinding; glibc also opens it by name",
        ));
    }
    let named = own
        .packages
        .iter()
        .map(|name| Decision::new(name.clone(), "the configuration names it"));
    packages.extend(named);
    packages.sort_by(|a, b| a.value.cmp(&b.value));
    packages.dedup_by(|a, b| a.value == b.value);
    packages
}

/// The host's architecture in the image specification's words.
pub fn host_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

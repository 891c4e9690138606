//! Arguments, `coracle.toml` and the environment become [`Settings`] here, once. Flags win over the file, the file
//! over the environment's defaults; nothing below reads any of the three.

mod builder;
mod environment;
pub(crate) mod file;
mod github;
mod pairs;
mod platforms;
mod policy;
mod publishing;
mod sccache;
mod service;
mod toolchain;
mod unproven;

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use coracle_build::Settings;
use coracle_build::settings::{
    ArchiveUrls, BackEnd, Choice, ENGINE, ReferenceError, Repository, Suite, UnknownSuite,
};

pub(crate) use self::environment::variable;
pub(crate) use self::platforms::{Error as PlatformError, named as platforms_named};
pub(crate) use self::policy::{Error as PolicyError, read as policy_of};
pub(crate) use self::toolchain::own as own_toolchain;

use self::environment::Environment;
use self::file::Configuration;
use crate::arguments::{self, Global, Selection};

/// Why there are no settings.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    File(#[from] file::Error),
    #[error(transparent)]
    Service(#[from] service::Error),
    #[error("cannot work in {path}")]
    Directory {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{origin} is no suite")]
    Suite {
        origin: String,
        #[source]
        source: UnknownSuite,
    },
    #[error(transparent)]
    Platform(#[from] platforms::Error),
    #[error("`{written}` (from {origin}) is no repository that images can go to")]
    Repository {
        written: String,
        origin: String,
        #[source]
        source: ReferenceError,
    },
    #[error("--push needs to know where to")]
    NoRepository,
    #[error(transparent)]
    Builder(#[from] builder::Error),
    #[error(transparent)]
    Pair(#[from] pairs::Error),
    #[error(transparent)]
    Unproven(#[from] unproven::Error),
    #[error("`max = {written}` of [layers] is no number of layers from 1 to 100")]
    Layers { written: i64 },
    #[error(transparent)]
    Publishing(#[from] publishing::Error),
    #[error(transparent)]
    Github(#[from] github::Error),
    #[error("SOURCE_DATE_EPOCH is `{written}`, expected seconds since 1970")]
    Epoch { written: String },
    #[error(
        "there is no place for the local store: neither CORACLE_STORE, XDG_CACHE_HOME nor HOME is set"
    )]
    NoStore,
    #[error("cannot read the keyring {path}")]
    Keyring {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("-t names an image ({name}) and there are {names} of -t")]
    NameAndTags { name: String, names: usize },
}

impl Error {
    /// What to do next.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Error::File(error) => error.hint(),
            Error::Service(error) => error.hint(),
            Error::Builder(error) => error.hint(),
            Error::Pair(error) => error.hint(),
            Error::Github(error) => error.hint(),
            Error::Unproven(error) => Some(error.hint()),
            Error::Layers { .. } => Some("runtimes take at most 127 layers, and each costs a request: 16 is a good number".to_owned()),
            Error::Suite { source, .. } => source.hint(),
            Error::Platform(error) => error.hint(),
            Error::Repository { source, .. } => source.hint(),
            Error::NoRepository => Some(
                "set CORACLE_REPOSITORY, or `repository` in coracle.toml, to what comes before the service's name: ghcr.io/acme"
                    .to_owned(),
            ),
            Error::NoStore => Some("set CORACLE_STORE to a folder".to_owned()),
            Error::NameAndTags { .. } => Some("use one -t NAME:TAG, or only tags".to_owned()),
            _ => None,
        }
    }
}

/// What the commands differ in.
pub(crate) struct Asked<'a> {
    pub(crate) global: &'a Global,
    pub(crate) selection: Option<&'a Selection>,
    pub(crate) archive: Option<&'a arguments::Archive>,
    pub(crate) build: Option<&'a arguments::Build>,
    pub(crate) publishing: Option<&'a arguments::Publishing>,
    pub(crate) compiling: Option<&'a arguments::Compiling>,
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

impl<'a> Asked<'a> {
    /// A command with these options alone.
    pub(crate) fn of(global: &'a Global) -> Asked<'a> {
        Asked {
            global,
            selection: None,
            archive: None,
            build: None,
            publishing: None,
            compiling: None,
            jobs: None,
        }
    }
}

/// Reads the file and the environment and puts everything together.
pub(crate) fn read(asked: &Asked<'_>) -> Result<Settings, Error> {
    let environment = Environment::read();
    let started = canonical(&asked.global.directory)?;
    let (configuration, folder) = find_configuration(&started)?;
    let directory = folder.clone().unwrap_or(started);
    let names = Names::read(asked.build)?;
    let by_digest = asked.build.is_some_and(|build| build.push_by_digest);
    let push = by_digest || asked.publishing.is_some_and(|publishing| publishing.push);
    let pushed = (push, by_digest);
    let repository = repository(&configuration, &environment)?;
    check_named(push, asked, (&names, repository.as_ref()))?;
    let selection = asked.selection;
    let listed = |of: fn(&Selection) -> &Vec<String>| {
        selection.map(|told| of(told).clone()).unwrap_or_default()
    };
    Ok(Settings {
        wanted: listed(|selection| &selection.services),
        packages: listed(|selection| &selection.packages),
        bins: listed(|selection| &selection.bins),
        prebuilt: pairs::prebuilt(selection)?,
        services: service::all(&configuration, selection)?,
        unconfigured: service::from_flags(selection),
        platforms: platforms::read(&configuration.platforms, selection)?,
        suite: suite(&configuration, selection)?,
        back_end: configuration.back_end.map(back_end),
        builder: builder::read(asked.compiling, &configuration, &environment)?,
        archive: archive(&configuration, asked.archive),
        apt_directory: Some(PathBuf::from("/etc/apt")),
        signed_by: keyring(&configuration, asked.archive, &directory)?,
        locked: selection.is_some_and(|selection| selection.locked),
        offline: selection.is_some_and(|selection| selection.offline),
        allow_older: asked.archive.is_some_and(|archive| archive.allow_older),
        jobs: asked.jobs.map(usize::from),
        memory: environment::free_memory(),
        repository,
        tags: names.tags,
        name: names.name,
        labels: pairs::labels(&configuration.labels, selection)?,
        build_arguments: pairs::build_arguments(selection, environment::variable)?,
        layers_max: layers_max(&configuration)?,
        store: environment.store.clone().ok_or(Error::NoStore)?,
        engine: engine(),
        build: environment.own_program.as_deref().and_then(build_of),
        now: SystemTime::now(),
        epoch: epoch(&environment)?,
        toolchain: toolchain::read((&configuration, &directory), &environment, selection),
        destination: publishing::destination(
            asked.publishing,
            environment.credential_files,
            pushed,
        )?,
        smoke: publishing::smoke(asked.build)?,
        github: github::read(&configuration.github)?,
        allow_unproven: unproven::codes(asked.publishing)?,
        configuration_directory: folder,
        directory,
    })
}

/// What is pushed has a name. An index may be named after its images.
fn check_named(
    push: bool,
    asked: &Asked<'_>,
    (names, repository): (&Names, Option<&Repository>),
) -> Result<(), Error> {
    let is_named = names.name.is_some() || asked.build.is_none() || repository.is_some();
    match push && !is_named {
        true => Err(Error::NoRepository),
        false => Ok(()),
    }
}

fn back_end(written: file::BackEnd) -> BackEnd {
    match written {
        file::BackEnd::Zig => BackEnd::Zig,
        file::BackEnd::Clang => BackEnd::Clang,
    }
}

/// Docker's own variable names the socket; another machine's engine is not asked.
fn engine() -> PathBuf {
    let told = variable("DOCKER_HOST");
    let told = told.as_ref().and_then(|told| told.to_str());
    let socket = told.and_then(|told| told.strip_prefix("unix://"));
    PathBuf::from(socket.unwrap_or(ENGINE))
}

/// The file of this program as it is now: each build and each installation writes it anew.
fn build_of(program: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let data = program.metadata().ok()?;
    let (version, length) = (env!("CARGO_PKG_VERSION"), data.len());
    let (seconds, nanoseconds) = (data.mtime(), data.mtime_nsec());
    Some(format!("{version} {length} {seconds}.{nanoseconds}"))
}

fn canonical(path: &Path) -> Result<PathBuf, Error> {
    std::fs::canonicalize(path).map_err(|source| Error::Directory {
        path: path.to_owned(),
        source,
    })
}

/// `coracle.toml` here or above, up to the top of the git repository; else `[workspace.metadata.coracle]` here.
fn find_configuration(directory: &Path) -> Result<(Configuration, Option<PathBuf>), Error> {
    let top = coracle_build::lock::git_top(directory);
    for folder in directory.ancestors() {
        let path = folder.join("coracle.toml");
        if path.is_file() {
            return Ok((file::read(&path)?, Some(folder.to_owned())));
        }
        if top.as_deref().is_none_or(|top| top == folder) {
            break;
        }
    }
    let manifest = directory.join("Cargo.toml");
    if manifest.is_file()
        && let Some(configuration) = file::read_cargo_metadata(&manifest)?
    {
        return Ok((configuration, Some(directory.to_owned())));
    }
    Ok((Configuration::default(), None))
}

/// What -t says: tags for all, or one full name.
struct Names {
    tags: Vec<String>,
    name: Option<String>,
}

impl Names {
    fn read(build: Option<&arguments::Build>) -> Result<Names, Error> {
        let written = build.map(|build| build.tags.clone()).unwrap_or_default();
        let full = written
            .iter()
            .find(|written| written.contains([':', '/']))
            .cloned();
        match full {
            Some(name) if written.len() > 1 => Err(Error::NameAndTags {
                name,
                names: written.len(),
            }),
            Some(name) => Ok(Names {
                tags: Vec::new(),
                name: Some(name),
            }),
            None if written.is_empty() => Ok(Names {
                tags: vec!["latest".to_owned()],
                name: None,
            }),
            None => Ok(Names {
                tags: written,
                name: None,
            }),
        }
    }
}

fn repository(
    configuration: &Configuration,
    environment: &Environment,
) -> Result<Option<Repository>, Error> {
    let from_file = configuration
        .repository
        .clone()
        .map(|written| (written, "coracle.toml"));
    let Some((written, origin)) = environment.repository.clone().or(from_file) else {
        return Ok(None);
    };
    let repository = written.parse().map_err(|source| Error::Repository {
        written: written.clone(),
        origin: origin.to_owned(),
        source,
    })?;
    Ok(Some(repository))
}

fn suite(
    configuration: &Configuration,
    selection: Option<&Selection>,
) -> Result<Option<Choice<&'static Suite>>, Error> {
    let flag = selection.and_then(|selection| Some((selection.distro.clone()?, "--distro")));
    let file = configuration
        .distro
        .clone()
        .map(|written| (written, "coracle.toml"));
    let Some((written, origin)) = flag.or(file) else {
        return Ok(None);
    };
    let value = Suite::parse(&written).map_err(|source| Error::Suite {
        origin: format!("`{written}` ({origin})"),
        source,
    })?;
    let origin = origin.to_owned();
    Ok(Some(Choice { value, origin }))
}

fn archive(
    configuration: &Configuration,
    flags: Option<&arguments::Archive>,
) -> Option<Choice<ArchiveUrls>> {
    let from_flags =
        flags.and_then(|flags| Some((flags.main.clone()?, flags.security.clone()?, "--archive")));
    let from_file = || {
        let archive = configuration.archive.as_ref()?;
        Some((
            archive.main.clone(),
            archive.security.clone(),
            "coracle.toml",
        ))
    };
    let (main, security, origin) = from_flags.or_else(from_file)?;
    Some(Choice {
        value: ArchiveUrls { main, security },
        origin: origin.to_owned(),
    })
}

fn keyring(
    configuration: &Configuration,
    flags: Option<&arguments::Archive>,
    directory: &Path,
) -> Result<Option<Vec<u8>>, Error> {
    let from_flag = flags.and_then(|flags| flags.signed_by.clone());
    let from_file = || Some(directory.join(configuration.archive.as_ref()?.signed_by.as_ref()?));
    let Some(path) = from_flag.or_else(from_file) else {
        return Ok(None);
    };
    match std::fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(source) => Err(Error::Keyring { path, source }),
    }
}

fn layers_max(configuration: &Configuration) -> Result<Option<usize>, Error> {
    let written = configuration.layers.max;
    let number = |written| match usize::try_from(written) {
        Ok(number @ 1..=100) => Ok(number),
        _ => Err(Error::Layers { written }),
    };
    written.map(number).transpose()
}

fn epoch(environment: &Environment) -> Result<i64, Error> {
    match &environment.source_date_epoch {
        None => Ok(0),
        Some(written) => written.parse().map_err(|_| Error::Epoch {
            written: written.clone(),
        }),
    }
}

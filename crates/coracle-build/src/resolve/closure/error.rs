//! Why a need cannot be met.

/// Why a need cannot be met.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No package of the suite has a library of this name.
    #[error(
        "no package of {suite} holds {soname}, which is {} by {}",
        if *.is_opened { "opened (dlopen in coracle.toml)" } else { "needed" },
        .chain.join(" → ")
    )]
    NoOwner {
        /// The library.
        soname: String,
        /// The suite.
        suite: String,
        /// Who needs it.
        chain: Vec<String>,
        /// The configuration says that the program opens it.
        is_opened: bool,
    },
    /// The suite has no such package.
    #[error("{suite} has no package {package} ({reason})")]
    NoPackage {
        /// The package.
        package: String,
        /// The suite.
        suite: String,
        /// Why it is wanted.
        reason: String,
    },
    /// What the configuration names cannot be had with its dependencies.
    #[error("cannot satisfy packages = {packages:?}")]
    Dependencies {
        /// The packages.
        packages: Vec<String>,
        /// Why.
        #[source]
        source: coracle_distro::solve::Error,
    },
    /// What a library's package names for the programs that use it cannot be had.
    #[error("cannot satisfy {}, which {library} names for the programs that use it", .packages.join(", "))]
    Implied {
        /// The library's package.
        library: String,
        /// The relations.
        packages: Vec<String>,
        /// Why.
        #[source]
        source: coracle_distro::solve::Error,
    },
    /// The index of libraries cannot be read.
    #[error("cannot look up which package holds {soname}")]
    Owners {
        /// The library.
        soname: String,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// A package cannot be fetched.
    #[error("cannot get {package}")]
    Fetch {
        /// Which, `name=version`.
        package: String,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// A library of a package cannot be read.
    #[error("cannot read {path} of {package}")]
    Library {
        /// The library.
        path: String,
        /// The package.
        package: String,
        /// Why.
        #[source]
        source: coracle_binary::elf::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoOwner {
                is_opened: true, ..
            } => Some(
                "name it as the program does; `files` can copy one that you bring, and `provided` names one that is there at run time"
                    .to_owned(),
            ),
            Error::NoOwner { .. } => Some(
                "install it where you build from a package of this suite, or link without it"
                    .to_owned(),
            ),
            Error::NoPackage { .. } => Some(
                "look the name up at packages of that suite; names differ between suites"
                    .to_owned(),
            ),
            Error::Owners { source, .. } | Error::Fetch { source, .. } => source.hint(),
            Error::Dependencies { source, .. } | Error::Implied { source, .. } => source.hint(),
            Error::Library { .. } => None,
        }
    }
}

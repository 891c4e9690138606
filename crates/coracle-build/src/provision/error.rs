//! Why there is no sysroot, or why it lacks what a build looks for.

use std::path::PathBuf;

use coracle_toolchain::BuildFile;

/// Why a program cannot be compiled against the suite.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A build looks for something that no package has.
    #[error("cannot compile {service} on {suite}: its build looks for {}, which no package of {suite} has", what(.file))]
    Nobody {
        /// The service.
        service: String,
        /// What is missing.
        file: BuildFile,
        /// The suite.
        suite: String,
        /// How the build ended.
        #[source]
        source: Box<coracle_toolchain::compile::Error>,
    },
    /// Several packages have it.
    #[error("cannot compile {service} on {suite}: its build looks for {}, which {} all have", what(.file), .packages.join(", "))]
    Ambiguous {
        /// The service.
        service: String,
        /// What is missing.
        file: BuildFile,
        /// The suite.
        suite: String,
        /// The packages.
        packages: Vec<String>,
        /// How the build ended.
        #[source]
        source: Box<coracle_toolchain::compile::Error>,
    },
    /// The package that has it is in the sysroot, and the build does not find it there.
    #[error("cannot compile {service} on {suite}: its build looks for {} and does not find it in {}, which is there", what(.file), .packages.join(", "))]
    NotFound {
        /// The service.
        service: String,
        /// What is missing.
        file: BuildFile,
        /// The suite.
        suite: String,
        /// The packages.
        packages: Vec<String>,
        /// How the build ended.
        #[source]
        source: Box<coracle_toolchain::compile::Error>,
    },
    /// What is to be compiled against wants another version of a package than the one that the lock pins.
    #[error(
        "coracle.lock pins {package} {pinned}, and what programs are to be compiled against needs {needed}"
    )]
    Moves {
        /// The package.
        package: String,
        /// The lock's version.
        pinned: String,
        /// The other.
        needed: String,
    },
    /// The packages cannot be had together.
    #[error("cannot make a sysroot with {}", .packages.join(", "))]
    Dependencies {
        /// The packages.
        packages: Vec<String>,
        /// Why.
        #[source]
        source: coracle_distro::solve::Error,
    },
    /// The index of development files cannot be read.
    #[error("cannot look up which package holds {file}")]
    Index {
        /// The file.
        file: BuildFile,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// A package cannot be had.
    #[error("cannot get {package}, which programs are compiled against")]
    Fetch {
        /// `name=version`.
        package: String,
        /// Why.
        #[source]
        source: Box<coracle_distro::archive::Error>,
    },
    /// The sysroot cannot be unpacked.
    #[error("cannot unpack the sysroot {}", folder.display())]
    Unpack {
        /// Where.
        folder: PathBuf,
        /// Why.
        #[source]
        source: coracle_distro::sysroot::Error,
    },
    /// The disk fails.
    #[error("cannot use {}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// A file in words: `the header webp/encode.h`.
fn what(file: &BuildFile) -> String {
    match file {
        BuildFile::PkgConfig(module) => format!("{module}.pc"),
        BuildFile::Library(name) => format!("the library {name} (-l{name})"),
        BuildFile::Header(path) => format!("the header {path}"),
    }
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Nobody { service, .. } => Some(format!(
                "if a package brings it under another name, name that: build-packages = [\"…-dev\"] in [services.{service}]; \
                 else the image cannot have it, and the program must do without or bring its own copy"
            )),
            Error::Ambiguous {
                service, packages, ..
            } => {
                let first = packages.first().map_or("…", String::as_str);
                Some(format!(
                    "say which: build-packages = [\"{first}\"] in [services.{service}]"
                ))
            }
            Error::NotFound { packages, .. } => Some(format!(
                "it lies deeper than compilers look: the crate or package must ask pkg-config, or add the folder of {} to its search",
                packages.join(" or ")
            )),
            Error::Dependencies { source, .. } => source.hint(),
            Error::Index { source, .. } | Error::Fetch { source, .. } => source.hint(),
            Error::Unpack { source, .. } => source.hint(),
            Error::Moves { .. } => {
                Some("move the pins to what the archive has now: coracle update".to_owned())
            }
            Error::Disk { .. } => {
                Some("check the free space and the permissions of the local store".to_owned())
            }
        }
    }

    /// The archive's own failure, when that is what it is.
    pub fn archive(&self) -> Option<&coracle_distro::archive::Error> {
        match self {
            Error::Index { source, .. } | Error::Fetch { source, .. } => Some(source),
            _ => None,
        }
    }

    /// Whether cargo or go failed.
    pub fn is_toolchain(&self) -> bool {
        matches!(
            self,
            Error::Nobody { .. } | Error::Ambiguous { .. } | Error::NotFound { .. }
        )
    }

    /// Whether the disk is full or cannot be written.
    pub fn is_disk(&self) -> bool {
        match self {
            Error::Disk { .. } => true,
            Error::Unpack { source, .. } => {
                matches!(source, coracle_distro::sysroot::Error::Disk { .. })
            }
            _ => false,
        }
    }

    /// Whether another suite may serve.
    pub fn missing(&self) -> Option<&BuildFile> {
        match self {
            Error::Nobody { file, .. } => Some(file),
            _ => None,
        }
    }
}

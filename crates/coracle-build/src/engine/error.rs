//! Why a BuildKit compiled nothing, and what to do about it.

use std::path::PathBuf;

use coracle_buildkit::Address;

/// Why a BuildKit compiled nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The builder.
    #[error(transparent)]
    BuildKit(#[from] coracle_buildkit::Error),
    /// What came back cannot be used.
    #[error("cannot take what was compiled")]
    Taken(#[from] coracle_toolchain::compile::Error),
    /// It runs on another platform.
    #[error("{address} runs on {found}, and this coracle, which compiles there, is for {own}")]
    OtherPlatform {
        /// Which builder.
        address: Address,
        /// Its platform.
        found: String,
        /// Ours.
        own: String,
    },
    /// A source is in no folder that all of them have in common.
    #[error("{} is outside the repository in {}, of which a builder is sent a copy", path.display(), repository.display())]
    Outside {
        /// The folder.
        path: PathBuf,
        /// The repository.
        repository: PathBuf,
    },
    /// A folder's name cannot be written into a recipe.
    #[error("the folder {} has a name that a recipe cannot hold: it has a blank, a comma or a quotation mark in it", path.display())]
    FolderName {
        /// The folder.
        path: PathBuf,
    },
    /// The toolchain is no release, so that there is no image with it.
    #[error(
        "`{toolchain}` is no release, and a builder compiles in the image of one ({image}:VERSION)"
    )]
    NoRelease {
        /// What it says of itself.
        toolchain: String,
        /// `rust` or `golang`.
        image: &'static str,
    },
    /// A builder was content, and nothing came back.
    #[error("nothing came back of {service}")]
    Nothing {
        /// The service.
        service: String,
    },
    /// The toolchain does not say what it is.
    #[error(transparent)]
    Probe(#[from] coracle_toolchain::probe::Error),
    /// The recipe or something that it needs cannot be written.
    #[error("cannot prepare what the builder needs in {}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::BuildKit(error) => error.hint(),
            Error::Taken(error) => error.hint(),
            Error::Probe(error) => error.hint(),
            Error::OtherPlatform { own, .. } => Some(format!(
                "name a builder on {own}: it compiles for the other platforms too"
            )),
            Error::Outside { .. } => Some(
                "run coracle in the folder that holds both, or compile here: `--engine local`"
                    .to_owned(),
            ),
            Error::FolderName { .. } => {
                Some("rename it, or compile here: `--engine local`".to_owned())
            }
            Error::NoRelease { .. } => Some(
                "name a release in rust-toolchain.toml or go.mod, or compile here: `--engine local`"
                    .to_owned(),
            ),
            Error::Nothing { .. } => Some("this is a bug of coracle's: please report it".to_owned()),
            Error::Disk { .. } => None,
        }
    }

    /// Whether the disk is full or cannot be written.
    pub fn is_disk(&self) -> bool {
        matches!(self, Error::Disk { .. }) || matches!(self, Error::Taken(error) if error.is_disk())
    }
}

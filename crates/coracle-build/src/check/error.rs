//! Why something cannot be looked at. That it would not start is no error.

use std::path::PathBuf;

use coracle_oci::rootfs::RootFilesystemError;

use super::Asked;
use super::against::ProgramError;
use crate::images::{self, Image};
use crate::{prove, resolve};

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The image cannot be had.
    #[error(transparent)]
    Images(#[from] images::Error),
    /// A layer cannot be read.
    #[error("cannot read the layer {layer}")]
    Layer {
        /// Its digest, or its name in an archive.
        layer: String,
        /// Why.
        #[source]
        source: RootFilesystemError,
    },
    /// What was read of a layer cannot be written down.
    #[error("cannot write into the local store what was read of the layer {layer}")]
    Unwritable {
        /// Its digest, or its name in an archive.
        layer: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A folder cannot be read.
    #[error("cannot read {}", path.display())]
    Folder {
        /// Which folder or file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// How a container would start cannot be said.
    #[error(transparent)]
    Launch(#[from] prove::Error),
    /// There is nothing that could start.
    #[error("{target} has no program of a platform that is known")]
    NoPrograms {
        /// What was looked at.
        target: String,
    },
    /// A file that is to be checked is no program.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The packages of a suite cannot be looked at.
    #[error(transparent)]
    Archive(#[from] Box<coracle_distro::archive::Error>),
    /// What a program needs of a suite cannot be had.
    #[error(transparent)]
    Resolve(Box<resolve::Error>),
    /// Two images that nothing can be compared of.
    #[error("the one is for {old}, and the other for {new}")]
    NothingCommon {
        /// Platforms of the first.
        old: String,
        /// Platforms of the second.
        new: String,
    },
    /// What is asked about is not there.
    #[error("{target} has no `{subject}`")]
    NoSubject {
        /// What was looked at.
        target: String,
        /// What is asked about.
        subject: String,
        /// What it has of nearly that name.
        near: Vec<String>,
    },
}

impl Error {
    pub(super) fn no_platform(image: &str, asked: &Asked, there: &[Image]) -> Error {
        let wanted = asked.platforms.iter().map(ToString::to_string);
        Error::Images(images::Error::NoPlatform {
            image: image.to_owned(),
            wanted: wanted.collect::<Vec<_>>().join(", "),
            known: there
                .iter()
                .map(|image| image.platform().to_string())
                .collect(),
        })
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Images(error) => error.hint(),
            Error::Layer { source, .. } => source.hint(),
            Error::Unwritable { .. } => Some(
                "make room where the local store is, or name another place for it with CORACLE_STORE"
                    .to_owned(),
            ),
            Error::Folder { .. } => Some("name a folder that is a root filesystem".to_owned()),
            Error::Launch(error) => error.hint(),
            Error::NoPrograms { .. } => {
                Some("name the folder whose bin and usr it would have as its root".to_owned())
            }
            Error::Program(error) => error.hint(),
            Error::Archive(error) => error.hint(),
            Error::Resolve(error) => error.hint(),
            Error::NothingCommon { .. } => {
                Some("name one platform of each: pull them by their own digests".to_owned())
            }
            Error::NoSubject { near, .. } if near.is_empty() => Some(
                "name a library (libssl.so.3), a file by its path (/usr/bin/env), a package or a label"
                    .to_owned(),
            ),
            Error::NoSubject { near, .. } => Some(format!("it has {}", near.join(", "))),
        }
    }
}

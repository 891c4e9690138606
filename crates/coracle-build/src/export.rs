//! Files beside the images, for other programs: those programs that were compiled, to be packaged elsewhere, and what
//! the command layer tells of a build. Each is there whole or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use coracle_oci::Platform;

use crate::pipeline::Built;
use crate::whole;

/// Why a file could not be written; the images are made all the same.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A program that was compiled is gone.
    #[error("cannot read the program of {service} for {platform}, {path}")]
    Read {
        /// Whose.
        service: String,
        /// For which platform.
        platform: Platform,
        /// Where it was.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The disk.
    #[error("cannot write {path}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Read { .. } => Some(
                "another build took its place: run the command again, one build at a time"
                    .to_owned(),
            ),
            Error::Write { .. } => None,
        }
    }
}

/// Copies each program to `folder/OS/ARCHITECTURE/SERVICE`, as BuildKit's TARGETPLATFORM has it: a Dockerfile copies from there.
///
/// # Errors
/// When one cannot be read or written.
pub fn programs(built: &[Built], folder: &Path) -> Result<(), Error> {
    for service in built {
        for image in &service.images {
            let platform = image.platform.clone();
            let bytes = fs::read(&image.program).map_err(|source| Error::Read {
                service: service.service.clone(),
                platform: platform.clone(),
                path: image.program.clone(),
                source,
            })?;
            let path = folder.join(platform.to_string()).join(&service.service);
            write(&path, &bytes, whole::PROGRAM)?;
        }
    }
    Ok(())
}

/// Writes a text whole.
///
/// # Errors
/// When the disk cannot be written.
pub fn text(path: &Path, text: &str) -> Result<(), Error> {
    write(path, text.as_bytes(), whole::SHARED)
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Error> {
    whole::write(path, bytes, mode).map_err(|source| Error::Write {
        path: path.to_owned(),
        source,
    })
}

//! Where finished images go, and how they are tried before.

use std::path::{Path, PathBuf};

use coracle_build::settings::Destination;

use crate::arguments::{Build, Publishing};

/// Options that cannot be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("`--smoke={written}` has a quotation mark that nothing closes")]
    Smoke { written: String },
    #[error("cannot find the folder that {path} starts in")]
    Folder {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// The layout and the registries.
pub(super) fn destination(
    publishing: Option<&Publishing>,
    credential_files: Vec<PathBuf>,
    (push, by_digest): (bool, bool),
) -> Result<Destination, Error> {
    let layout = publishing
        .and_then(|publishing| publishing.output.as_deref())
        .map(absolute)
        .transpose()?;
    Ok(Destination {
        layout,
        push,
        by_digest,
        insecure_registries: publishing
            .map(|publishing| publishing.insecure_registries.clone())
            .unwrap_or_default(),
        credential_files,
    })
}

/// What images are started with, in words as a shell has them; none leaves an image its own.
pub(super) fn smoke(build: Option<&Build>) -> Result<Option<Vec<String>>, Error> {
    let Some(written) = build.and_then(|build| build.smoke.as_ref()) else {
        return Ok(None);
    };
    match shlex::split(written) {
        Some(words) => Ok(Some(words)),
        None => Err(Error::Smoke {
            written: written.clone(),
        }),
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Error> {
    std::path::absolute(path).map_err(|source| Error::Folder {
        path: path.to_owned(),
        source,
    })
}

//! A start with podman, which needs no root: out of a layout of its own, and nothing of it stays.

use std::path::Path;

use coracle_oci::{Store, layout};
use coracle_process::Program;

use super::{Ending, Error, Image, failed};

pub(super) fn start(image: &Image<'_>, store: &Store, place: &Path) -> Result<Ending, Error> {
    let folder = image.folder(place);
    let root = [("smoke".to_owned(), image.proven.manifest().clone())];
    layout::write_layout(store, &root, &folder).map_err(failed(image.service))?;
    let from = format!("oci:{}:smoke", folder.display());
    // Images are called by their configuration's digest there; one that the user has is the user's.
    let id = image.manifest.config.digest.hex();
    let exists = podman(["image", "exists", &id]).output().is_ok();
    let pulled = podman(["pull", "--quiet", &from]).output();
    if let Err(error) = pulled {
        return Ok(Ending::Failed(error.to_string()));
    }
    let name = format!("coracle-smoke-{}", &id.get(..12).unwrap_or_default());
    let run = [
        "run",
        "--rm",
        "--name",
        &name,
        "--read-only",
        "--network=none",
        &id,
    ];
    let ending = image.run(podman(run).args(image.arguments.iter()));
    // It runs on where it was stopped for being alive; there is nothing to do where it does not.
    let _ = podman(["rm", "--force", "--time", "0", &name]).output();
    if !exists {
        let _ = podman(["rmi", "--force", &id]).output();
    }
    Ok(ending)
}

fn podman<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Program {
    Program::new("podman").args(arguments)
}

//! A start with podman, which needs no root: out of a layout of its own, and nothing of it stays.

use std::path::Path;

use coracle_oci::{Store, layout};
use coracle_process::Program;

use super::{Ending, Error, Image, failed};

pub(super) fn start(image: &Image<'_>, store: &Store, place: &Path) -> Result<Ending, Error> {
    let digest = image.proven.manifest().digest.hex();
    let name = format!("coracle-smoke-{}", digest.get(..12).unwrap_or_default());
    let root = [("smoke".to_owned(), image.proven.manifest().clone())];
    layout::write_layout(store, &root, &place.join(&name)).map_err(failed(image.service))?;
    // podman names what it takes out of a layout after the layout's path, which must then be lower case: a relative one
    // is.
    let from = format!("oci:{name}:smoke");
    let pulled = podman(["pull", "--quiet", &from]).directory(place).output();
    let id = match pulled {
        Ok(output) => String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        Err(error) => return Ok(Ending::Failed(error.to_string())),
    };
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
    // By our name for it: an image that the user has by another one stays.
    let _ = podman(["rmi", &format!("localhost/{name}:latest")]).output();
    Ok(ending)
}

fn podman<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Program {
    Program::new("podman").args(arguments)
}

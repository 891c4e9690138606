//! Which folders' names rustc keeps out of a program, and what it writes instead. Paths reach a
//! program through panic messages and debug information.

use std::path::{Path, PathBuf};

use super::{CompileRequest, Error};
use crate::probe::Rustc;
use crate::project::{RustProgram, relative};
use crate::toolchain::Toolchain;

/// The flags. Of several that match rustc takes the last, so inner folders come after outer ones.
pub(super) fn flags(
    request: &CompileRequest,
    program: &RustProgram,
    (target_directory, rustc, toolchain): (&Path, &Rustc, &Toolchain),
) -> Result<Vec<String>, Error> {
    let mut pairs = vec![
        (program.workspace_root.clone(), "/source".to_owned()),
        (target_directory.to_owned(), "/target".to_owned()),
    ];
    pairs.extend(
        toolchain
            .cargo_home
            .iter()
            .map(|home| (home.clone(), "/cargo".to_owned())),
    );
    pairs.extend(
        program
            .build_directory
            .iter()
            .map(|folder| (folder.clone(), "/target".to_owned())),
    );
    pairs.extend(program.outside_directories.iter().map(|folder| {
        let from = &program.workspace_root;
        (
            folder.clone(),
            format!("/source/{}", relative(from, folder).display()),
        )
    }));
    // The standard library says `/rustc/COMMIT` by itself, but where its sources are installed
    // rustc writes their place.
    if let Some(commit) = &rustc.commit {
        pairs.push((
            rustc.sysroot.join("lib/rustlib/src/rust"),
            format!("/rustc/{commit}"),
        ));
    }
    pairs.extend(request.remap.iter().cloned());
    pairs.sort_by_key(|(from, _)| from.components().count());
    pairs.into_iter().map(flag).collect()
}

fn flag((from, to): (PathBuf, String)) -> Result<String, Error> {
    let name = from
        .to_str()
        .ok_or_else(|| Error::FolderName { path: from.clone() })?;
    Ok(format!("--remap-path-prefix={name}={to}"))
}

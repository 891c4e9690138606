//! What cargo and build scripts are told by variables: of the sysroot, of compilers, of the linker.

use std::ffi::OsString;
use std::path::Path;

use coracle_process::Program;

use super::super::across::Folders;
use super::super::configuration;
use super::Aim;
use crate::probe;
use crate::project::RustProgram;
use crate::sysroot::{Sysroot, Tools};
use crate::toolchain::Toolchain;

/// Tells build scripts of the sysroot, by variables that end in the target's name: others would reach those for this
/// machine too.
pub(super) fn against(cargo: Program, sysroot: &Sysroot, tools: &Tools, aim: &Aim) -> Program {
    let folder = sysroot.folder.as_os_str().to_owned();
    let mut variables = vec![
        ("CC", tools.c_compiler().into_os_string()),
        ("CXX", tools.cxx_compiler().into_os_string()),
        ("PKG_CONFIG", tools.pkg_config_program().into_os_string()),
        ("PKG_CONFIG_SYSROOT_DIR", folder),
        ("PKG_CONFIG_LIBDIR", sysroot.modules().into()),
        // What the user adds to the search is of this machine, and no image has it.
        ("PKG_CONFIG_PATH", OsString::new()),
        (
            "BINDGEN_EXTRA_CLANG_ARGS",
            aim.compilers.clang(sysroot).into(),
        ),
    ];
    if aim.across.is_some() {
        variables.push(("PKG_CONFIG_ALLOW_CROSS", "1".into()));
    }
    // In both spellings: where the user has set one, it would win over ours in the other.
    variables.into_iter().fold(cargo, |cargo, (name, value)| {
        let underscored = format!("{name}_{}", aim.triple.replace('-', "_"));
        cargo
            .env(format!("{name}_{}", aim.triple), value.clone())
            .env(underscored, value)
    })
}

/// Tells cargo of what compiles and links for another platform.
pub(super) fn across(
    cargo: Program,
    aim: &Aim,
    directory: &Path,
    toolchain: &Toolchain,
) -> Program {
    let (Some(across), Some(machine)) = (&aim.across, &aim.machine) else {
        return cargo;
    };
    let variables = machine.variables(across, &Folders::of(directory, toolchain), toolchain);
    variables
        .into_iter()
        .fold(cargo, |cargo, (name, value)| cargo.env(name, value))
}

/// rustc links with `cc`. Where only gcc or clang is there, and the user names no linker, that is named.
pub(super) fn linker(
    cargo: Program,
    program: &RustProgram,
    aim: &Aim,
    toolchain: &Toolchain,
) -> Program {
    let is_named = || configuration::has_linker(&program.workspace_root, &aim.triple, toolchain);
    if aim.across.is_some() || is_named() {
        return cargo;
    }
    match probe::first_of(&["cc", "gcc", "clang"]) {
        None | Some("cc") => cargo,
        Some(found) => {
            let target = aim.triple.to_uppercase().replace(['-', '.'], "_");
            cargo.env(format!("CARGO_TARGET_{target}_LINKER"), found)
        }
    }
}

//! What was found on this machine, and what cargo and go are told of it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::tools::{self, Clang, Zig};
use super::{Across, BackEnd, Error};
use crate::compile::CompileRequest;
use crate::probe::Rustc;
use crate::project::Language;
use crate::sysroot::Across as Compilers;
use crate::toolchain::Toolchain;

/// The programs of one back end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::compile) enum Machine {
    /// With cargo-zigbuild where Rust is compiled.
    Zig(Zig, Option<OsString>),
    /// With lld.
    Clang(Clang),
}

/// Where a back end keeps what it makes for itself.
///
/// What zig compiles of its C library takes it seconds, half a minute for that of C++: it is in a folder that all
/// repositories share, where there is one. zig names what is there by all that it is made of, and locks what it writes.
/// What it makes of the program's own C, and the scripts of cargo-zigbuild, which are written over in place, are below
/// the folder that cargo or go builds in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::compile) struct Folders {
    own: PathBuf,
    shared: PathBuf,
}

impl Folders {
    pub(in crate::compile) fn of(directory: &Path, toolchain: &Toolchain) -> Folders {
        let own = directory.join("zig");
        let shared = toolchain.zig_cache.clone();
        Folders {
            shared: shared.unwrap_or_else(|| own.join("global")),
            own,
        }
    }

    fn variables(&self) -> [(String, OsString); 3] {
        [
            ("ZIG_GLOBAL_CACHE_DIR", self.shared.clone()),
            ("ZIG_LOCAL_CACHE_DIR", self.own.join("local")),
            ("CARGO_ZIGBUILD_CACHE_DIR", self.own.join("cargo-zigbuild")),
        ]
        .map(|(name, folder)| (name.to_owned(), folder.into_os_string()))
    }
}

impl Machine {
    /// Looks for all that it takes.
    ///
    /// # Errors
    /// The first thing that is not there, with the command that installs it.
    pub(in crate::compile) fn find(
        across: &Across,
        request: &CompileRequest,
        toolchain: &Toolchain,
    ) -> Result<Machine, Error> {
        let (program, target) = (request.program.name.clone(), request.target);
        if across.back_end == BackEnd::Clang {
            let clang = tools::clang(toolchain).ok_or_else(|| Error::NoClang {
                cxx_library: request.cxx_library,
                program: program.clone(),
                target,
            })?;
            return match clang.lld {
                Some(_) => Ok(Machine::Clang(clang)),
                None => Err(Error::NoLld {
                    program,
                    target,
                    clang: clang.c.to_string_lossy().into_owned(),
                }),
            };
        }
        let zig = tools::zig(toolchain).ok_or_else(|| Error::NoZig {
            program: program.clone(),
            target,
        })?;
        check_glibc(across, &zig, &program)?;
        if !matches!(request.program.language, Language::Rust(_)) {
            return Ok(Machine::Zig(zig, None));
        }
        let Some((command, _)) = tools::cargo_zigbuild(toolchain) else {
            return Err(Error::NoCargoZigbuild { program, target });
        };
        Ok(Machine::Zig(zig, Some(command)))
    }

    /// The compilers, with what says for which platform.
    pub(in crate::compile) fn compilers(&self, across: &Across) -> Compilers {
        let words = |words: &[&str], first: &OsString| {
            let words = words.iter().map(OsString::from);
            std::iter::once(first.clone()).chain(words).collect()
        };
        match self {
            // It leaves out and translates what zig does not know, as it does for what rustc links.
            Machine::Zig(_, Some(cargo_zigbuild)) => across.compilers(
                words(&["zig", "cc", "--"], cargo_zigbuild),
                words(&["zig", "c++", "--"], cargo_zigbuild),
            ),
            Machine::Zig(zig, None) => {
                let zig = zig.path.clone().into_os_string();
                across.compilers(words(&["cc"], &zig), words(&["c++"], &zig))
            }
            Machine::Clang(clang) => {
                across.compilers(vec![clang.c.clone()], vec![clang.cxx.clone()])
            }
        }
    }

    /// Variables for cargo or go. Those that compilers of C read end in the target's name: others would reach the build
    /// scripts of what runs on this machine.
    pub(in crate::compile) fn variables(
        &self,
        across: &Across,
        folders: &Folders,
        toolchain: &Toolchain,
    ) -> Vec<(String, OsString)> {
        let triple = across.rust_triple();
        let underscored = triple.replace('-', "_");
        match self {
            Machine::Zig(zig, _) => {
                let path = zig.path.clone().into_os_string();
                let mut variables = folders.variables().to_vec();
                // Its own look at Python comes before the path; of the command it asks nothing more.
                variables.extend([
                    ("CARGO_ZIGBUILD_ZIG_PATH".to_owned(), path.clone()),
                    ("CARGO_ZIGBUILD_ZIG_COMMAND".to_owned(), path),
                    (
                        "CARGO_ZIGBUILD_ZIG_VERSION".to_owned(),
                        zig.version.clone().into(),
                    ),
                    ("CARGO".to_owned(), toolchain.cargo.clone()),
                ]);
                variables
            }
            Machine::Clang(clang) => {
                let archiver = clang.archiver.clone();
                let archiver = archiver.map_or_else(|| "ar".into(), PathBuf::into_os_string);
                let linker = format!("CARGO_TARGET_{}_LINKER", underscored.to_uppercase());
                vec![
                    (linker, clang.c.clone()),
                    (format!("AR_{triple}"), archiver.clone()),
                    (format!("AR_{underscored}"), archiver),
                ]
            }
        }
    }
}

/// Whether zig has the C library's version: of one that it does not know it takes its newest instead.
fn check_glibc(across: &Across, zig: &Zig, program: &str) -> Result<(), Error> {
    let Some(wanted) = across.glibc() else {
        return Ok(());
    };
    let known = zig.glibcs();
    match known.iter().max() {
        Some(newest) if !known.contains(&wanted) => Err(Error::UnknownGlibc {
            program: program.to_owned(),
            wanted,
            newest: *newest,
            zig: zig.path.display().to_string(),
        }),
        _ => Ok(()),
    }
}

/// Whether rustc can compile for the target at all.
pub(in crate::compile) fn check_rust_target(
    across: &Across,
    rustc: &Rustc,
    (program, directory): (&str, &Path),
) -> Result<(), Error> {
    let triple = across.rust_triple();
    match tools::has_rust_target(rustc, &triple) {
        true => Ok(()),
        false => Err(Error::NoRustTarget {
            program: program.to_owned(),
            triple,
            directory: directory.to_owned(),
        }),
    }
}

//! Compiling for a platform that this machine need not run: who does it, and what that takes of this machine.
//!
//! ```text
//!  Go without cgo     go alone, which has all it needs
//!  the host's own     the user's compilers, as for anything that runs here
//!  another, or musl   zig, through cargo-zigbuild where it is Rust: it brings the C library in every version
//!                     clang and lld, against the sysroot's own: asked for, or because of a C++ library
//! ```

mod error;
mod machine;
mod tools;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::error::Error;
pub(super) use self::error::{
    INSTALL_CARGO_ZIGBUILD, INSTALL_CLANG, INSTALL_ZIG, install_rust_target,
};
pub(super) use self::machine::{Folders, Machine, check_rust_target};
#[cfg(test)]
pub(super) use self::tools::{Clang, Zig};
pub(super) use self::tools::{cargo_zigbuild, clang, has_rust_target, zig};
use super::{CompileRequest, Target};
use crate::project::Language;
use crate::sysroot::{Across as Compilers, Kind};
use crate::toolchain::Toolchain;

/// Who compiles C and links for another platform than the host's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackEnd {
    /// zig, whose clang brings the C library of every version itself.
    Zig,
    /// clang and lld, with the C library of the sysroot; the only one that links C++ libraries of the suite.
    Clang,
}

impl fmt::Display for BackEnd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            BackEnd::Zig => "zig",
            BackEnd::Clang => "clang",
        })
    }
}

impl CompileRequest {
    /// Who compiles C and links for this: `None` where that are the host's own compilers, or nobody need.
    pub fn chosen_back_end(&self) -> Option<BackEnd> {
        self.back_end_on(Target::host().ok())
    }

    /// As [`CompileRequest::chosen_back_end`], on a machine of this platform.
    pub(super) fn back_end_on(&self, host: Option<Target>) -> Option<BackEnd> {
        let is_foreign = host != Some(self.target);
        let needs_one = match &self.program.language {
            Language::Rust(_) => is_foreign || self.musl,
            Language::Go(_) => self.cgo && is_foreign,
            Language::Prebuilt(_) => false,
        };
        // musl's C++ library is nobody's but zig's.
        let by_itself = match self.cxx_library && !self.musl {
            true => BackEnd::Clang,
            false => BackEnd::Zig,
        };
        needs_one.then(|| self.back_end.unwrap_or(by_itself))
    }

    /// Whether C's `time_t` has 64 bits in what is compiled; see [`super::Artifact::time64`].
    pub(super) fn has_time64(&self, inherited: Option<&str>) -> bool {
        if self.target != Target::LinuxArmV7 {
            return true;
        }
        match &self.program.language {
            // C's declarations say it, and cgo reads them.
            Language::Go(_) => !self.cgo || self.c_has_time64(inherited),
            Language::Rust(_) => self.musl || self.c_has_time64(inherited),
            // What it was compiled with is not known.
            Language::Prebuilt(_) => false,
        }
    }

    /// Whether C is told to count seconds in 64 bits although the machine has 32: for Rust, when the user has told the
    /// crate `libc` so; for cgo, when the libraries that it calls do.
    fn c_has_time64(&self, inherited: Option<&str>) -> bool {
        match &self.program.language {
            Language::Go(_) => self.sysroot.as_ref().is_some_and(|sysroot| sysroot.time64),
            _ => {
                let given = self.environment.get(TIME_BITS).map(String::as_str);
                given.or(inherited) == Some("64")
            }
        }
    }
}

/// The versions of the zig and the cargo-zigbuild that are here.
pub fn zig_versions(toolchain: &Toolchain) -> (Option<String>, Option<String>) {
    let zig = tools::zig(toolchain).map(|zig| zig.version);
    let zigbuild = tools::cargo_zigbuild(toolchain).map(|(_, version)| version);
    (zig, zigbuild)
}

/// The variable by which the crate `libc` is told how many bits a time has.
pub(super) const TIME_BITS: &str = "RUST_LIBC_UNSTABLE_GNU_TIME_BITS";

/// What is compiled for where, and by whom: all of it follows from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Across {
    pub(super) back_end: BackEnd,
    target: Target,
    musl: bool,
    glibc: Option<(u32, u32)>,
    time64: bool,
}

impl Across {
    /// What a request asks on a machine of this platform; `None` where the host's own compilers do.
    ///
    /// # Errors
    /// What no back end can.
    pub(super) fn of(
        request: &CompileRequest,
        host: Option<Target>,
        time_bits: Option<&str>,
    ) -> Result<Option<Across>, Error> {
        let Some(back_end) = request.back_end_on(host) else {
            return Ok(None);
        };
        if request.musl && back_end == BackEnd::Clang {
            let program = request.program.name.clone();
            return Err(Error::MuslByClang { program });
        }
        Ok(Some(Across {
            back_end,
            target: request.target,
            musl: request.musl,
            glibc: request.glibc,
            time64: request.target == Target::LinuxArmV7 && request.c_has_time64(time_bits),
        }))
    }

    /// rustc's name of the target.
    pub(super) fn rust_triple(&self) -> String {
        self.target.rust_triple(self.musl)
    }

    /// What `--target` says: to cargo-zigbuild the C library's version too, so that no later symbol is used.
    pub(super) fn rust_argument(&self) -> String {
        let triple = self.rust_triple();
        match self.glibc() {
            Some((major, minor)) if self.back_end == BackEnd::Zig => {
                format!("{triple}.{major}.{minor}")
            }
            _ => triple,
        }
    }

    /// The version of glibc that is linked against.
    pub(super) fn glibc(&self) -> Option<(u32, u32)> {
        self.glibc.filter(|_| !self.musl)
    }

    /// What tells a compiler for which platform it compiles.
    fn flags(&self) -> Vec<String> {
        let is_arm = self.target == Target::LinuxArmV7;
        let mut flags = match self.back_end {
            BackEnd::Zig => vec![
                "-target".to_owned(),
                self.target.zig_triple(self.musl, self.glibc()),
                // zig checks for undefined behaviour unless told otherwise, with a runtime of its own that it links:
                // -O2 for who says nothing of it, the other for who says -O0.
                "-O2".to_owned(),
                "-fno-sanitize=all".to_owned(),
            ],
            BackEnd::Clang => vec![format!("--target={}", self.target.triplet())],
        };
        // The least that rustc's target and Debian's architecture have.
        match self.back_end {
            BackEnd::Zig if is_arm => flags.push("-mcpu=generic+v7a+vfp3d16+thumb2".to_owned()),
            BackEnd::Clang if is_arm => {
                flags.extend(["-march=armv7-a", "-mfpu=vfpv3-d16"].map(str::to_owned));
            }
            _ => {}
        }
        if self.time64 {
            flags.extend(["-D_TIME_BITS=64", "-D_FILE_OFFSET_BITS=64"].map(str::to_owned));
        }
        flags
    }

    /// The compilers' commands with what they are told.
    fn compilers(&self, c: Vec<std::ffi::OsString>, cxx: Vec<std::ffi::OsString>) -> Compilers {
        let kind = match self.back_end {
            BackEnd::Zig => Kind::Zig,
            BackEnd::Clang => Kind::Clang,
        };
        Compilers {
            kind,
            c,
            cxx,
            flags: self.flags(),
        }
    }
}

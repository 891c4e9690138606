//! What this machine lacks to compile for another platform, and the command that installs it.

use std::path::PathBuf;

use super::super::Target;

/// Why a program cannot be compiled for another platform here.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no zig.
    #[error(
        "cannot compile {program} for {target}: zig is not here, which compiles C and links for other platforms"
    )]
    NoZig {
        /// The program.
        program: String,
        /// For what.
        target: Target,
    },
    /// There is no cargo-zigbuild.
    #[error(
        "cannot compile {program} for {target}: cargo-zigbuild is not here, which has cargo link with zig"
    )]
    NoCargoZigbuild {
        /// The program.
        program: String,
        /// For what.
        target: Target,
    },
    /// zig does not know the C library's version.
    #[error(
        "cannot compile {program} against glibc {}.{}: the newest that this zig ({zig}) has is {}.{}",
        wanted.0, wanted.1, newest.0, newest.1
    )]
    UnknownGlibc {
        /// The program.
        program: String,
        /// The suite's version.
        wanted: (u32, u32),
        /// zig's newest.
        newest: (u32, u32),
        /// Where zig is.
        zig: String,
    },
    /// There is no clang.
    #[error(
        "cannot compile {program} for {target}: clang is not here, which {}",
        if *cxx_library { "alone links C++ libraries of the suite for other platforms" }
        else { "compiles C and links for other platforms" }
    )]
    NoClang {
        /// Whether it is needed because a C++ library is linked.
        cxx_library: bool,
        /// The program.
        program: String,
        /// For what.
        target: Target,
    },
    /// There is no lld where clang looks.
    #[error(
        "cannot compile {program} for {target}: {clang} finds no ld.lld, which links for other platforms"
    )]
    NoLld {
        /// The program.
        program: String,
        /// For what.
        target: Target,
        /// The clang.
        clang: String,
    },
    /// rustc has no standard library for the target.
    #[error("cannot compile {program} for {triple}: the Rust of {} has no standard library for it", directory.display())]
    NoRustTarget {
        /// The program.
        program: String,
        /// rustc's name of the target.
        triple: String,
        /// The workspace's folder, whose toolchain it is.
        directory: PathBuf,
    },
    /// musl was asked for with clang.
    #[error("cannot compile {program} for musl with clang: there is no C library for it")]
    MuslByClang {
        /// The program.
        program: String,
    },
    /// A C++ library of the suite cannot be linked by zig.
    #[error(
        "zig cannot link {program}: it calls a C++ library of the suite, and zig's own C++ library calls it by other names (`{symbol}`)"
    )]
    CxxLibrary {
        /// The program.
        program: String,
        /// One name that is not found.
        symbol: String,
    },
    /// What was compiled cannot be stripped.
    #[error("cannot strip {}: {reason}", path.display())]
    Strip {
        /// The program.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

/// How zig is installed.
pub(crate) const INSTALL_ZIG: &str = "pip install ziglang";
/// How cargo-zigbuild is installed.
pub(crate) const INSTALL_CARGO_ZIGBUILD: &str = "cargo install --locked cargo-zigbuild";
/// How clang and lld are installed.
pub(crate) const INSTALL_CLANG: &str = "apt-get install clang lld";

/// How a standard library is installed.
pub(crate) fn install_rust_target(triple: &str) -> String {
    format!("rustup target add {triple}")
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::NoZig { .. } => Some(format!("install it: {INSTALL_ZIG}")),
            Error::NoCargoZigbuild { .. } => Some(format!("install it: {INSTALL_CARGO_ZIGBUILD}")),
            Error::UnknownGlibc { .. } => Some(format!(
                "install a newer one: {INSTALL_ZIG} --upgrade; or compile with clang (back-end = \"clang\")"
            )),
            Error::NoClang { .. } => Some(format!(
                "install it with its linker: {INSTALL_CLANG}, or what your system calls it"
            )),
            Error::NoLld { .. } => Some(format!(
                "install it: {INSTALL_CLANG}, or what your system calls it; it must be of clang's own version or on PATH"
            )),
            Error::NoRustTarget { triple, .. } => Some(format!(
                "install it, in that folder: {}",
                install_rust_target(triple)
            )),
            Error::MuslByClang { .. } => {
                Some("leave out back-end = \"clang\": zig brings musl".to_owned())
            }
            Error::CxxLibrary { .. } => Some(format!(
                "compile it with clang, which uses the suite's own C++ library: back-end = \"clang\" (to have it: {INSTALL_CLANG})"
            )),
            Error::Strip { .. } => Some("this is a bug of coracle's: please report it".to_owned()),
        }
    }

    /// Whether something is missing or failed that is no setting of the user's.
    pub(crate) fn is_toolchain(&self) -> bool {
        !matches!(self, Error::MuslByClang { .. })
    }
}

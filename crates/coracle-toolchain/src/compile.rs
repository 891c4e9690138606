//! Has the user's own cargo or go compile a program, and finds the file it made.
//!
//! What coracle adds to their settings is what makes two checkouts give the same bytes: a target
//! folder of its own, no network or lock changes behind the user's back, and folders' names kept
//! out of the program (`--remap-path-prefix`, `-trimpath`). The user's settings otherwise stand.

mod across;
pub mod away;
mod cargo;
mod configuration;
mod cpu;
mod error;
mod golang;
mod linked;
mod made_of;
mod messages;
mod needed;
mod output;
pub mod prebuilt;
mod profile;
mod remap;
mod rustflags;
pub mod sccache;
mod spots;
mod target;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::across::{BackEnd, Error as AcrossError, zig_versions};
pub use self::configuration::rustflags_of_repository;
pub use self::cpu::CpuFlag;
pub use self::error::Error;
pub use self::linked::{Kind, Linked};
pub use self::made_of::{MadeOf, Setting};
pub use self::needed::{Tool, Wanted, needed};
pub use self::output::prepare;
pub use self::profile::strip as stripped_by;
use self::sccache::Sccache;
pub use self::target::Target;
use crate::pkg_config::Asked;
use crate::project::{Language, Program};
use crate::sysroot::Sysroot;
use crate::toolchain::Toolchain;

/// What to compile, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompileRequest {
    /// The program.
    pub program: Program,
    /// For what.
    pub target: Target,
    /// Who compiles C and links for another platform than the host's, where the user wishes for one.
    pub back_end: Option<BackEnd>,
    /// The version of glibc that the program will meet: zig links against that very one.
    pub glibc: Option<(u32, u32)>,
    /// Whether a C++ library of the sysroot is linked, which zig cannot.
    pub cxx_library: bool,
    /// cargo: against musl, as a program that is all in one file.
    pub musl: bool,
    /// Go: whether cgo is on (`CGO_ENABLED`). The import graph says whether it must be.
    pub cgo: bool,
    /// cargo: the profile.
    pub profile: String,
    /// cargo: features on top of the default ones.
    pub features: Vec<String>,
    /// cargo: all features.
    pub all_features: bool,
    /// cargo: without the default features.
    pub no_default_features: bool,
    /// Go: build tags, on top of those in `GOFLAGS`.
    pub tags: Vec<String>,
    /// Go: linker flags, after ours and those in `GOFLAGS`.
    pub ldflags: Vec<String>,
    /// How many compilers at once; `None` lets cargo and go decide.
    pub jobs: Option<usize>,
    /// Keep off the network.
    pub offline: bool,
    /// cargo: fail when `Cargo.lock` is missing or behind, instead of writing it. go never writes
    /// `go.mod` or `go.sum` here.
    pub locked: bool,
    /// Where to build instead of `coracle` in the workspace's target folder (cargo), or in `target`
    /// in the module's (Go).
    pub target_directory: Option<PathBuf>,
    /// Variables for the build on top of the inherited ones (`VERSION`, `COMMIT_SHA`).
    pub environment: BTreeMap<String, String>,
    /// What C is compiled and programs are linked against, in place of this machine's headers and libraries.
    pub sysroot: Option<Sysroot>,
    /// Variables for crates that stand for native libraries, see [`crate::Native::variables`].
    pub native_variables: BTreeMap<String, String>,
    /// cargo: more folders whose names must not reach the program, and what stands for each.
    pub remap: Vec<(PathBuf, String)>,
    /// cargo: the compiler cache that rustc, and what of C is not compiled by zig, is called through.
    #[serde(skip)]
    pub sccache: Option<Sccache>,
    /// cargo: whether what it says is coloured; `None` leaves it to the user's settings.
    pub color: Option<bool>,
}

impl CompileRequest {
    /// A release build with the defaults: locked, no cgo, default features.
    pub fn new(program: Program, target: Target) -> Self {
        CompileRequest {
            program,
            target,
            back_end: None,
            glibc: None,
            cxx_library: false,
            musl: false,
            cgo: false,
            profile: "release".to_owned(),
            features: Vec::new(),
            all_features: false,
            no_default_features: false,
            tags: Vec::new(),
            ldflags: Vec::new(),
            jobs: None,
            offline: false,
            locked: true,
            target_directory: None,
            environment: BTreeMap::new(),
            sysroot: None,
            native_variables: BTreeMap::new(),
            remap: Vec::new(),
            sccache: None,
            color: None,
        }
    }
}

/// What happens meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum CompileEvent {
    /// This command starts; it can be typed into a shell in the workspace's or module's folder.
    Command(String),
    /// A line that cargo or go printed for people.
    Line(String),
    /// Something was compiled.
    Progress {
        /// How many so far.
        done: usize,
        /// Of how many, when that is known.
        total: Option<usize>,
        /// What it was: a crate or a Go package.
        what: String,
    },
    /// Something that the user should know.
    Warning(String),
}

/// A compiled program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// The file.
    pub path: PathBuf,
    /// Whether nothing had to be compiled.
    pub fresh: bool,
    /// What compiled it: the first line of `rustc -vV` or `go version`; `prebuilt` when that was elsewhere.
    pub toolchain: String,
    /// What it was made of.
    pub made_of: MadeOf,
    /// Rust: what build scripts asked to link, sorted.
    pub linked: Vec<Linked>,
    /// What pkg-config was asked for while this program or one before it was compiled against the sysroot.
    pub asked: Vec<Asked>,
    /// Rust: the flags for rustc that name CPUs or instructions, in force for this program. Go records its own.
    pub cpu: Vec<CpuFlag>,
    /// Whether C's `time_t` has 64 bits in it, as in libraries whose packages have `t64` in their names: always, but on
    /// linux/arm/v7, where Rust's crate `libc` must have been told so, and C with it.
    pub time64: bool,
    /// Who compiled its C and linked it, where that were not the host's own compilers.
    pub back_end: Option<BackEnd>,
}

/// Compiles.
///
/// # Errors
/// See [`Error`]; nothing is left that looks finished.
pub fn compile(
    request: &CompileRequest,
    toolchain: &Toolchain,
    observer: &mut dyn FnMut(CompileEvent),
) -> Result<Artifact, Error> {
    match &request.program.language {
        Language::Rust(program) => cargo::compile(request, program, toolchain, observer),
        Language::Go(program) => golang::compile(request, program, toolchain, observer),
        Language::Prebuilt(program) => Ok(prebuilt::take(program, request.target)?),
    }
}

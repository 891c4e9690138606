//! What a team that stays on Docker takes along: files written from the plan and from what was proven.
//!
//! Each kind of file is a function from a [`Subject`] to [`File`]s, deterministic as the plan is; `files` compares them
//! with what is on disk and writes them. A file that coracle did not write is never replaced unless the user says so.

pub mod bake;
pub mod compose;
pub mod dockerfile;
mod files;
pub mod github;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use coracle_binary::strip::Strip;
use coracle_oci::Platform;
use coracle_toolchain::BackEnd;

pub use self::files::{Error as FileError, State, compare, write};
use crate::mark;
use crate::plan::{Plan, ServicePlan};
use crate::resolve::{Installed, RootFile};

/// What every ejected file's first lines hold, as a comment of its format, so that it is known again.
pub const MARK: &str = mark::MARK;

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Where, from the repository's folder on.
    pub path: PathBuf,
    /// What is in it.
    pub text: String,
}

/// What files are written from.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What was proven, by service in the plan's order. Empty where only the plan is asked for.
    pub proven: Vec<Proven<'a>>,
}

/// A service that was built and proven for each platform of the plan.
#[derive(Debug)]
pub struct Proven<'a> {
    /// The service.
    pub service: &'a ServicePlan,
    /// Its images, in the order of the plan's platforms.
    pub images: Vec<ProvenImage>,
}

/// What was proven of a service on one platform.
#[derive(Debug, Clone)]
pub struct ProvenImage {
    /// The platform.
    pub platform: Platform,
    /// The packages of the image.
    pub packages: Vec<Installed>,
    /// The packages that the program was compiled against: name and version.
    pub build_packages: Vec<(String, String)>,
    /// How it was compiled.
    pub compiled: CompiledAs,
    /// What of the image no package holds: users, links, folders, the certificates' bundle; by path.
    pub made: Vec<RootFile>,
    /// Of which packages only a part is in the image, or a part besides the rest: `gconv`, `C.utf8`.
    pub parts: BTreeMap<String, PackageParts>,
}

/// What of a package is in an image, where that is not simply the package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PackageParts {
    /// The parts of it that are.
    pub names: BTreeSet<&'static str>,
    /// Whether the rest is, too.
    pub with_the_rest: bool,
}

/// How a program was compiled, as far as a file says it again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CompiledAs {
    /// `rustc 1.95.0 (…)`, `go version go1.26.0 …`.
    pub toolchain: String,
    /// Who compiled its C and linked it, where that were not the host's own compilers.
    pub back_end: Option<BackEnd>,
    /// The -dev packages that it asks for, without those that they draw in.
    pub development: BTreeSet<String>,
    /// Rust: what its profile takes out of it.
    pub strip: Option<Strip>,
    /// Whether it links the C++ library, which zig cannot.
    pub cxx: bool,
}

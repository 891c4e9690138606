//! What a team that stays on Docker takes along: files written from the plan and from what was proven.
//!
//! Each kind of file is a function from a [`Subject`] to [`File`]s, deterministic as the plan is; `files` compares them
//! with what is on disk and writes them. A file that coracle did not write is never replaced unless the user says so.

pub mod bake;
pub mod compose;
mod files;
pub mod github;

use std::path::PathBuf;

use coracle_oci::Platform;

pub use self::files::{Error as FileError, State, compare, write};
use crate::plan::{Plan, ServicePlan};
use crate::resolve::Installed;

/// What every ejected file's first lines hold, as a comment of its format, so that it is known again.
pub const MARK: &str = "written by `coracle eject";

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
#[derive(Debug)]
pub struct ProvenImage {
    /// The platform.
    pub platform: Platform,
    /// The packages of the image.
    pub packages: Vec<Installed>,
    /// The packages that the program was compiled against: name and version.
    pub build_packages: Vec<(String, String)>,
}

//! What `eject` takes.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Args, ValueEnum};

use super::{Archive, Selection};

/// A kind of file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// docker-bake.json: a target a service, a group a compose profile
    Bake,
    /// The compose file with each service at its own image: compose.coracle.yaml beside it, or itself once that is there
    Compose,
    /// A Dockerfile a service, with its .dockerignore
    Dockerfile,
    /// Workflows for GitHub: images of branches, pull requests and releases, and the tests
    Github,
}

/// What `eject` takes.
#[derive(Debug, Args)]
#[command(mut_arg("prebuilt", alone))]
pub(crate) struct Eject {
    /// What to write
    #[arg(
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        num_args = 1,
        action = ArgAction::Set,
        required = true
    )]
    pub(crate) kinds: Vec<Kind>,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) archive: Archive,
    /// Write nothing; fail when a file on disk is not what would be written
    #[arg(long)]
    pub(crate) check: bool,
    /// Replace files that coracle did not write, too
    #[arg(long, conflicts_with = "check")]
    pub(crate) force: bool,
    /// Write below this folder [default: the one of coracle.toml, else the current one]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
}

/// What stands for `--prebuilt` without a value: no service and no path.
pub(crate) const ALONE: &str = "=";

/// Without a value it asks for files that copy programs and compile none.
fn alone(prebuilt: Arg) -> Arg {
    prebuilt
        .num_args(0..=1)
        .require_equals(true)
        .default_missing_value(ALONE)
        .help(
            "Write Dockerfiles that compile nothing and copy what CI put to dist/linux/amd64/NAME; \
             with SERVICE=PATH, take this file as the service's program",
        )
}

impl Eject {
    /// Whether programs are copied that something else compiles.
    pub(crate) fn copies_programs(&self) -> bool {
        self.selection
            .prebuilt
            .iter()
            .any(|written| written == ALONE)
    }
}

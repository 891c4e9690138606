//! What `eject` takes.

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum};

use super::{Archive, Selection};

/// A kind of file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// docker-bake.json: a target a service, a group a compose profile
    Bake,
    /// The compose file with each service at its own image: compose.coracle.yaml beside it, or itself once that is there
    Compose,
    /// Workflows for GitHub: images of branches, pull requests and releases, and the tests
    Github,
}

/// What `eject` takes.
#[derive(Debug, Args)]
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

//! What `eject` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Archive, Selection};

/// A kind of file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    /// One a service, with its .dockerignore
    Dockerfile,
}

/// What `eject` takes.
#[derive(Debug, Args)]
pub(crate) struct Eject {
    /// What to write
    #[arg(
        value_name = "KIND",
        value_enum,
        value_delimiter = ',',
        required = true
    )]
    pub(crate) kinds: Vec<Kind>,
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) archive: Archive,
    /// Dockerfiles that copy programs which something else compiled, to dist/linux/amd64/NAME, and compile nothing
    #[arg(long)]
    pub(crate) prebuilt: bool,
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

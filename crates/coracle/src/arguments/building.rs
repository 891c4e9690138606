//! What `build` takes.

use std::path::PathBuf;

use clap::Args;

use super::{Archive, Compiling, Publishing, Selection};

/// What `build` takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Build {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) archive: Archive,
    /// Tag for every image; NAME:TAG names the image too, with one service [default: latest]
    #[arg(short, long = "tag", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    #[command(flatten)]
    pub(crate) publishing: Publishing,
    /// Push without a tag and print NAME@sha256:…, so that jobs that run at once move no tag; `coracle index create`
    /// joins what they pushed
    #[arg(long, conflicts_with = "tags")]
    pub(crate) push_by_digest: bool,
    #[command(flatten)]
    pub(crate) written: Written,
    #[command(flatten)]
    pub(crate) compiling: Compiling,
    /// Start every image where this machine can before anything is published, with COMMAND as its arguments
    #[arg(long, value_name = "COMMAND", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) smoke: Option<String>,
    /// Compile and compress with this many threads
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

/// What is written besides images, for other programs.
#[derive(Debug, Clone, Args)]
pub(crate) struct Written {
    /// Write what was built into this file: digests, sizes, how many packages, and the seconds of each stage; JSON,
    /// version 1
    #[arg(long, value_name = "FILE")]
    pub(crate) metadata_file: Option<PathBuf>,
    /// Write the images' references into this file, one a line, as on stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) image_refs: Option<PathBuf>,
    /// Copy each program, as it was compiled, to DIR/OS/ARCHITECTURE/SERVICE: what --prebuilt takes elsewhere, and
    /// with DIR `dist` what `eject dockerfile --prebuilt` copies
    #[arg(long, value_name = "DIR")]
    pub(crate) programs: Option<PathBuf>,
}

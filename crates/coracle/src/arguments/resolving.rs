//! What `resolve` takes: what `build` does, and files.

use std::path::PathBuf;

use clap::Args;

use super::Build;

/// What `resolve` takes.
#[derive(Debug, Args)]
pub(crate) struct Resolve {
    /// A file, all .yaml and .yml files of a folder, or - for stdin; may be given several times
    #[arg(
        short = 'f',
        long = "filename",
        value_name = "FILE",
        value_delimiter = ',',
        required = true
    )]
    pub(crate) files: Vec<PathBuf>,
    /// Look for files in the folders of folders, too
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
    /// Change the files instead of writing to stdout
    #[arg(long)]
    pub(crate) in_place: bool,
    #[command(flatten)]
    pub(crate) build: Build,
}

impl Resolve {
    /// The build that it asks for: what files name must be in a registry.
    pub(crate) fn pushing(&self) -> Build {
        let mut build = self.build.clone();
        build.publishing.push = true;
        build
    }
}

//! What `lint` takes.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CheckFormat;

/// What `lint` takes.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// Tell only what is in these files and folders [default: the folder that coracle works in]. All of the repository is
    /// read in any case: what is right in one file is wrong by another
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Judge by these rules only: numbers (CRC303), beginnings of numbers (CRC3) or names (runs-as-root)
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not judge by these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Tell nothing that is less bad
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "note")]
    pub(crate) min_severity: Least,
    /// End with 1 where something is found that is at least so bad
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "warning")]
    pub(crate) error_on: ErrorOn,
    /// Tell how often each rule spoke, and what could not be judged and why, instead of the findings
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Ask cargo and go what programs are made of, where manifests, locks and sources do not decide it; without this no program
    /// is started. Nothing is downloaded. cargo does what the repository's configuration says, as in a build
    #[arg(long)]
    pub(crate) with_graph: bool,
    /// Show the page of a rule, or without one the list of all, and judge nothing
    #[arg(
        long,
        value_name = "RULE",
        num_args = 0..=1,
        default_missing_value = "all",
        conflicts_with_all = ["paths", "statistics", "select", "ignore"]
    )]
    pub(crate) explain: Option<String>,
    /// How the findings are written
    #[arg(long, value_enum, value_name = "HOW", default_value = "text")]
    pub(crate) format: CheckFormat,
}

/// The least that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Least {
    /// What does not start, does not build or is wrong
    Error,
    /// That, and what is slow, fat or unsafe
    Warning,
    /// All
    Note,
}

/// What the exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ErrorOn {
    /// What does not start, does not build or is wrong
    Error,
    /// That, and what is slow, fat or unsafe
    Warning,
    /// Anything
    Note,
    /// Nothing
    Never,
}

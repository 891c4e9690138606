//! What the commands take that look at images which are there already.

use clap::{Args, ValueEnum};

use super::Format;

/// How verdicts are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// For people
    Text,
    /// For programs: JSON, version 1
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For GitHub workflows: a line an annotation
    Github,
}

/// What every one of these takes.
#[derive(Debug, Args)]
pub(crate) struct Looking {
    /// Only these platforms of an index [default: all]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// A library that comes from outside when a container starts
    #[arg(long = "provided", value_name = "SONAME")]
    pub(crate) provided: Vec<String>,
    /// Talk HTTP, or HTTPS without a valid certificate, with this registry
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]")]
    pub(crate) insecure_registries: Vec<String>,
}

/// What `diff` takes.
#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// What was
    #[arg(value_name = "OLD")]
    pub(crate) old: String,
    /// What is
    #[arg(value_name = "NEW")]
    pub(crate) new: String,
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// End with 1 when they differ, or may
    #[arg(long)]
    pub(crate) exit_code: bool,
    /// For people, or JSON (version 1) for programs
    #[arg(long, value_enum, value_name = "HOW", default_value = "text")]
    pub(crate) format: Format,
}

/// What `why` takes.
#[derive(Debug, Args)]
pub(crate) struct Why {
    /// A service of the repository, or an image: that has a : or a / in it
    #[arg(value_name = "SERVICE|IMAGE")]
    pub(crate) what: String,
    /// A library by its name, a file by its path, a package, a label; of a service a crate or Go package, too [default: what
    /// is largest; of a service its libraries, and who asked for each]
    #[arg(value_name = "SUBJECT", conflicts_with_all = ["top", "rebuilt"])]
    pub(crate) subject: Option<String>,
    /// The N largest files and packages
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "10")]
    pub(crate) top: Option<usize>,
    /// Which input of a service changed, so that its image was made anew
    #[arg(long, conflicts_with = "top")]
    pub(crate) rebuilt: bool,
    #[command(flatten)]
    pub(crate) looking: Looking,
    /// For people, or JSON (version 1) for programs
    #[arg(long, value_enum, value_name = "HOW", default_value = "text")]
    pub(crate) format: Format,
}

/// What `explain` takes.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// What a container ended with, in quotes; - reads it from stdin
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// An image that may show it
    #[arg(value_name = "TARGET")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) looking: Looking,
}

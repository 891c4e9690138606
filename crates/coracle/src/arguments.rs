//! The command line as typed. What it means together with the file and the environment is `settings`' business.

mod building;
mod compiling;
mod ejecting;
mod linting;
mod looking;
mod resolving;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::building::{Build, Written};
pub(crate) use self::compiling::Compiling;
pub(crate) use self::ejecting::{ALONE, Eject, Kind as EjectKind};
pub(crate) use self::linting::{ErrorOn, Least, Lint};
pub(crate) use self::looking::{CheckFormat, Diff, Explain, Looking, Why};
pub(crate) use self::resolving::Resolve;

/// Builds small container images from Rust and Go services, proven to start, without Docker.
///
/// coracle finds the services of a repository, compiles them with your own cargo and go, reads what each binary needs, takes
/// exactly that from Debian's signed archive, writes one image a service and proves, without running it, that it will start.
#[derive(Debug, Parser)]
#[command(
    name = "coracle",
    version,
    disable_help_subcommand = true,
    max_term_width = 110,
    after_help = "stdout holds only image references; everything else goes to stderr.\n\
    Exit codes: 0 done, 1 findings or proof failed, 2 usage, configuration or stale lock, 3 toolchain failed, \
    4 network or registry, 5 a signature or digest is wrong, 6 disk, 70 a bug of coracle, 75 try again."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command.
#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Work in this folder instead of the current one
    #[arg(
        short = 'C',
        long,
        value_name = "DIR",
        global = true,
        default_value = ".",
        hide_default_value = true
    )]
    pub(crate) directory: PathBuf,
    /// Say more: the commands that run and what they print
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
    /// Say only errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// How to show progress: bars on a terminal, plain lines elsewhere
    #[arg(
        long,
        value_enum,
        value_name = "HOW",
        global = true,
        default_value = "auto"
    )]
    pub(crate) progress: Progress,
}

/// How progress is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// Bars when stderr is a terminal, else lines
    Auto,
    /// A line an event
    Plain,
    /// Bars
    Tty,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build, prove and publish images
    ///
    /// Prints the references of the finished images on stdout, one a line.
    #[command(after_help = "Examples:\n  \
        coracle build                       every service, into the local store\n  \
        coracle build worker -o image       one service, into the OCI layout ./image\n  \
        coracle build api --prebuilt api=dist/api\n  \
        CORACLE_REPOSITORY=ghcr.io/acme coracle build --push -t v1.2.0\n  \
        coracle build --platform linux/amd64,linux/arm64 --smoke\n  \
        podman run --rm $(coracle build worker --push)")]
    Build(Build),
    /// Show what would be built, from what, and why
    Plan(Plan),
    /// Put the digests of images into compose and Kubernetes files
    ///
    /// Builds and pushes the services that the files name, and only those, as `build --push` does. coracle://SERVICE as a
    /// whole value anywhere becomes the image's reference by digest; so does the `build` of a compose service that is a
    /// service of this repository. All else stays as it is, comments too. The result goes to stdout.
    #[command(after_help = "Examples:\n  \
        coracle resolve -f deploy.yaml | kubectl apply -f -\n  \
        coracle resolve -R -f k8s/ --platform linux/amd64,linux/arm64\n  \
        coracle resolve -f compose.yaml --in-place\n  \
        kustomize build | coracle resolve -f - -t v1.2.0")]
    Resolve(Resolve),
    /// Pin in coracle.lock what the services need on these platforms, without making images
    ///
    /// Compiles all the same: the packages of a program follow from the program. Moves no pin that is there.
    Lock(Lock),
    /// Move the pins of coracle.lock to the newest versions in the archive
    Update(Update),
    /// Work with image indexes
    #[command(subcommand)]
    Index(Index),
    /// Say whether images and programs start, without running them
    ///
    /// Anybody's images, of any platform, by the proof that coracle's own must pass. Nothing is unpacked, no process is
    /// started, and neither Docker nor root is needed. A TARGET is an image in a registry (ghcr.io/acme/api:v1; of an index
    /// every platform), oci:DIR or oci:DIR:NAME, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME, or rootfs:DIR;
    /// or a program that is no image yet: ./server, /usr/bin/server, file:server, or any name that a file has. Programs are
    /// checked against suites, other distributions' releases and images (--against).
    #[command(after_help = "Examples:\n  \
        coracle check ghcr.io/acme/api:v1\n  \
        coracle check --all docker-archive:image.tar\n  \
        coracle check --platform linux/arm64 oci:out:ghcr.io/acme/api:v1\n  \
        coracle check rootfs:/srv/root\n  \
        coracle check ./server\n  \
        coracle check dist/server --against bookworm,ubuntu/24.04,gcr.io/distroless/cc-debian12")]
    Check(Check),
    /// Say what changed from one image to another
    ///
    /// Packages, files, what the programs load, the configuration, and what a machine that has OLD pulls for NEW. Both are
    /// targets as `check` takes them; indexes are compared platform by platform. Two files are the same when a layer that both
    /// images have brought them, or when kind, owner, mode and the SHA-256 of their content agree; of one that a root
    /// filesystem has and that cannot be read it is said that it perhaps changed.
    #[command(after_help = "Examples:\n  \
        coracle diff ghcr.io/acme/api:v1 ghcr.io/acme/api:v2\n  \
        coracle diff --platform linux/arm64 ghcr.io/acme/api:v1 oci:out:ghcr.io/acme/api:v2\n  \
        coracle diff --exit-code docker-archive:old.tar docker-archive:new.tar")]
    Diff(Diff),
    /// Say why something is in an image, from a crate or Go package on, or why an image was made anew
    ///
    /// A library or file: who loads it from the entrypoint on, by which rule it was found, its package and its layer. A
    /// package: which of its files are loaded and by whom, and what depends on it. A label: its value and what set it.
    /// Without a SUBJECT: what is largest.
    ///
    /// Of a service the same about the image that was built last, and in front of it the way from source: from its crate or
    /// Go package to the one that asked for the library, as cargo or go say. A crate or Go package: by which way it is used,
    /// and which libraries come of it. Without a SUBJECT: every library with its origin. --rebuilt compares the last two
    /// builds that differ: sources, dependencies, toolchain, packages, settings, and which layers were made anew.
    #[command(after_help = "Examples:\n  \
        coracle why api libssl.so.3\n  \
        coracle why api openssl-sys\n  \
        coracle why api --rebuilt\n  \
        coracle why ghcr.io/acme/api:v1 libssl.so.3\n  \
        coracle why ghcr.io/acme/api:v1 libssl3t64\n  \
        coracle why docker-archive:image.tar /usr/bin/perl\n  \
        coracle why --top=20 ghcr.io/acme/api:v1")]
    Why(Why),
    /// Say what an error text means, what causes it and what helps
    ///
    /// Knows what loaders, kernels, shells and engines say when a program does not start. With a TARGET it says which
    /// findings of the image's proof that text is about.
    #[command(after_help = "Examples:\n  \
        coracle explain \"version `GLIBC_2.39' not found (required by /app/api)\"\n  \
        coracle explain \"exec /app/api: no such file or directory\" ghcr.io/acme/api:v1\n  \
        docker logs api 2>&1 | coracle explain -")]
    Explain(Explain),
    /// Say what makes container builds slow, fat or broken, in Dockerfiles, compose files and GitHub workflows
    ///
    /// All files of the repository are read together, and no process is started: a rule knows from which context a
    /// Dockerfile is built, by which compose service and which job, and for which platforms. A rule that lacks a fact is
    /// skipped and says so. In a file, `# coracle ignore=CRC203 reason` on the line before (or the same) is honoured,
    /// `# coracle global ignore=…` for all of it, and hadolint's own comments where a rule is about the same.
    #[command(after_help = "Examples:\n  \
        coracle lint\n  \
        coracle lint docker/ .github/workflows/release.yml\n  \
        coracle lint --select CRC1 --error-on error\n  \
        coracle lint --explain CRC303\n  \
        coracle lint --format sarif > lint.sarif")]
    Lint(Lint),
    /// Write files for those who stay on Docker, from the plan and from what was proven
    ///
    /// A file that coracle did not write is not replaced. Each says in its first lines how it was written.
    Eject(Eject),
    /// Say what this machine lacks to build the services for the platforms, and the command that installs it
    Doctor(Doctor),
}

/// Where finished images go, and what may stand against them.
#[derive(Debug, Clone, Args)]
pub(crate) struct Publishing {
    /// Push to the registry of CORACLE_REPOSITORY (or `repository` of coracle.toml)
    #[arg(long)]
    pub(crate) push: bool,
    /// Write the images into this OCI layout
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Let this registry (HOST:PORT) be spoken to without TLS; loopback always may
    #[arg(long = "insecure-registry", value_name = "HOST")]
    pub(crate) insecure_registries: Vec<String>,
    /// Publish although the proof has findings of these codes, where it is not certain that the program does not start;
    /// they are told and written into the manifest
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    pub(crate) allow_unproven: Vec<String>,
}

/// What `index` does.
#[derive(Debug, Subcommand)]
pub(crate) enum Index {
    /// Join images that were built apart into one index, each proven before
    ///
    /// An image is a registry's, by tag or better by digest, or an OCI layout's: oci:DIR:NAME, or oci:DIR@sha256:… as
    /// `coracle build` prints it. Prints the reference of the index on stdout.
    #[command(after_help = "Example:\n  \
        coracle index create --push -t v1.2.0 ghcr.io/acme/api@sha256:… ghcr.io/acme/api@sha256:…")]
    Create(IndexCreate),
}

/// What `index create` takes.
#[derive(Debug, Args)]
pub(crate) struct IndexCreate {
    /// The images, one a platform
    #[arg(value_name = "REF", required = true)]
    pub(crate) images: Vec<String>,
    /// Name of the index: NAME:TAG, or a tag for the repository of the first image
    #[arg(short, long = "tag", value_name = "TAG", required = true)]
    pub(crate) tags: Vec<String>,
    /// A library that comes from outside when a container starts, as `provided` of coracle.toml
    #[arg(long = "provided", value_name = "SONAME")]
    pub(crate) provided: Vec<String>,
    #[command(flatten)]
    pub(crate) publishing: Publishing,
}

/// What `lock` takes.
#[derive(Debug, Args)]
pub(crate) struct Lock {
    #[command(flatten)]
    pub(crate) selection: Selection,
    #[command(flatten)]
    pub(crate) archive: Archive,
    #[command(flatten)]
    pub(crate) compiling: Compiling,
    /// Compile with this many threads
    #[arg(short, long, value_name = "N")]
    pub(crate) jobs: Option<std::num::NonZeroUsize>,
}

/// What `doctor` takes.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) selection: Selection,
}

/// What `check` takes.
#[derive(Debug, Args)]
pub(crate) struct Check {
    /// What to look at
    #[arg(value_name = "TARGET", required = true)]
    pub(crate) targets: Vec<String>,
    /// Only these platforms of an index [default: all]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// Prove every program and library of the image, not only what a container starts
    #[arg(long)]
    pub(crate) all: bool,
    /// A library that comes from outside when a container starts
    #[arg(long = "provided", value_name = "SONAME")]
    pub(crate) provided: Vec<String>,
    /// A library that the program opens while it runs, and must find
    #[arg(long = "dlopen", value_name = "SONAME")]
    pub(crate) dlopen: Vec<String>,
    /// Fail where what this file says does not hold: TOML with the keys of a service's policy [default: the policy of the
    /// service that coracle.toml has by the image's name; of root, set-user-ID programs, secrets by name and the like
    /// there are warnings in any case]
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    /// Where the programs are to start: a suite (bookworm, debian/trixie), another release (ubuntu/24.04, alpine/3.22), an
    /// image (debian:12-slim, oci:DIR, …), or all suites and releases. Each that is named must start them; of all, one. Of
    /// releases that are no suites only the C library is known, and what it decides is told [default: all]
    #[arg(long, value_name = "PLACE", value_delimiter = ',')]
    pub(crate) against: Vec<String>,
    /// Against suites: use only the indexes and packages that the local store has
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) archive: Archive,
    /// Talk HTTP, or HTTPS without a valid certificate, with this registry
    #[arg(long = "insecure-registry", value_name = "HOST[:PORT]")]
    pub(crate) insecure_registries: Vec<String>,
    /// How the verdicts are written
    #[arg(long, value_enum, value_name = "HOW", default_value = "text")]
    pub(crate) format: CheckFormat,
}

/// What `plan` takes.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) selection: Selection,
    /// A tree for people, or JSON (version 1) for programs
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

/// What `update` takes.
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    pub(crate) archive: Archive,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// JSON, version 1
    Json,
}

/// Which services, and how they are to be.
#[derive(Debug, Clone, Args)]
pub(crate) struct Selection {
    /// Services by name, or PACKAGE:BIN where a name is not enough [default: all]
    #[arg(value_name = "SERVICE")]
    pub(crate) services: Vec<String>,
    /// The suite to build on: debian/trixie, debian/bookworm [default: the lock's, else the newest stable one]
    #[arg(long, value_name = "SUITE")]
    pub(crate) distro: Option<String>,
    /// The platforms, linux/amd64,linux/arm64, or all that can be built [default: coracle.toml's, else the host's]
    #[arg(long = "platform", value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platforms: Vec<String>,
    /// Only programs of this package (a Go program's is its import path)
    #[arg(short, long = "package", value_name = "NAME")]
    pub(crate) packages: Vec<String>,
    /// Only programs of this name
    #[arg(long = "bin", value_name = "NAME")]
    pub(crate) bins: Vec<String>,
    /// Take this file, compiled elsewhere, as the service's program
    #[arg(long, value_name = "SERVICE=PATH")]
    pub(crate) prebuilt: Vec<String>,
    /// Set a variable for cargo and go, and a name for {{ KEY }} in labels and ldflags; KEY alone takes its value from
    /// the environment
    #[arg(long = "build-arg", value_name = "KEY[=VALUE]")]
    pub(crate) build_arguments: Vec<String>,
    /// Set a label on every image; {{ NAME }} in it is filled in, as in coracle.toml: a --build-arg, service, version
    /// or revision
    #[arg(long = "label", value_name = "KEY=VALUE")]
    pub(crate) labels: Vec<String>,
    /// Cargo features to turn on
    #[arg(long, value_name = "FEATURES", value_delimiter = ',')]
    pub(crate) features: Vec<String>,
    /// Turn on all Cargo features
    #[arg(long)]
    pub(crate) all_features: bool,
    /// Turn off the default Cargo features
    #[arg(long)]
    pub(crate) no_default_features: bool,
    /// Cargo profile [default: release]
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Fail instead of writing coracle.lock
    #[arg(long)]
    pub(crate) locked: bool,
    /// Use only what is already here: no archive, no registry, no module or crate download
    #[arg(long)]
    pub(crate) offline: bool,
}

/// Where packages come from.
#[derive(Debug, Clone, Args)]
pub(crate) struct Archive {
    /// Take packages from this mirror instead of the host's apt entries
    #[arg(long = "archive", value_name = "URL", requires = "security")]
    pub(crate) main: Option<String>,
    /// Take security updates from this mirror
    #[arg(long = "archive-security", value_name = "URL", requires = "main")]
    pub(crate) security: Option<String>,
    /// Trust this OpenPGP keyring instead of the built-in archive keys
    #[arg(long, value_name = "FILE")]
    pub(crate) signed_by: Option<PathBuf>,
    /// Accept an archive older than one that was already seen
    #[arg(long)]
    pub(crate) allow_older: bool,
}

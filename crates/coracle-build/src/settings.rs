//! What the user decided, as data: made once by the command layer from flags, `coracle.toml` and the environment.
//!
//! Nothing below reads any of the three again. A value that nobody gave is `None` here; the default and its reason
//! are `plan`'s to choose.

mod github;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use self::github::{Github, Origin, Sccache};
pub use coracle_binary::start::Code;
pub use coracle_buildkit::Address;
pub use coracle_buildkit::address::{DEFAULT as DEFAULT_ADDRESS, NoAddress};
pub use coracle_distro::Suite;
pub use coracle_distro::suite::UnknownSuite;
pub use coracle_oci::platform::PlatformError;
pub use coracle_oci::reference::ReferenceError;
pub use coracle_oci::{Digest, Platform, Repository};
pub use coracle_toolchain::{BackEnd, SccacheWish, Toolchain};

/// Everything one run is asked for.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The folder whose services are built.
    pub directory: PathBuf,
    /// The folder of `coracle.toml`, where there is one.
    pub configuration_directory: Option<PathBuf>,
    /// Services by name or `package:bin`; empty means every service.
    pub wanted: Vec<String>,
    /// Only programs of these packages; empty means of any.
    pub packages: Vec<String>,
    /// Only programs of these names; empty means of any.
    pub bins: Vec<String>,
    /// Programs that were compiled elsewhere, by service: absolute paths. A program is for one platform.
    pub prebuilt: BTreeMap<String, PathBuf>,
    /// What `coracle.toml` says of each service.
    pub services: BTreeMap<String, ServiceSettings>,
    /// What holds for a service that it does not name.
    pub unconfigured: ServiceSettings,
    /// The platforms of the images.
    pub platforms: Platforms,
    /// The suite, when a flag or the configuration names one.
    pub suite: Option<Choice<&'static Suite>>,
    /// Who compiles C and links for other platforms, when the configuration says so.
    pub back_end: Option<BackEnd>,
    /// Who compiles instead of this machine.
    pub builder: Option<Builder>,
    /// Where package archives are, when a flag or the configuration says so.
    pub archive: Option<Choice<ArchiveUrls>>,
    /// The folder of the host's apt configuration, read for addresses only.
    pub apt_directory: Option<PathBuf>,
    /// An OpenPGP keyring that replaces the embedded archive keys.
    pub signed_by: Option<Vec<u8>>,
    /// Fail rather than write `coracle.lock`.
    pub locked: bool,
    /// Use only what the store holds; cargo and go are told the same.
    pub offline: bool,
    /// Accept an archive state older than one that was seen.
    pub allow_older: bool,
    /// Compiler jobs and compression threads; `None` lets each decide.
    pub jobs: Option<usize>,
    /// The memory of this machine that is free, in bytes, where that is known: it bounds how much is done at once.
    pub memory: Option<u64>,
    /// Where images go; `None` without a registry.
    pub repository: Option<Repository>,
    /// Tags for every service.
    pub tags: Vec<String>,
    /// One full name for the only service (`-t name:tag`).
    pub name: Option<String>,
    /// Labels for every service; `{{ NAME }}` in one is filled in.
    pub labels: BTreeMap<String, String>,
    /// Variables for cargo and go, and names for `{{ }}` in labels and linker flags. The values may be secrets.
    pub build_arguments: BTreeMap<String, String>,
    /// The most layers that an image may have.
    pub layers_max: Option<usize>,
    /// The local store.
    pub store: PathBuf,
    /// The socket of the container engine that images may be looked at in.
    pub engine: PathBuf,
    /// Which build of this program runs, by anything that no other has: what it proved is kept for the next time.
    pub build: Option<String>,
    /// The time of the run, for signatures and expiry only: no image holds it.
    pub now: SystemTime,
    /// `SOURCE_DATE_EPOCH` in seconds: the time of the program's files and of the image; 1970 by default, as ko.
    pub epoch: i64,
    /// The user's cargo and go, and what of the environment they must be told.
    pub toolchain: Toolchain,
    /// Where finished images go besides the store.
    pub destination: Destination,
    /// Start every image before it is published, with these arguments in place of its own; none leaves it its own.
    pub smoke: Option<Vec<String>>,
    /// How workflows for GitHub are to be.
    pub github: Github,
    /// Findings of these codes stop no build, where it is not certain that the program does not start.
    pub allow_unproven: BTreeSet<Code>,
}

/// How chains say that a library is there because [`ServiceSettings::dlopen`] names it.
pub const DLOPEN: &str = "dlopen in coracle.toml";

/// Where Docker's engine listens where nothing else is said.
pub const ENGINE: &str = "/var/run/docker.sock";

impl Settings {
    /// A build of everything in a folder with all defaults: nothing configured, no registry, the time 1970.
    pub fn new(
        directory: PathBuf,
        platform: Platform,
        store: PathBuf,
        now: SystemTime,
    ) -> Settings {
        Settings {
            directory,
            configuration_directory: None,
            wanted: Vec::new(),
            packages: Vec::new(),
            bins: Vec::new(),
            prebuilt: BTreeMap::new(),
            services: BTreeMap::new(),
            unconfigured: ServiceSettings::default(),
            platforms: Platforms::These([platform].into()),
            suite: None,
            back_end: None,
            builder: None,
            archive: None,
            apt_directory: None,
            signed_by: None,
            locked: false,
            offline: false,
            allow_older: false,
            jobs: None,
            memory: None,
            repository: None,
            tags: vec!["latest".to_owned()],
            name: None,
            labels: BTreeMap::new(),
            build_arguments: BTreeMap::new(),
            layers_max: None,
            store,
            engine: PathBuf::from(ENGINE),
            build: None,
            now,
            epoch: 0,
            toolchain: Toolchain::default(),
            destination: Destination::default(),
            smoke: None,
            github: Github::default(),
            allow_unproven: BTreeSet::new(),
        }
    }
}

impl Settings {
    /// Where relative paths of the configuration start.
    pub fn base(&self) -> &std::path::Path {
        self.configuration_directory
            .as_deref()
            .unwrap_or(&self.directory)
    }

    /// A path of the configuration, absolute: relative ones start at its folder.
    pub fn configured_path(&self, path: &Path) -> PathBuf {
        let base = self.configuration_directory.as_ref();
        let path = base.unwrap_or(&self.directory).join(path);
        path.components().collect()
    }
}

/// A BuildKit that compiles instead of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Builder {
    /// Where it is.
    pub address: Address,
    /// Caches that it reads, `type=registry,ref=…`.
    pub cache_from: Vec<String>,
    /// Caches that it writes.
    pub cache_to: Vec<String>,
    /// This program, which compiles there.
    pub program: PathBuf,
    /// Variables for cargo and go, which there would not inherit them.
    pub variables: BTreeMap<String, String>,
    /// The names of variables whose values are secrets: the builder's client reads them itself.
    pub secrets: Vec<String>,
}

/// Which platforms images are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Platforms {
    /// Every one that can be built, which the plan finds out; what cannot is told and left out.
    All,
    /// These, of which each must be built; normalised, so that none is there twice.
    These(BTreeSet<Platform>),
}

/// Where finished images go besides the local store.
#[derive(Debug, Clone, Default)]
pub struct Destination {
    /// An OCI layout to write (`-o DIR`).
    pub layout: Option<PathBuf>,
    /// Push to the registry of `repository`.
    pub push: bool,
    /// Push no tag: the digest alone names what was pushed.
    pub by_digest: bool,
    /// Registries (host:port) that may be spoken to without TLS.
    pub insecure_registries: Vec<String>,
    /// Docker and podman configuration files to read credentials from, first wins.
    pub credential_files: Vec<PathBuf>,
}

/// A value and who chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<T> {
    /// The value.
    pub value: T,
    /// Where it comes from, in words: `--distro`, `coracle.toml`.
    pub origin: String,
}

/// Addresses of package archives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveUrls {
    /// Of the main archive (which also holds the updates suite).
    pub main: String,
    /// Of the security archive.
    pub security: String,
}

/// What the configuration says of one service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceSettings {
    /// Which program it is, when its name alone does not tell.
    pub program: Option<ProgramChoice>,
    /// Its service in the compose file, when that has another name.
    pub compose: Option<String>,
    /// Packages on top of what is inferred.
    pub packages: Vec<String>,
    /// Packages that compiling needs on top of what is inferred; none of them is in the image for that.
    pub build_packages: Vec<String>,
    /// Keep the C libraries that crates bring with them, instead of the suite's.
    pub bundled: bool,
    /// Files and folders of the repository that go into the image.
    pub files: Vec<FileSettings>,
    /// Environment variables of the image.
    pub environment: BTreeMap<String, String>,
    /// Ports of the image, `8080/tcp`.
    pub expose: Vec<String>,
    /// Volumes of the image: absolute folders, owned by the user.
    pub volumes: Vec<String>,
    /// Numeric user, `65532` or `65532:65532`, or `nonroot`/`root`.
    pub user: Option<String>,
    /// The entrypoint instead of the binary's path.
    pub entrypoint: Option<Vec<String>>,
    /// Arguments.
    pub arguments: Vec<String>,
    /// Working directory.
    pub working_directory: Option<String>,
    /// Labels; `{{ NAME }}` in one is filled in.
    pub labels: BTreeMap<String, String>,
    /// Certificate files (PEM) added to the CA bundle.
    pub certificates: Vec<PathBuf>,
    /// Go build tags.
    pub tags: Vec<String>,
    /// Go linker flags on top of ours; `{{ NAME }}` in one is filled in.
    pub ldflags: Vec<String>,
    /// Cargo features.
    pub features: Vec<String>,
    /// Without cargo's default features.
    pub no_default_features: bool,
    /// With all cargo features.
    pub all_features: bool,
    /// Cargo profile.
    pub profile: Option<String>,
    /// Libraries that the program opens while it runs: sonames or absolute paths.
    pub dlopen: Vec<String>,
    /// Libraries that come from outside when the container starts.
    pub provided: BTreeSet<String>,
    /// What is proven of the image besides that it starts.
    pub policy: Policy,
}

/// Which program a configured service is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProgramChoice {
    /// A Go package by its folder, relative to the configuration.
    Go(String),
    /// A Cargo binary.
    Cargo {
        /// The package.
        package: Option<String>,
        /// The binary target.
        bin: Option<String>,
    },
    /// Compiled elsewhere: a file for each platform, relative to the configuration.
    Prebuilt(BTreeMap<Platform, PathBuf>),
}

/// A file or folder that goes into the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSettings {
    /// What is copied, relative to the configuration.
    pub from: PathBuf,
    /// Its absolute path in the image; with a `/` at the end, the folder that it goes into.
    pub to: String,
    /// `root`, `nonroot`, `1000` or `1000:1000`; root's when nothing is said.
    pub owner: Option<String>,
    /// Permissions of the files; a folder can be entered by whoever may read.
    pub mode: Option<u32>,
}

/// What must hold of a finished image. Of what is not said some is told as a warning all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// The most its files may weigh, in bytes, unpacked.
    pub max_size: Option<u64>,
    /// How the program must be linked.
    pub linkage: Option<LinkagePolicy>,
    /// Who it may run as.
    pub user: Option<UserPolicy>,
    /// Packages it must not hold.
    pub forbid_packages: Vec<String>,
    /// Packages it must hold.
    pub require_packages: Vec<String>,
    /// Absolute paths at which nothing may be; with a `/` at the end, folders in which nothing may be.
    pub forbid_files: Vec<String>,
    /// Absolute paths at which something must be; with a `/` at the end, folders in which something must be.
    pub require_files: Vec<String>,
    /// Labels it must have.
    pub labels: Vec<String>,
    /// Whether programs may be set-user-ID or set-group-ID.
    pub setuid: Option<bool>,
    /// Whether every user may write files or folders.
    pub world_writable: Option<bool>,
    /// Whether files may be secrets by their names.
    pub secrets: Option<bool>,
    /// Whether it may be built on a release that gets no security updates any more.
    pub base_eol: Option<bool>,
    /// Whether certificates must be there where a program looks for them.
    pub certificates: Option<bool>,
    /// Whether time zones must be there where a program looks for them.
    pub time_zones: Option<bool>,
    /// Only one program may be there that no package brought.
    pub one_service: bool,
}

/// Who an image may run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserPolicy {
    /// Anybody but root.
    NonRoot,
    /// Anybody.
    Any,
}

/// How a program must be linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkagePolicy {
    /// Without an interpreter.
    Static,
    /// Against the suite's C library.
    Dynamic,
}
